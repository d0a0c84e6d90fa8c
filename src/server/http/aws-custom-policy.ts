/** `SimulateCustomPolicy`: policies that the call brings and nothing else, away from the served sets. */
import type { DirectoryPrincipal } from "../../policy/policy-set.js";
import { quote } from "../../policy/quote.js";
import { parseRequester } from "../../policy/requester.js";
import { AwsError } from "./aws-error.js";
import type { AwsQueryParameters } from "./aws-query-parameters.js";
import type { SimulatedWorld } from "./aws-simulation.js";
import { readSubmittedPolicies } from "./aws-submitted-policies.js";

/** Who asks when the call does not say: a user of an account of no one. */
const someone = "arn:aws:iam::000000000000:user/simulated";

/** Reads what a call is decided over. */
export function readCustomWorld(parameters: AwsQueryParameters): SimulatedWorld {
  const submitted = readSubmittedPolicies(parameters);
  if (submitted.identity.length === 0) throw new AwsError("ValidationError", "PolicyInputList: missing");
  return {
    submitted,
    caller: readCaller(parameters.text("CallerArn") ?? someone),
    around: (caller) => ({
      profile: "aws",
      digest: "",
      accounts: [],
      principals: [caller],
      resources: [],
      endpoints: [],
      mandatoryResourcePolicies: [],
    }),
    resource: () => undefined,
    // Whoever brings the policies knows them.
    mayExplain: true,
  };
}

function readCaller(arn: string): DirectoryPrincipal {
  const requester = parseRequester(arn, "aws");
  if (requester === undefined) {
    throw new AwsError("InvalidInput", `CallerArn: ${quote(arn)} is not the ARN of a principal`);
  }
  const { kind, account, partition, name } = requester;
  return {
    kind,
    arn,
    tags: [],
    identityPolicies: [],
    ...(account === undefined ? {} : { account }),
    ...(kind === "session" ? { issuerArn: `arn:${partition}:iam::${account}:role/${name}` } : {}),
  };
}
