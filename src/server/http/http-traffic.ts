/** The connections of an HTTP server and the requests on them, so that a stop waits for requests and for nothing else. */
import type { Server, ServerResponse } from "node:http";
import { Server as SecureServer } from "node:https";
import type { Socket } from "node:net";
import { type Occupant, OpenConnections, spareConnections } from "../open-connections.js";

/** Who asks on a connection. */
class HttpCaller implements Occupant {
  /** Requests in work. */
  asks = 0;
  isKnown = false;

  get isBusy(): boolean {
    return this.asks > 0;
  }
}

/** What goes on at a server. Where all connections are taken, the oldest on which nothing goes on gives way to a newcomer. */
export class HttpTraffic {
  /** Connections that were closed because there were too many. */
  refusedConnections = 0;
  private readonly open: OpenConnections<HttpCaller>;
  // Node's own list leaves out connections on which nothing was ever said.
  private readonly sockets = new Set<Socket>();
  /** Beneath those of TLS; they may never get as far. */
  private readonly rawSockets = new Set<Socket>();
  private readonly responses = new Set<ServerResponse>();
  private idle = (): void => {};

  constructor(
    private readonly server: Server,
    maxConnections: number,
  ) {
    this.open = new OpenConnections(maxConnections);
    server.maxConnections = maxConnections + spareConnections;
    server.on("drop", () => void this.refusedConnections++);
    server.on("connection", (socket: Socket) => {
      if (this.open.add(socket) !== undefined) this.refusedConnections++;
      const connection = this.open.of(socket);
      if (connection !== undefined) connection.occupant = new HttpCaller();
    });
    const isSecure = server instanceof SecureServer;
    server.on("connection", (socket: Socket) => keep(isSecure ? this.rawSockets : this.sockets, socket));
    server.on("secureConnection", (socket: Socket) => keep(this.sockets, socket));
  }

  /** Counts a request that is begun until it is answered or its connection is gone. */
  begin(response: ServerResponse): void {
    this.responses.add(response);
    const caller = this.open.of(response.req.socket)?.occupant;
    if (caller !== undefined) caller.asks++;
    response.once("close", () => {
      if (caller !== undefined) caller.asks--;
      this.responses.delete(response);
      if (this.responses.size === 0) this.idle();
    });
  }

  /** Notes that a caller on a connection was let in: those whose callers never were give way first. */
  letIn(socket: Socket): void {
    const caller = this.open.of(socket)?.occupant;
    if (caller !== undefined) caller.isKnown = true;
  }

  /** Waits for the requests in flight, at most so long, then ends every connection. */
  async drain(timeoutMs: number): Promise<void> {
    const busy = new Set([...this.responses].map(({ req }) => req.socket));
    for (const socket of this.sockets) if (!busy.has(socket)) socket.destroy();
    for (const response of this.responses) if (!response.headersSent) response.setHeader("connection", "close");
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        this.server.closeAllConnections();
        resolve();
      }, timeoutMs);
      this.idle = () => {
        clearTimeout(timer);
        resolve();
      };
      if (this.responses.size === 0) this.idle();
    });
    // What was written goes out first; a connection that takes nothing is not waited for.
    for (const socket of [...this.sockets, ...this.rawSockets]) {
      if (!socket.writable) socket.destroy();
      else socket.end(() => socket.destroy());
      setTimeout(() => socket.destroy(), LAST_BYTES_MS).unref();
    }
  }
}

const LAST_BYTES_MS = 500;

function keep(sockets: Set<Socket>, socket: Socket): void {
  sockets.add(socket);
  socket.once("close", () => sockets.delete(socket));
}
