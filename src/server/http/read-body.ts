/** The body of a request, whole and bounded: no request takes more than its limit, all together no more than the budget. */
import type { IncomingMessage } from "node:http";
import { HttpError } from "./http-error.js";

/** Bodies up to here never wait for the room of larger ones. */
const SMALL_BYTES = 64 << 10;
const ROOM_OF_SMALL_ONES = 64 << 20;
/** What one caller may hold of a room by more than one body. */
const mostOfOne = 3 / 4;

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
  /** Whom it counts for. */
  readonly share: string;
  /** Ends it with an error while it is arriving; undefined once it is there. */
  giveWay: ((error: HttpError) => void) | undefined;
}

class Room {
  private taken = 0;
  /** What each holds, those that began first in front. */
  private readonly held = new Map<ArrivingBody, number>();
  private readonly shares = new Map<string, number>();

  constructor(private readonly most: number) {}

  hold(body: ArrivingBody, bytes: number): void {
    const more = bytes - this.heldBy(body);
    for (;;) {
      const own = this.shareOf(body);
      const isTooMuchOfOne = own > this.heldBy(body) && own + more > this.most * mostOfOne;
      if (!isTooMuchOfOne && this.taken + more <= this.most) break;
      const other = this.givingWay(body, isTooMuchOfOne);
      const giveWay = other?.giveWay;
      if (other === undefined || giveWay === undefined) throw crowded();
      this.giveBack(other);
      giveWay(crowded({ connection: "close" }));
    }
    this.add(body, more);
    this.held.set(body, bytes);
  }

  giveBack(body: ArrivingBody): void {
    this.add(body, -this.heldBy(body));
    this.held.delete(body);
  }

  /** Of those that are not there yet: the oldest of the caller that holds most, unless that is less than the newcomer's own. */
  private givingWay(body: ArrivingBody, isOwn: boolean): ArrivingBody | undefined {
    let found: ArrivingBody | undefined;
    for (const other of this.held.keys()) {
      if (other === body || other.giveWay === undefined || (isOwn && other.share !== body.share)) continue;
      if (this.shareOf(other) < this.shareOf(body)) continue;
      if (found === undefined || this.shareOf(other) > this.shareOf(found)) found = other;
    }
    return found;
  }

  private heldBy(body: ArrivingBody): number {
    return this.held.get(body) ?? 0;
  }

  private shareOf({ share }: ArrivingBody): number {
    return this.shares.get(share) ?? 0;
  }

  private add(body: ArrivingBody, bytes: number): void {
    this.taken += bytes;
    const own = this.shareOf(body) + bytes;
    if (own === 0) this.shares.delete(body.share);
    else this.shares.set(body.share, own);
  }
}

/** The refusal where bodies take too much room. */
export function crowded(headers: Readonly<Record<string, string>> = {}): HttpError {
  return new HttpError(503, "server: too many large requests", { "retry-after": "1", ...headers });
}

/** A body that was read, until it is let go. */
export interface HeldBody {
  readonly bytes: Uint8Array;
  release(): void;
}

/** Reads a body. Throws 413 and 503 over the limits; what comes after that is thrown away. */
export async function readBody(
  request: IncomingMessage,
  most: number,
  budget: BodyBudget,
  share: string,
): Promise<HeldBody> {
  const declared = Number(request.headers["content-length"] ?? 0);
  const body: ArrivingBody = { share, giveWay: undefined };
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
