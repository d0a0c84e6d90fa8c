/** Results that do not hold as a SARIF 2.1.0 log: a rule for each kind of result, placed at the assertion, with the statements that decided. */
import { questionJson } from "../audit/question-json.js";
import type { ValidationTool } from "../validate/gate/sarif.js";
import { sarifRun, sarifUri } from "../validate/gate/sarif-run.js";
import type { ProofResult } from "./result.js";

const rules = [
  {
    id: "assertion-fails",
    text: "an assertion about the policy set is broken by a request",
    help: "change the statements that decided, or the assertion; `verdict check --question` decides the request again, which the result has as `counterexample`",
  },
  {
    id: "assertion-unknown",
    text: "an assertion about the policy set could not be decided",
    help: "give more with `--budget`, or narrow the assertion: the message says what helps",
  },
] as const;

/** The log. */
export function proofSarif(results: readonly ProofResult[], tool: ValidationTool): object {
  const told = rules.map(({ id, text, help }) => ({
    id,
    shortDescription: { text },
    fullDescription: { text },
    help: { text: help },
    helpUri: `${tool.documents}/src/prove/README.md`,
    properties: { tags: ["security"] },
  }));
  return sarifRun(tool, told, results.filter(({ result }) => result !== "holds").map(resultOf));
}

function resultOf({ assertion, result, reason, decidedBy, counterexample }: ProofResult): object {
  const { id, place, why } = assertion;
  const ruleIndex = result === "fails" ? 0 : 1;
  return {
    ruleId: rules[ruleIndex].id,
    ruleIndex,
    level: result === "fails" ? "error" : "warning",
    message: { text: `${id}: ${reason}${why === undefined ? "" : ` (why: ${why})`}` },
    locations: [{ ...placed(place), logicalLocations: [{ fullyQualifiedName: id }] }],
    relatedLocations: decidedBy
      .filter(({ line }) => line > 0)
      .map((statement, index) => ({
        id: index,
        ...placed(statement),
        message: { text: statement.sid ?? statement.policy },
      })),
    partialFingerprints: { "verdict/assertion": `${result} ${id}` },
    ...(counterexample === undefined ? {} : { properties: { counterexample: questionJson(counterexample) } }),
  };
}

function placed({ file, line, column }: { readonly file: string; readonly line: number; readonly column: number }) {
  const uri = sarifUri(file);
  return { physicalLocation: { artifactLocation: { uri }, region: { startLine: line, startColumn: column } } };
}
