/**
 * `SimulatePrincipalPolicy`: a principal of the served policy set with its policies, boundary, SCPs and the resources that the set
 * knows. Policies of the call come on top; its boundary and its resource policy take the place of those in the set.
 */
import type { Engine } from "../../engine/engine.js";
import { PolicySetArchive } from "../../engine/policy-set-archive.js";
import type { DirectoryPrincipal } from "../../policy/policy-set.js";
import { quote } from "../../policy/quote.js";
import { parseRequester } from "../../policy/requester.js";
import { AwsError } from "./aws-error.js";
import type { AwsQueryParameters } from "./aws-query-parameters.js";
import type { SimulatedWorld } from "./aws-simulation.js";
import type { AwsSimulationCall } from "./aws-simulation-call.js";
import { readSubmittedPolicies } from "./aws-submitted-policies.js";
import type { HttpCall } from "./route.js";
import { requirePolicySet } from "./set-directory.js";

/** Reads what a call is decided over: one generation of a policy set. Throws NoSuchEntity for a principal that it lacks. */
export function readServedWorld(
  parameters: AwsQueryParameters,
  engine: Engine,
  { resources, resourceAccount }: AwsSimulationCall,
  { policySet, facts }: HttpCall,
): SimulatedWorld {
  const arn = parameters.requiredText("PolicySourceArn");
  const callerArn = parameters.text("CallerArn") ?? arn;
  const submitted = readSubmittedPolicies(parameters);
  requirePolicySet(engine, policySet);
  const bytes = engine.published(policySet === "" ? undefined : policySet)?.archive;
  if (bytes === undefined) throw new Error("engine: policy sets are not kept beside their images");
  const archive = new PolicySetArchive(bytes);
  const source = archive.principal(arn);
  if (source === undefined) throw new AwsError("NoSuchEntity", `PolicySourceArn: ${quote(arn)} cannot be found`);
  return {
    submitted,
    caller: callerArn === arn ? source : callerWith(callerArn, source, archive),
    around: (caller) => archive.part([caller], resources, resourceAccount),
    resource: (resource) => archive.resource(resource),
    mayExplain: facts.caller.mayExplain,
  };
}

/** Somebody else as if that one had the policies of the source (and what goes with them, the boundary). */
function callerWith(arn: string, source: DirectoryPrincipal, archive: PolicySetArchive): DirectoryPrincipal {
  const requester = parseRequester(arn, archive.profile);
  if (requester?.kind !== "user" && requester?.kind !== "role") {
    throw new AwsError("InvalidInput", `CallerArn: ${quote(arn)} is not the ARN of a user or a role`);
  }
  const { kind, account } = requester;
  const { permissionsBoundary: _, ...known } = archive.principal(arn) ?? { kind, arn, tags: [] };
  const { identityPolicies, permissionsBoundary } = source;
  return {
    ...known,
    ...(account === undefined ? {} : { account }),
    identityPolicies,
    ...(permissionsBoundary === undefined ? {} : { permissionsBoundary }),
  };
}
