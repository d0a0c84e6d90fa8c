/**
 * The connections of a server and who of them gives way to a newcomer where all places are taken: the oldest whose callers were never
 * let in, those with nothing in work first; then the oldest of the others that has nothing in work.
 */
import { Socket } from "node:net";
import { TLSSocket } from "node:tls";

/** A connection; what goes on there is told by whoever knows. */
export interface OpenConnection {
  readonly socket: Socket;
  /** Whether something is in work, as far as is known. */
  isBusy: () => boolean;
  /** Whether a caller on it was let in. */
  isKnown: () => boolean;
}

/** Beyond the limit the system closes what comes: those that have been told to go are still there for a moment. */
export const spareConnections = 256;

/** All of them, the oldest first. */
export class OpenConnections {
  private readonly open = new Map<Socket, OpenConnection>();

  constructor(private readonly most: number) {}

  /** How many there are. */
  get count(): number {
    return this.open.size;
  }

  /** The sockets. */
  get sockets(): Iterable<Socket> {
    return this.open.keys();
  }

  /** What is known about a socket, or about the one that TLS was spoken over. */
  of(socket: Socket | undefined): OpenConnection | undefined {
    const raw = socket instanceof TLSSocket ? Reflect.get(socket, "_parent") : socket;
    return raw instanceof Socket ? this.open.get(raw) : undefined;
  }

  /** Takes a newcomer. Gives the connection that had to go: one that was idle, or the newcomer where none was; it is closed. */
  add(socket: Socket): OpenConnection | undefined {
    const gone = this.open.size >= this.most ? this.idlest() : undefined;
    const connection = { socket, isBusy: () => false, isKnown: () => false };
    if (gone === undefined && this.open.size >= this.most) {
      socket.destroy();
      return connection;
    }
    if (gone !== undefined) {
      this.open.delete(gone.socket);
      gone.socket.destroy();
    }
    this.open.set(socket, connection);
    socket.once("close", () => this.open.delete(socket));
    return gone;
  }

  private idlest(): OpenConnection | undefined {
    let busyStranger: OpenConnection | undefined;
    let known: OpenConnection | undefined;
    for (const connection of this.open.values()) {
      const isBusy = connection.isBusy();
      if (connection.isKnown()) {
        if (!isBusy) known ??= connection;
      } else if (isBusy) busyStranger ??= connection;
      else return connection;
    }
    return busyStranger ?? known;
  }
}
