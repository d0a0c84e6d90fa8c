/**
 * The requests of each connection, one in work at a time: HTTP/1.1 lets clients send on without waiting, and whoever does must
 * not have more of the process than others. What waits is bounded, and a connection on which something waits is not read.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** Requests that may wait on a connection, beside the one in work. */
export const mostInLine = 16;

/** Answers a request, or only tells the caller to go: the line before it is full. */
export type BeginRequest = (request: IncomingMessage, response: ServerResponse, isCrowded: boolean) => void;

interface Waiting {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly isCrowded: boolean;
}

/** The lines of a listener. */
export class RequestLines {
  /** What waits on connections with a request in work. */
  private readonly lines = new WeakMap<Socket, Waiting[]>();

  constructor(private readonly begin: BeginRequest) {}

  /**
   * Begins a request at once, or when those before it on its connection are answered. The first one that finds the line full is to be
   * refused and is the last of its connection; what comes after it is forgotten.
   */
  take(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    const line = this.lines.get(socket);
    if (line === undefined) {
      this.lines.set(socket, []);
      this.start({ request, response, isCrowded: false });
      return;
    }
    if (line.length > mostInLine) return;
    line.push({ request, response, isCrowded: line.length === mostInLine });
    // A body that is on its way is read on when it is wanted.
    socket.pause();
  }

  private start({ request, response, isCrowded }: Waiting): void {
    const { socket } = request;
    // Finished is what the system has taken: a caller that reads no answers begins no further request.
    response.once("close", () => {
      const next = socket.destroyed ? undefined : this.lines.get(socket)?.shift();
      if (next !== undefined) this.start(next);
      else {
        this.lines.delete(socket);
        if (!socket.destroyed && socket.isPaused()) socket.resume();
      }
    });
    this.begin(request, response, isCrowded);
  }
}
