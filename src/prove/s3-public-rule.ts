/**
 * S3's published rule of what is public, which reads texts: an Allow to a wide principal is public unless it is bound to fixed values of
 * a key that says who or from where. One such statement makes the whole policy public.
 */
import type { ConditionTest, PolicyDocument, Statement } from "../policy/document/document.js";
import { parseIpRange } from "../policy/document/ip-address.js";
import { foldText } from "../text/fold.js";
import { type ResourceType, resourceTypes } from "./public-resources.js";

/** Keys that bind by fixed values. */
const fixingKeys: ReadonlySet<string> = new Set([
  "aws:principalorgid",
  "aws:userid",
  "aws:sourcearn",
  "aws:sourcevpc",
  "aws:sourcevpce",
  "aws:sourceowner",
  "aws:sourceaccount",
  "s3:x-amz-server-side-encryption-aws-kms-key-id",
  "s3:dataaccesspointaccount",
]);

/** Wider ranges of addresses bind nobody. */
const narrowest = { 4: 8, 6: 32 } as const;

/** The indexes of the statements that are public. */
export function publicStatements(document: PolicyDocument, type: ResourceType): readonly number[] {
  const { isAccessPoint } = resourceTypes[type];
  return document.statements.flatMap((statement, index) => (isPublic(statement, isAccessPoint) ? [index] : []));
}

function isPublic({ effect, principal, conditions }: Statement, isAccessPoint: boolean): boolean {
  if (effect !== "Allow" || principal === undefined) return false;
  const isWide =
    principal.negated ||
    principal.entries.some(
      (entry) => entry.kind === "everyone" || (entry.kind === "federated" && entry.name === "graph.facebook.com"),
    );
  return isWide && !conditions.some((test) => isBinding(test, isAccessPoint));
}

function isBinding({ operator, key, values }: ConditionTest, isAccessPoint: boolean): boolean {
  if (operator.negated || operator.ifExists || operator.qualifier === "ForAllValues" || operator.kind === "Null")
    return false;
  const name = foldText(key);
  if (name === "aws:sourceip") return operator.kind === "IpAddress" && values.every(isNarrow);
  // The name may be wild, the account has to be fixed.
  if (name === "s3:dataaccesspointarn")
    return !isAccessPoint && values.every((value) => isFixed(value.split(":")[4] ?? ""));
  return fixingKeys.has(name) && values.every(isFixed);
}

/** A text without wildcards and variables. */
function isFixed(value: string): boolean {
  return value !== "" && !/[*?]/.test(value) && !value.includes("${");
}

function isNarrow(value: string): boolean {
  const range = parseIpRange(value);
  return range !== undefined && range.prefixLength >= narrowest[range.family];
}
