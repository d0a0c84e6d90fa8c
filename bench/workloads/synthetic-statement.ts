// Statements of the synthetic workloads. Actions: half exact, a third by verb, the rest whole services. Resources: exact, by
// prefix, with wildcards inside, few `*`. Three in ten have one or two conditions, one in ten denies.
import type { Random } from "../../test/kit/random.js";
import { environments, parts, regions, type Service, services, teams } from "./services.js";
import type { ConditionJson, StatementJson } from "./workload.js";

type Places = Readonly<Record<string, string>>;

/** Makes statements and ARNs. */
export class StatementMaker {
  constructor(
    private readonly random: Random,
    private readonly apps: readonly string[],
  ) {}

  /** The next statement. */
  statement(index: number): StatementJson {
    const { random } = this;
    const service = random.weighted(services.map((one) => [one.weight, one]));
    const denies = random.chance(0.1);
    const resourceCount = random.weighted([
      [6, 1],
      [3, 2],
      [1, 3],
    ]);
    const resources = distinct(Array.from({ length: resourceCount }, () => this.resourcePattern(service)));
    // A Deny of everything would leave nothing to allow.
    const tooBroad = denies && resources.includes("*");
    return {
      Sid: `S${index}`,
      Effect: denies ? "Deny" : "Allow",
      Action: distinct(random.list(1, 4, () => this.actionPattern(service))),
      Resource: tooBroad ? [this.arn(service, { id: "*", number: "*" })] : resources,
      ...(random.chance(0.3) ? { Condition: this.condition() } : {}),
    };
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
    if (shape < 30) return this.arn(service);
    if (shape < 70) return this.prefixPattern(service);
    return shape < 95 ? this.innerPattern(service) : "*";
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
    ];
    const chosen = Array.from({ length: random.between(1, 2) }, () => random.pick(tests)());
    return Object.assign({}, ...chosen) as ConditionJson;
  }

  /** One or two of the values. */
  private some(values: readonly string[]): readonly string[] {
    return distinct([this.random.pick(values), ...(this.random.chance(0.5) ? [this.random.pick(values)] : [])]);
  }
}

function distinct(values: readonly string[]): readonly string[] {
  return [...new Set(values)];
}
