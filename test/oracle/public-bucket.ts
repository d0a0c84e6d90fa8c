// S3 Block Public Access, RestrictPublicBuckets (SVC-9): what a public bucket policy is, and whom it then refuses.
import { parseArn } from "./arn.js";
import type { BindingPolicies } from "./attached-policy.js";
import type { ConditionTest } from "./condition.js";
import type { Statement } from "./document.js";
import { fold } from "./fold.js";
import { parseIpRange } from "./ip-address.js";
import { isEveryone } from "./principal-element.js";
import type { Question } from "./question.js";
import { isIamRequester } from "./requester.js";

const FIXING_KEYS = [
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
];

const ADDRESS_KEYS = ["aws:SourceIp", "aws:VpcSourceIp"];

/** Tells whether the bucket refuses the requester because its policy is public (SVC-9). */
export function isRefusedAsPublic(question: Question, binding: BindingPolicies): boolean {
  const { profile, requester, ownerAccount, resource, restrictPublicBuckets } = question;
  if (profile !== "aws" || !restrictPublicBuckets || parseArn(resource)?.service !== "s3") return false;
  const isForeign = isIamRequester(requester) && requester.account !== ownerAccount;
  if (!isForeign && requester.kind !== "Anonymous") return false;
  return binding.policies.some(
    ({ policyType, document }) => policyType === "resource" && document.statements.some(isPublicStatement),
  );
}

/** An Allow for everyone without a test that fixes who or where from (SVC-9). */
export function isPublicStatement({ effect, principal, notPrincipal, condition }: Statement): boolean {
  const isForEveryone = principal?.some(isEveryone) ?? notPrincipal !== undefined; // NPR-5
  return effect === "Allow" && isForEveryone && !condition.some(isFixing);
}

function isFixing({ operator, key, values }: ConditionTest): boolean {
  const { qualifier, positive, negated, ifExists } = operator;
  if (negated || ifExists || qualifier === "ForAllValues" || positive === "Null") return false;
  if (FIXING_KEYS.some((fixing) => fold(fixing) === fold(key))) return values.every(isFixed);
  const isAddress = ADDRESS_KEYS.some((address) => fold(address) === fold(key));
  return isAddress && positive === "IpAddress" && values.every(isNarrowRange);
}

function isFixed(value: string): boolean {
  return !/[*?]/.test(value) && !value.includes("${");
}

function isNarrowRange(value: string): boolean {
  const range = parseIpRange(value);
  return range !== undefined && range.length >= (range.address.bits === 32 ? 8 : 32);
}
