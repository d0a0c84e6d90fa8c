/** Resources of a synthesised account with policies of their own: buckets, queues, topics and secrets. */
import type { AccountWorld } from "./account-world.js";
import { documentText } from "./documents.js";
import { ORGANIZATION_ID } from "./organization.js";
import type { Random } from "./random.js";
import { environments, parts, regions, type Service, services } from "./services.js";
import type { ConditionJson, StatementJson } from "./statement-maker.js";

/** Of so many statements each: the sizes that AWS stores of them are far off (TYPE-3). */
const STATEMENTS = [1, 6] as const;
/** What carries policies, in the order in which it is dealt out. */
const kinds = ["s3", "sqs", "s3", "sns", "secretsmanager"] as const;
type Kind = (typeof kinds)[number];

/** What the world around an account offers to policies of resources. */
export interface Neighbours {
  readonly hasOrganization: boolean;
  /** Accounts that may be let in; none is the account itself. */
  readonly accounts: readonly string[];
}

/** The resources of an account, an item of JSON each. */
export function* resources(world: AccountWorld, neighbours: Neighbours): Generator<string, void> {
  const { plan } = world;
  const random = world.random("resources");
  let left = plan.statements.resources;
  for (let index = 0; left > 0; index++) {
    const kind = kinds[index % kinds.length] ?? "s3";
    const arn = resourceArn(world, kind, numberOf(index), random);
    const count = Math.min(left, random.between(...STATEMENTS));
    left -= count;
    const statements = Array.from({ length: count }, (_, one) =>
      JSON.stringify(resourceStatement(world, neighbours, random, kind, arn, one)),
    );
    const head = JSON.stringify({ arn, account: plan.id, tags: { env: random.pick(environments) } });
    yield `${head.slice(0, -1)},"policy":${documentText(statements)}}`;
  }
}

/** Which of its kind a resource is. */
function numberOf(index: number): number {
  const kind = kinds[index % kinds.length];
  const ofRound = kinds.filter((one) => one === kind).length;
  const before = kinds.slice(0, index % kinds.length).filter((one) => one === kind).length;
  return Math.floor(index / kinds.length) * ofRound + before;
}

function resourceArn(world: AccountWorld, kind: Kind, number: number, random: Random): string {
  const { applications, plan } = world;
  const turn = Math.floor(number / applications.length);
  const round = Math.floor(turn / environments.length);
  const name = `${applications[number % applications.length]}-${environments[turn % environments.length]}`;
  const part = parts[round % parts.length];
  const region = regions[Math.floor(round / parts.length) % regions.length];
  switch (kind) {
    case "s3":
      return `arn:aws:s3:::${name}${round === 0 ? "" : `-${round}`}`;
    case "secretsmanager":
      return `arn:aws:secretsmanager:${region}:${plan.id}:secret:${name.replace(/^(.*)-(.*)$/, "$2/$1")}/${part}-${hex(random)}`;
    default:
      return `arn:aws:${kind}:${region}:${plan.id}:${name}-${part}`;
  }
}

function hex(random: Random): string {
  return random
    .below(2 ** 24)
    .toString(16)
    .padStart(6, "0");
}

function resourceStatement(
  world: AccountWorld,
  neighbours: Neighbours,
  random: Random,
  kind: Kind,
  arn: string,
  index: number,
): StatementJson {
  const service = serviceOf(kind);
  const Sid = `S${index}`;
  if (random.chance(0.15)) {
    const Condition = random.pick([
      { Bool: { "aws:SecureTransport": "false" } },
      { NumericGreaterThan: { "aws:MultiFactorAuthAge": "43200" } },
      { StringNotEqualsIfExists: { "aws:RequestedRegion": regions } },
    ]);
    return { Sid, Effect: "Deny", Principal: "*", Action: [`${kind}:*`], Resource: inside(kind, arn, "*"), Condition };
  }
  const { Principal, Condition } = granted(world, neighbours, random);
  const Action = [...new Set(random.list(1, 3, () => random.pick(service.actions)))];
  const below = random.chance(0.5) ? "*" : `${random.pick(parts)}/*`;
  return {
    Sid,
    Effect: "Allow",
    Principal,
    Action,
    Resource: inside(kind, arn, below),
    ...(Condition === undefined ? {} : { Condition }),
  };
}

interface Grant {
  readonly Principal: NonNullable<StatementJson["Principal"]>;
  readonly Condition?: ConditionJson;
}

/** Whom an Allow names, and what else it asks for. */
function granted(world: AccountWorld, neighbours: Neighbours, random: Random): Grant {
  const { plan } = world;
  const shape = random.below(10);
  if (shape === 0 && neighbours.hasOrganization) {
    return { Principal: "*", Condition: { StringEquals: { "aws:PrincipalOrgID": ORGANIZATION_ID } } };
  }
  if (shape === 1) {
    const Condition = { StringEquals: { "aws:SourceAccount": plan.id } };
    return { Principal: { Service: `${random.pick(["lambda", "events", "sns"])}.amazonaws.com` }, Condition };
  }
  if (shape <= 3 && neighbours.accounts.length > 0) return { Principal: { AWS: random.pick(neighbours.accounts) } };
  if (plan.roles === 0) return { Principal: { AWS: world.arn("user", `person-${random.below(plan.users)}`) } };
  const AWS = [...new Set(random.list(1, 3, () => world.arn("role", world.roleName(random.below(plan.roles)))))];
  return shape === 4
    ? { Principal: { AWS }, Condition: { IpAddress: { "aws:SourceIp": "10.0.0.0/8" } } }
    : { Principal: { AWS } };
}

/** A policy of a bucket speaks of its objects, that of a secret of everything, the others of themselves. */
function inside(kind: Kind, arn: string, below: string): string {
  if (kind === "secretsmanager") return "*";
  return kind === "s3" ? `${arn}/${below}` : arn;
}

function serviceOf(kind: Kind): Service {
  const service = services.find(({ name }) => name === kind);
  if (service === undefined) throw new Error(`no service ${kind}`);
  return service;
}
