/** The body of a request, whole and bounded: no request takes more than its limit, all together no more than the budget. */
import type { IncomingMessage } from "node:http";
import { HttpError } from "./http-error.js";

/** Bodies up to here never wait for the room of larger ones. */
const SMALL_BYTES = 64 << 10;
const ROOM_OF_SMALL_ONES = 64 << 20;

/** Bytes of bodies that may be in memory at once: so many of large ones, and those of small ones beside them. */
export class BodyBudget {
  private readonly small = new Room(ROOM_OF_SMALL_ONES);
  private readonly large: Room;

  constructor(most: number) {
    this.large = new Room(most);
  }

  /** Holds so many bytes for a body, or throws 503. Bodies that began earlier and are not there yet give way. */
  hold(body: ArrivingBody, bytes: number): void {
    const room = bytes <= SMALL_BYTES ? this.small : this.large;
    if (room === this.large) this.small.giveBack(body);
    room.hold(body, bytes);
  }

  giveBack(body: ArrivingBody): void {
    this.small.giveBack(body);
    this.large.giveBack(body);
  }
}

/** A body that holds bytes. */
export interface ArrivingBody {
  /** Ends it with an error while it is arriving; undefined once it is there. */
  giveWay: ((error: HttpError) => void) | undefined;
}

class Room {
  private taken = 0;
  /** What each holds, those that began first in front. */
  private readonly held = new Map<ArrivingBody, number>();

  constructor(private readonly most: number) {}

  hold(body: ArrivingBody, bytes: number): void {
    const more = bytes - (this.held.get(body) ?? 0);
    for (const other of this.held.keys()) {
      if (this.taken + more <= this.most) break;
      if (other === body || other.giveWay === undefined) continue;
      const { giveWay } = other;
      this.giveBack(other);
      giveWay(crowded({ connection: "close" }));
    }
    if (this.taken + more > this.most) throw crowded();
    this.taken += more;
    this.held.set(body, bytes);
  }

  giveBack(body: ArrivingBody): void {
    this.taken -= this.held.get(body) ?? 0;
    this.held.delete(body);
  }
}

function crowded(headers: Readonly<Record<string, string>> = {}): HttpError {
  return new HttpError(503, "server: too many large requests", { "retry-after": "1", ...headers });
}

/** A body that was read, until it is let go. */
export interface HeldBody {
  readonly bytes: Uint8Array;
  release(): void;
}

/** Reads a body. Throws 413 and 503 over the limits; what comes after that is thrown away. */
export async function readBody(request: IncomingMessage, most: number, budget: BodyBudget): Promise<HeldBody> {
  const declared = Number(request.headers["content-length"] ?? 0);
  const body: ArrivingBody = { giveWay: undefined };
  const release = (): void => budget.giveBack(body);
  try {
    if (declared > most) throw tooLarge(declared, most);
    const bytes = await arrivingBytes(request, body, (length) => {
      if (length > most) throw tooLarge(length, most);
      budget.hold(body, length);
    });
    return { bytes, release };
  } catch (error: unknown) {
    release();
    discardRest(request, most);
    throw error;
  } finally {
    body.giveWay = undefined;
  }
}

/** The bytes of a body, once all are there; rejects where it has to give way. */
function arrivingBytes(request: IncomingMessage, body: ArrivingBody, grow: (length: number) => void): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let length = 0;
    const settle = (): void => {
      request.off("data", take).off("end", done).off("error", fail).off("close", lost);
    };
    const fail = (error: Error): void => {
      settle();
      reject(error);
    };
    const take = (piece: Buffer): void => {
      try {
        grow(length + piece.length);
        length += piece.length;
        pieces.push(piece);
      } catch (error: unknown) {
        fail(error instanceof Error ? error : new Error("body", { cause: error }));
      }
    };
    const done = (): void => {
      settle();
      resolve(Buffer.concat(pieces));
    };
    const lost = (): void => fail(new Error("body: its connection has gone"));
    body.giveWay = fail;
    request.on("data", take).on("end", done).on("error", fail).on("close", lost);
  });
}

function tooLarge(length: number, most: number): HttpError {
  return new HttpError(413, `body: ${length} bytes or more, at most ${most}`);
}

/** A client that is still sending reads the answer only if its connection stays; one that sends on and on loses it. */
function discardRest(request: IncomingMessage, most: number): void {
  let discarded = 0;
  request.on("error", () => {});
  request.on("data", (piece: Buffer) => {
    discarded += piece.length;
    if (discarded > most) request.destroy();
  });
}
