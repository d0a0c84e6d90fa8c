/** The organization of a synthesised set: a tree of units as even as it can be, and the policies of its nodes. */
import type { Random } from "./random.js";
import { regions, services } from "./services.js";
import type { StatementJson } from "./statement-maker.js";

/** How many of everything. */
export interface OrganizationPlan {
  /** Units a level, from below the root. */
  readonly levels: readonly number[];
  /** The root among them. */
  readonly nodes: number;
  readonly statements: number;
}

/** A node as it is written. */
export interface NodeJson {
  readonly id: string;
  readonly name?: string;
  readonly serviceControlPolicies?: readonly string[];
  readonly resourceControlPolicies?: readonly string[];
  readonly accounts?: readonly string[];
  readonly units?: readonly NodeJson[];
}

/** Who pays: SCPs and RCPs do not bind that account, so nobody else is in it. */
export const MANAGEMENT_ACCOUNT = "100000000000";
export const ORGANIZATION_ID = "o-synth00001";

/** Statements of one SCP and of one RCP. */
const SCP_STATEMENTS = 2;
const RCP_STATEMENTS = 1;
/** Accounts of a unit of the lowest level, on average. */
const ACCOUNTS_OF_UNIT = 3;

/** Plans the tree for so many accounts. */
export function planOrganization(options: {
  readonly accounts: number;
  readonly depth: number;
  readonly scps: number;
  readonly rcps: number;
}): OrganizationPlan {
  const { accounts, depth, scps, rcps } = options;
  const leaves = Math.max(1, Math.round(accounts / ACCOUNTS_OF_UNIT));
  const fan = Math.max(1, Math.round(leaves ** (1 / depth)));
  const levels = Array.from({ length: depth }, (_, level) => Math.min(leaves, fan ** (level + 1)));
  const nodes = 1 + levels.reduce((sum, count) => sum + count, 0);
  return { levels, nodes, statements: nodes * (scps * SCP_STATEMENTS + rcps * RCP_STATEMENTS) };
}

/** The tree, and the names of the policies of its nodes in the order of `controlStatements`. */
export function organizationTree(
  plan: OrganizationPlan,
  options: { readonly scps: number; readonly rcps: number },
  accountIds: readonly string[],
): NodeJson {
  let node = 0;
  const attachments = (): Pick<NodeJson, "serviceControlPolicies" | "resourceControlPolicies"> => {
    const number = node++;
    const named = (kind: "Scp" | "Rcp", count: number): readonly string[] =>
      Array.from({ length: count }, (_, index) => controlName(kind, number * count + index));
    return {
      // A level needs an Allow of its own (SCP-2).
      ...(options.scps === 0 ? {} : { serviceControlPolicies: ["FullAWSAccess", ...named("Scp", options.scps)] }),
      ...(options.rcps === 0 ? {} : { resourceControlPolicies: named("Rcp", options.rcps) }),
    };
  };
  const unit = (level: number, index: number): NodeJson => {
    const below = plan.levels[level + 1];
    const own = { id: `ou-synth-${level + 1}x${String(index).padStart(6, "0")}`, name: `unit-${level + 1}-${index}` };
    const attached = attachments();
    if (below !== undefined)
      return { ...own, ...attached, units: childrenOf(level, index).map((child) => unit(level + 1, child)) };
    const count = plan.levels[level] ?? 1;
    return { ...own, ...attached, accounts: accountIds.filter((_, account) => account % count === index) };
  };
  const childrenOf = (level: number, index: number): readonly number[] => {
    const [count, below] = [level < 0 ? 1 : (plan.levels[level] ?? 1), plan.levels[level + 1] ?? 0];
    return Array.from({ length: below }, (_, child) => child).filter(
      (child) => Math.floor((child * count) / below) === index,
    );
  };
  const root = { id: "r-synth", ...attachments(), accounts: [MANAGEMENT_ACCOUNT] };
  return { ...root, units: childrenOf(-1, 0).map((child) => unit(0, child)) };
}

/** The name of a policy of the organization. */
export function controlName(kind: "Scp" | "Rcp", index: number): string {
  return `${kind}${index}`;
}

/** The statements of an SCP: guards that spare an administrator, so that something is left to allow. */
export function scpStatements(random: Random): readonly StatementJson[] {
  return Array.from({ length: SCP_STATEMENTS }, (_, index) => scpStatement(random, index));
}

function scpStatement(random: Random, index: number): StatementJson {
  const Sid = `S${index}`;
  const service = random.pick(services);
  switch (random.below(3)) {
    case 0: {
      const closed = random.pick(regions);
      const StringEquals = { "aws:RequestedRegion": closed };
      return { Sid, Effect: "Deny", Action: [`${service.name}:*`], Resource: "*", Condition: { StringEquals } };
    }
    case 1: {
      const ArnNotLike = { "aws:PrincipalArn": `arn:aws:iam::*:role/*-${random.pick(["prod", "stage"])}-*` };
      const Action = [random.pick(service.actions).replace(/(:[A-Z][a-z]+).*/, "$1*")];
      return { Sid, Effect: "Deny", Action, Resource: "*", Condition: { ArnNotLike } };
    }
    default: {
      const BoolIfExists = { "aws:MultiFactorAuthPresent": "false" };
      const Action = [random.pick(service.actions)];
      return { Sid, Effect: "Deny", Action, Resource: "*", Condition: { BoolIfExists } };
    }
  }
}

/** The statement of an RCP: a fence around resources of a service. */
export function rcpStatements(random: Random): readonly StatementJson[] {
  const service = random.pick(["s3", "sqs", "secretsmanager"]);
  const fence = {
    StringNotEqualsIfExists: { "aws:PrincipalOrgID": ORGANIZATION_ID },
    BoolIfExists: { "aws:PrincipalIsAWSService": "false" },
  };
  const transport = { BoolIfExists: { "aws:SecureTransport": "false" } };
  const Condition = random.pick([fence, transport]);
  return [{ Sid: "S0", Effect: "Deny", Principal: "*", Action: [`${service}:*`], Resource: "*", Condition }];
}
