/**
 * One statement: its members, the pairs of which it may have one half, and what is always required
 * (DOC-6 to DOC-9). What depends on the policy type is left to `check-document-type.ts`.
 */
import { closestName } from "../../text/closest-name.js";
import { below, type ElementPath } from "../../text/element-path.js";
import { quote } from "../../text/quote.js";
import type { TreeMember, TreeNode, TreeObject } from "../../text/tree.js";
import type { ConditionTest, Effect, PatternList, Statement } from "./document.js";
import { addError, type DocumentReading, describeNode } from "./document-reading.js";
import { parseCondition } from "./parse-condition.js";
import { parseActionList, parseResourceList } from "./parse-pattern-list.js";
import { parsePrincipal } from "./parse-principal.js";

/** The members of a statement (DOC-7). */
export const statementMemberNames = [
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

/** Parses a statement. What is missing or broken becomes a finding and a stand-in that breaks no other rule. */
export function parseStatement(node: TreeObject, path: ElementPath, reading: DocumentReading): Statement {
  const members = statementMembers(node, path, reading);
  const { Sid: sid, Effect: effect, Condition: condition } = members;
  const sidText = sid && parseSid(sid.value, path, reading);
  const principal = chooseHalf(members, "Principal", "NotPrincipal", path, reading);
  const action = chooseHalf(members, "Action", "NotAction", path, reading);
  const resource = chooseHalf(members, "Resource", "NotResource", path, reading);
  if (effect === undefined)
    addError(reading, "DOC-7", node.offset, path, "needs `Effect`", 'write "Effect": "Allow" or "Deny"');
  if (action === undefined) addError(reading, "DOC-7", node.offset, path, "needs `Action` or `NotAction`");
  const statement: Statement = {
    sid: sidText,
    sidOffset: sid?.value.offset,
    effect: effect === undefined ? "Deny" : parseEffect(effect.value, path, reading),
    effectOffset: effect?.value.offset,
    principal: principal && parsePrincipal(principal, path, reading),
    action: action === undefined ? noPatterns : parseActionList(action, path, reading),
    resource: resource && parseResourceList(resource, path, reading),
    conditions:
      condition === undefined ? noConditions : parseCondition(condition.value, below(path, "Condition"), reading),
    source: reading.source,
    offset: node.offset,
    endOffset: node.endOffset,
  };
  if (principal?.key === "NotPrincipal" && statement.effect === "Allow") {
    const fix = "write `Principal`, or a Deny with a condition on `aws:PrincipalArn`";
    addError(reading, "NPR-5", principal.keyOffset, below(path, "NotPrincipal"), "not accepted with `Allow`", fix);
  }
  return statement;
}

const noPatterns: PatternList = { negated: false, patterns: [] };

const noConditions: readonly ConditionTest[] = [];

type Members = { [Name in (typeof statementMemberNames)[number]]: TreeMember | undefined };

function statementMembers(node: TreeObject, path: ElementPath, reading: DocumentReading): Members {
  const members: Members = {
    Sid: undefined,
    Effect: undefined,
    Principal: undefined,
    NotPrincipal: undefined,
    Action: undefined,
    NotAction: undefined,
    Resource: undefined,
    NotResource: undefined,
    Condition: undefined,
  };
  for (const member of node.members) {
    if (isMemberName(member.key)) members[member.key] = member;
    else addUnknownMember(member, path, reading);
  }
  return members;
}

function isMemberName(key: string): key is keyof Members {
  return statementMemberNames.some((name) => name === key);
}

function addUnknownMember({ key, keyOffset }: TreeMember, path: ElementPath, reading: DocumentReading): void {
  const meant = closestName(key, statementMemberNames);
  const fix = meant === undefined ? undefined : `write \`${meant}\``;
  addError(reading, "DOC-7", keyOffset, path, `unknown member ${quote(key)}`, fix);
}

/** One half of a pair, or neither; both are an error at the second. */
function chooseHalf(
  members: Members,
  plainName: keyof Members,
  negatedName: keyof Members,
  path: ElementPath,
  reading: DocumentReading,
): TreeMember | undefined {
  const { [plainName]: plain, [negatedName]: negated } = members;
  if (plain === undefined || negated === undefined) return plain ?? negated;
  const offset = Math.max(plain.keyOffset, negated.keyOffset);
  addError(reading, "DOC-7", offset, path, `has both \`${plainName}\` and \`${negatedName}\``);
  return plain;
}

function parseSid(node: TreeNode, path: ElementPath, reading: DocumentReading): string | undefined {
  if (node.kind === "string") return node.value;
  addError(reading, "DOC-6", node.offset, below(path, "Sid"), `must be a string, not ${describeNode(node)}`);
  return undefined;
}

function parseEffect(node: TreeNode, path: ElementPath, reading: DocumentReading): Effect {
  // The words themselves: those of the text would be kept once a statement.
  if (node.kind === "string" && node.value === "Allow") return "Allow";
  if (node.kind === "string" && node.value === "Deny") return "Deny";
  const found = node.kind === "string" ? quote(node.value) : describeNode(node);
  const meant = node.kind === "string" ? closestName(node.value, ["Allow", "Deny"]) : undefined;
  const fix = meant === undefined ? undefined : `write \`${meant}\``;
  addError(reading, "DOC-8", node.offset, below(path, "Effect"), `must be \`Allow\` or \`Deny\`, not ${found}`, fix);
  return "Deny";
}
