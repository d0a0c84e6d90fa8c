/** A synthesised set as files of Verdict's own format, piece by piece: what is in memory does not grow with the set. */
import { AccountWorld } from "./account-world.js";
import { boundaryPolicies, documentText, managedPolicies } from "./documents.js";
import {
  controlName,
  MANAGEMENT_ACCOUNT,
  ORGANIZATION_ID,
  organizationTree,
  rcpStatements,
  scpStatements,
} from "./organization.js";
import { groups, roles, users } from "./principals.js";
import { Random } from "./random.js";
import { type Neighbours, resources } from "./resources.js";
import type { StatementJson } from "./statement-maker.js";
import type { SynthPlan } from "./synth-plan.js";

/** A file of a set. */
export interface SynthFile {
  readonly name: string;
  /** To be taken in order, and before the next file is. */
  readonly pieces: Iterable<string>;
}

/** Accounts that a policy of a resource may let in, at most. */
const NEIGHBOURS = 8;
/** Whoever is in no organization of the set. */
const PARTNER = "999999999999";

/** The files of a set: one of the organization and one of each account. */
export function* synthFiles(plan: SynthPlan): Generator<SynthFile, void> {
  if (plan.organization !== undefined) yield { name: "organization.json", pieces: fileOf(plan, [], true) };
  for (const account of plan.accounts) {
    const world = new AccountWorld(account, plan.options);
    yield { name: `account-${account.id}.json`, pieces: fileOf(plan, [world], false) };
  }
}

/** The same set as one file. */
export function synthFile(plan: SynthPlan): SynthFile {
  const worlds = plan.accounts.map((account) => new AccountWorld(account, plan.options));
  return { name: "policies.json", pieces: fileOf(plan, worlds, plan.organization !== undefined) };
}

function* fileOf(plan: SynthPlan, worlds: readonly AccountWorld[], hasOrganization: boolean): Generator<string, void> {
  const { boundaries } = plan.options;
  yield '{\n"profile":"aws"';
  if (hasOrganization) yield `,\n"organization":${JSON.stringify(organizationOf(plan))}`;
  const ids = [...(hasOrganization ? [MANAGEMENT_ACCOUNT] : []), ...worlds.map(({ plan: { id } }) => id)];
  yield* section("accounts", [ids.map((id) => JSON.stringify({ id }))]);
  const parts = (part: (world: AccountWorld) => Iterable<string>) => worlds.map(part);
  const policies = worlds.flatMap((world) => [managedPolicies(world), boundaryPolicies(world)]);
  yield* section("policies", hasOrganization ? [controlPolicies(plan), ...policies] : policies);
  yield* section("groups", parts(groups));
  yield* section(
    "users",
    parts((world) => users(world, boundaries)),
  );
  yield* section(
    "roles",
    parts((world) => roles(world, boundaries)),
  );
  yield* section(
    "resources",
    parts((world) => resources(world, neighboursOf(plan, world))),
  );
  yield "\n}\n";
}

/** A member of the file, an item a line; nothing if there is no item. */
function* section(name: string, parts: readonly Iterable<string>[]): Generator<string, void> {
  let count = 0;
  for (const part of parts) {
    for (const item of part) yield `${count++ === 0 ? `,\n"${name}":[` : ","}\n${item}`;
  }
  if (count > 0) yield "\n]";
}

function organizationOf(plan: SynthPlan): object {
  if (plan.organization === undefined) throw new Error("no organization");
  const ids = plan.accounts.map(({ id }) => id);
  const root = organizationTree(plan.organization, plan.options, ids);
  return { id: ORGANIZATION_ID, managementAccount: MANAGEMENT_ACCOUNT, root };
}

/** SCPs and RCPs of all nodes. */
function* controlPolicies({ options, organization }: SynthPlan): Generator<string, void> {
  const random = new Random(options.seed, 0);
  const nodes = organization?.nodes ?? 0;
  const item = (kind: "service" | "resource", name: string, statements: readonly StatementJson[]): string => {
    const arn = `arn:aws:organizations::${MANAGEMENT_ACCOUNT}:policy/${ORGANIZATION_ID}/${kind}_control_policy/${name}`;
    return `{"arn":"${arn}","document":${documentText(statements.map((one) => JSON.stringify(one)))}}`;
  };
  for (let index = 0; index < nodes * options.scps; index++) {
    yield item("service", controlName("Scp", index), scpStatements(random));
  }
  for (let index = 0; index < nodes * options.rcps; index++) {
    yield item("resource", controlName("Rcp", index), rcpStatements(random));
  }
}

/** The accounts that come next, and one from outside. */
function neighboursOf({ accounts, organization }: SynthPlan, { plan }: AccountWorld): Neighbours {
  const near = Array.from({ length: Math.min(NEIGHBOURS, accounts.length - 1) }, (_, one) => {
    return accounts[(plan.index + 1 + one) % accounts.length]?.id ?? PARTNER;
  });
  return { hasOrganization: organization !== undefined, accounts: [...near, PARTNER] };
}
