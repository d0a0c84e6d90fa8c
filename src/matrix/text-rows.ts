/**
 * Blocks as lines of CSV (RFC 4180, LF) or JSON. Each text of an axis is written once and copied into its lines; a cell of CSV that a
 * spreadsheet would run as a formula begins with an apostrophe.
 */
import { jsonText } from "../text/json-text.js";
import { utf8Bytes } from "../text/utf8.js";
import { type BlockAnswers, decisionWords } from "./block-answers.js";
import { axisNames, axisTexts, type Block, type MatrixPlan } from "./plan.js";

/** Writes the lines of one plan. */
export class TextRows {
  private readonly axes: readonly (readonly Uint8Array[])[];
  private readonly decisions: readonly Uint8Array[];
  private readonly endings = new Map<string, Uint8Array>();

  constructor(private readonly plan: MatrixPlan) {
    const isCsv = plan.format === "csv";
    this.axes = axisNames.map((axis, index) => {
      const lead = isCsv ? "" : `${index === 0 ? "{" : ""}"${axis}":`;
      return axisTexts(plan, axis).map((text) => utf8Bytes(`${lead}${isCsv ? csvCell(text) : jsonText(text)},`));
    });
    this.decisions = decisionWords.map((word) => utf8Bytes(isCsv ? word : `"decision":"${word}"`));
  }

  /** The lines of a block. */
  encode({ ranges, cells }: Block, { codes, layers, statements }: BlockAnswers): Uint8Array {
    const ends = Array.from({ length: cells }, (_, cell) => this.ending(layers?.[cell], statements?.[cell]));
    const [principals = [], actions = [], resources = [], scenarios = []] = this.axes.map((texts, axis) =>
      texts.slice(...(ranges[axis] ?? [0, 0])),
    );
    let cell = 0;
    const out = new Bytes(cells * 128);
    for (const principal of principals) {
      for (const action of actions) {
        for (const resource of resources) {
          for (const scenario of scenarios) {
            const decision = this.decisions[codes[cell] ?? 3] ?? principal;
            out
              .add(principal)
              .add(action)
              .add(resource)
              .add(scenario)
              .add(decision)
              .add(ends[cell++] ?? newline);
          }
        }
      }
    }
    return out.taken();
  }

  private ending(layer: string | undefined, statement: string | undefined): Uint8Array {
    const isCsv = this.plan.format === "csv";
    if (layer === undefined || statement === undefined) return isCsv ? newline : closing;
    const key = JSON.stringify([layer, statement]);
    const known = this.endings.get(key);
    if (known !== undefined) return known;
    const text = isCsv
      ? `,${csvCell(layer)},${csvCell(statement)}\n`
      : `,"layer":${jsonText(layer)},"statement":${jsonText(statement)}}\n`;
    const ending = utf8Bytes(text);
    if (this.endings.size >= KEPT_ENDINGS) this.endings.clear();
    this.endings.set(key, ending);
    return ending;
  }
}

const KEPT_ENDINGS = 10_000;
const newline = utf8Bytes("\n");
const closing = utf8Bytes("}\n");

/** What stands before the first block: the names of the columns in CSV. */
export function textHeader({ format, reason }: Pick<MatrixPlan, "format" | "reason">): Uint8Array {
  const columns = [...axisNames, "decision", ...(reason ? ["layer", "statement"] : [])];
  return utf8Bytes(format === "csv" ? `${columns.join(",")}\n` : "");
}

/** A cell of CSV: in quotes where it has to be, with an apostrophe before what a spreadsheet would run. */
export function csvCell(text: string): string {
  const safe = /^[=+\-@\t\r\n]/.test(text) ? `'${text}` : text;
  return /[",\r\n\t']|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Bytes put together. */
class Bytes {
  private bytes: Uint8Array;
  private at = 0;

  constructor(expected: number) {
    this.bytes = new Uint8Array(expected);
  }

  add(piece: Uint8Array): this {
    const end = this.at + piece.length;
    if (end > this.bytes.length) {
      const grown = new Uint8Array(Math.max(end, this.bytes.length * 2));
      grown.set(this.bytes.subarray(0, this.at));
      this.bytes = grown;
    }
    this.bytes.set(piece, this.at);
    this.at = end;
    return this;
  }

  /** In memory of their own, which may move to another thread. */
  taken(): Uint8Array {
    return this.bytes.slice(0, this.at);
  }
}
