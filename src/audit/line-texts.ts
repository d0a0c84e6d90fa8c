/** Lines of JSON as texts: what lines that are alike have in common is written once. */
import { type AccessLine, accessLineJson } from "./lines.js";

/** A line as a text, or as pieces of one. */
export type LineText = string | readonly (string | Uint8Array)[];

/** Stand for what such lines differ in. A line that holds one itself is written as it is. */
const [ACTION, LEVEL] = ["\ue0f0action\ue0f0", "\ue0f0level\ue0f0"];

/** What stands before, between and behind the action, the level, and the actions of the requests. */
interface Pieces {
  readonly head: Uint8Array;
  readonly beforeLevel: string;
  readonly afterLevel: Uint8Array;
  readonly more: readonly Uint8Array[];
}

const encoder = new TextEncoder();
/** Such an action stands in JSON as it is. */
const plainAction = /^[\w:.-]+$/;

/** Writes lines. */
export class LineTexts {
  private readonly known = new WeakMap<object, Pieces | "none">();
  private readonly levels = new Map<string | null, string>();

  /** `text` writes a value as JSON on one line. */
  constructor(private readonly text: (value: unknown) => string) {}

  /** The line as JSON. */
  of(line: AccessLine): LineText {
    const { alike, action, accessLevel } = line;
    const pieces = alike === undefined ? "none" : this.piecesOf(line, alike);
    if (pieces === "none") return this.text(accessLineJson(line));
    const told = plainAction.test(action) ? `"${action}"` : this.text(action);
    const { head, beforeLevel, afterLevel, more } = pieces;
    const all = [head, told + beforeLevel + this.levelText(accessLevel), afterLevel];
    for (const piece of more) all.push(told, piece);
    return all;
  }

  private levelText(level: string | null): string {
    let text = this.levels.get(level);
    if (text === undefined) {
      text = level === null ? "null" : this.text(level);
      this.levels.set(level, text);
    }
    return text;
  }

  private piecesOf(line: AccessLine, alike: object): Pieces | "none" {
    let pieces = this.known.get(alike);
    if (pieces === undefined) {
      pieces = this.takeApart(line);
      this.known.set(alike, pieces);
    }
    return pieces;
  }

  private takeApart(line: AccessLine): Pieces | "none" {
    const { witness, counterexample } = line.answer;
    const answer = {
      ...line.answer,
      witness: witness && { ...witness, action: ACTION },
      counterexample: counterexample && { ...counterexample, action: ACTION },
    };
    const text = this.text(accessLineJson({ ...line, action: ACTION, accessLevel: LEVEL, answer }));
    const [head = "", between = "", ...more] = text.split(this.text(ACTION));
    const [beforeLevel = "", afterLevel = "", ...others] = between.split(this.text(LEVEL));
    const requests = [witness, counterexample].filter((question) => question !== undefined).length;
    const isPlain = text.split(ACTION).length === requests + 2 && text.split(LEVEL).length === 2;
    if (!isPlain || more.length !== requests || others.length > 0) return "none";
    const bytesOf = (piece: string): Uint8Array => encoder.encode(piece);
    return { head: bytesOf(head), beforeLevel, afterLevel: bytesOf(afterLevel), more: more.map(bytesOf) };
  }
}
