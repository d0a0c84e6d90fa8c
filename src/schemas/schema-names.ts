/** The names of the schemas, for those who list them and need none. */

/** What each schema describes. */
export const schemaTitles = {
  "policy-document": "A policy document",
  "policy-set": "A file of a policy set",
  tests: "Policy tests, for verdict test",
  scenarios: "Scenarios, for verdict audit matrix",
  assertions: "Assertions, for verdict prove",
  cases: "Simulation cases, for verdict simulate",
  "ext-authz": "A mapping of HTTP requests, for verdict serve --ext-authz",
  authzen: "A mapping of AuthZEN's names, for verdict serve --authzen",
  config: "Settings, for verdict serve --config",
} as const;

/** One of them. */
export type SchemaName = keyof typeof schemaTitles;

/** All of them. */
export const schemaNames: readonly SchemaName[] = namesOf(schemaTitles);

function namesOf<Name extends string>(table: Readonly<Record<Name, string>>): readonly Name[] {
  const names: Name[] = [];
  for (const name in table) names.push(name);
  return names;
}
