// Laws that every decision obeys, whatever the policies say: a change of a case of which the outcome is known.
// Who decides is not known here.

import type { Random } from "../kit/random.js";
import type { PolicyType, SimulationCase } from "../oracle/simulation-case.js";
import { carriesPrincipals } from "../oracle/statement.js";
import type { Answer, Refusal } from "./evaluators.js";
import {
  type JsonStatement,
  mapLayers,
  mapStatements,
  statementsOf,
  withoutLayers,
  withoutMembers,
} from "./rewrite.js";
import { swapAsciiCase } from "./targets.js";

/** Answers a case; undefined for what the strict reader refuses. */
export type Ask = (simulationCase: SimulationCase) => Answer | Refusal | undefined;

/** A change of a case, and what it may do to the answer. */
export interface Law {
  readonly name: string;
  /** The changed case; undefined if the law says nothing about this one. */
  change(simulationCase: SimulationCase, random: Random): SimulationCase | undefined;
  holds(before: Answer, after: Answer): boolean;
}

const sameOutcome = (before: Answer, after: Answer): boolean =>
  before.decision === after.decision && before.blockedBy.join() === after.blockedBy.join();
const staysDenied = (before: Answer, after: Answer): boolean =>
  before.decision === "allowed" || after.decision !== "allowed";
const staysAllowed = (before: Answer, after: Answer): boolean =>
  before.decision !== "allowed" || after.decision === "allowed";

const DENY_ALL = { Effect: "Deny", Action: "*", Resource: "*" };
const ALLOW_ALL = { Effect: "Allow", Action: "*", Resource: "*" };

/** The laws, each with the rules that it follows from. */
export const LAWS: readonly Law[] = [
  {
    name: "the order of statements is irrelevant (STM-2)",
    change: (one, random) => mapStatements(one, (statements) => shuffled(random, statements)),
    holds: (before, after) => sameOutcome(before, after) && sameKeys(before, after),
  },
  {
    name: "the order of documents is irrelevant (STM-2)",
    change: (one, random) => mapLayers(one, (documents) => shuffled(random, documents)),
    holds: (before, after) => sameOutcome(before, after) && sameKeys(before, after),
  },
  {
    name: "the order and repetition in lists is irrelevant (DOC-9)",
    change: (one, random) => mapStatements(one, (statements) => statements.map((each) => repeated(random, each))),
    holds: sameOutcome,
  },
  {
    name: "a repeated document is irrelevant (STM-2)",
    change: (one) =>
      mapLayers(one, (documents, type) => (isSingle(type) ? documents : documents.flatMap((each) => [each, each]))),
    holds: (before, after) => sameOutcome(before, after) && sameKeys(before, after),
  },
  {
    name: "a repeated statement is irrelevant (STM-2)",
    change: (one) =>
      mapStatements(one, (statements) => statements.flatMap((each) => [each, withoutMembers(each, ["Sid"])])),
    holds: (before, after) => sameOutcome(before, after) && sameKeys(before, after),
  },
  {
    name: "Sids are irrelevant (DOC-6)",
    change: (one, random) =>
      mapStatements(one, (statements) =>
        statements.map((each, index) => ({ ...each, Sid: random.chance(0.2) ? "" : `Renamed${index}` })),
      ),
    holds: (before, after) => sameOutcome(before, after) && sameKeys(before, after),
  },
  {
    name: "a list of actions is as many statements (ACT-2, STM-2)",
    change: (one) => mapStatements(one, (statements) => statements.flatMap((each) => split(each, "Action"))),
    holds: (before, after) => sameOutcome(before, after) && sameKeys(before, after),
  },
  {
    name: "a list of resources is as many statements (RES-2, STM-2)",
    change: (one) => mapStatements(one, (statements) => statements.flatMap((each) => split(each, "Resource"))),
    holds: sameOutcome,
  },
  {
    name: "an added Deny never allows (EVAL-1)",
    change: (one, random) =>
      mapStatements(one, (statements, type) =>
        random.chance(0.5) ? [...statements, narrowed(random, denyOf(statements, type, one))] : statements,
      ),
    holds: staysDenied,
  },
  {
    name: "an added Deny for everything denies explicitly, whatever else is said (EVAL-1)",
    change: (one) =>
      isAlwaysAllowed(one)
        ? undefined
        : { ...one, policies: { ...one.policies, endpoint: withDeny(one.policies.endpoint) } },
    holds: (_, after) => after.decision === "explicitDeny" && after.blockedBy.includes("endpoint"),
  },
  {
    name: "an added identity Allow never denies (EVAL-7)",
    change: (one) => ({
      ...one,
      policies: {
        ...one.policies,
        identity: [...(one.policies.identity ?? []), { name: "all", document: documentOf(ALLOW_ALL) }],
      },
    }),
    holds: (before, after) => staysAllowed(before, after) && staysExplicit(before, after),
  },
  {
    name: "a removed Allow never allows (EVAL-0)",
    change: (one, random) =>
      mapStatements(one, (statements) => statements.filter(({ Effect }) => Effect === "Deny" || random.chance(0.5))),
    holds: staysDenied,
  },
  {
    name: "a removed Deny never denies (EVAL-1)",
    change: (one, random) =>
      mapStatements(one, (statements) => statements.filter(({ Effect }) => Effect === "Allow" || random.chance(0.3))),
    holds: staysAllowed,
  },
  {
    name: "boundary, session policies, SCPs, RCPs and endpoint policies never grant (EVAL-7, EVAL-8, SCP-4, RCP-1, VPCE-2)",
    change: (one, random) => {
      const isFederated = one.request.principal.includes(":federated-user/"); // EVAL-8
      const limits = ["boundary", "scps", "rcps", "endpoint", ...(isFederated ? [] : ["session"])];
      return withoutLayers(
        one,
        limits.filter(() => random.chance(0.6)),
      );
    },
    holds: staysAllowed,
  },
  {
    name: "without policies only root and GetCallerIdentity are allowed (EVAL-0, EVAL-4, SVC-7)",
    change: (one) => {
      const isRoot = one.request.principal.endsWith(":root");
      if (isRoot || isAlwaysAllowed(one)) return undefined;
      const { sessionPolicies: _, ...request } = one.request;
      return { ...one, policies: {}, request };
    },
    holds: (_, after) => after.decision === "implicitDeny" && after.matched.length === 0,
  },
  {
    name: "an Allow for `*` reaches more (ACT-4, RES-2)",
    change: (one) => widenAll(one, "Allow"),
    holds: staysAllowed,
  },
  {
    name: "a Deny for `*` reaches more (ACT-4, RES-2)",
    change: (one) => widenAll(one, "Deny"),
    holds: staysDenied,
  },
  {
    name: "the case of actions is irrelevant (ACT-2)",
    change: (one, random) => ({
      ...one,
      request: { ...one.request, action: swapAsciiCase(random, one.request.action) },
    }),
    holds: (before, after) => JSON.stringify(before) === JSON.stringify(after),
  },
  {
    name: "the case of key names and operators is irrelevant (COND-1, COND-7)",
    change: (one, random) => mapStatements(one, (statements) => statements.map((each) => withOtherCase(random, each))),
    holds: sameOutcome,
  },
  {
    name: "a list of one value is that value (DOC-9, COND-9)",
    change: (one) => ({
      ...one,
      request: {
        ...one.request,
        context: Object.fromEntries(
          Object.entries(one.request.context ?? {}).map(([key, value]: [string, unknown]) =>
            Array.isArray(value) || value === null ? [key, value] : [key, [String(value)]],
          ),
        ),
      },
    }),
    holds: (before, after) => JSON.stringify(before) === JSON.stringify(after),
  },
];

/** What is wrong; empty if the law holds, undefined if it does not speak about the case. */
export function judge(ask: Ask, law: Law, one: SimulationCase, random: Random): string | undefined {
  const before = ask(one);
  if (before === undefined || "error" in before) return undefined;
  const changed = law.change(one, random);
  const after = changed && ask(changed);
  if (after === undefined) return undefined;
  if ("error" in after) return `the changed case is refused: ${after.error}`;
  return law.holds(before, after) ? "" : `${JSON.stringify(before)} became ${JSON.stringify(after)}`;
}

function sameKeys(before: Answer, after: Answer): boolean {
  return before.missingContextKeys.join("\n") === after.missingContextKeys.join("\n");
}

function staysExplicit(before: Answer, after: Answer): boolean {
  return (before.decision === "explicitDeny") === (after.decision === "explicitDeny");
}

/** The types of which a case has one document (VEC-2). */
function isSingle(type: PolicyType): boolean {
  return type === "boundary" || type === "resource" || type === "endpoint";
}

function isAlwaysAllowed({ request }: SimulationCase): boolean {
  return /^sts:GetCallerIdentity$/i.test(request.action);
}

function shuffled<T>(random: Random, items: readonly T[]): T[] {
  const left = [...items];
  const result: T[] = [];
  while (left.length > 0) result.push(...left.splice(random.below(left.length), 1));
  return result;
}

/** The statement with its lists reversed and partly repeated. */
function repeated(random: Random, statement: JsonStatement): JsonStatement {
  return Object.fromEntries(
    Object.entries(statement).map(([name, value]: [string, unknown]) => {
      if (typeof value === "string" && /^(Not)?(Action|Resource)$/.test(name)) return [name, [value, value]];
      if (!Array.isArray(value)) return [name, value];
      const list: readonly unknown[] = value;
      return [name, shuffled(random, [...list, ...list.filter(() => random.chance(0.5))])];
    }),
  );
}

/** One statement for each item of a list. */
function split(statement: JsonStatement, element: string): JsonStatement[] {
  const value = statement[element];
  if (!Array.isArray(value) || value.length < 2) return [statement];
  const list: readonly unknown[] = value;
  return list.map((item, index) => ({
    ...(index === 0 ? statement : withoutMembers(statement, ["Sid"])),
    [element]: item,
  }));
}

/** A Deny that the type accepts. */
function denyOf(statements: readonly JsonStatement[], type: PolicyType, one: SimulationCase): JsonStatement {
  const [service = "s3"] = one.request.action.split(":");
  switch (type) {
    case "rcp":
      return { ...DENY_ALL, Principal: "*", Action: `${service}:*` };
    case "endpoint":
      return { ...DENY_ALL, Principal: "*" };
    case "resource": {
      // A trust policy has sts: actions and no Resource (TYPE-1).
      const isTrust = statements.every((each) => !("Resource" in each) && !("NotResource" in each));
      return isTrust ? { Effect: "Deny", Principal: "*", Action: "sts:*" } : { ...DENY_ALL, Principal: "*" };
    }
    default:
      return DENY_ALL;
  }
}

/** Half of the time under a condition. */
function narrowed(random: Random, statement: JsonStatement): JsonStatement {
  if (random.chance(0.5)) return statement;
  return { ...statement, Condition: { StringNotEquals: { "aws:PrincipalTag/team": "blue" } } };
}

function withDeny(endpoint: unknown): unknown {
  return documentOf(...statementsOf(endpoint), { ...DENY_ALL, Principal: "*" });
}

function documentOf(...statements: readonly JsonStatement[]): unknown {
  return { Version: "2012-10-17", Statement: statements };
}

function widenAll(one: SimulationCase, effect: string): SimulationCase {
  return mapStatements(one, (statements, type) =>
    carriesPrincipals(type) ? statements : statements.map((each) => (each.Effect === effect ? widen(each) : each)),
  );
}

function widen(statement: JsonStatement): JsonStatement {
  const rest = withoutMembers(statement, ["Action", "NotAction", "Resource", "NotResource"]);
  return { ...rest, Action: "*", Resource: "*" };
}

/** Tag keys are left alone: two tags may differ in case only, and then the spelling counts (CTX-11). */
function withOtherCase(random: Random, statement: JsonStatement): JsonStatement {
  const { Condition } = statement;
  if (typeof Condition !== "object" || Condition === null) return statement;
  const operators = Object.entries(Condition).map(([operator, keys]: [string, object], index) => [
    index === 0 ? swapAsciiCase(random, operator) : operator,
    Object.fromEntries(
      Object.entries(keys).map(([key, values]: [string, unknown], at) => [
        at === 0 && !/tag\//i.test(key) ? swapAsciiCase(random, key) : key,
        values,
      ]),
    ),
  ]);
  return { ...statement, Condition: Object.fromEntries(operators) };
}
