/** What counters are about, read out of an image: statements by their place, patterns and keys as texts. */
import {
  PATTERN_BYTES_AT,
  PATTERN_KIND_BITS,
  PatternKind,
  STATEMENT_DENY,
  STATEMENT_WIDE,
  TEXT_BYTES_AT,
  VARIABLE_IN_FIELD,
  VARIABLE_LIST,
  VARIABLE_SIZE,
  VARIABLE_SLOT_AT,
} from "../../../assembly/format/layout.js";
import {
  ActionGlobFields,
  DetailFields,
  DocumentFields,
  HeaderFields,
  PatternFields,
  ResourcePatternFields,
  ServiceFields,
  SlotFields,
  StatementFields,
  TableEntryFields,
  WideCountsFields,
} from "../../../assembly/format/records.js";
import type { StatementPlace } from "./counters.js";

const decoder = new TextDecoder();
/** The first byte of a program that stands for a star; those from `FIRST_ONE` on are single wildcards. */
const FIRST_STAR = 0xfe;
const FIRST_ONE = 0xfc;

/** A pattern of an image. */
export interface PatternProgram {
  /** As a policy would write it; variables by the names of their keys. */
  readonly text: string;
  /** Literal texts between stars, from the first star to the last, where it is of a kind that takes steps; single wildcards as `?`. */
  readonly segments: readonly string[] | undefined;
  readonly prefix: string;
  readonly suffix: string;
}

/** Reads an image that lies at an address of a memory. */
export class ImageReader {
  private readonly view: DataView;

  constructor(
    private readonly bytes: Uint8Array,
    private readonly image: number,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get slotCount(): number {
    return this.word(HeaderFields.slotCount);
  }

  /** The statement at an offset of the image. */
  statement(at: number): StatementPlace {
    const detail = this.word(at + StatementFields.detailAt);
    const index = this.word(detail + DetailFields.index);
    const document = detail - index * DetailFields.size - DocumentFields.size;
    const sidAt = this.word(detail + DetailFields.sidAt);
    return {
      policy: this.text(this.word(document + DocumentFields.nameAt)),
      sid: sidAt === 0 ? undefined : this.text(sidAt),
      effect: (this.flags(at) & STATEMENT_DENY) === 0 ? "Allow" : "Deny",
      file: this.text(this.word(document + DocumentFields.fileAt)),
      line: this.word(detail + DetailFields.line),
      column: this.word(detail + DetailFields.column),
      statement: index,
    };
  }

  /** Offsets of the resource patterns that a statement lists. */
  resources(at: number): readonly number[] {
    const isWide = (this.flags(at) & STATEMENT_WIDE) !== 0;
    const wide = at + StatementFields.size;
    const count = isWide
      ? this.word(wide + WideCountsFields.resourceCount)
      : this.view.getUint8(this.image + at + StatementFields.resourceCount);
    const first = isWide ? wide + WideCountsFields.size : wide;
    return Array.from({ length: count }, (_, index) =>
      this.word(first + index * ResourcePatternFields.size + ResourcePatternFields.patternAt),
    );
  }

  /** How many action patterns there are in all; their ids are below. */
  get actionPatternCount(): number {
    return this.word(HeaderFields.patternCount);
  }

  /** Ids and texts of the action patterns with wildcards, lower-cased. */
  *actionPatterns(): Generator<readonly [id: number, text: string], void> {
    const services = [this.word(HeaderFields.anyServiceAt)];
    const table = this.word(HeaderFields.servicesAt);
    for (let place = 0; place <= this.word(HeaderFields.servicesMask); place++) {
      const service = this.word(table + place * TableEntryFields.size + TableEntryFields.recordAt);
      if (service !== 0) services.push(service);
    }
    for (const service of services) {
      const globs = this.word(service + ServiceFields.globsAt);
      for (let index = 0; index < this.word(service + ServiceFields.globCount); index++) {
        const glob = globs + index * ActionGlobFields.size;
        const prefixAt = this.word(glob + ActionGlobFields.prefixAt);
        const name = this.pattern(this.word(glob + ActionGlobFields.nameAt)).text;
        const prefix =
          prefixAt === 0 ? this.text(this.word(service + ServiceFields.textAt)) : this.pattern(prefixAt).text;
        yield [this.word(glob + ActionGlobFields.patternId), prefix === "" ? name : `${prefix}:${name}`];
      }
    }
  }

  /** A key as a policy spells it. */
  slot(slot: number): string {
    return this.text(this.word(this.word(HeaderFields.slotsAt) + slot * SlotFields.size + SlotFields.textAt));
  }

  /** The pattern at an offset of the image. */
  pattern(at: number): PatternProgram {
    const head = this.word(at + PatternFields.head);
    const kind: PatternKind = head & ((1 << PATTERN_KIND_BITS) - 1);
    const isGlob = kind === PatternKind.Glob;
    const start = this.image + at + (isGlob ? PatternFields.size : PATTERN_BYTES_AT);
    const pieces = this.pieces(start, start + (head >>> PATTERN_KIND_BITS));
    const text = pieces.join("");
    if (kind === PatternKind.Any) return { text: "*", segments: undefined, prefix: "", suffix: "" };
    if (kind === PatternKind.Prefix) return { text: `${text}*`, segments: undefined, prefix: text, suffix: "" };
    const stars = pieces.flatMap((piece, index) => (piece === "*" ? [index] : []));
    const [first, last] = [stars[0], stars.at(-1)];
    if (!isGlob || first === undefined || last === undefined) {
      return { text, segments: undefined, prefix: text, suffix: "" };
    }
    const between = pieces
      .slice(first + 1, last)
      .join("")
      .split("*");
    return {
      text,
      segments: between,
      prefix: pieces.slice(0, first).join(""),
      suffix: pieces.slice(last + 1).join(""),
    };
  }

  /** Literals and wildcards of a program, each a piece. */
  private pieces(from: number, end: number): readonly string[] {
    const pieces: string[] = [];
    let literal = from;
    const flush = (at: number): void => {
      if (at > literal) pieces.push(this.decoded(literal, at));
    };
    for (let at = from; at < end; ) {
      const token = this.bytes[at] ?? 0;
      if (token < VARIABLE_IN_FIELD) {
        at++;
        continue;
      }
      flush(at);
      if (token >= FIRST_STAR) pieces.push("*");
      else if (token >= FIRST_ONE) pieces.push("?");
      else {
        const slot = this.view.getUint32(at + VARIABLE_SLOT_AT, true);
        pieces.push(`\${${this.slot((slot & ~VARIABLE_LIST) >>> 0)}}`);
      }
      at += token >= FIRST_ONE ? 1 : VARIABLE_SIZE;
      literal = at;
    }
    flush(end);
    return pieces;
  }

  private flags(at: number): number {
    return this.view.getUint8(this.image + at + StatementFields.flags);
  }

  private text(at: number): string {
    const from = this.image + at + TEXT_BYTES_AT;
    return this.decoded(from, from + this.word(at));
  }

  /** A copy: texts are not decoded out of memory that threads share. */
  private decoded(from: number, end: number): string {
    return decoder.decode(this.bytes.slice(from, end));
  }

  private word(at: number): number {
    return this.view.getUint32(this.image + at, true);
  }
}
