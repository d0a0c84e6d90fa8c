/**
 * The connections of a server and who of them gives way to a newcomer where all places are taken: the oldest whose callers were never
 * let in, those with nothing in work first; then the oldest of the others that has nothing in work.
 */
import { Socket } from "node:net";
import { TLSSocket } from "node:tls";

/** What goes on at a connection. */
export interface Occupant {
  /** Whether something is in work. */
  readonly isBusy: boolean;
  /** Whether a caller on it was let in. */
  readonly isKnown: boolean;
}

/** A connection; who occupies it is told by whoever knows. */
export interface OpenConnection<T extends Occupant> {
  readonly socket: Socket;
  occupant: T | undefined;
}

/** Beyond the limit the system closes what comes: those that have been told to go are still there for a moment. */
export const spareConnections = 256;

/** All of them, the oldest first. */
export class OpenConnections<T extends Occupant> {
  private readonly open = new Map<Socket, OpenConnection<T>>();
  /** One listener for all of them: a closure for each would be most of what a connection on which nothing is said takes here. */
  private readonly forget: (this: Socket) => void;

  constructor(
    private readonly most: number,
    /** Ends a connection that gave way. */
    private readonly dismiss = ({ socket }: OpenConnection<T>): void => void socket.destroy(),
  ) {
    const { open } = this;
    this.forget = function forget() {
      open.delete(this);
    };
  }

  /** How many there are. */
  get count(): number {
    return this.open.size;
  }

  /** The sockets. */
  get sockets(): Iterable<Socket> {
    return this.open.keys();
  }

  /** What is known about a socket, or about the one that TLS was spoken over. */
  of(socket: Socket | undefined): OpenConnection<T> | undefined {
    const raw = socket instanceof TLSSocket ? Reflect.get(socket, "_parent") : socket;
    return raw instanceof Socket ? this.open.get(raw) : undefined;
  }

  /** Takes a newcomer. Gives the connection that had to go: one that was idle, or the newcomer where none was; it is closed. */
  add(socket: Socket): OpenConnection<T> | undefined {
    const gone = this.open.size >= this.most ? this.idlest() : undefined;
    const connection = { socket, occupant: undefined };
    if (gone === undefined && this.open.size >= this.most) {
      socket.destroy();
      return connection;
    }
    if (gone !== undefined) {
      this.open.delete(gone.socket);
      this.dismiss(gone);
    }
    this.open.set(socket, connection);
    socket.once("close", this.forget);
    return gone;
  }

  private idlest(): OpenConnection<T> | undefined {
    let busyStranger: OpenConnection<T> | undefined;
    let known: OpenConnection<T> | undefined;
    for (const connection of this.open.values()) {
      const { isBusy = false, isKnown = false } = connection.occupant ?? {};
      if (isKnown) {
        if (!isBusy) known ??= connection;
      } else if (isBusy) busyStranger ??= connection;
      else return connection;
    }
    return busyStranger ?? known;
  }
}
