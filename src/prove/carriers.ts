/** Which statements carry a proof: the few without which it would not hold. */
import type { World } from "../classes/world.js";
import type { Statement } from "../policy/document/document.js";
import type { MatchedStatement } from "../question/decision.js";
import { hasNone } from "./seek.js";

/** With more worlds, nobody is told: each statement is taken away and all of them are searched again. */
const mostWorlds = 20_000;
/** Steps for one search. */
const budget = 50_000;

/** A statement that some worlds have. */
interface Carrier {
  readonly told: MatchedStatement;
  readonly worlds: ReadonlySet<World>;
}

/**
 * The statements that keep requests from being decided as `wanted`: Denys where nothing is to be allowed, Allows where nothing is to be
 * refused. Each is needed while the others stay; undefined where there is too much to try.
 */
export function carriersOf(worlds: readonly World[], wanted: boolean): readonly MatchedStatement[] | undefined {
  if (worlds.length > mostWorlds) return undefined;
  const effect = wanted ? "Deny" : "Allow";
  const carriers = new Map<Statement, Carrier & { readonly worlds: Set<World> }>();
  for (const world of worlds) {
    for (const one of world.statements) {
      if (one.effect !== effect) continue;
      const known = carriers.get(one.statement);
      if (known === undefined) carriers.set(one.statement, { told: matched(one), worlds: new Set([world]) });
      else known.worlds.add(world);
    }
  }
  const dropped = new Set<Statement>();
  const holdsWithout = (statements: readonly Statement[]): boolean => {
    const without = new Set([...dropped, ...statements]);
    const touched = new Set(statements.flatMap((one) => [...(carriers.get(one)?.worlds ?? [])]));
    return hasNone(
      [...touched].map((world) => withoutStatements(world, without)),
      wanted,
      budget,
    );
  };
  const drop = (statements: readonly Statement[]): void => {
    if (statements.length === 0) return;
    if (holdsWithout(statements)) for (const one of statements) dropped.add(one);
    else if (statements.length > 1) {
      const half = statements.length >> 1;
      drop(statements.slice(0, half));
      drop(statements.slice(half));
    }
  };
  drop([...carriers.keys()]);
  return [...carriers].flatMap(([statement, { told }]) => (dropped.has(statement) ? [] : [told]));
}

function withoutStatements(world: World, without: ReadonlySet<Statement>): World {
  return {
    ...world,
    statements: world.statements.filter(({ statement }) => !without.has(statement)),
    fixing: (values) => withoutStatements(world.fixing(values), without),
  };
}

/** A statement as answers name it (OUT-3). */
export function matched({ layer, policy, statement, index }: World["statements"][number]): MatchedStatement {
  const { file, line, column } = statement.source.positionAt(statement.offset);
  return {
    policyType: layer,
    policy: policy.name,
    statement: index,
    ...(statement.sid === undefined ? {} : { sid: statement.sid }),
    effect: statement.effect,
    file,
    line,
    column,
  };
}
