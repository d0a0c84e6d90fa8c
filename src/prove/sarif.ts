/** Results that do not hold as a SARIF 2.1.0 log: a rule for each kind of result, placed at the assertion, with the statements that decided. */
import { questionJson } from "../audit/question-json.js";
import { type SarifTool, sarifRun, sarifUri } from "../validate/gate/sarif-run.js";
import type { ProofResult } from "./result.js";

const rules = [
  { id: "assertion-fails", text: "an assertion about the policy set is broken by a request" },
  { id: "assertion-unknown", text: "an assertion about the policy set could not be decided" },
] as const;

/** The log. */
export function proofSarif(results: readonly ProofResult[], tool: SarifTool): object {
  const told = rules.map(({ id, text }) => ({ id, shortDescription: { text }, fullDescription: { text } }));
  return sarifRun(tool, told, results.filter(({ result }) => result !== "holds").map(resultOf));
}

function resultOf({ assertion, result, reason, decidedBy, counterexample }: ProofResult): object {
  const { id, place } = assertion;
  const ruleIndex = result === "fails" ? 0 : 1;
  return {
    ruleId: rules[ruleIndex].id,
    ruleIndex,
    level: result === "fails" ? "error" : "warning",
    message: { text: `${id}: ${reason}` },
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
