/** Results of proofs as they are printed: for people, JSON Lines, SARIF, JUnit's XML. */
import { questionJson } from "../../audit/question-json.js";
import { shellWord } from "../../prove/replay-case.js";
import { type ProofResult, proofJson } from "../../prove/result.js";
import { printJson, printLine, printText } from "../../terminal/terminal.js";
import { outputWidth, wrapped } from "../../terminal/wrap.js";

const words = {
  holds: { text: "holds   ", colour: "green" },
  fails: { text: "FAILS   ", colour: "red" },
  unknown: { text: "unknown ", colour: "yellow" },
} as const;

const margin = " ".repeat(8);

/** Prints results as they come, or all of them at the end. */
export class ProofReport {
  constructor(
    /** Undefined for documents alone. */
    private readonly policies: string | undefined,
    private readonly format: "text" | "json" | "sarif" | "junit",
  ) {}

  /** One result. */
  async add(result: ProofResult): Promise<void> {
    if (this.format === "json") await printJson(proofJson(result));
    else if (this.format === "text") await this.tell(result);
  }

  /** What stands at the end. */
  async end(results: readonly ProofResult[]): Promise<void> {
    if (this.format === "text") await printLine("", tally(results));
    else if (this.format === "junit") {
      const { proofJunit } = await import("../../prove/junit.js");
      await printText(proofJunit(results));
    } else if (this.format === "sarif") {
      const { proofSarif } = await import("../../prove/sarif.js");
      const { packageAddresses, packageVersion } = await import("../../terminal/package-version.js");
      await printJson(proofSarif(results, { version: packageVersion(), ...packageAddresses() }));
    }
  }

  private async tell({ assertion, result, reason, counterexample, caveats, over, replay }: ProofResult): Promise<void> {
    await printLine(words[result], { text: assertion.id, colour: "bold" });
    if (assertion.why !== undefined) await this.put(`why: ${assertion.why}`);
    await this.put(reason);
    for (const caveat of caveats) await this.put(`but: ${caveat}`);
    if (result === "holds") await this.put(overInWords(over), true);
    if (replay !== undefined) await printLine({ text: `${margin}${replay}`, colour: "dim" });
    if (counterexample === undefined || this.policies === undefined) return;
    const json = JSON.stringify(questionJson(counterexample));
    await printLine({ text: `${margin}echo ${shellWord(json)} |`, colour: "dim" });
    await printLine({
      text: `${margin}  verdict check --policies ${shellWord(this.policies)} --question -`,
      colour: "dim",
    });
  }

  private async put(text: string, isDim = false): Promise<void> {
    for (const part of wrapped(text, outputWidth() - margin.length, 2)) {
      await printLine(isDim ? { text: margin + part, colour: "dim" } : margin + part);
    }
  }
}

function overInWords({ principals, strangers, catalogue, keys, fixed }: ProofResult["over"]): string {
  const who =
    principals === 0
      ? "whoever asks"
      : `${principals} principal${principals === 1 ? "" : "s"}${strangersIn(principals, strangers)}`;
  const what = catalogue === null ? "any action" : `the actions of the catalogue ${catalogue} and any other`;
  const free = keys === "closed" ? "no key but those fixed" : "any values of keys";
  return `over ${who}, ${what}, ${free}${fixed.length === 0 ? "" : `; fixed: ${fixed.join(", ")}`}`;
}

function strangersIn(principals: number, strangers: number): string {
  if (strangers === 0) return "";
  if (strangers < principals) return `, ${strangers} of them ${strangers === 1 ? "a stranger" : "strangers"}`;
  return principals === 1 ? ", a stranger" : ", all strangers";
}

function tally(results: readonly ProofResult[]): string {
  const count = (wanted: ProofResult["result"]): number => results.filter(({ result }) => result === wanted).length;
  const [holds, fails, unknown] = [count("holds"), count("fails"), count("unknown")];
  return [
    `${holds} hold${holds === 1 ? "s" : ""}`,
    `${fails} fail${fails === 1 ? "s" : ""}`,
    `${unknown} unknown`,
  ].join(", ");
}

/** 0 all hold, 1 one fails, 2 one is unknown. */
export function exitCode(results: readonly ProofResult[]): number {
  if (results.some(({ result }) => result === "fails")) return 1;
  return results.some(({ result }) => result === "unknown") ? 2 : 0;
}
