/** Managed policies and boundaries of a synthesised account. A policy ends before AWS would refuse its size (TYPE-3). */
import { documentTypes } from "../question/layers.js";
import type { AccountWorld } from "./account-world.js";
import { services } from "./services.js";
import type { StatementJson } from "./statement-maker.js";
import { BOUNDARY_STATEMENTS, MOST_CUT } from "./synth-plan.js";

const MOST_CHARACTERS = documentTypes.identity.limit?.most ?? 0;

/** The text of a document, a statement a line. */
export function documentText(statements: readonly string[]): string {
  return `{"Version":"2012-10-17","Statement":[\n${statements.join(",\n")}\n]}`;
}

/** The managed policies of an account, an item of JSON each; notes how many there were. */
export function* managedPolicies(world: AccountWorld): Generator<string, void> {
  const { plan } = world;
  const random = world.random("policies");
  const maker = world.maker(random);
  let made = 0;
  let held: string | undefined;
  const next = (): string => JSON.stringify(maker.statement(made++));
  while (made < plan.statements.managed || held !== undefined) {
    const most = plan.fills ? Number.POSITIVE_INFINITY : random.between(1, MOST_CUT);
    const statements = [held ?? next()];
    held = undefined;
    let length = documentText(statements).length;
    while (statements.length < most && made < plan.statements.managed) {
      const statement = next();
      length += statement.length + 1;
      if (length > MOST_CHARACTERS) {
        held = statement;
        break;
      }
      statements.push(statement);
    }
    yield policyItem(world, `policy-${world.managedPolicies++}`, statements);
  }
}

/** The boundaries of an account, an item of JSON each. */
export function* boundaryPolicies(world: AccountWorld): Generator<string, void> {
  const random = world.random("boundaries");
  for (let index = 0; index < world.plan.boundaries; index++) {
    const closed = random.pick(services);
    const guarded = random.pick(services);
    const open = services.filter((service) => service !== closed).map(({ name }) => `${name}:*`);
    const statements: readonly StatementJson[] = [
      { Sid: "S0", Effect: "Allow", Action: open, Resource: "*" },
      { Sid: "S1", Effect: "Allow", Action: random.pick(closed.actions), Resource: "*" },
      {
        Sid: "S2",
        Effect: "Deny",
        Action: random.pick(guarded.actions),
        Resource: "*",
        Condition: { StringEquals: { "aws:RequestedRegion": "ap-southeast-2" } },
      },
    ];
    if (statements.length !== BOUNDARY_STATEMENTS) throw new Error("boundaries are not planned as they are made");
    yield policyItem(
      world,
      `boundary-${index}`,
      statements.map((statement) => JSON.stringify(statement)),
    );
  }
}

function policyItem(world: AccountWorld, name: string, statements: readonly string[]): string {
  return `{"arn":"${world.arn("policy", name)}","document":${documentText(statements)}}`;
}
