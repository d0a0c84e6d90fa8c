/**
 * `SimulatePrincipalPolicy`: a principal of the served policy set with its policies, boundary, SCPs and the resources that the set
 * knows. Policies of the call come on top; its boundary and its resource policy take the place of those in the set.
 */
import { PolicySetArchive } from "../../engine/policy-set-archive.js";
import type { DirectoryPrincipal } from "../../policy/policy-set.js";
import { quote } from "../../policy/quote.js";
import { parseRequester } from "../../policy/requester.js";
import { AwsError } from "./aws-error.js";
import type { AwsQueryParameters } from "./aws-query-parameters.js";
import type { SimulatedWorld } from "./aws-simulation.js";
import type { AwsSimulationCall } from "./aws-simulation-call.js";
import { readSubmittedPolicies } from "./aws-submitted-policies.js";

/** A policy set in force, and what its caller may know of it. */
export interface ServedSet {
  /** Empty for the default one. */
  readonly name: string;
  /** `PolicySetArchive` reads it; absent if there is no such set. */
  readonly archive: Uint8Array | undefined;
  readonly mayExplain: boolean;
}

/** Reads what a call is decided over; undefined without the set. Throws NoSuchEntity for a principal that it lacks. */
export function readServedWorld(
  parameters: AwsQueryParameters,
  { archive: bytes, mayExplain }: ServedSet,
  { resources, resourceAccount }: AwsSimulationCall,
): SimulatedWorld | undefined {
  const arn = parameters.requiredText("PolicySourceArn");
  const callerArn = parameters.text("CallerArn") ?? arn;
  const submitted = readSubmittedPolicies(parameters);
  if (bytes === undefined) return undefined;
  const archive = new PolicySetArchive(bytes);
  const source = archive.principal(arn);
  if (source === undefined) throw new AwsError("NoSuchEntity", `PolicySourceArn: ${quote(arn)} cannot be found`);
  return {
    submitted,
    caller: callerArn === arn ? source : callerWith(callerArn, source, archive),
    around: (caller) => archive.part([caller], resources, resourceAccount),
    resource: (resource) => archive.resource(resource),
    mayExplain,
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
