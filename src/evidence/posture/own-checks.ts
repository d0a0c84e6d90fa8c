/** Checks of one's own: assertions as `prove` has them, each with a severity, a fix and standards. */
import { parseSource } from "../../policy/formats/build-policy-set.js";
import type { Assertion } from "../../prove/assertion.js";
import { AssertionRefusal } from "../../prove/prover.js";
import { readAssertions } from "../../prove/read-assertions.js";
import type { Finding } from "../../text/finding.js";
import { quote } from "../../text/quote.js";
import type { SourceText } from "../../text/source-text.js";
import type { TreeNode, TreeObject } from "../../text/tree.js";
import {
  placeText,
  readItems,
  readMembers,
  readReferences,
  readText,
  report,
  requireMember,
  type TreePlace,
} from "../../text/tree-place.js";
import { type Check, type PostureSeverity, severities } from "./check.js";

/** What a check has beside its assertion. */
const ownMembers = ["severity", "fix", "standard"] as const;

/** Reads a file of checks; after errors, which are added to the findings, there are none. */
export function readOwnChecks(source: SourceText, taken: ReadonlySet<string>, findings: Finding[]): readonly Check[] {
  const before = findings.length;
  const node = parseSource(source, findings);
  const top: TreePlace | undefined = node && { source, findings, node, path: undefined };
  const members = top && readMembers(top, ["checks"]);
  const list = top && members && requireMember(top, members, "checks");
  if (list === undefined) return [];
  const items = readItems(list);
  const own = items.map(readOwn);
  const stripped: TreeNode = {
    kind: "object",
    offset: list.node.offset,
    endOffset: list.node.endOffset,
    members: [
      {
        key: "assertions",
        keyOffset: list.node.offset,
        value: { ...list.node, kind: "array", items: items.map(({ node: item }) => withoutOwn(item)) },
      },
    ],
  };
  const assertions = readAssertions(stripped, source, findings) ?? [];
  for (const { id, place } of assertions) {
    if (!taken.has(id)) continue;
    findings.push({
      ...place,
      rule: "SET-FORMAT",
      severity: "error",
      message: `${quote(id)} is a check of Verdict's own`,
    });
  }
  if (findings.length > before) return [];
  return assertions.map((assertion, index) => checkOf(assertion, own[index]));
}

interface Own {
  readonly severity: PostureSeverity | undefined;
  readonly fix: string | undefined;
  readonly standard: readonly string[];
}

function readOwn(place: TreePlace): Own {
  if (place.node.kind !== "object") return { severity: undefined, fix: undefined, standard: [] };
  const names: readonly string[] = place.node.members.map(({ key }) => key);
  const members = readMembers(place, names) ?? new Map<string, TreePlace>();
  const at = requireMember(place, members, "severity");
  const text = readText(at);
  const severity = severities.find((one) => one === text);
  if (at !== undefined && text !== undefined && severity === undefined) {
    report(at, "SET-FORMAT", `${quote(text)} is no severity: write \`low\`, \`medium\` or \`high\``);
  }
  const fix = readText(requireMember(place, members, "fix"));
  const standard = readReferences(members.get("standard")).map((reference) => reference.text);
  return { severity, fix, standard };
}

function withoutOwn(node: TreeNode): TreeNode {
  if (node.kind !== "object") return node;
  const names: readonly string[] = ownMembers;
  return { ...node, members: node.members.filter(({ key }: TreeObject["members"][number]) => !names.includes(key)) };
}

function checkOf(assertion: Assertion, own: Own | undefined): Check {
  const { id, why, place } = assertion;
  return {
    id,
    title: why ?? id,
    severity: own?.severity ?? "medium",
    standard: own?.standard ?? [],
    fix: own?.fix ?? "",
    *find({ prover }) {
      if ("path" in assertion.claim) {
        yield { subject: id, needs: "`verdict prove`: a check compares with no other policy set" };
        return;
      }
      const { result, counterexample, decidedBy, reason } = proved();
      if (result === "holds") return;
      if (result === "unknown") {
        yield { subject: id, needs: `a smaller question: ${reason}` };
        return;
      }
      const [statement] = decidedBy;
      const at = statement === undefined || statement.file === "" ? place : statement;
      const { file, line, column } = at;
      const subject = counterexample?.principal ?? id;
      yield { subject, reason, witness: counterexample, place: { file, line, column } };

      function proved() {
        try {
          return prover.prove(assertion);
        } catch (error: unknown) {
          if (!(error instanceof AssertionRefusal)) throw error;
          const refused = { result: "unknown" as const, counterexample: undefined, decidedBy: [] };
          return { ...refused, reason: `${placeText(error.place)}: ${error.message}` };
        }
      }
    },
  };
}
