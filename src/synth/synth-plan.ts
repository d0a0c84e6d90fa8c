/**
 * How many of everything a synthesised set has, before a byte of it is made: options become counts a document type, within what AWS
 * stores (TYPE-3), so that the statements add up to what was asked for.
 */
import { type OrganizationPlan, planOrganization } from "./organization.js";
import type { SynthOptions } from "./synth-options.js";

/** One account. */
export interface AccountPlan {
  readonly index: number;
  readonly id: string;
  readonly users: number;
  readonly roles: number;
  readonly groups: number;
  /** Names of applications, none of which another account has. */
  readonly applications: number;
  /** Managed policies that are boundaries. */
  readonly boundaries: number;
  /** Statements a place. */
  readonly statements: {
    readonly managed: number;
    readonly inline: readonly number[];
    readonly resources: number;
  };
  /** Managed policies are filled to the limit of their size, or cut at a random number of statements. */
  readonly fills: boolean;
}

/** A whole set. */
export interface SynthPlan {
  readonly options: SynthOptions;
  readonly accounts: readonly AccountPlan[];
  readonly organization: OrganizationPlan | undefined;
}

/** TYPE-3: what AWS attaches to a user, role or group, and of how many groups a user is. */
export const MOST_ATTACHED = 10;

/** Statements of one boundary, of one role's trust policy, and the most of an inline policy: two fit whatever they say. */
export const BOUNDARY_STATEMENTS = 3;
const TRUST_STATEMENTS = 1;
export const MOST_INLINE_STATEMENTS = 2;
/** Principals that share a boundary. */
const BOUND_TOGETHER = 50;
/** Statements of a managed policy that is cut at random: on average, and at most. */
const MEAN_CUT = 6;
export const MOST_CUT = 11;
/** Statements that a managed policy holds for certain, whatever they say. */
const CERTAIN = 8;

/** Plans a set; a text says why there is none. */
export function planSynth(options: SynthOptions): SynthPlan | string {
  const { statements, principals, accounts } = options;
  if (principals < accounts) return `${accounts} accounts need as many principals: ${principals} are too few`;
  const organization = options.depth === 0 ? undefined : planOrganization(options);
  const left = statements - (organization?.statements ?? 0);
  if (left < accounts * 10) {
    return (
      `${statements} statements are too few: the SCPs and RCPs of ${organization?.nodes ?? 0} nodes and ` +
      `${accounts} accounts take ${statements - left + accounts * 10}`
    );
  }
  const plans: AccountPlan[] = [];
  for (let index = 0; index < accounts; index++) {
    const plan = planAccount(options, index, shareOf(left, accounts, index), shareOf(principals, accounts, index));
    if (typeof plan === "string") return plan;
    plans.push(plan);
  }
  return { options, accounts: plans, organization };
}

/** The id of an account; they are in no organization of this world. */
export function accountId(index: number): string {
  return String(200_000_000_000 + index);
}

function planAccount(
  options: SynthOptions,
  index: number,
  statements: number,
  principals: number,
): AccountPlan | string {
  const roles = percent(principals, options.roles);
  const users = principals - roles;
  const groups = Math.min(options.groups, users);
  const boundaries = Math.ceil(percent(principals, options.boundaries) / BOUND_TOGETHER);
  const resources = percent(statements, options.resourcePolicies);
  const inlinePolicies = percent(principals, options.inline);
  const inline = Array.from({ length: inlinePolicies }, (_, one) => 1 + (one % MOST_INLINE_STATEMENTS));
  const fixed = roles * TRUST_STATEMENTS + boundaries * BOUNDARY_STATEMENTS + sum(inline) + resources;
  const managed = statements - fixed;
  if (managed < 1) {
    return (
      `account ${accountId(index)} has ${statements} statements, but trust policies, boundaries, inline and resource policies take ` +
      `${fixed} of them: ask for more statements, or for fewer principals`
    );
  }
  const places = (principals + groups) * MOST_ATTACHED;
  if (managed > places * CERTAIN) {
    const enough = Math.ceil(managed / CERTAIN / MOST_ATTACHED - groups) * options.accounts;
    return (
      `${options.principals} principals are too few for ${options.statements} statements: each carries ${MOST_ATTACHED} managed ` +
      `policies of 6,144 characters at most (TYPE-3): ${enough} are enough`
    );
  }
  return {
    index,
    id: accountId(index),
    users,
    roles,
    groups,
    applications: Math.max(8, Math.ceil(statements / 100), Math.ceil(resources / 6)),
    boundaries,
    statements: { managed, inline, resources },
    fills: managed > places * (MEAN_CUT / 2),
  };
}

/** So much of a whole that is dealt out evenly. */
function shareOf(whole: number, parts: number, index: number): number {
  return Math.floor(whole / parts) + (index < whole % parts ? 1 : 0);
}

function percent(whole: number, share: number): number {
  return Math.round((whole * share) / 100);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
