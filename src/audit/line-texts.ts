/** Lines of JSON as texts: what lines that are alike have in common is written once. */
import { type AccessLine, accessLineJson } from "./lines.js";

/** Stand for what such lines differ in. A line that holds one itself is written as it is. */
const [ACTION, LEVEL] = ["\ue0f0action\ue0f0", "\ue0f0level\ue0f0"];

/** What stands before, between and behind the action, the level, and the actions of the requests. */
interface Pieces {
  readonly head: string;
  readonly beforeLevel: string;
  readonly afterLevel: string;
  readonly more: readonly string[];
}

/** Writes lines. */
export class LineTexts {
  private readonly known = new WeakMap<object, Pieces | "none">();

  /** `text` writes a value as JSON on one line. */
  constructor(private readonly text: (value: unknown) => string) {}

  /** The line as JSON. */
  of(line: AccessLine): string {
    const { alike, action, accessLevel } = line;
    const pieces = alike === undefined ? "none" : this.piecesOf(line, alike);
    if (pieces === "none") return this.text(accessLineJson(line));
    const told = this.text(action);
    const level = accessLevel === null ? "null" : this.text(accessLevel);
    let text = pieces.head + told + pieces.beforeLevel + level + pieces.afterLevel;
    for (const piece of pieces.more) text += told + piece;
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
    return isPlain && more.length === requests && others.length === 0
      ? { head, beforeLevel, afterLevel, more }
      : "none";
  }
}
