/**
 * One thread's way into the matcher: writes control blocks, runs calls to their end, takes answers out. It compiles the
 * session policies that the matcher asks for on the way.
 */

import {
  CONTROL_CALLER_CLOCK,
  CONTROL_UNARY,
  CONTROL_WITH_VERSION,
  IMAGE_GENERIC_PROFILE,
  Status,
} from "../../assembly/format/layout.js";
import { ControlFields, HeaderFields, PlanFields, ScratchFields, SpanFields } from "../../assembly/format/records.js";
import { joinBytes } from "../text/join-bytes.js";
import { RequestField } from "../wire/authorization-fields.js";
import { textFields } from "../wire/text-fields.js";
import { EngineError } from "./engine-error.js";
import { instantiateMatcher, type MatcherExports, type MatcherModule, type SharedMemory } from "./matcher.js";
import { type CallArea, IMAGE_AT, NAME_CAPACITY, OVERLAY_CAPACITY, type Region } from "./memory-map.js";
import type { SessionImages } from "./session-images.js";

/** What a call is decided with, besides the message. */
export interface MatcherCallTerms {
  /** CONTROL_… flags. */
  readonly flags: number;
  /** The decision time in whole seconds (CTX-12). */
  readonly nowSeconds: number;
  /** Name of the policy set that the call was routed to. */
  readonly policySet: string;
}

/** A message in shared memory. */
export interface StoredMessage {
  readonly at: number;
  readonly length: number;
}

/** A plan holds addresses: deciding its items takes no message. */
const NO_MESSAGE: StoredMessage = { at: 0, length: 0 };
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** A matcher instance over one generation's memory, with a region of its own. */
export class MatcherSession {
  private readonly matcher: MatcherExports;
  private readonly bytes: Uint8Array;
  private readonly words: Uint32Array;
  /** Which overlay bytes lie in which region, so that repeated ones are not copied again. */
  private readonly overlays = new Map<number, Uint8Array>();
  /** The policy set's name as each region's control block has it. */
  private readonly names = new Map<number, string>();

  constructor(
    compiled: MatcherModule,
    memory: SharedMemory,
    private readonly sessions: SessionImages,
    /** How a single answer is taken out of the memory; Node has its pool of buffers for that. */
    private readonly copyAnswer: (bytes: Uint8Array) => Uint8Array = ownCopy,
  ) {
    this.matcher = instantiateMatcher(compiled, memory);
    this.bytes = new Uint8Array(memory.buffer);
    this.words = new Uint32Array(memory.buffer);
  }

  /**
   * Where in an area a message is to lie: as far from a multiple of eight as it lies where it comes from. V8 copies into shared
   * memory a word at a time if both sides are aligned alike, else byte by byte (11 and 87 ns for 375 bytes, Node 20).
   */
  place(area: CallArea, message: Uint8Array): StoredMessage {
    const { length } = message;
    if (length > area.messageCapacity) {
      throw new EngineError("messageTooLarge", `message: ${length} bytes, at most ${area.messageCapacity}`);
    }
    return { at: area.messageAt + (message.byteOffset & 7), length };
  }

  /** Copies a piece of a message, from the byte `from` on, to the place of that message. */
  copy({ at }: StoredMessage, piece: Uint8Array, from = 0): void {
    this.bytes.set(piece, at + from);
  }

  /** Puts a message into an area. */
  store(area: CallArea, message: Uint8Array): StoredMessage {
    const stored = this.place(area, message);
    this.copy(stored, message);
    return stored;
  }

  /** Plans a stored batch message; gives a Status. */
  plan(region: Region, area: CallArea, message: StoredMessage): Status {
    this.writeControl(region, area, message, { flags: 0, nowSeconds: 0, policySet: "" });
    return this.matcher.plan(region.controlAt);
  }

  /** A word of a plan. */
  planWord(area: CallArea, offset: number): number {
    return this.word(area.planAt + offset);
  }

  /** Address and length that a span of a plan holds. */
  span(at: number): readonly [number, number] {
    return [this.word(at + SpanFields.at), this.word(at + SpanFields.length)];
  }

  /** A piece of the memory itself. */
  view(at: number, length: number): Uint8Array {
    return this.bytes.subarray(at, at + length);
  }

  /** A text of the memory, copied. */
  text(at: number, length: number): string {
    return decoder.decode(this.bytes.slice(at, at + length));
  }

  /** Decides one stored AuthorizeRequest; gives a copy of the AuthorizeResponse. */
  decideOne(region: Region, area: CallArea, message: StoredMessage, terms: MatcherCallTerms): Uint8Array {
    this.writeControl(region, area, message, terms);
    this.setControl(region, ControlFields.flags, terms.flags | CONTROL_UNARY | CONTROL_WITH_VERSION);
    return joinBytes(this.run(region, area, this.copyAnswer));
  }

  /** Decides items [first, last) of a planned batch; gives the response in pieces that are to be concatenated. */
  decideRange(region: Region, area: CallArea, first: number, last: number, terms: MatcherCallTerms): Uint8Array[] {
    this.writeControl(region, area, NO_MESSAGE, terms);
    this.setControl(region, ControlFields.first, first);
    this.setControl(region, ControlFields.last, last);
    return this.run(region, area, ownCopy);
  }

  /**
   * The same, with the response left in the region; gives its length in bytes, undefined if it is longer than the region takes.
   */
  decideInPlace(
    region: Region,
    area: CallArea,
    first: number,
    last: number,
    terms: MatcherCallTerms,
  ): number | undefined {
    this.writeControl(region, area, NO_MESSAGE, terms);
    this.setControl(region, ControlFields.first, first);
    this.setControl(region, ControlFields.last, last);
    const status: Status = this.matcher.decide(region.controlAt);
    if (status === Status.Done) return this.control(region, ControlFields.responseLength);
    if (status === Status.Cancelled) throw new EngineError("cancelled", "call: cancelled");
    // What comes in pieces, as with session policies, begins once more.
    const pieces = this.decideRange(region, area, first, last, terms);
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    if (length > region.responseCapacity) return undefined;
    let at = region.responseAt;
    for (const piece of pieces) {
      this.bytes.set(piece, at);
      at += piece.length;
    }
    return length;
  }

  /** Decodes and hashes items [first, last) of a planned batch without deciding them: the floor of benchmarks. */
  scanRange(region: Region, area: CallArea, first: number, last: number, terms: MatcherCallTerms): number {
    this.writeControl(region, area, NO_MESSAGE, terms);
    this.setControl(region, ControlFields.first, first);
    this.setControl(region, ControlFields.last, last);
    return this.matcher.scan(region.controlAt);
  }

  /**
   * Takes a region that goes from thread to thread: what another thread left in it, or one that never came to `leave`, is laid out anew.
   * Threads are known by numbers above 0.
   */
  enter(region: Region, thread: number): void {
    const at = region.userAt >>> 2;
    if (this.words[at] !== thread) this.forget(region);
    this.words[at] = 0;
  }

  /** Notes whose scratch lies in a region. */
  leave(region: Region, thread: number): void {
    this.words[region.userAt >>> 2] = thread;
  }

  /** Makes the next call lay the region's scratch out anew; for a region whose last user may have died. */
  forget(region: Region): void {
    this.clearScratch(region.scratchAt);
    this.clearScratch(region.overlayScratchAt);
    this.overlays.delete(region.overlayAt);
  }

  private run(region: Region, area: CallArea, copy: (bytes: Uint8Array) => Uint8Array): Uint8Array[] {
    const pieces: Uint8Array[] = [];
    while (true) {
      const status: Status = this.matcher.decide(region.controlAt);
      const length = this.control(region, ControlFields.responseLength);
      if (length > 0) pieces.push(copy(this.bytes.subarray(region.responseAt, region.responseAt + length)));
      if (status === Status.Done) return pieces;
      if (status === Status.Cancelled) throw new EngineError("cancelled", "call: cancelled");
      if (status === Status.NeedsSession) this.compileSession(region, area);
      else if (status !== Status.ResponseFull)
        throw new EngineError("internal", `matcher: unexpected status ${status}`);
      // The version goes out once, in front of the first piece.
      if (length > 0)
        this.setControl(region, ControlFields.flags, this.control(region, ControlFields.flags) & ~CONTROL_WITH_VERSION);
    }
  }

  /** Answers NeedsSession: puts the compiled documents, or the reason why there are none, where the matcher looks. */
  private compileSession(region: Region, area: CallArea): void {
    const generic = (this.word(IMAGE_AT + HeaderFields.flags) & IMAGE_GENERIC_PROFILE) !== 0;
    const image = this.sessions.compile(this.sessionTexts(region, area), generic ? "generic" : "aws");
    if ("bytes" in image && image.bytes.length <= OVERLAY_CAPACITY) {
      if (this.overlays.get(region.overlayAt) !== image.bytes) {
        this.bytes.set(image.bytes, region.overlayAt);
        this.clearScratch(region.overlayScratchAt);
        this.overlays.set(region.overlayAt, image.bytes);
      }
      this.setControl(region, ControlFields.overlay, region.overlayAt);
      return;
    }
    const text = "error" in image ? image.error : "session_policies: too large";
    // The overlay's room is free: there is no overlay.
    this.overlays.delete(region.overlayAt);
    const { written } = encoder.encodeInto(text, this.bytes.subarray(region.overlayAt, region.overlayAt + 4096));
    this.setControl(region, ControlFields.errorAt, region.overlayAt);
    this.setControl(region, ControlFields.errorLength, written);
  }

  /** The documents of the item in hand: its own, else those of the batch's defaults. */
  private sessionTexts(region: Region, area: CallArea): string[] {
    const at = this.control(region, ControlFields.itemAt);
    if (at !== 0) return this.textsOf(at, this.control(region, ControlFields.itemLength));
    const texts: string[] = [];
    const spans = this.planWord(area, PlanFields.defaultsAt);
    for (let i = 0; i < this.planWord(area, PlanFields.defaultsCount); i++) {
      texts.push(...this.textsOf(...this.span(spans + i * SpanFields.size)));
    }
    return texts;
  }

  private textsOf(at: number, length: number): string[] {
    return textFields(this.bytes.slice(at, at + length), RequestField.SessionPolicies);
  }

  /** Writes what differs from call to call; the rest of a control block stays as `prepareControl` wrote it. */
  private writeControl(region: Region, area: CallArea, message: StoredMessage, terms: MatcherCallTerms): void {
    const base = region.controlAt >>> 2;
    const { words } = this;
    if (words[base + (ControlFields.image >> 2)] !== IMAGE_AT || this.names.get(region.controlAt) !== terms.policySet) {
      this.prepareControl(region, terms.policySet);
    }
    words[base + (ControlFields.messageAt >> 2)] = message.at;
    words[base + (ControlFields.messageLength >> 2)] = message.length;
    words[base + (ControlFields.planAt >> 2)] = area.planAt;
    words[base + (ControlFields.planCapacity >> 2)] = area.planCapacity;
    words[base + (ControlFields.cancelAt >> 2)] = area.cancelAt;
    words[base + (ControlFields.flags >> 2)] = terms.flags;
    words[base + (ControlFields.first >> 2)] = 0;
    words[base + (ControlFields.last >> 2)] = 0;
    words[base + (ControlFields.overlay >> 2)] = 0;
    words[base + (ControlFields.errorAt >> 2)] = 0;
    const nowAt = base + (ControlFields.now >> 2);
    words[nowAt] = terms.nowSeconds;
    words[nowAt + 1] = Math.floor(terms.nowSeconds / 2 ** 32);
  }

  private prepareControl(region: Region, policySet: string): void {
    const name = this.bytes.subarray(region.nameAt, region.nameAt + NAME_CAPACITY);
    const { written } = encoder.encodeInto(policySet, name);
    this.setControl(region, ControlFields.image, IMAGE_AT);
    this.setControl(region, ControlFields.responseAt, region.responseAt);
    this.setControl(region, ControlFields.responseCapacity, region.responseCapacity);
    this.setControl(region, ControlFields.scratchAt, region.scratchAt);
    this.setControl(region, ControlFields.overlayScratchAt, region.overlayScratchAt);
    this.setControl(region, ControlFields.nameAt, region.nameAt);
    this.setControl(region, ControlFields.nameLength, written);
    this.names.set(region.controlAt, policySet);
  }

  /** Scratch that was laid out for no image is laid out by the next call. */
  private clearScratch(at: number): void {
    this.words[(at + ScratchFields.image) >>> 2] = 0;
  }

  private word(at: number): number {
    return this.words[at >>> 2] ?? 0;
  }

  private control(region: Region, offset: number): number {
    return this.word(region.controlAt + offset);
  }

  private setControl(region: Region, offset: number, value: number): void {
    this.words[(region.controlAt + offset) >>> 2] = value;
  }
}

/** Answers of a batch may move on to another thread, and nothing else may move with them. */
function ownCopy(bytes: Uint8Array): Uint8Array {
  return bytes.slice();
}

/** The flag under which a simulation's own clock counts (VEC-3). */
export const CALLER_CLOCK_FLAG = CONTROL_CALLER_CLOCK;
