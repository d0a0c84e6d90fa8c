/** `SimulateCustomPolicy`: policies that the call brings and nothing else, away from the served sets. */
import type { DirectoryPrincipal } from "../../policy/policy-set.js";
import { requireCaller } from "./aws-caller.js";
import { AwsError } from "./aws-error.js";
import type { AwsQueryParameters } from "./aws-query-parameters.js";
import type { SimulatedWorld } from "./aws-simulation.js";
import type { AwsSimulationCall } from "./aws-simulation-call.js";
import { readSubmittedLevels, readSubmittedPolicies } from "./aws-submitted-policies.js";

/** An account of no one: whoever owns the resource is of it, too. */
const nobodysAccount = "000000000000";

/** Stands for the requester that the call does not name. */
const nobody: DirectoryPrincipal = {
  kind: "role",
  arn: `arn:aws:iam::${nobodysAccount}:role/STUB_PRINCIPAL_FOR_POLICY_SIMULATOR`,
  account: nobodysAccount,
  tags: [],
  identityPolicies: [],
};

/** Reads what a call is decided over. Without `CallerArn` the policies decide alone (OUT-9). */
export function readCustomWorld(parameters: AwsQueryParameters, { callerArn }: AwsSimulationCall): SimulatedWorld {
  const levels = readSubmittedLevels(parameters);
  const submitted = { ...readSubmittedPolicies(parameters), levels };
  if (callerArn === undefined && submitted.resource !== undefined) {
    throw new AwsError("InvalidInput", "CallerArn: a call with ResourcePolicy has to say who asks");
  }
  return {
    submitted,
    caller: callerArn === undefined ? nobody : { tags: [], identityPolicies: [], ...requireCaller(callerArn, "aws") },
    isNobody: callerArn === undefined,
    around: (caller) => ({
      profile: "aws",
      digest: "",
      accounts: [],
      principals: [caller],
      resources: [],
      endpoints: [],
      mandatoryResourcePolicies: [],
      owners: [],
    }),
    resource: () => undefined,
    ownerByPattern: () => undefined,
    // Whoever brings the policies knows them.
    mayExplain: true,
  };
}
