/**
 * Blocks as lines of CSV (RFC 4180, LF) or JSON. Each text of an axis is written once and copied into its lines; a cell of CSV that a
 * spreadsheet would run as a formula begins with an apostrophe.
 */
import { csvCell } from "../files/csv.js";
import { jsonText } from "../text/json-text.js";
import { utf8Bytes } from "../text/utf8.js";
import { type BlockAnswers, decisionWords } from "./block-answers.js";
import { axisNames, axisTexts, type Block, type MatrixPlan } from "./plan.js";

/** Writes the lines of one plan. */
export class TextRows {
  private readonly axes: readonly (readonly string[])[];
  private readonly endings = new Map<string, string>();
  private tails: Tails = { key: "", texts: [] };

  constructor(private readonly plan: MatrixPlan) {
    const isCsv = plan.format === "csv";
    this.axes = axisNames.map((axis, index) => {
      const lead = isCsv ? "" : `${index === 0 ? "{" : ""}"${axis}":`;
      return axisTexts(plan, axis).map((text) => `${lead}${isCsv ? csvCell(text) : jsonText(text)},`);
    });
  }

  /** The lines of a block. */
  encode({ ranges, cells }: Block, { codes, layers, statements }: BlockAnswers): Uint8Array {
    const [principals = [], actions = [], resources = [], scenarios = []] = this.axes.map((texts, axis) =>
      texts.slice(...(ranges[axis] ?? [0, 0])),
    );
    const tails = this.tailsOf(ranges, resources, scenarios, cells);
    const below = resources.length * scenarios.length;
    const pieces: string[] = [];
    let cell = 0;
    for (const principal of principals) {
      for (const action of actions) {
        const head = principal + action;
        let lines = "";
        for (let at = 0; at < below; at++, cell++) {
          const tail = tails[at * decisionWords.length + (codes[cell] ?? ERROR)] ?? "";
          lines += head + tail + this.ending(layers?.[cell], statements?.[cell]);
        }
        pieces.push(lines);
      }
    }
    return new TextEncoder().encode(pieces.join(""));
  }

  /** What follows principal and action, by resource, scenario and decision; blocks that follow one another mostly share it. */
  private tailsOf(
    ranges: Block["ranges"],
    resources: readonly string[],
    scenarios: readonly string[],
    cells: number,
  ): readonly string[] {
    const key = JSON.stringify([cells, ranges[2], ranges[3]]);
    if (this.tails.key === key) return this.tails.texts;
    const isCsv = this.plan.format === "csv";
    const words = decisionWords.map((word) => (isCsv ? word : `"decision":"${word}"`));
    const texts: string[] = [];
    for (const resource of resources) {
      for (const scenario of scenarios) for (const word of words) texts.push(resource + scenario + word);
    }
    this.tails = { key, texts };
    return texts;
  }

  private ending(layer: string | undefined, statement: string | undefined): string {
    const isCsv = this.plan.format === "csv";
    if (layer === undefined || statement === undefined) return isCsv ? "\n" : "}\n";
    const key = JSON.stringify([layer, statement]);
    const known = this.endings.get(key);
    if (known !== undefined) return known;
    const ending = isCsv
      ? `,${csvCell(layer)},${csvCell(statement)}\n`
      : `,"layer":${jsonText(layer)},"statement":${jsonText(statement)}}\n`;
    if (this.endings.size >= KEPT_ENDINGS) this.endings.clear();
    this.endings.set(key, ending);
    return ending;
  }
}

interface Tails {
  readonly key: string;
  readonly texts: readonly string[];
}

const ERROR = decisionWords.indexOf("error");
const KEPT_ENDINGS = 10_000;

/** What stands before the first block: the names of the columns in CSV. */
export function textHeader({ format, reason }: Pick<MatrixPlan, "format" | "reason">): Uint8Array {
  const columns = [...axisNames, "decision", ...(reason ? ["layer", "statement"] : [])];
  return utf8Bytes(format === "csv" ? `${columns.join(",")}\n` : "");
}
