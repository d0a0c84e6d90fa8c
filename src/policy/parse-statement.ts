/**
 * One statement: its members, the pairs of which it may have one half, and what is always required
 * (DOC-6 to DOC-9). What depends on the policy type is left to `check-document-type.ts`.
 */
import { closestName } from "./closest-name.js";
import type { Effect, PatternList, Statement } from "./document.js";
import { addError, type DocumentReading, describeNode, memberPath } from "./document-reading.js";
import { parseCondition } from "./parse-condition.js";
import { parseActionList, parseResourceList } from "./parse-pattern-list.js";
import { parsePrincipal } from "./parse-principal.js";
import { quote } from "./quote.js";
import type { TreeMember, TreeNode, TreeObject } from "./tree.js";

const memberNames = [
  "Sid",
  "Effect",
  "Principal",
  "NotPrincipal",
  "Action",
  "NotAction",
  "Resource",
  "NotResource",
  "Condition",
] as const;

type MemberName = (typeof memberNames)[number];

/** Parses a statement. What is missing or broken becomes a finding and a stand-in that breaks no other rule. */
export function parseStatement(node: TreeObject, path: string, reading: DocumentReading): Statement {
  const members = statementMembers(node, path, reading);
  const sid = members.get("Sid");
  const sidText = sid === undefined ? undefined : parseSid(sid.value, path, reading);
  const effect = members.get("Effect");
  const principal = chooseHalf(members, "Principal", "NotPrincipal", path, reading);
  const action = chooseHalf(members, "Action", "NotAction", path, reading);
  const resource = chooseHalf(members, "Resource", "NotResource", path, reading);
  const condition = members.get("Condition");
  if (effect === undefined) addError(reading, "DOC-7", node.offset, path, "needs `Effect`");
  if (action === undefined) addError(reading, "DOC-7", node.offset, path, "needs `Action` or `NotAction`");
  const statement: Statement = {
    ...(sidText === undefined ? {} : { sid: sidText }),
    ...(sid === undefined ? {} : { sidPosition: reading.source.positionAt(sid.value.offset) }),
    effect: effect === undefined ? "Deny" : parseEffect(effect.value, path, reading),
    ...(effect === undefined ? {} : { effectPosition: reading.source.positionAt(effect.value.offset) }),
    ...(principal === undefined ? {} : { principal: parsePrincipal(principal, path, reading) }),
    action: action === undefined ? noPatterns : parseActionList(action, path, reading),
    ...(resource === undefined ? {} : { resource: parseResourceList(resource, path, reading) }),
    conditions: condition === undefined ? [] : parseCondition(condition.value, memberPath(path, "Condition"), reading),
    position: reading.source.positionAt(node.offset),
  };
  if (principal?.key === "NotPrincipal" && statement.effect === "Allow") {
    const fix = "write `Principal`, or a Deny with a condition on `aws:PrincipalArn`";
    addError(reading, "NPR-5", principal.keyOffset, memberPath(path, "NotPrincipal"), "not accepted with `Allow`", fix);
  }
  return statement;
}

const noPatterns: PatternList = { negated: false, patterns: [] };

function statementMembers(node: TreeObject, path: string, reading: DocumentReading): Map<MemberName, TreeMember> {
  const members = new Map<MemberName, TreeMember>();
  for (const member of node.members) {
    const name = memberNames.find((known) => known === member.key);
    if (name !== undefined) {
      members.set(name, member);
      continue;
    }
    const meant = closestName(member.key, memberNames);
    const fix = meant === undefined ? undefined : `write \`${meant}\``;
    addError(reading, "DOC-7", member.keyOffset, path, `unknown member ${quote(member.key)}`, fix);
  }
  return members;
}

/** One half of a pair, or neither; both are an error at the second. */
function chooseHalf(
  members: ReadonlyMap<MemberName, TreeMember>,
  plainName: MemberName,
  negatedName: MemberName,
  path: string,
  reading: DocumentReading,
): TreeMember | undefined {
  const plain = members.get(plainName);
  const negated = members.get(negatedName);
  if (plain === undefined || negated === undefined) return plain ?? negated;
  const offset = Math.max(plain.keyOffset, negated.keyOffset);
  addError(reading, "DOC-7", offset, path, `has both \`${plainName}\` and \`${negatedName}\``);
  return plain;
}

function parseSid(node: TreeNode, path: string, reading: DocumentReading): string | undefined {
  if (node.kind === "string") return node.value;
  addError(reading, "DOC-6", node.offset, memberPath(path, "Sid"), `must be a string, not ${describeNode(node)}`);
  return undefined;
}

function parseEffect(node: TreeNode, path: string, reading: DocumentReading): Effect {
  if (node.kind === "string" && (node.value === "Allow" || node.value === "Deny")) return node.value;
  const found = node.kind === "string" ? quote(node.value) : describeNode(node);
  const meant = node.kind === "string" ? closestName(node.value, ["Allow", "Deny"]) : undefined;
  const fix = meant === undefined ? undefined : `write \`${meant}\``;
  addError(
    reading,
    "DOC-8",
    node.offset,
    memberPath(path, "Effect"),
    `must be \`Allow\` or \`Deny\`, not ${found}`,
    fix,
  );
  return "Deny";
}
