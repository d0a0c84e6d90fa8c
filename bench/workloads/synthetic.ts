// W1 (a sidecar's policies), W3 and W3x (an estate's): worlds and questions from a seed.

import { applicationNames, teams } from "../../src/synth/services.js";
import { StatementMaker } from "../../src/synth/statement-maker.js";
import { Random } from "../../test/kit/random.js";
import { makeQuestions } from "./synthetic-question.js";
import { ACCOUNT, type DocumentJson, statementMix, type Workload, type WorkloadPrincipal } from "./workload.js";

type Range = readonly [least: number, most: number];

/** How large a synthetic workload is. */
export interface Shape {
  readonly name: string;
  readonly seed: number;
  readonly principals: number;
  /** Share of roles; the others are users. */
  readonly roles: number;
  readonly policies: number;
  readonly statements: Range;
  readonly groups: number;
  readonly policiesOfGroup: Range;
  readonly groupsOfUser: Range;
  readonly policiesOfUser: Range;
  readonly policiesOfRole: Range;
  readonly applications: number;
  readonly questions: number;
}

const scale = {
  principals: 10_000,
  roles: 1,
  policies: 10_000,
  groups: 0,
  policiesOfGroup: [0, 0],
  groupsOfUser: [0, 0],
  policiesOfUser: [0, 0],
  applications: 400,
  questions: 20_000,
} as const;

/** The shapes. */
export const shapes: readonly Shape[] = [
  {
    name: "W1",
    seed: 10,
    principals: 200,
    roles: 0.4,
    policies: 60,
    statements: [1, 12],
    groups: 12,
    policiesOfGroup: [1, 3],
    groupsOfUser: [1, 2],
    policiesOfUser: [0, 1],
    policiesOfRole: [2, 5],
    applications: 8,
    questions: 20_000,
  },
  { ...scale, name: "W3", seed: 3, statements: [1, 5], policiesOfRole: [28, 39] },
  { ...scale, name: "W3x", seed: 4, statements: [5, 15], policiesOfRole: [8, 12] },
];

/** Makes the workload of a shape. */
export function makeSynthetic(shape: Shape): Workload {
  const random = new Random(shape.seed);
  const apps = applicationNames(shape.applications);
  const maker = new StatementMaker(random, apps, statementMix);
  const policies: Record<string, DocumentJson> = {};
  for (let index = 0; index < shape.policies; index++) {
    policies[`policy${index}`] = makeDocument(maker, random.between(...shape.statements));
  }
  const names = Object.keys(policies);
  const groups: Record<string, readonly string[]> = {};
  for (let index = 0; index < shape.groups; index++) {
    groups[`group${index}`] = sample(random, names, random.between(...shape.policiesOfGroup));
  }
  const principals = Array.from({ length: shape.principals }, (_, index): WorkloadPrincipal => {
    const kind = random.chance(shape.roles) ? "role" : "user";
    const name = `${kind}${index}`;
    return {
      kind,
      name,
      arn: `arn:aws:iam::${ACCOUNT}:${kind}/${name}`,
      team: random.pick(teams),
      groups: kind === "role" ? [] : sample(random, Object.keys(groups), random.between(...shape.groupsOfUser)),
      policies: sample(
        random,
        names,
        random.between(...(kind === "role" ? shape.policiesOfRole : shape.policiesOfUser)),
      ),
    };
  });
  const world: Workload = {
    name: shape.name,
    seed: shape.seed,
    account: ACCOUNT,
    policies,
    groups,
    principals,
    questions: [],
  };
  return { ...world, questions: makeQuestions(world, maker, random, apps, shape.questions) };
}

/** A document of so many statements. */
export function makeDocument(maker: StatementMaker, statements: number): DocumentJson {
  return {
    Version: "2012-10-17",
    Statement: Array.from({ length: statements }, (_, index) => maker.statement(index)),
  };
}

/** So many different items, or all of them. */
function sample<T>(random: Random, items: readonly T[], count: number): T[] {
  const chosen = new Set<T>();
  while (chosen.size < Math.min(count, items.length)) chosen.add(random.pick(items));
  return [...chosen];
}
