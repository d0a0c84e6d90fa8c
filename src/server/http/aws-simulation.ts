/**
 * Decides the actions and resources of a simulation call, over policies of the call and, for `SimulatePrincipalPolicy`, the part
 * of a served policy set that concerns it. Simulations enforce nothing: context may set derived keys (CTX-1).
 */
import { type EvaluationResult, evaluationOf } from "../../engine/evaluation-result.js";
import type { Simulator } from "../../engine/simulator.js";
import type { ParseDocumentOptions } from "../../policy/parse-document.js";
import type { DirectoryPrincipal, DirectoryResource, PolicySet } from "../../policy/policy-set.js";
import { accountOfArn, parseRequester } from "../../policy/requester.js";
import { AwsError } from "./aws-error.js";
import type { AwsSimulationCall } from "./aws-simulation-call.js";
import { parseSubmitted, placeInSubmitted, type SubmittedPolicies } from "./aws-submitted-policies.js";

/** What a call is decided over. */
export interface SimulatedWorld {
  readonly submitted: SubmittedPolicies;
  /** Who asks, with the policies that are not of the call. */
  readonly caller: DirectoryPrincipal;
  /** The policy set without the policies of the call, given the caller with them. */
  readonly around: (caller: DirectoryPrincipal) => Omit<PolicySet, "counts">;
  /** What is known about a resource. */
  readonly resource: (arn: string) => Omit<DirectoryResource, "arn"> | undefined;
  /** Whether the answer may tell more than decisions (OUT-8). */
  readonly mayExplain: boolean;
}

/** What a resource policy is on some resource for some action: roles have trust policies (SVC-4). */
type Attachment = "resource" | "trust";

/** A simulator for each: one that goes back and forth between two policy sets compiles them again and again. */
export type Simulators = Readonly<Record<Attachment, Simulator>>;

/** Gives the result of one action on one resource of a call. */
export function evaluations(
  simulators: Simulators,
  world: SimulatedWorld,
  call: AwsSimulationCall,
): (action: string, resource: string) => EvaluationResult {
  const sets = new Map<Attachment, PolicySet>();
  const owners = new Map(call.resources.map((arn) => [arn, ownerOf(arn, world, call)] as const));
  const { caller, submitted, mayExplain } = world;
  const placeOf: Parameters<typeof evaluationOf>[0]["placeOf"] = (statement) => placeInSubmitted(submitted, statement);
  return (action, resource) => {
    const isTrust = /^sts:/i.test(action) && isRole(resource);
    const attachment = isTrust ? "trust" : "resource";
    const policySet = sets.get(attachment) ?? policySetOf(world, call, attachment);
    sets.set(attachment, policySet);
    const owner = owners.get(resource);
    const owned = owner === undefined ? {} : { resourceAccount: owner };
    const decision = simulators[attachment].decide(
      {
        id: "call",
        policySet,
        whatIf: true,
        request: {
          principal: caller.arn,
          action,
          resource,
          context: call.context,
          ...owned,
          resourceTags: [],
          sessionPolicies: [],
          sessionTags: [],
          whatIf: true,
        },
      },
      "explain",
    );
    if ("error" in decision) throw new AwsError("InvalidInput", decision.error);
    const question = { action, resource, placeOf, requester: caller, ...owned };
    if (mayExplain) return evaluationOf(question, decision);
    const { decision: word, allowed, unknownPrincipal, policySet: version } = decision;
    const nothing = { blockedBy: [], matchedStatements: [], missingContextKeys: [] };
    return evaluationOf(question, { decision: word, allowed, unknownPrincipal, policySet: version, ...nothing });
  };
}

/** Whom the policy set names, else the ARN; for an ARN that names nobody the call may say another one. */
function ownerOf(arn: string, world: SimulatedWorld, { resourceAccount }: AwsSimulationCall): string | undefined {
  const known = world.resource(arn)?.account;
  const named = accountOfArn(arn);
  return named === "" ? (resourceAccount ?? known) : (known ?? named);
}

/** The policy set of a call, with its policies in it. */
function policySetOf(world: SimulatedWorld, call: AwsSimulationCall, attachment: Attachment): PolicySet {
  const { submitted, caller } = world;
  const bare = world.around(caller);
  const accountIds = new Set(
    [
      call.resourceAccount,
      ...[...bare.accounts.map(({ id }) => id), ...bare.principals.map(({ account }) => account)],
    ].flatMap((id) => id ?? []),
  );
  const options: ParseDocumentOptions = { profile: bare.profile, accountIds };
  const identity = submitted.identity.map((policy) => parseSubmitted(policy, "identity", options));
  const boundary = submitted.boundary && parseSubmitted(submitted.boundary, "boundary", options);
  const set = world.around({
    ...caller,
    identityPolicies: [...caller.identityPolicies, ...identity],
    ...(boundary === undefined ? {} : { permissionsBoundary: boundary }),
  });
  const policy = submitted.resource && parseSubmitted(submitted.resource, attachment, options);
  return {
    ...set,
    counts,
    resources: policy === undefined ? set.resources : attachedTo(set, world, call, attachment, policy),
  };
}

/** The resources of the set, and every resource of the call with a policy of its own. */
function attachedTo(
  set: Pick<PolicySet, "resources">,
  world: SimulatedWorld,
  call: AwsSimulationCall,
  attachment: Attachment,
  policy: NonNullable<DirectoryResource["policy"]>,
): readonly DirectoryResource[] {
  const attached = call.resources
    .filter((arn) => attachment === "resource" || isRole(arn))
    .map((arn) => ({ ...(world.resource(arn) ?? { tags: [], restrictPublicBuckets: false }), arn, policy }));
  const own = new Set(attached.map(({ arn }) => arn));
  const all = [...set.resources.filter(({ arn }) => !own.has(arn)), ...attached];
  return all.sort((left, right) => (left.arn < right.arn ? -1 : 1));
}

function isRole(resource: string): boolean {
  return parseRequester(resource, "aws")?.kind === "role";
}

/** Nobody asks how much a simulated set holds. */
const counts = {
  accounts: 0,
  users: 0,
  groups: 0,
  roles: 0,
  policies: 0,
  documents: 0,
  statements: 0,
  resources: 0,
  endpoints: 0,
};
