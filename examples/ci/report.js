// From what `verdict validate --format json` and `verdict test --format json` wrote: annotations on standard error, a summary in Markdown
// on standard output. What authors of policies wrote is quoted: it starts no command of the runner, no markup and no mention.
import { readFileSync } from "node:fs";

const [findingsFile = "", testsFile = ""] = process.argv.slice(2);
const mostRows = 50;

const findings = read(findingsFile, []);
const tests = read(testsFile, { passed: 0, failed: 0, tests: [], unread: true });
const failed = tests.tests.filter(({ pass }) => !pass);

for (const { file, line, column, severity, rule, message } of findings) {
  annotate(severity === "error" ? "error" : "warning", { file, line, col: column, title: rule }, message);
}
for (const { file, line, column, id, failures } of failed) {
  annotate("error", { file, line, col: column, title: `policy test ${id}` }, failures.join("; "));
}
console.log(summary());

function summary() {
  const errors = findings.filter(({ severity }) => severity === "error").length;
  const lines = ["<!-- verdict -->", "## Policies", ""];
  lines.push(`**Findings:** ${findings.length}, ${errors} of them errors. `);
  lines.push(tests.unread ? "**Tests:** could not be run." : `**Tests:** ${tests.passed} passed, ${tests.failed} failed.`);
  if (tests.coverage !== undefined) lines.push(`**Coverage:** ${tests.coverage.percent} % of ${tests.coverage.statements} statements.`);
  table(lines, ["place", "severity", "rule", "what"], findings, (one) => [placeOf(one), one.severity, one.rule, one.message]);
  table(lines, ["place", "test", "what"], failed, (one) => [placeOf(one), one.id, one.failures.join("; ")]);
  return lines.join("\n");
}

function table(lines, heads, all, cellsOf) {
  if (all.length === 0) return;
  lines.push("", `| ${heads.join(" | ")} |`, `|${heads.map(() => "---|").join("")}`);
  for (const one of all.slice(0, mostRows)) lines.push(`| ${cellsOf(one).map(cell).join(" | ")} |`);
  if (all.length > mostRows) lines.push("", `… and ${all.length - mostRows} more.`);
}

function placeOf({ file, line, column }) {
  return `${file}:${line}:${column}`;
}

/** Text alone: characters that mean something in Markdown, HTML or to GitHub become references. */
function cell(text) {
  return String(text).replace(/[^\p{L}\p{N} .,:;/()=-]/gu, (character) => `&#${character.codePointAt(0)};`);
}

/** https://docs.github.com/actions/reference/workflow-commands-for-github-actions */
function annotate(kind, properties, message) {
  const given = Object.entries(properties).map(([name, value]) => `${name}=${property(value)}`);
  console.error(`::${kind} ${given.join(",")}::${data(message)}`);
}

function data(text) {
  return String(text).replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function property(text) {
  return data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}

function read(file, otherwise) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return otherwise;
  }
}
