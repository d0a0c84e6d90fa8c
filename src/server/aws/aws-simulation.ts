/**
 * Decides the actions and resources of a simulation call, over policies of the call and, for `SimulatePrincipalPolicy`, the part
 * of a served policy set that concerns it. Simulations enforce nothing: context may set derived keys (CTX-1).
 */

import type { ParseDocumentOptions } from "../../policy/document/parse-document.js";
import { type DirectoryPrincipal, type DirectoryResource, noCounts, type PolicySet } from "../../policy/policy-set.js";
import { accountOfArn, parseRequester } from "../../policy/requester.js";
import type { MatchedStatement } from "../../question/decision.js";
import {
  type EvaluatedQuestion,
  type EvaluationResult,
  evaluationOf,
  type StatementPlace,
} from "../../simulate/evaluation-result.js";
import type { Simulator } from "../../simulate/simulator.js";
import { AwsError } from "./aws-error.js";
import { placeInSet } from "./aws-served-places.js";
import { delegationName, delegationTo, missingKeysOf, sourceIdIn, withDerived } from "./aws-simulated-facts.js";
import type { AwsSimulationCall } from "./aws-simulation-call.js";
import { parseSubmitted, placeInSubmitted, type SubmittedPolicies } from "./aws-submitted-policies.js";

/** What a call is decided over. */
export interface SimulatedWorld {
  readonly submitted: SubmittedPolicies;
  /** Who asks, with the policies that are not of the call. */
  readonly caller: DirectoryPrincipal;
  /** Nobody was named: whoever owns the resource is of the caller's account, and the policies of the call decide alone. */
  readonly isNobody: boolean;
  /** The group whose policies are asked about, where nobody is named who asks: a made-up member does, of whom nothing shows. */
  readonly groupArn?: string;
  /** The policy set without the policies of the call, given the caller with them. */
  readonly around: (caller: DirectoryPrincipal) => Omit<PolicySet, "counts">;
  /** The account that a pattern of the set says a resource belongs to. */
  readonly ownerByPattern: (arn: string) => string | undefined;
  /** What is known about a resource. */
  readonly resource: (arn: string) => Omit<DirectoryResource, "arn"> | undefined;
  /** Whether the answer may tell more than decisions (OUT-8). */
  readonly mayExplain: boolean;
}

/** What a resource policy is on some resource for some action: roles have trust policies (SVC-4). */
type Attachment = "resource" | "trust";

/** A simulator for each: one that goes back and forth between two policy sets compiles them again and again. */
export type Simulators = Readonly<Record<Attachment, Simulator>>;

/** What was decided about one action on one resource. */
export interface SimulatedEvaluation {
  readonly result: EvaluationResult;
  /** The keys that other types of policy lacked than those that AWS lists them of (OUT-13). */
  readonly missingByType?: Readonly<Record<string, readonly string[]>>;
}

/** Gives the result of one action on one resource of a call. */
export function evaluations(
  simulators: Simulators,
  world: SimulatedWorld,
  call: AwsSimulationCall,
): (action: string, resource: string) => SimulatedEvaluation {
  const sets = new Map<Attachment, PolicySet>();
  const owners = new Map(call.resources.map((arn) => [arn, ownerOf(arn, world, call)] as const));
  const { caller, submitted, mayExplain } = world;
  const told: Pick<EvaluatedQuestion, "sourceIdOf" | "hasResource"> = {
    sourceIdOf: (statement) => sourceIdIn(caller, statement),
    hasResource: call.hasResources,
  };
  const missingKeys = missingKeysOf(world, call);
  return (action, resource) => {
    const isTrust = /^sts:/i.test(action) && isRole(resource);
    const attachment = isTrust ? "trust" : "resource";
    const policySet = sets.get(attachment) ?? policySetOf(world, call, attachment);
    sets.set(attachment, policySet);
    const owner = owners.get(resource);
    const account = world.isNobody ? caller.account : owner;
    const owned = account === undefined ? {} : { resourceAccount: account };
    const decision = simulators[attachment].decide(
      {
        id: "call",
        policySet,
        whatIf: true,
        request: {
          principal: caller.arn,
          action,
          resource,
          context: withDerived(world, call, owner),
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
    const placeOf = (statement: MatchedStatement): StatementPlace | undefined =>
      placeInSubmitted(submitted, statement) ?? placeInSet(policySet, statement);
    const question = { action, resource, requester: caller, placeOf, ...told, ...owned };
    if (!mayExplain) {
      const { decision: word, allowed, unknownPrincipal, policySet: version } = decision;
      const nothing = { blockedBy: [], matchedStatements: [], missingContextKeys: [] };
      return {
        result: evaluationOf(question, { decision: word, allowed, unknownPrincipal, policySet: version, ...nothing }),
      };
    }
    const matchedStatements = world.isNobody
      ? decision.matchedStatements.filter(({ policy }) => policy !== delegationName)
      : decision.matchedStatements;
    const missingContextKeys = decision.decision === "implicitDeny" ? missingKeys(policySet, resource) : [];
    const { missingContextKeysByType: missingByType } = decision;
    return {
      result: evaluationOf(question, { ...decision, matchedStatements, missingContextKeys }),
      ...(missingByType === undefined ? {} : { missingByType }),
    };
  };
}

/** Whom the policy set names, else the ARN; for an ARN that names nobody the call may say another one. */
function ownerOf(arn: string, world: SimulatedWorld, { resourceAccount }: AwsSimulationCall): string | undefined {
  const known = world.resource(arn)?.account ?? world.ownerByPattern(arn);
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
  const levels = submitted.levels?.map((level) => level.map((policy) => parseSubmitted(policy, "scp", options)));
  const facts = { id: caller.account ?? "", organizationPaths: [], isManagementAccount: false };
  const set = world.around({
    ...caller,
    ...(levels === undefined ? {} : { accountFacts: { ...facts, serviceControlPolicies: levels } }),
    identityPolicies: [...caller.identityPolicies, ...identity],
    ...(boundary === undefined ? {} : { permissionsBoundary: boundary }),
  });
  const resourcePolicy = world.isNobody ? delegationTo(caller, attachment) : submitted.resource;
  const policy = resourcePolicy && parseSubmitted(resourcePolicy, attachment, options);
  if (!world.isNobody) checkResourcePolicy(policy, call, attachment);
  return {
    ...set,
    counts: noCounts,
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
  const all = [
    ...set.resources.filter(({ arn }) => !own.has(arn)),
    ...new Map(attached.map((one) => [one.arn, one])).values(),
  ];
  return all.sort((left, right) => (left.arn < right.arn ? -1 : 1));
}

/** A resource policy belongs to resources that the call names, and names its own. */
function checkResourcePolicy(
  policy: DirectoryResource["policy"],
  { resources }: AwsSimulationCall,
  attachment: Attachment,
): void {
  if (policy === undefined) return;
  if (resources.includes("*")) {
    throw new AwsError("InvalidInput", "Invalid Entity Arn: * does not clearly define entity type and name.");
  }
  const patterns = policy.document.statements.flatMap(({ resource }) => resource?.patterns ?? []);
  if (attachment === "resource" && patterns.includes("*")) {
    throw new AwsError("InvalidInput", "ResourceNames are not in a valid ARN format: *.");
  }
}

function isRole(resource: string): boolean {
  return parseRequester(resource, "aws")?.kind === "role";
}
