/** The body of a request, whole and bounded: no request takes more than its limit, all together no more than the budget. */
import type { IncomingMessage } from "node:http";
import { HttpError } from "./http-error.js";

/** Bytes of bodies that may be in memory at once. */
export class BodyBudget {
  private taken = 0;

  constructor(private readonly most: number) {}

  /** Takes bytes or throws 503. */
  take(bytes: number): void {
    if (this.taken + bytes > this.most) {
      throw new HttpError(503, "server: too many large requests", { "retry-after": "1" });
    }
    this.taken += bytes;
  }

  giveBack(bytes: number): void {
    this.taken -= bytes;
  }
}

/** Lets one large body at a time be worked on: as JSON it takes some thirty times its bytes. */
export class LargeBodyLane {
  private last: Promise<unknown> = Promise.resolve();

  /** Does the work at once, or after that on the large bodies before. */
  async run<T>(bytes: number, work: () => Promise<T> | T): Promise<T> {
    if (bytes <= LARGE_BYTES) return work();
    const mine = this.last.then(work);
    this.last = mine.catch(() => {});
    return mine;
  }
}

const LARGE_BYTES = 256 << 10;

/** A body that was read, until it is let go. */
export interface HeldBody {
  readonly bytes: Uint8Array;
  release(): void;
}

/** Reads a body. Throws 413 and 503 over the limits; what comes after that is thrown away. */
export async function readBody(request: IncomingMessage, most: number, budget: BodyBudget): Promise<HeldBody> {
  const declared = Number(request.headers["content-length"] ?? 0);
  const pieces: Buffer[] = [];
  let length = 0;
  const release = (): void => {
    budget.giveBack(length);
    length = 0;
  };
  try {
    if (declared > most) throw tooLarge(declared, most);
    for await (const piece of request.iterator({ destroyOnReturn: false })) {
      if (!Buffer.isBuffer(piece)) continue;
      if (length + piece.length > most) throw tooLarge(length + piece.length, most);
      budget.take(piece.length);
      length += piece.length;
      pieces.push(piece);
    }
  } catch (error: unknown) {
    release();
    discardRest(request, most);
    throw error;
  }
  return { bytes: Buffer.concat(pieces), release };
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
