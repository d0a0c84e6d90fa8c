// Questions of the synthetic workloads: near the statements that the principal carries, so that allows, denies and near misses all
// occur; the mix is reached by drawing until the reference gives the wanted decision.
//
// Keys that the engine derives are not in the context: the team is a tag of the principal, dates are `aws:TokenIssueTime`.

import { environments, parts, regions, type Service, services, userAgents } from "../../src/synth/services.js";
import type { StatementMaker } from "../../src/synth/statement-maker.js";
import type { Random } from "../../test/kit/random.js";
import type { Decision } from "../../test/oracle/simulation-case.js";
import { matchGlob } from "../evaluator/glob.js";
import { plainEvaluator, statementsByPrincipal } from "../evaluator/plain.js";
import { parseQuestion } from "../evaluator/question.js";
import {
  type ConditionJson,
  listOf,
  MIX,
  type StatementJson,
  type Workload,
  type WorkloadQuestion,
} from "./workload.js";

type Context = Record<string, string>;
type Draft = Omit<WorkloadQuestion, "want">;

const MAX_DRAWS = 5_000;
const actions = services.flatMap((service) => service.actions);

/** Makes `count` questions about the first `principalCount` principals of a world without questions. */
export function makeQuestions(
  world: Workload,
  maker: StatementMaker,
  random: Random,
  apps: readonly string[],
  count: number,
  principalCount = world.principals.length,
): WorkloadQuestion[] {
  const carried = statementsByPrincipal(world, (statement) => statement);
  const reference = plainEvaluator(world);
  return shuffledWants(count, random).map((want) => {
    for (let draw = 0; draw < MAX_DRAWS; draw++) {
      const principal = random.below(principalCount);
      const draft = drawQuestion(principal, want, carried[principal] ?? []);
      if (draft === undefined) continue;
      const have = reference.decide(parseQuestion(world, { ...draft, want }));
      if (have === want) return { ...draft, want };
    }
    throw new Error(`${world.name}: no question with the decision ${want} in ${MAX_DRAWS} draws`);
  });

  function drawQuestion(principal: number, want: Decision, statements: readonly StatementJson[]): Draft | undefined {
    const context = drawContext();
    if (want === "implicitDeny" && random.chance(0.3)) {
      const service = random.pick(services);
      return { principal, action: random.pick(service.actions), resource: maker.arn(service), context };
    }
    const effect = want === "explicitDeny" ? "Deny" : "Allow";
    const candidates = statements.filter((statement) => statement.Effect === effect);
    if (candidates.length === 0) return undefined;
    const statement = random.pick(candidates);
    const pattern = random.pick(listOf(statement.Action));
    const action = random.pick(actions.filter((one) => matchGlob(pattern, one)));
    const service = serviceOf(action);
    const resource = instanceOf(random.pick(listOf(statement.Resource))) ?? maker.arn(service);
    if (want !== "implicitDeny") {
      satisfy(context, statement.Condition ?? {});
      return { principal, action, resource, context };
    }
    // A near miss: another action, another resource, or a context that few conditions accept.
    const miss = random.below(3);
    if (miss === 0) return { principal, action: random.pick(service.actions), resource, context };
    if (miss === 1) return { principal, action, resource: maker.arn(service), context };
    const unwelcome = { "aws:MultiFactorAuthPresent": "false", "aws:SourceIp": "198.51.100.7" };
    return { principal, action, resource, context: { ...context, ...unwelcome } };
  }

  function drawContext(): Context {
    const byte = (): number => random.below(256);
    const two = (value: number): string => String(value).padStart(2, "0");
    const context: Context = {
      "aws:SourceIp": random.chance(0.7) ? `10.${byte()}.${byte()}.${byte()}` : `203.0.113.${byte()}`,
      "aws:MultiFactorAuthPresent": random.chance(0.6) ? "true" : "false",
      "aws:TokenIssueTime": `2026-${two(random.between(1, 12))}-${two(random.between(1, 28))}T${two(random.below(24))}:00:00Z`,
      "aws:RequestedRegion": random.pick(regions),
      "aws:SecureTransport": "true",
    };
    if (random.chance(0.6)) context["aws:MultiFactorAuthAge"] = String(random.between(1, 86_400));
    if (random.chance(0.6)) context["aws:UserAgent"] = random.pick(userAgents);
    if (random.chance(0.4)) context["aws:SourceIdentity"] = `person-${maker.id()}`;
    return context;
  }

  /** A resource that the pattern matches; undefined for `*`. */
  function instanceOf(pattern: string): string | undefined {
    if (pattern === "*") return undefined;
    return pattern.replace(/\*/g, (_, at: number) => {
      if (pattern.slice(0, at).split(":").length === 4) return random.pick(regions);
      const fillings = [
        () => maker.id(),
        () => `${random.pick(apps)}-${random.pick(environments)}`,
        () => `${random.pick(parts)}-${random.between(1, 99)}`,
      ];
      return random.pick(fillings)();
    });
  }

  function satisfy(context: Context, condition: ConditionJson): void {
    for (const [operator, tests] of Object.entries(condition)) {
      for (const [key, values] of Object.entries(tests)) {
        // The team is the principal's, the caller cannot say it.
        if (key.startsWith("aws:PrincipalTag/")) continue;
        context[key] = welcomeValue(operator, random.pick(listOf(values)));
      }
    }
  }

  function welcomeValue(operator: string, wanted: string): string {
    switch (operator) {
      case "StringLike":
        return wanted.replaceAll("*", "x1");
      case "IpAddress":
        return `10.${Number(wanted.split(".")[1]) + random.below(64)}.${random.below(256)}.${random.below(256)}`;
      case "NumericLessThan":
        return String(random.between(1, Number(wanted) - 1));
      case "DateGreaterThan":
        return "2026-12-01T12:00:00Z";
      default:
        return wanted;
    }
  }
}

function serviceOf(action: string): Service {
  const found = services.find(({ name }) => action.startsWith(`${name}:`));
  if (found === undefined) throw new Error(`${action}: no such service`);
  return found;
}

/** The wanted decisions in the proportions of MIX, in random order. */
export function shuffledWants(count: number, random: Random): Decision[] {
  const wants = MIX.flatMap(([decision, share]) => new Array<Decision>(Math.round(count * share)).fill(decision));
  for (let last = wants.length - 1; last > 0; last--) {
    const other = random.below(last + 1);
    const [one, two] = [wants[last], wants[other]];
    if (one !== undefined && two !== undefined) [wants[last], wants[other]] = [two, one];
  }
  return wants;
}
