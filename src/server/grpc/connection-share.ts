/** What one HTTP/2 connection has of a listener, and whether anyone on it was ever answered. Knows no limits but its own. */
import type { ServerHttp2Session, ServerHttp2Stream } from "node:http2";
import type { Occupant } from "../open-connections.js";
import { RateBucket } from "../rate-bucket.js";
import { standingOf } from "./status.js";

// Tokens that have expired at a client with many calls are refused often; who never had a call answered has less.
const REFUSALS = { burst: 1000, perSecond: 500 };
const REFUSALS_OF_STRANGERS = { burst: 100, perSecond: 20 };
// Callers give up while they still ask; whoever does nothing else lets calls begin for nobody.
const TAKEN_BACK = { burst: 200, perSecond: 100 };
/** On a session that read more since the last look there may be thousands of frames. */
const TALKATIVE_BYTES = 16 << 10;
/** A session that wrote less since the last look has callers who take nothing: signs of life are smaller. */
const MOVING_BYTES = 4096;
/** Bytes that may be under way of all calls together; without more HTTP/2 has 64 KiB, for which callers of large batches stop and go. */
const WIDE_WINDOW_BYTES = 1 << 20;

/** The share of one connection. */
export class ConnectionShare implements Occupant {
  /** Calls that are open. */
  open = 0;
  /** Calls among them of streams that are open to everyone. */
  openToAll = 0;
  /** Whether it flooded the listener: it is told to go and no call of it begins. */
  isEnding = false;
  /** Since when next to nothing was written. */
  quietSinceMs: number | undefined;
  private known = false;
  private wide = false;
  private written = 0;
  private read = 0;
  private isTalkative = false;
  private onTalk: ((isTalkative: boolean) => void) | undefined;
  private refusals = new RateBucket(REFUSALS_OF_STRANGERS);
  private readonly takenBack = new RateBucket(TAKEN_BACK);

  constructor(readonly session: ServerHttp2Session) {}

  /** Whether a call that is not open to everyone was answered: its caller was let in. */
  get isKnown(): boolean {
    return this.known;
  }

  /** Whether a call is open. */
  get isBusy(): boolean {
    return this.open > 0;
  }

  /** Whether it has more of a window than others. */
  get isWide(): boolean {
    return this.wide;
  }

  /** Gives it a large window. What comes before anybody takes it lies in memory, so few may have one. */
  widen(): void {
    if (this.wide || this.session.destroyed) return;
    this.wide = true;
    this.session.setLocalWindowSize(WIDE_WINDOW_BYTES);
  }

  /** Notes the end of a call. Gives false where more calls than there should be were refused for want of a proof. */
  ended(stream: ServerHttp2Stream, isOpenToAll: boolean): boolean {
    const sent = stream.sentTrailers ?? (stream.headersSent ? stream.sentHeaders : undefined);
    const standing = standingOf(sent?.["grpc-status"]);
    if (standing === "answered" && !isOpenToAll) this.acknowledge();
    return standing !== "refused" || this.refuse();
  }

  /** Notes that a caller was let in. */
  acknowledge(): void {
    if (this.known) return;
    this.known = true;
    this.refusals = new RateBucket(REFUSALS);
  }

  /** Notes a call that was refused; false where there were too many. */
  refuse(): boolean {
    return this.refusals.take();
  }

  /** Notes a call that its caller took back while still asking; false where there were too many. */
  takeBack(): boolean {
    return this.takenBack.take();
  }

  /**
   * Says what to do once much is sent on it, and when that is over. Each frame that somebody listens to is a call out of Node.js's C++
   * that costs more than the frame, and a burst is ended by HTTP/2's own limits before anybody has looked.
   */
  whenTalkative(onTalk: (isTalkative: boolean) => void): void {
    this.onTalk = onTalk;
  }

  /** Looks how much was read and written since the last look. */
  look(nowMs: number): void {
    if (this.session.destroyed) return;
    const { bytesRead, bytesWritten } = this.session.socket;
    const isTalkative = bytesRead - this.read >= TALKATIVE_BYTES;
    this.read = bytesRead;
    if (isTalkative !== this.isTalkative) this.onTalk?.(isTalkative);
    this.isTalkative = isTalkative;
    const isMoving = bytesWritten - this.written >= MOVING_BYTES;
    this.written = bytesWritten;
    if (isMoving) this.quietSinceMs = undefined;
    else this.quietSinceMs ??= nowMs;
  }
}
