/** `GetContextKeysForCustomPolicy` and `GetContextKeysForPrincipalPolicy`: which keys a simulation of these policies would want. */
import { contextKeysOf } from "../../policy/document/context-keys-of.js";
import type { Reply } from "../http/reply.js";
import { AwsError } from "./aws-error.js";
import { readPolicySource, type ServedSet } from "./aws-principal-policy.js";
import type { AwsQueryParameters } from "./aws-query-parameters.js";
import { parseSubmitted, readSubmittedIdentity } from "./aws-submitted-policies.js";
import { contextKeysReply } from "./aws-xml.js";

/** The keys that the policies of the call name. */
export function customContextKeys(parameters: AwsQueryParameters): Reply {
  const submitted = readSubmittedIdentity(parameters);
  parameters.refuseUnknown();
  const documents = submitted.map((policy) => parseSubmitted(policy, "identity", {}).document);
  return contextKeysReply("GetContextKeysForCustomPolicy", contextKeysOf(documents));
}

/** The keys that the policies of a principal of the set and those of the call name. */
export function principalContextKeys(parameters: AwsQueryParameters, served: ServedSet): Reply | "noPolicySet" {
  const submitted = readSubmittedIdentity(parameters);
  const found = readPolicySource(parameters, served.archive);
  if (found === undefined) return "noPolicySet";
  parameters.refuseUnknown();
  // The keys tell what the policies are about (OUT-8).
  if (!served.mayExplain) throw new AwsError("AccessDenied", "PolicySourceArn: no right to explanations");
  const { archive, source } = found;
  const documents = submitted.map(
    (policy) => parseSubmitted(policy, "identity", { profile: archive.profile }).document,
  );
  const own = source.identityPolicies.map(({ document }) => document);
  return contextKeysReply("GetContextKeysForPrincipalPolicy", contextKeysOf([...own, ...documents]));
}
