/** Scenarios: contexts by name, YAML or JSON, written as those of policy tests. What is wrong is a finding at its place. */
import { readInputs } from "../files/piped-source.js";
import { parseSource } from "../policy/formats/build-policy-set.js";
import { type Context, composedContext } from "../policy-tests/fixtures.js";
import { compareUtf8 } from "../text/compare-texts.js";
import type { Finding } from "../text/finding.js";
import type { SourceText } from "../text/source-text.js";
import type { TreeNode } from "../text/tree.js";
import { readEntries, readMembers, report, requireMember, type TreePlace } from "../text/tree-place.js";
import type { Scenario } from "./plan.js";

/** The members of the file. */
export const scenarioFileMembers = ["scenarios"] as const;

/** The scenario of a matrix for which none is given: no condition keys. */
export const onlyScenario: Scenario = { name: "default", context: [] };

/** Reads a file; undefined after errors. Sorted by name. */
export async function readScenarios(path: string, findings: Finding[]): Promise<readonly Scenario[] | undefined> {
  const [source] = await readInputs(path, findings);
  const node = source && parseSource(source, findings);
  if (source === undefined || node === undefined) return undefined;
  const scenarios = readScenarioFile(node, source, findings);
  return findings.some(({ severity }) => severity === "error") ? undefined : scenarios;
}

/** The scenarios of a file that is read. */
export function readScenarioFile(node: TreeNode, source: SourceText, findings: Finding[]): readonly Scenario[] {
  const place: TreePlace = { node, source, findings, path: undefined };
  const members = readMembers(place, scenarioFileMembers);
  const member = members && requireMember(place, members, "scenarios");
  const contexts = new Map<string, Context>();
  for (const [name, value] of readEntries(member)) {
    if (name === "") report(value, "SET-FORMAT", "a scenario has a name");
    contexts.set(name, composedContext(value, contexts));
  }
  if (member?.node.kind === "object" && contexts.size === 0) {
    report(member, "SET-FORMAT", "must not be empty: nothing would be asked");
  }
  return [...contexts]
    .map(([name, context]) => ({ name, context: [...context].sort(([one], [other]) => compareUtf8(one, other)) }))
    .sort((one, other) => compareUtf8(one.name, other.name));
}
