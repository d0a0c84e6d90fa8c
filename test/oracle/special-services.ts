// AWS's special services (section 15; keyless KMS actions are none, SVC-3): where a resource policy is mandatory, what nobody may do, what everybody may.
import { matchActionPattern } from "./action-pattern.js";
import { type Arn, parseArn } from "./arn.js";
import { foldAscii } from "./fold.js";
import type { Question } from "./question.js";
import { isIamRequester } from "./requester.js";
import { matchResourcePattern } from "./resource-pattern.js";

const ROLE_ACTIONS = [
  "sts:AssumeRole",
  "sts:AssumeRoleWithSAML",
  "sts:AssumeRoleWithWebIdentity",
  "sts:TagSession",
  "sts:SetSourceIdentity",
];

const MANAGED_POLICY_ACTIONS = [
  "iam:CreatePolicy",
  "iam:DeletePolicy",
  "iam:CreatePolicyVersion",
  "iam:DeletePolicyVersion",
  "iam:SetDefaultPolicyVersion",
  "iam:TagPolicy",
  "iam:UntagPolicy",
];

const RESERVED_ROLE_ACTIONS = [
  "iam:CreateRole",
  "iam:DeleteRole",
  "iam:AttachRolePolicy",
  "iam:DetachRolePolicy",
  "iam:PutRolePolicy",
  "iam:DeleteRolePolicy",
  "iam:PutRolePermissionsBoundary",
  "iam:DeleteRolePermissionsBoundary",
  "iam:UpdateRole",
  "iam:UpdateRoleDescription",
  "iam:UpdateAssumeRolePolicy",
  "iam:TagRole",
  "iam:UntagRole",
  "iam:PassRole",
];

const ALIAS_ACTIONS = ["kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias"];

/** Tells whether identity policies alone never suffice for this request (SVC-1, SVC-2, SVC-4, GEN-6). */
export function needsResourcePolicy(question: Question): boolean {
  const { profile, action, resource, context, mandatoryResourcePolicies } = question;
  const reading = { padsMissingFields: true, hasVariables: false };
  const isConfigured = mandatoryResourcePolicies.some(
    (entry) =>
      matchActionPattern(entry.action, action) && matchResourcePattern(entry.resource, resource, reading, context),
  );
  if (isConfigured) return true;
  if (profile !== "aws") return false;
  if (isListed(action, ROLE_ACTIONS)) return true; // whatever the resource is (SVC-4)
  const arn = parseArn(resource);
  return arn !== undefined && arn.service === "kms" && arn.rest.startsWith("key/");
}

/** Tells whether a service forbids the request whatever policies allow (SVC-4, SVC-8). */
export function isForbiddenByService({ profile, requester, action, resource }: Question): boolean {
  if (profile !== "aws") return false;
  if (requester.kind === "Root" && isListed(action, ["sts:AssumeRole"])) return true;
  const arn = parseArn(resource);
  if (arn === undefined) return false;
  if (isListed(action, MANAGED_POLICY_ACTIONS)) return isIamObject(arn, "policy/") && arn.account === "aws";
  if (isListed(action, RESERVED_ROLE_ACTIONS)) return isIamObject(arn, "role/aws-reserved/");
  return isListed(action, ALIAS_ACTIONS) && arn.service === "kms" && arn.rest.startsWith("alias/aws/");
}

/** Tells whether the request is allowed even against explicit denies (SVC-7). */
export function isAlwaysAllowed({ profile, requester, action }: Question): boolean {
  return profile === "aws" && isIamRequester(requester) && isListed(action, ["sts:GetCallerIdentity"]);
}

function isIamObject(arn: Arn, prefix: string): boolean {
  return arn.service === "iam" && arn.region === "" && arn.rest.startsWith(prefix);
}

function isListed(action: string, actions: readonly string[]): boolean {
  return actions.some((listed) => foldAscii(listed) === foldAscii(action));
}
