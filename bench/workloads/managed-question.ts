// Questions of W2: near the statements that a role carries, with actions, resources and keys of AWS's catalogue. The mix is reached
// by drawing until the reference gives the wanted decision.
//
// Left out is what identity policies alone do not decide, because the baselines know nothing else: resources of other accounts,
// KMS keys and role assumption (SVC-1), GetCallerIdentity (SVC-7), reserved objects (SVC-8).
import type { Random } from "../../test/kit/random.js";
import type { Decision } from "../../test/oracle/simulation-case.js";
import { plainEvaluator, statementsByPrincipal } from "../evaluator/plain.js";
import { parseQuestion } from "../evaluator/question.js";
import type { ActionCatalogue } from "./action-catalogue.js";
import { shuffledWants } from "./synthetic-question.js";
import { type ConditionJson, listOf, type StatementJson, type Workload, type WorkloadQuestion } from "./workload.js";

type Draft = Omit<WorkloadQuestion, "want">;
/** What a question knows beside its three names. */
type Facts = { readonly context: Record<string, string>; readonly resourceTags: Record<string, string> };

const MAX_DRAWS = 5_000;
const MAX_KEYS = 8;
const regions = ["us-east-1", "eu-west-1", "us-west-2"];
/** CTX-3: what the engine derives, a caller cannot say. */
const DERIVED =
  /^aws:(principal(arn|account|type|orgid|orgpaths|isawsservice|servicename|servicenameslist|tag\/.*)|userid|username|resource(account|orgid|orgpaths)|currenttime|epochtime)$/i;

/** Makes `count` questions about a world without questions. */
export function makeManagedQuestions(
  world: Workload,
  catalogue: ActionCatalogue,
  random: Random,
  count: number,
): WorkloadQuestion[] {
  const carried = statementsByPrincipal(world, (statement) => statement);
  const reference = plainEvaluator(world);
  const everyone = carried.map((_, principal) => principal);
  const denied = everyone.filter((principal) => carried[principal]?.some(({ Effect }) => Effect === "Deny"));
  return shuffledWants(count, random).map((want) => {
    for (let draw = 0; draw < MAX_DRAWS; draw++) {
      const principal = random.pick(want === "explicitDeny" ? denied : everyone);
      const draft = drawQuestion(principal, want);
      if (draft === undefined || !isDecidedByIdentity(world, draft)) continue;
      if (reference.decide(parseQuestion(world, { ...draft, want })) === want) return { ...draft, want };
    }
    throw new Error(`${world.name}: no question with the decision ${want} in ${MAX_DRAWS} draws`);
  });

  function drawQuestion(principal: number, want: Decision): Draft | undefined {
    const facts: Facts = { context: drawContext(), resourceTags: {} };
    if (want === "implicitDeny" && random.chance(0.3)) {
      const action = random.pick(catalogue.actions);
      return { principal, action, resource: resourceOf(action), ...facts };
    }
    const effect = want === "explicitDeny" ? "Deny" : "Allow";
    const statements = (carried[principal] ?? []).filter(({ Effect }) => Effect === effect);
    if (statements.length === 0) return undefined;
    const statement = random.pick(statements);
    const actions = actionsOf(statement);
    if (actions.length === 0) return undefined;
    const action = random.pick(actions);
    const pattern = statement.Resource === undefined ? "*" : random.pick(listOf(statement.Resource));
    const resource = pattern === "*" ? resourceOf(action) : instanceOf(pattern);
    if (want !== "implicitDeny") {
      satisfy(facts, statement.Condition ?? {});
      return { principal, action, resource, ...facts };
    }
    // A near miss: another action, another resource, or conditions that are not met.
    const miss = random.below(3);
    if (miss === 0) return { principal, action: random.pick(catalogue.siblings(action)), resource, ...facts };
    return { principal, action, resource: miss === 1 ? resourceOf(action) : resource, ...facts };
  }

  function actionsOf(statement: StatementJson): readonly string[] {
    if (statement.Action === undefined) return catalogue.actions;
    return catalogue.matching(random.pick(listOf(statement.Action)));
  }

  /** One of the resources that the action is made for. */
  function resourceOf(action: string): string {
    const templates = catalogue.templatesOf(action);
    return templates.length === 0 ? "*" : instanceOf(random.pick(templates));
  }

  /** A text that a pattern or template matches: places and wildcards are filled according to the field they stand in. */
  function instanceOf(pattern: string): string {
    return pattern
      .replace(/\$\{([^}]*)\}/g, (_, place: string) => {
        if (place === "Partition") return "aws";
        if (place === "Region") return random.pick(regions);
        return place === "Account" ? world.account : id();
      })
      .replaceAll("?", "a")
      .replace(/\*/g, (_, at: number, text: string) => {
        const field = text.slice(0, at).split(":").length;
        if (field === 2) return "aws";
        if (field === 4) return random.pick(regions);
        return field === 5 ? world.account : `${random.pick(["app", "prod", "data"])}-${id()}`;
      });
  }

  function drawContext(): Record<string, string> {
    const context: Record<string, string> = {
      "aws:SourceIp": `10.${random.below(256)}.${random.below(256)}.${random.below(256)}`,
      "aws:RequestedRegion": random.pick(regions),
      "aws:SecureTransport": "true",
      "aws:TokenIssueTime": "2026-05-31T22:00:00Z",
      "aws:ViaAWSService": "false",
    };
    if (random.chance(0.7)) context["aws:UserAgent"] = "aws-cli/2.15.0 Python/3.11 Linux/6.1";
    if (random.chance(0.4)) context["aws:MultiFactorAuthPresent"] = "true";
    return context;
  }

  /** Adds the keys that conditions ask for; leaves out less interesting ones if they get too many. */
  function satisfy(facts: Facts, condition: ConditionJson): void {
    for (const [operator, tests] of Object.entries(condition)) {
      for (const [key, values] of Object.entries(tests)) {
        const tag = /^aws:ResourceTag\/(.*)$/i.exec(key)?.[1];
        if (tag !== undefined) welcome(facts.resourceTags, tag, operator, random.pick(listOf(values)));
        else if (!DERIVED.test(key)) welcome(facts.context, key, operator, random.pick(listOf(values)));
      }
    }
    for (const key of ["aws:UserAgent", "aws:TokenIssueTime", "aws:SourceIp", "aws:SecureTransport"]) {
      if (Object.keys(facts.context).length > MAX_KEYS) delete facts.context[key];
    }
  }

  function welcome(facts: Record<string, string>, key: string, operator: string, wanted: string): void {
    // COND-7: the same key in another spelling is the same key.
    const name = Object.keys(facts).find((one) => one.toLowerCase() === key.toLowerCase()) ?? key;
    const kind = operator.replace(/^For\w+:/, "").replace(/IfExists$/, "");
    if (kind === "Null") {
      if (wanted === "true") delete facts[name];
      else facts[name] ??= id();
    } else if (kind.includes("Not")) {
      if (random.chance(0.5))
        facts[name] ??= kind.startsWith("Arn") ? `arn:aws:other:${regions[0]}::thing/${id()}` : id();
    } else {
      facts[name] = kind.startsWith("Numeric") ? wanted : instanceOf(wanted);
    }
  }

  function id(): string {
    return random
      .below(2 ** 32)
      .toString(16)
      .padStart(8, "0");
  }
}

function isDecidedByIdentity({ account }: Workload, { action, resource }: Draft): boolean {
  if (/^sts:(AssumeRole|TagSession|SetSourceIdentity|GetCallerIdentity)/i.test(action)) return false;
  if (resource === "*") return true;
  const [, service, owner, name] = /^arn:[\w-]+:([\w-]+):[\w-]*:(\d*):([^\s"]+)$/.exec(resource) ?? [];
  if (name === undefined || (owner !== "" && owner !== account)) return false;
  return !(service === "kms" && name.startsWith("key/")) && !/^(role|alias)\/aws(-reserved)?\//.test(name);
}
