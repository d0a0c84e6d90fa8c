/**
 * `SimulatePrincipalPolicy`: a principal of the served policy set with its policies, boundary, SCPs and the resources that the set
 * knows. Policies of the call come on top; its boundary and its resource policy take the place of those in the set.
 */
import { nodePlatform } from "../../files/node-platform.js";
import { PolicySetArchive } from "../../image/policy-set-archive.js";
import {
  type AccountFacts,
  carriedPolicies,
  type DirectoryGroup,
  type DirectoryPrincipal,
  type PolicySet,
} from "../../policy/policy-set.js";
import { parseRequester } from "../../policy/requester.js";
import { notAnEntity, requireCaller } from "./aws-caller.js";
import { AwsError } from "./aws-error.js";
import { readExclusions, withoutExcluded } from "./aws-exclusions.js";
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

/** Which rules the served set is read by. */
export function profileOf({ archive }: ServedSet): "aws" | "generic" {
  return archive === undefined ? "aws" : new PolicySetArchive(archive, nodePlatform.deflate).profile;
}

/** Reads what a call is decided over; undefined without the set. Throws NoSuchEntity for a principal that it lacks. */
export function readServedWorld(
  parameters: AwsQueryParameters,
  { archive: bytes, mayExplain }: ServedSet,
  { resources, resourceAccount, callerArn }: AwsSimulationCall,
): SimulatedWorld | undefined {
  const submitted = readSubmittedPolicies(parameters);
  const exclusions = readExclusions(parameters);
  const found = readPolicySource(parameters, bytes);
  if (found === undefined) return undefined;
  const { archive, groupArn } = found;
  const source = withoutExcluded(found.source, exclusions);
  const caller = callerArn === undefined || callerArn === source.arn ? source : callerWith(callerArn, source, archive);
  return {
    submitted,
    caller,
    isNobody: false,
    ...(callerArn === undefined && groupArn !== undefined ? { groupArn } : {}),
    around: (one) => {
      const part = archive.part([one], resources, resourceAccount);
      return exclusions.types.has("scp") ? { ...part, accounts: part.accounts.map(withoutScps) } : part;
    },
    resource: (resource) => archive.resource(resource),
    ownerByPattern: (resource) => archive.ownerByPattern(resource),
    mayExplain,
  };
}

/** Whose policies are asked about. */
export interface PolicySource {
  readonly archive: PolicySetArchive;
  /** The user or role, or a made-up member of the group. */
  readonly source: DirectoryPrincipal;
  /** The group as it was named; absent for users and roles. */
  readonly groupArn?: string;
}

/** The principal that `PolicySourceArn` names, by its name whatever the path; undefined without the set. */
export function readPolicySource(
  parameters: AwsQueryParameters,
  bytes: Uint8Array | undefined,
): PolicySource | undefined {
  const arn = parameters.requiredText("PolicySourceArn");
  if (bytes === undefined) return undefined;
  const archive = new PolicySetArchive(bytes, nodePlatform.deflate);
  const kind = parseRequester(arn, archive.profile)?.kind;
  const isGroup = /^arn:[^:]+:iam::[^:]+:group\/./s.test(arn);
  if (!isGroup && kind !== "user" && kind !== "role") throw notAnEntity(arn);
  const source = isGroup ? memberOfGroup(archive.group(arn), archive.profile) : archive.entity(arn);
  if (source === undefined) throw new AwsError("NoSuchEntity", "Unable to retrieve specified IAM entity.");
  return { archive, source, ...(isGroup ? { groupArn: arn } : {}) };
}

/** Whoever has the policies of a group and no others. */
function memberOfGroup(
  group: DirectoryGroup | undefined,
  profile: PolicySet["profile"],
): DirectoryPrincipal | undefined {
  if (group === undefined) return undefined;
  return { ...requireCaller(group.arn, profile), tags: [], identityPolicies: group.identityPolicies };
}

function withoutScps({ serviceControlPolicies: _, ...facts }: AccountFacts): AccountFacts {
  return facts;
}

/** Somebody else as if that one had the policies of the source (and what goes with them, the boundary). */
function callerWith(arn: string, source: DirectoryPrincipal, archive: PolicySetArchive): DirectoryPrincipal {
  const requester = requireCaller(arn, archive.profile);
  const { permissionsBoundary: _, ...known } = archive.principal(arn) ?? { tags: [] };
  return {
    ...known,
    ...requester,
    identityPolicies: source.identityPolicies,
    // By the table: a limit of the source that is left out would let through what it does not allow (EVAL-2).
    ...carriedPolicies((member) => source[member]),
  };
}
