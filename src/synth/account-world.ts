/** What stands in one account of a synthesised set, by names that follow from numbers: nothing of it is kept while a set is written. */
import { ORGANIZATION_ID } from "./organization.js";
import { Random } from "./random.js";
import { applicationNames, environments } from "./services.js";
import { type ConditionJson, StatementMaker } from "./statement-maker.js";
import type { SynthOptions } from "./synth-options.js";
import type { AccountPlan } from "./synth-plan.js";

/** The parts of an account, each with choices of its own: a change of one leaves the bytes of the others. */
const sections = ["policies", "boundaries", "groups", "users", "roles", "resources"] as const;

/** A part of an account. */
export type Section = (typeof sections)[number];

/** One account while its parts are written. */
export class AccountWorld {
  readonly applications: readonly string[];
  /** How many managed policies were written; known once they are. */
  managedPolicies = 0;

  constructor(
    readonly plan: AccountPlan,
    private readonly options: SynthOptions,
  ) {
    const names = applicationNames(plan.applications);
    this.applications = plan.index === 0 ? names : names.map((name) => `a${plan.index}-${name}`);
  }

  /** The choices of a part. */
  random(section: Section): Random {
    // The first stream is the organization's.
    return new Random(this.options.seed, 1 + this.plan.index * sections.length + sections.indexOf(section));
  }

  /** Makes statements of identity policies. */
  maker(random: Random): StatementMaker {
    const { denies, wildcards, conditions, variables, exclusions, depth } = this.options;
    const { id } = this.plan;
    const moreKeys = depth === 0 ? moreConditions : [...moreConditions, ofOrganization];
    return new StatementMaker(random, this.applications, {
      account: id,
      denies,
      wildcards,
      conditions,
      variables,
      exclusions,
      moreKeys,
    });
  }

  /** The ARN of something of IAM in this account. */
  arn(kind: "policy" | "group" | "user" | "role", name: string): string {
    return `arn:aws:iam::${this.plan.id}:${kind}/${name}`;
  }

  /** The name of a role. */
  roleName(index: number): string {
    const { applications } = this;
    const environment = environments[Math.floor(index / applications.length) % environments.length];
    return `${applications[index % applications.length]}-${environment}-${index}`;
  }
}

const ofOrganization: ConditionJson = { StringEquals: { "aws:PrincipalOrgID": ORGANIZATION_ID } };

/** Operators and keys beside those that every mix has. */
const moreConditions: readonly ConditionJson[] = [
  { ArnLike: { "aws:PrincipalArn": "arn:aws:iam::*:role/*-prod-*" } },
  { StringEqualsIfExists: { "aws:ResourceTag/env": ["prod", "stage"] } },
  { "ForAllValues:StringEquals": { "aws:TagKeys": ["env", "team", "cost-centre"] } },
  { NotIpAddress: { "aws:SourceIp": ["192.0.2.0/24", "2001:db8::/32"] } },
  { Null: { "aws:TokenIssueTime": "false" } },
  { StringNotEquals: { "aws:SourceVpc": ["vpc-0a1b2c3d", "vpc-4e5f6a7b"] } },
  { DateLessThan: { "aws:CurrentTime": "2031-01-01T00:00:00Z" } },
];
