/**
 * A file of policy tests: a list of tests, or an object with fixtures, tests and matrices. What is wrong with it is a finding at its
 * place; a file with errors has no tests that could be relied on.
 */
import type { Finding } from "../text/finding.js";
import { quote } from "../text/quote.js";
import type { SourceText } from "../text/source-text.js";
import type { TreeNode } from "../text/tree.js";
import {
  positionOf,
  readItems,
  readMembers,
  readText,
  report,
  requireMember,
  type TreePlace,
} from "../text/tree-place.js";
import { type Fixtures, readFixtures, readInstant } from "./fixtures.js";
import type { PolicyTest, TestFile } from "./policy-test.js";
import { expectationMembers, readExpectation } from "./read-expectation.js";
import { readMatrix } from "./read-matrix.js";
import { readAsked } from "./read-request.js";

/** The members of a file that is no plain list. */
export const testFileMembers = ["policies", "now", "contexts", "tests", "matrices"] as const;

/** The members of one test. */
export const testMembers = ["id", "why", "request", "now", ...expectationMembers] as const;

/** Reads a file; undefined after errors. */
export function readTestFile(node: TreeNode, source: SourceText, findings: Finding[]): TestFile | undefined {
  const place: TreePlace = { node, source, findings, path: undefined };
  const before = findings.length;
  const file = node.kind === "array" ? { tests: readTests(place, noFixtures) } : readTestMembers(place);
  if (file !== undefined) checkIds(file.tests, findings);
  const isRefused = findings.slice(before).some(({ severity }) => severity === "error");
  return isRefused || file === undefined ? undefined : { file: source.file, ...file };
}

const noFixtures: Fixtures = { contexts: new Map() };

function readTestMembers(place: TreePlace): Omit<TestFile, "file"> | undefined {
  const members = readMembers(place, testFileMembers);
  if (members === undefined) return undefined;
  if (!members.has("tests") && !members.has("matrices")) {
    report(place, "SET-FORMAT", "missing member `tests` (or `matrices`)");
  }
  const policies = readText(members.get("policies"));
  const nowMs = readInstant(members.get("now"));
  const fixtures = { contexts: readFixtures(members.get("contexts")), ...(nowMs === undefined ? {} : { nowMs }) };
  const tests = [
    ...readTests(members.get("tests"), fixtures),
    ...readItems(members.get("matrices")).flatMap((matrix) => readMatrix(matrix, fixtures)),
  ];
  return { ...(policies === undefined ? {} : { policies }), tests };
}

function readTests(place: TreePlace | undefined, fixtures: Fixtures): readonly PolicyTest[] {
  return readItems(place).flatMap((item) => readTest(item, fixtures) ?? []);
}

function readTest(place: TreePlace, fixtures: Fixtures): PolicyTest | undefined {
  const members = readMembers(place, testMembers);
  if (members === undefined) return undefined;
  const id = readText(requireMember(place, members, "id"));
  const why = readText(members.get("why"));
  const question = readAsked(requireMember(place, members, "request"), fixtures);
  const nowMs = readInstant(members.get("now")) ?? fixtures.nowMs;
  const expected = readExpectation(place, members);
  if (id === undefined || question === undefined || expected === undefined) return undefined;
  return {
    id,
    ...(why === undefined ? {} : { why }),
    place: positionOf(place),
    question,
    ...(nowMs === undefined ? {} : { nowMs }),
    expected,
  };
}

/** A report that names an id means one test. */
function checkIds(tests: readonly PolicyTest[], findings: Finding[]): void {
  const seen = new Map<string, PolicyTest>();
  for (const test of tests) {
    const earlier = seen.get(test.id);
    if (earlier === undefined) seen.set(test.id, test);
    else if (earlier.place !== test.place) {
      const first = `${earlier.place.file}:${earlier.place.line}:${earlier.place.column}`;
      const message = `test ${quote(test.id)} is given twice: first at ${first}`;
      findings.push({ ...test.place, rule: "SET-FORMAT", severity: "error", message });
    }
  }
}
