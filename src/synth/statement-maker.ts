/**
 * Statements out of a seed: what identity policies of services in one account look like. Of the resource patterns with wildcards four in
 * seven end in a star, half as many have stars inside, few are `*`. Of the actions half are exact, a third go by verb, the rest are whole
 * services.
 */
import type { Random } from "./random.js";
import { environments, parts, regions, type Service, services, teams } from "./services.js";

/** A statement as the grammar spells it. */
export interface StatementJson {
  readonly Sid?: string;
  readonly Effect: "Allow" | "Deny";
  readonly Principal?: "*" | Readonly<Record<string, string | readonly string[]>>;
  readonly Action?: string | readonly string[];
  readonly NotAction?: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly NotResource?: string | readonly string[];
  readonly Condition?: ConditionJson;
}

/** Operator, key, values. */
export type ConditionJson = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;

/** What statements are like; shares in percent. */
export interface StatementMix {
  /** Whose resources they name. */
  readonly account: string;
  /** Statements that deny. */
  readonly denies: number;
  /** Resource patterns with wildcards. */
  readonly wildcards: number;
  /** Statements with one or two condition operators. */
  readonly conditions: number;
  /** Statements with a policy variable in a resource. */
  readonly variables: number;
  /** Statements that list what they are not about: NotAction with Allow, NotResource with Deny. */
  readonly exclusions: number;
  /** Conditions that are drawn beside the seven common ones. */
  readonly moreKeys: readonly ConditionJson[];
}

type Places = Readonly<Record<string, string>>;

/** Makes statements and ARNs. */
export class StatementMaker {
  private readonly exactBelow: number;
  private readonly prefixBelow: number;
  private readonly innerBelow: number;
  private readonly weighted = services.map((one) => [one.weight, one] as const);

  constructor(
    private readonly random: Random,
    private readonly apps: readonly string[],
    private readonly mix: StatementMix,
  ) {
    this.exactBelow = 100 - mix.wildcards;
    this.prefixBelow = this.exactBelow + (mix.wildcards * 4) / 7;
    this.innerBelow = this.exactBelow + (mix.wildcards * 13) / 14;
  }

  /** The next statement. */
  statement(index: number): StatementJson {
    const { random, mix } = this;
    const service = random.weighted(this.weighted);
    const denies = random.chance(mix.denies / 100);
    const resourceCount = random.weighted(RESOURCE_COUNTS);
    const resources = distinct(Array.from({ length: resourceCount }, () => this.resourcePattern(service)));
    // A Deny of everything would leave nothing to allow.
    const tooBroad = denies && resources.includes("*");
    const statement = {
      Sid: `S${index}`,
      Effect: denies ? "Deny" : "Allow",
      Action: distinct(random.list(1, 4, () => this.actionPattern(service))),
      Resource: tooBroad ? [this.arn(service, { id: "*", number: "*" })] : resources,
      ...(random.chance(mix.conditions / 100) ? { Condition: this.condition() } : {}),
    } as const;
    return this.excluding(this.withVariable(statement, service), service);
  }

  /** An ARN of a service; places that are not given are filled by chance. */
  arn(service: Service, given: Places = {}): string {
    return this.fill(service.template, given);
  }

  /** Eight hex digits. */
  id(): string {
    return this.random
      .below(2 ** 32)
      .toString(16)
      .padStart(8, "0");
  }

  private fill(template: string, given: Places): string {
    return template.replace(/\{(\w+)\}/g, (_, place: string) => given[place] ?? this.filling(place));
  }

  private filling(place: string): string {
    const { random } = this;
    if (place === "account") return this.mix.account;
    if (place === "id") return this.id();
    if (place === "number") return String(random.between(1, 500));
    const names = { app: this.apps, env: environments, region: regions, part: parts }[place];
    if (names === undefined) throw new Error(`no filling for {${place}}`);
    return random.pick(names);
  }

  private actionPattern(service: Service): string {
    const action = this.random.pick(service.actions);
    const shape = this.random.below(100);
    if (shape < 50) return action;
    if (shape < 85) return action.replace(/(:[A-Z][a-z]+).*/, "$1*");
    return `${service.name}:*`;
  }

  private resourcePattern(service: Service): string {
    const shape = this.random.below(100);
    if (shape < this.exactBelow) return this.arn(service);
    if (shape < this.prefixBelow) return this.prefixPattern(service);
    return shape < this.innerBelow ? this.innerPattern(service) : "*";
  }

  /** Everything of one application in one environment, or where ARNs name neither, ids that begin alike. */
  private prefixPattern({ template }: Service): string {
    const named = /^.*\{(?:app|env)\}[^{]?/.exec(template)?.[0];
    if (named !== undefined) return `${this.fill(named, {})}*`;
    const beforeId = this.fill(template.slice(0, template.lastIndexOf("{id}")), {});
    return `${beforeId}${this.random.chance(0.5) ? this.id().slice(0, 2) : ""}*`;
  }

  /** Stars for regions, ids and applications or environments. */
  private innerPattern(service: Service): string {
    const { random } = this;
    const app = random.chance(0.4) ? "*" : random.pick(this.apps);
    const region = random.chance(0.7) ? "*" : random.pick(regions);
    const env = app !== "*" && (region !== "*" || service.name === "s3") ? "*" : random.pick(environments);
    return this.arn(service, { app, region, env, id: "*", number: "*" });
  }

  /** The first resource becomes what belongs to the asker's team. A mix without variables draws nothing here. */
  private withVariable(statement: StatementJson, { template }: Service): StatementJson {
    const { random, mix } = this;
    if (mix.variables === 0 || !random.chance(mix.variables / 100)) return statement;
    const variable = random.pick(["${aws:PrincipalTag/team}", "${aws:PrincipalAccount}"]);
    const named = /^.*\{(?:app|env)\}[^{]?/.exec(template)?.[0] ?? template.slice(0, template.lastIndexOf("{id}"));
    return { ...statement, Resource: [`${this.fill(named, {})}${variable}*`, ...listOf(statement.Resource).slice(1)] };
  }

  /** Turns a list into what it leaves out, where that does not cover nearly everything. */
  private excluding(statement: StatementJson, service: Service): StatementJson {
    const { random, mix } = this;
    if (mix.exclusions === 0 || !random.chance(mix.exclusions / 100)) return statement;
    if (statement.Effect === "Deny") {
      const { Resource, ...rest } = statement;
      return { ...rest, Action: [random.pick(service.actions)], NotResource: listOf(Resource) };
    }
    const { Action, ...rest } = statement;
    return { ...rest, NotAction: listOf(Action), Resource: [this.innerPattern(service)] };
  }

  private condition(): ConditionJson {
    const { random } = this;
    const tests = [
      () => ({ StringEquals: { "aws:RequestedRegion": this.some(regions) } }),
      () => ({ StringEquals: { "aws:PrincipalTag/team": this.some(teams) } }),
      () => ({ StringLike: { "aws:UserAgent": [random.pick(["aws-cli/*", "Boto3/*", "*Linux*", "aws-sdk-*"])] } }),
      () => ({ IpAddress: { "aws:SourceIp": [`10.${random.below(4) * 64}.0.0/10`] } }),
      () => ({ Bool: { "aws:MultiFactorAuthPresent": "true" } }),
      () => ({ NumericLessThan: { "aws:MultiFactorAuthAge": random.pick(["1800", "3600", "7200", "43200"]) } }),
      () => ({ DateGreaterThan: { "aws:TokenIssueTime": `2026-0${random.between(1, 9)}-01T00:00:00Z` } }),
      ...this.mix.moreKeys.map((condition) => () => condition),
    ];
    const chosen = Array.from({ length: random.between(1, 2) }, () => random.pick(tests)());
    const condition: ConditionJson = Object.assign({}, ...chosen);
    return condition;
  }

  /** One or two of the values. */
  private some(values: readonly string[]): readonly string[] {
    return distinct([this.random.pick(values), ...(this.random.chance(0.5) ? [this.random.pick(values)] : [])]);
  }
}

/** How many resources a statement lists, with weights. */
const RESOURCE_COUNTS = [
  [6, 1],
  [3, 2],
  [1, 3],
] as const;

function distinct(values: readonly string[]): readonly string[] {
  return values.length === 1 ? values : [...new Set(values)];
}

function listOf(values: string | readonly string[] | undefined): readonly string[] {
  if (values === undefined) return [];
  return typeof values === "string" ? [values] : values;
}
