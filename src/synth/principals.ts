/** Groups, users and roles of a synthesised account. Every managed policy is somebody's; nobody carries more than AWS attaches (TYPE-3). */
import type { AccountWorld } from "./account-world.js";
import { documentText } from "./documents.js";
import type { Random } from "./random.js";
import { environments, teams } from "./services.js";
import type { StatementJson, StatementMaker } from "./statement-maker.js";
import { MOST_ATTACHED } from "./synth-plan.js";

/** Policies that a principal carries at random beside those dealt out to it, and of how many groups a user is. */
const USUALLY_ATTACHED = [2, 6] as const;
const GROUPS_OF_USER = [1, 3] as const;

/** The groups of an account, an item of JSON each. */
export function* groups(world: AccountWorld): Generator<string, void> {
  const { plan } = world;
  const random = world.random("groups");
  for (let index = 0; index < plan.groups; index++) {
    const managedPolicies = attachedTo(world, random, plan.roles + plan.users + index);
    yield JSON.stringify({ arn: world.arn("group", `group-${index}`), managedPolicies });
  }
}

/** The users of an account, an item of JSON each. */
export function* users(world: AccountWorld, boundaryShare: number): Generator<string, void> {
  const { plan } = world;
  const random = world.random("users");
  const maker = world.maker(random);
  for (let index = 0; index < plan.users; index++) {
    const place = plan.roles + index;
    const memberOf = new Set(plan.groups === 0 ? [] : [index % plan.groups]);
    const wanted = Math.min(plan.groups, random.between(...GROUPS_OF_USER));
    while (memberOf.size < wanted) memberOf.add(random.below(plan.groups));
    const item = {
      arn: world.arn("user", `person-${index}`),
      tags: { team: random.pick(teams) },
      ...(memberOf.size === 0 ? {} : { groups: [...memberOf].map((group) => world.arn("group", `group-${group}`)) }),
      managedPolicies: attachedTo(world, random, place),
      ...boundaryOf(world, place, boundaryShare),
    };
    yield withInline(world, item, place, maker);
  }
}

/** The roles of an account, an item of JSON each. */
export function* roles(world: AccountWorld, boundaryShare: number): Generator<string, void> {
  const { plan } = world;
  const random = world.random("roles");
  const maker = world.maker(random);
  for (let index = 0; index < plan.roles; index++) {
    const trust = JSON.stringify(trustStatement(world, random, index));
    const item = {
      arn: world.arn("role", world.roleName(index)),
      tags: { team: random.pick(teams), env: random.pick(environments) },
      managedPolicies: attachedTo(world, random, index),
      ...boundaryOf(world, index, boundaryShare),
    };
    const text = withInline(world, item, index, maker);
    yield `${text.slice(0, -1)},"trustPolicy":${documentText([trust])}}`;
  }
}

/** The policies dealt out to a carrier, and others at random. Carriers are roles, users and groups, in this order. */
function attachedTo(world: AccountWorld, random: Random, carrier: number): readonly string[] {
  const { plan, managedPolicies } = world;
  const carriers = plan.roles + plan.users + plan.groups;
  const attached = new Set<number>();
  for (let policy = carrier; policy < managedPolicies; policy += carriers) attached.add(policy);
  if (attached.size > MOST_ATTACHED) throw new Error("policies are not planned as they are made");
  const wanted = Math.min(managedPolicies, random.between(...USUALLY_ATTACHED));
  while (attached.size < wanted) attached.add(random.below(managedPolicies));
  return [...attached].map((policy) => world.arn("policy", `policy-${policy}`));
}

/** Which of the evenly spread principals of a share this one is; undefined if it is none of them. */
function spread(place: number, chosen: number, all: number): number | undefined {
  const before = Math.floor((place * chosen) / all);
  return Math.floor(((place + 1) * chosen) / all) > before ? before : undefined;
}

function boundaryOf(world: AccountWorld, place: number, share: number): { readonly permissionsBoundary?: string } {
  const { plan } = world;
  const all = plan.users + plan.roles;
  const index = spread(place, Math.round((all * share) / 100), all);
  if (index === undefined || plan.boundaries === 0) return {};
  return { permissionsBoundary: world.arn("policy", `boundary-${index % plan.boundaries}`) };
}

function withInline(world: AccountWorld, item: object, place: number, maker: StatementMaker): string {
  const { plan } = world;
  const text = JSON.stringify(item);
  const index = spread(place, plan.statements.inline.length, plan.users + plan.roles);
  if (index === undefined) return text;
  const statements = Array.from({ length: plan.statements.inline[index] ?? 0 }, (_, one) =>
    JSON.stringify(maker.statement(one)),
  );
  return `${text.slice(0, -1)},"inlinePolicies":[{"name":"own","document":${documentText(statements)}}]}`;
}

function trustStatement(world: AccountWorld, random: Random, index: number): StatementJson {
  const { plan } = world;
  const services = ["ec2", "lambda", "ecs-tasks"].map((name) => ({ Service: `${name}.amazonaws.com` }));
  const people = { AWS: plan.users === 0 ? plan.id : world.arn("user", `person-${random.below(plan.users)}`) };
  const other = { AWS: world.arn("role", world.roleName((index + 1) % plan.roles)) };
  const Principal = random.pick([...services, people, other, { AWS: plan.id }]);
  const guarded = random.chance(0.2) && "AWS" in Principal;
  const Condition = { Bool: { "aws:MultiFactorAuthPresent": "true" } };
  return { Sid: "S0", Effect: "Allow", Principal, Action: "sts:AssumeRole", ...(guarded ? { Condition } : {}) };
}
