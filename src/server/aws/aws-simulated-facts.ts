/** What a simulation knows besides the policies of its call: derived keys, names of policies, and the keys that AWS lists as missing. */

import { contextKeysOf } from "../../policy/document/context-keys-of.js";
import type { DirectoryPrincipal, NamedPolicy, PolicySet } from "../../policy/policy-set.js";
import type { MatchedStatement } from "../../question/decision.js";
import { readJson } from "../../text/json-reader.js";
import { sourceText } from "../../text/source-text.js";
import type { SimulatedWorld } from "./aws-simulation.js";
import type { AwsSimulationCall } from "./aws-simulation-call.js";
import type { SubmittedPolicy } from "./aws-submitted-policies.js";

/** The context of one question: what the call gives, and what AWS's simulator derives of its caller. An empty list hides a key. */
export function withDerived(
  { isNobody, groupArn }: SimulatedWorld,
  { context, callerArn = groupArn }: AwsSimulationCall,
  owner: string | undefined,
): ReadonlyMap<string, readonly string[]> {
  const derived = new Map<string, readonly string[]>();
  if (isNobody) {
    const account = owner === undefined ? [] : [owner];
    derived.set("aws:userid", ["STUB_PRINCIPAL_FOR_POLICY_SIMULATOR"]);
    derived.set("aws:PrincipalArn", []).set("aws:PrincipalType", []);
    derived.set("aws:PrincipalAccount", account).set("aws:ResourceAccount", account);
  } else if (callerArn !== undefined) {
    derived.set("aws:userid", [callerArn]);
    if (/^[^/]*:group\//.test(callerArn)) derived.set("aws:PrincipalArn", [callerArn]).set("aws:username", []);
  }
  if (derived.size === 0) return context;
  const given = givenKeys(context);
  return new Map([...[...derived].filter(([key]) => !given.has(key.toLowerCase())), ...context]);
}

/** The name of the policy that `delegationTo` makes. */
export const delegationName = "delegation to the account of no one";

/** What leaves a decision to the identity policies, for services where they never suffice (SVC-1). */
export function delegationTo({ account }: DirectoryPrincipal, attachment: "resource" | "trust"): SubmittedPolicy {
  const Principal = { AWS: `arn:aws:iam::${account}:root` };
  const own = attachment === "trust" ? { Action: "sts:*" } : { Action: "*", Resource: "*" };
  const text = JSON.stringify({ Version: "2012-10-17", Statement: { Effect: "Allow", Principal, ...own } });
  const source = sourceText(delegationName, text);
  const node = readJson(source, []);
  if (node === undefined) throw new Error("simulation: a delegation that is no JSON");
  return { name: delegationName, source, node };
}

/** What an answer calls the policy of a statement that is inline in a user, group or role of the set; undefined for others. */
export function sourceIdIn(
  { identityPolicies }: DirectoryPrincipal,
  { policyType, policy, file, line, column }: MatchedStatement,
): string | undefined {
  if (policyType !== "identity") return undefined;
  const stands = ({ document }: NamedPolicy): boolean =>
    document.statements.some(({ source, offset }) => {
      const at = source.positionAt(offset);
      return at.file === file && at.line === line && at.column === column;
    });
  const owner = identityPolicies.find((one) => one.name === policy && one.owner !== undefined && stands(one))?.owner;
  return owner && `${owner.kind}_${owner.name}_${policy}`;
}

/** The keys that the identity, boundary and resource policies name and the call does not give, for each resource. */
export function missingKeysOf(
  { caller, isNobody }: SimulatedWorld,
  { context }: AwsSimulationCall,
): (set: PolicySet, resource: string) => readonly string[] {
  const given = givenKeys(context);
  const lists = new Map<PolicySet, Map<string, readonly string[]>>();
  return (set, resource) => {
    const ofSet = lists.get(set) ?? new Map<string, readonly string[]>();
    lists.set(set, ofSet);
    const earlier = ofSet.get(resource);
    if (earlier !== undefined) return earlier;
    const asking = set.principals.find(({ arn }) => arn === caller.arn) ?? caller;
    const boundary = asking.permissionsBoundary;
    const own = isNobody ? undefined : policyOf(set, resource);
    const policies = [...asking.identityPolicies, ...(boundary ? [boundary] : []), ...(own ? [own] : [])];
    const keys = contextKeysOf(policies.map(({ document }) => document)).filter((key) => !given.has(key.toLowerCase()));
    ofSet.set(resource, keys);
    return keys;
  };
}

/** The policy of the longest entry that covers a resource, or the trust policy of the role that it is. */
function policyOf({ resources, principals }: PolicySet, resource: string): NamedPolicy | undefined {
  const covers = (arn: string): boolean =>
    resource === arn || resource.startsWith(`${arn}/`) || resource.startsWith(`${arn}:`);
  const [entry] = resources.filter(({ arn }) => covers(arn)).sort((left, right) => right.arn.length - left.arn.length);
  return entry === undefined ? principals.find(({ arn }) => arn === resource)?.trustPolicy : entry.policy;
}

function givenKeys(context: ReadonlyMap<string, readonly string[]>): ReadonlySet<string> {
  return new Set([...context.keys()].map((key) => key.toLowerCase()));
}
