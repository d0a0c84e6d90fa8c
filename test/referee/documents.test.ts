/**
 * Whether one identity policy allows what another does not, asked of the z3 solver too: pairs of the shape of the public mutation set, both
 * ways, action, resource and every key of a request as variables. `npm run test:referee`; it prints how long each of the two takes.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { generator, mutatedPairs, type Statement } from "../../bench/proofs/mutated-pairs.js";
import { DocumentChecks } from "../../src/prove/document-checks.js";
import { loadWholeCatalogue } from "../../src/validate/catalogue/load-catalogue.js";
import { parse } from "../kit/policy-text.js";
import { type Solve, solver } from "./solver.js";

const pairs = Number(process.env.VERDICT_REFEREE_PAIRS ?? "40");
const seed = Number(process.env.VERDICT_SEED ?? "7");
const isOn = process.env.VERDICT_REFEREE !== undefined;
/** What z3 has for one question; it is not told what it does not answer by then. */
const limitMs = Number(process.env.VERDICT_REFEREE_LIMIT_MS ?? "5000");

/**
 * Texts in patterns are facts of a request: which of them can be so together, the solver is asked once for all pairs. With the texts
 * themselves in every question it answers few: choices of regular expressions and their negations take it minutes.
 */
const atoms = new Map<string, Map<string, string>>();

/** Whether a variable is in a pattern, as a fact. */
function isIn(variable: string, pattern: string): string {
  const known = atoms.get(variable) ?? new Map<string, string>();
  atoms.set(variable, known);
  const name = known.get(pattern) ?? `${variable}${known.size}`;
  known.set(pattern, name);
  return name;
}

/** The facts about each variable, and what the solver says of which can hold together: whether one regular expression has a text. */
async function cells(solve: Solve): Promise<string> {
  let script = "";
  for (const [variable, patterns] of atoms) {
    let found: readonly { readonly facts: readonly string[]; readonly expressions: readonly string[] }[] = [
      { facts: [], expressions: [] },
    ];
    for (const [pattern, name] of patterns) {
      const longer: (typeof found)[number][] = [];
      for (const { facts, expressions } of found) {
        for (const isSo of [true, false]) {
          const spelt = expressionOf(pattern);
          const now = [...expressions, isSo ? spelt : `(re.comp ${spelt})`];
          const answer = await solve(
            `(declare-const ${variable} String)(assert (str.in_re ${variable} (re.inter re.all ${now.join(" ")})))`,
          );
          if (answer === "unknown") throw new Error(`z3 does not know whether ${now.join(" and ")} has a text`);
          if (answer === "sat") longer.push({ facts: [...facts, isSo ? name : `(not ${name})`], expressions: now });
        }
      }
      found = longer;
    }
    const declared = [...patterns.values()].map((name) => `(declare-const ${name} Bool)`).join("");
    script += `${declared}(assert ${any(found.map(({ facts }) => all(facts)))})`;
  }
  return script;
}

/** A pattern as a regular expression of SMT-LIB. */
function expressionOf(pattern: string): string {
  const parts = [...pattern.matchAll(/[*?]|[^*?]+/g)].map(([text]) => {
    if (text === "*") return "re.all";
    return text === "?" ? "re.allchar" : `(str.to_re "${text}")`;
  });
  return `(re.++ (str.to_re "") (str.to_re "") ${parts.join(" ")})`;
}

const any = (terms: readonly string[]): string => `(or false ${terms.join(" ")})`;
const all = (terms: readonly string[]): string => `(and true ${terms.join(" ")})`;
const list = (one: string | readonly string[]): readonly string[] => (typeof one === "string" ? [one] : one);

function actionTerm(pattern: string): string {
  return pattern === "*" ? "true" : isIn("action", pattern.toLowerCase());
}

// Texts that are no ARN are in no pattern but `*`, and so are ARNs that nobody names: a solver need not tell them apart.
function resourceTerm(pattern: string): string {
  if (pattern === "*") return "true";
  // Nothing else asks for the name, which is free: whether it stands there is one fact of the request, true only where some name can.
  const wide = pattern.replace("${aws:username}", "?*");
  return wide === pattern ? isIn("resource", pattern) : `(and isNamed ${isIn("resource", wide)})`;
}

/** Variables by the conditions of the pairs. */
const conditionTerms: Readonly<Record<string, (values: readonly string[]) => string>> = {
  "StringEquals ec2:ResourceTag/env": ([value]) => `(and hasTag ${isIn("tag", value ?? "")})`,
  "StringLike s3:prefix": (values) => `(and hasPrefix ${any(values.map((value) => isIn("prefix", value)))})`,
  "IpAddress aws:SourceIp": () => "(and hasAddress isWithin)",
  "Bool aws:MultiFactorAuthPresent": () => "(and hasFactor factor)",
  "ForAnyValue:StringLike aws:TagKeys": () => "hasCostKey",
  "StringEquals aws:RequestedRegion": ([value]) => `(and hasRegion ${isIn("region", value ?? "")})`,
};

function statementTerm({ Action, Resource, Condition = {} }: Statement): string {
  const conditions = Object.entries(Condition).flatMap(([operator, tests]) =>
    Object.entries(tests).map(([key, values]) => {
      const term = conditionTerms[`${operator} ${key}`];
      if (term === undefined) throw new Error(`${operator} ${key}`);
      return term(list(values));
    }),
  );
  return all([any(list(Action).map(actionTerm)), resourceTerm(Resource), ...conditions]);
}

function allowedTerm(statements: readonly Statement[]): string {
  const of = (effect: string): string => any(statements.filter(({ Effect }) => Effect === effect).map(statementTerm));
  return `(and ${of("Allow")} (not ${of("Deny")}))`;
}

const facts = [
  "isNamed",
  "hasTag",
  "hasPrefix",
  "hasAddress",
  "isWithin",
  "hasFactor",
  "factor",
  "hasCostKey",
  "hasRegion",
];
const declarations = facts.map((name) => `(declare-const ${name} Bool)`).join("");

describe.runIf(isOn)("a solver of another kind", () => {
  let checks: DocumentChecks;
  let solve: Solve;
  beforeAll(async () => {
    checks = await DocumentChecks.start({ catalogue: await loadWholeCatalogue(), budget: 200_000, nowMs: 0 });
    solve = await solver(limitMs);
  });
  afterAll(async () => checks.close());

  it(`agrees on ${pairs} mutated pairs both ways of seed ${seed}`, async () => {
    const documentOf = (statements: readonly Statement[]) => {
      const { document } = parse({ Version: "2012-10-17", Statement: statements });
      if (document === undefined) throw new Error(JSON.stringify(statements));
      return document;
    };
    const took = { ours: 0, theirs: 0 };
    let [asked, unanswered] = [0, 0];
    const both = mutatedPairs(pairs, generator(seed));
    for (const statements of both.flat()) allowedTerm(statements);
    const cellsFrom = performance.now();
    const known = declarations + (await cells(solve));
    const cellsTook = performance.now() - cellsFrom;
    took.theirs += cellsTook;
    for (const [one, other] of both) {
      for (const [old, now] of [
        [one, other],
        [other, one],
      ] as const) {
        const [existing, updated] = [documentOf(old), documentOf(now)];
        let startedAt = performance.now();
        const { result } = checks.checkNoNewAccess(existing, updated, "identity");
        took.ours += performance.now() - startedAt;
        startedAt = performance.now();
        const answer = await solve(`${known}(assert ${allowedTerm(now)})(assert (not ${allowedTerm(old)}))`);
        took.theirs += performance.now() - startedAt;
        asked++;
        if (answer === "unknown") unanswered++;
        else expect([answer, result], JSON.stringify([old, now])).toEqual([answer, answer === "sat" ? "FAIL" : "PASS"]);
      }
    }
    const ratio = (took.theirs / took.ours).toFixed(0);
    console.log(
      `z3 took ${ratio} times as long (${(took.theirs / 1000).toFixed(1)} s, of which ${(cellsTook / 1000).toFixed(1)} s for what patterns can hold together, against ${(took.ours / 1000).toFixed(1)} s) and did not answer ${unanswered} of ${asked} questions within ${limitMs / 1000} s`,
    );
  });
});
