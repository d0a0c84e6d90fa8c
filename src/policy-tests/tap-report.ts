/** Results in the Test Anything Protocol, version 14. */
import { jsonText } from "../text/json-text.js";
import { questionText } from "./question-text.js";
import type { TestResult } from "./run-tests.js";
import type { TestReport } from "./test-report.js";

/** The text. */
export function tapReport({ files }: TestReport): string {
  const results = files.flatMap(({ results: all }) => all);
  return ["TAP version 14", `1..${results.length}`, ...results.map(point), ""].join("\n");
}

function point({ test, failures }: TestResult, index: number): string {
  const line = `${failures.length === 0 ? "ok" : "not ok"} ${index + 1} - ${description(test.id)}`;
  if (failures.length === 0) return line;
  const { file, line: row, column } = test.place;
  // JSON is YAML, and cannot end the block it stands in.
  const details = [
    `message: ${jsonText(failures.join("; "))}`,
    `at: ${jsonText(`${file}:${row}:${column}`)}`,
    `question: ${jsonText(questionText(test.question).join(" "))}`,
  ];
  return [line, "  ---", ...details.map((one) => `  ${one}`), "  ..."].join("\n");
}

/** `#` begins a directive such as `# SKIP`, and a description ends with its line. */
function description(text: string): string {
  return jsonText(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("#", "\\#");
}
