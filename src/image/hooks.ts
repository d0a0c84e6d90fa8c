/**
 * The rules of section 15 that depend on action and resource only, as patterns: which requests need a grant by the resource
 * policy, which nobody may make, which are exempt from RCPs, which are always allowed.
 */
import { Hook } from "../../assembly/format/layout.js";
import { HookFields } from "../../assembly/format/records.js";
import type { MandatoryResourcePolicy } from "../policy/policy-set.js";
import { lowerAscii } from "../text/fold.js";
import type { ByteWriter } from "./byte-writer.js";
import { actionProgram, arnProgram, writePattern } from "./pattern.js";
import { recordType } from "./record.js";

const HOOK = recordType(HookFields);

interface Rule {
  readonly hook: Hook;
  readonly actions: readonly string[];
  readonly resource?: string;
}

const TRUST_ACTIONS = [
  "AssumeRole",
  "AssumeRoleWithSAML",
  "AssumeRoleWithWebIdentity",
  "TagSession",
  "SetSourceIdentity",
];
const POLICY_ACTIONS = [
  "CreatePolicy",
  "DeletePolicy",
  "CreatePolicyVersion",
  "DeletePolicyVersion",
  "SetDefaultPolicyVersion",
  "TagPolicy",
  "UntagPolicy",
];
const ROLE_ACTIONS = [
  "CreateRole",
  "DeleteRole",
  "AttachRolePolicy",
  "DetachRolePolicy",
  "PutRolePolicy",
  "DeleteRolePolicy",
  "PutRolePermissionsBoundary",
  "DeleteRolePermissionsBoundary",
  "UpdateRole",
  "UpdateRoleDescription",
  "UpdateAssumeRolePolicy",
  "TagRole",
  "UntagRole",
  "PassRole",
];

/** AWS's own rules. Those for KMS keys as such (SVC-2) the matcher knows by the resource alone. */
const AWS_RULES: readonly Rule[] = [
  { hook: Hook.Mandatory, actions: TRUST_ACTIONS.map((name) => `sts:${name}`) }, // SVC-1, and SVC-4 for any resource
  { hook: Hook.ForbiddenForRoot, actions: ["sts:AssumeRole"] }, // SVC-4
  { hook: Hook.AlwaysAllowed, actions: ["sts:GetCallerIdentity"] }, // SVC-7
  { hook: Hook.Forbidden, actions: POLICY_ACTIONS.map((name) => `iam:${name}`), resource: "arn:*:iam::aws:policy/*" }, // SVC-8
  {
    hook: Hook.Forbidden,
    actions: ROLE_ACTIONS.map((name) => `iam:${name}`),
    resource: "arn:*:iam::*:role/aws-reserved/*",
  },
  {
    hook: Hook.Forbidden,
    actions: ["CreateAlias", "DeleteAlias", "UpdateAlias"].map((name) => `kms:${name}`),
    resource: "arn:*:kms:*:*:alias/aws/*",
  },
  { hook: Hook.RcpExempt, actions: ["kms:RetireGrant"] }, // RCP-4
];

/** Writes AWS's rules (in that profile), then the set's own (GEN-6). */
export function writeHooks(
  writer: ByteWriter,
  profile: "aws" | "generic",
  own: readonly MandatoryResourcePolicy[],
  resourcePattern: (text: string) => number,
): { readonly at: number; readonly count: number; readonly ownCount: number } {
  const records: { readonly hook: Hook; readonly actionAt: number; readonly resourceAt: number }[] = [];
  for (const { hook, actions, resource } of profile === "aws" ? AWS_RULES : []) {
    // AWS's rules look at the fields one by one, so their stars stay inside them.
    const resourceAt = resource === undefined ? 0 : writePattern(writer, arnProgram(resource, "2008-10-17"), () => []);
    for (const action of actions) records.push({ hook, actionAt: writeAction(writer, action), resourceAt });
  }
  for (const { action, resource } of own) {
    const actionAt = writeAction(writer, action);
    records.push({ hook: Hook.Mandatory, actionAt, resourceAt: resourcePattern(resource) });
  }
  return { at: writer.records(HOOK, records), count: records.length, ownCount: own.length };
}

/** The whole action as one pattern; a star in a prefix would have to stop at the colon, which names never hold. */
function writeAction(writer: ByteWriter, action: string): number {
  return writePattern(writer, actionProgram(lowerAscii(action)), () => []);
}
