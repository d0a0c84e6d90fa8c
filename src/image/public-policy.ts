/**
 * Which bucket policies are public (SVC-9): an Allow for everyone that no condition ties to an organization, an account, a
 * principal, a network or a narrow range of addresses.
 */
import type { ConditionTest, PolicyDocument, Statement } from "../policy/document/document.js";
import { parseIpRange } from "../policy/document/ip-address.js";
import { foldText } from "../text/fold.js";

const FIXING_KEYS = new Set(
  [
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:SourceVpc",
    "aws:SourceVpce",
    "aws:SourceVpcArn",
    "aws:SourceAccount",
    "aws:SourceArn",
    "aws:SourceOrgID",
    "aws:SourceOrgPaths",
    "aws:userid",
    "aws:VpceAccount",
    "aws:VpceOrgID",
    "aws:VpceOrgPaths",
  ].map(foldText),
);
const ADDRESS_KEYS = new Set(["aws:SourceIp", "aws:VpcSourceIp"].map(foldText));
/** Shorter prefixes cover so much that they fence nothing. */
const NARROW_PREFIX = { 4: 8, 6: 32 } as const;

/** Whether some statement of the document opens the resource to the public. */
export function isPublicPolicy(document: PolicyDocument): boolean {
  return document.statements.some(isPublicStatement);
}

function isPublicStatement({ effect, principal, conditions }: Statement): boolean {
  if (effect !== "Allow" || principal === undefined) return false;
  const forEveryone = principal.negated || principal.entries.some(({ kind }) => kind === "everyone");
  return forEveryone && !conditions.some(isFixing);
}

function isFixing({ operator, key, values }: ConditionTest): boolean {
  if (operator.negated || operator.ifExists || operator.qualifier === "ForAllValues" || operator.kind === "Null")
    return false;
  const folded = foldText(key);
  if (FIXING_KEYS.has(folded)) return values.every((value) => !/[*?]/.test(value) && !value.includes("${"));
  return ADDRESS_KEYS.has(folded) && operator.kind === "IpAddress" && values.every(isNarrowRange);
}

function isNarrowRange(value: string): boolean {
  const range = parseIpRange(value);
  return range !== undefined && range.prefixLength >= NARROW_PREFIX[range.family];
}
