/** Results as JUnit's XML, as CI servers read it: a suite a file, a case an assertion; what is unknown is an error. */
import { questionJson } from "../audit/question-json.js";
import { escapeXml, xmlAttribute } from "../text/markup-text.js";
import type { ProofResult } from "./result.js";

/** The document. */
export function proofJunit(results: readonly ProofResult[]): string {
  const files = new Map<string, ProofResult[]>();
  for (const result of results) {
    const { file } = result.assertion.place;
    const known = files.get(file);
    if (known === undefined) files.set(file, [result]);
    else known.push(result);
  }
  const suites = [...files].map(
    ([file, inside]) =>
      `  <testsuite name=${xmlAttribute(file)} ${countsOf(inside)}>\n${inside.map(testCase).join("")}  </testsuite>\n`,
  );
  const head = `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="verdict prove" ${countsOf(results)}>\n`;
  return `${head}${suites.join("")}</testsuites>\n`;
}

function testCase({ assertion, result, reason, counterexample, replay }: ProofResult): string {
  const { id, place, why } = assertion;
  const open =
    `    <testcase name=${xmlAttribute(id)} classname=${xmlAttribute(place.file)} file=${xmlAttribute(place.file)} ` +
    `line="${place.line}"`;
  if (result === "holds") return `${open}/>\n`;
  const kind = result === "fails" ? "failure" : "error";
  const question = counterexample === undefined ? [] : [JSON.stringify(questionJson(counterexample))];
  const cause = why === undefined ? [] : [`why: ${why}`];
  const told = [...cause, reason, ...question, ...(replay === undefined ? [] : [replay])];
  const body = escapeXml(told.join("\n"));
  return `${open}>\n      <${kind} type="assertion-${result}" message=${xmlAttribute(reason)}>${body}</${kind}>\n    </testcase>\n`;
}

function countsOf(results: readonly ProofResult[]): string {
  const count = (wanted: ProofResult["result"]): number => results.filter(({ result }) => result === wanted).length;
  return `tests="${results.length}" failures="${count("fails")}" errors="${count("unknown")}"`;
}
