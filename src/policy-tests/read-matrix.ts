/** A matrix: every principal × action × resource is one test; overrides say where another answer is expected. */
import type { AuthorizationQuestion } from "../question/authorization-question.js";
import { quote } from "../text/quote.js";
import {
  type Members,
  positionOf,
  type Reference,
  readItems,
  readMembers,
  readReferences,
  readText,
  report,
  requireMember,
  type TreePlace,
} from "../text/tree-place.js";
import { type Fixtures, readInstant, unknownWord } from "./fixtures.js";
import type { Expectation, PolicyTest } from "./policy-test.js";
import { expectationMembers, readExpectation } from "./read-expectation.js";
import { readAskedMembers } from "./read-request.js";

const axes = ["principals", "actions", "resources"] as const;
type Axis = (typeof axes)[number];

/** The members of a question that all cells share. */
export const sharedMembers = [
  "context",
  "resourceAccount",
  "resourceTags",
  "sessionPolicies",
  "sessionTags",
  "endpoint",
  "whatIf",
] as const;

/** The members of a matrix. */
export const matrixMembers = [
  "id",
  "why",
  "now",
  ...axes,
  ...sharedMembers,
  ...expectationMembers,
  "overrides",
] as const;

/** The members of an override: an axis that it leaves out means all of that axis. */
export const overrideMembers = ["why", ...axes, ...expectationMembers] as const;

/** A matrix with more cells is a mistake, or wants another tool. */
export const mostCells = 100_000;

interface Override {
  readonly chosen: Readonly<Record<Axis, ReadonlySet<string> | undefined>>;
  readonly place: TreePlace;
  readonly why: string | undefined;
  readonly expected: Expectation;
}

/** Reads a matrix into its tests; none after findings. */
export function readMatrix(place: TreePlace, fixtures: Fixtures): readonly PolicyTest[] {
  const members = readMembers(place, matrixMembers);
  if (members === undefined) return [];
  const before = place.findings.length;
  const id = readText(requireMember(place, members, "id"));
  const why = readText(members.get("why"));
  const nowMs = readInstant(members.get("now")) ?? fixtures.nowMs;
  const expected = readExpectation(place, members);
  const principals = axisOf(place, members, "principals");
  const actions = axisOf(place, members, "actions");
  const resources = axisOf(place, members, "resources");
  const values = { principals, actions, resources };
  const overrides = readItems(members.get("overrides")).flatMap((item) => readOverride(item, values) ?? []);
  const shared = readShared(place, members, values, fixtures);
  const count = principals.length * actions.length * resources.length;
  if (count > mostCells) report(place, "SET-FORMAT", `the matrix has ${count} cells, at most ${mostCells}`);
  if (place.findings.slice(before).some(({ severity }) => severity === "error")) return [];
  if (id === undefined || expected === undefined || shared === undefined) return [];
  const tests: PolicyTest[] = [];
  for (const { text: principal } of principals) {
    for (const { text: action } of actions) {
      for (const { text: resource } of resources) {
        const override = overrides.findLast(({ chosen }) => isChosen(chosen, { principal, action, resource }));
        const reason = override?.why ?? why;
        tests.push({
          id: `${id}: ${lastPart(principal)} ${action} ${lastPart(resource)}`,
          ...(reason === undefined ? {} : { why: reason }),
          place: positionOf(override?.place ?? place),
          question: { ...shared, principal, action, resource },
          ...(nowMs === undefined ? {} : { nowMs }),
          expected: override?.expected ?? expected,
        });
      }
    }
  }
  return tests;
}

function isChosen(
  { principals, actions, resources }: Override["chosen"],
  { principal, action, resource }: Pick<AuthorizationQuestion, "principal" | "action" | "resource">,
): boolean {
  return (principals?.has(principal) ?? true) && (actions?.has(action) ?? true) && (resources?.has(resource) ?? true);
}

/** The values of an axis, each once. */
function axisOf(place: TreePlace, members: Members, axis: Axis): readonly Reference[] {
  const member = requireMember(place, members, axis);
  const references = readReferences(member);
  if (member?.node.kind === "array" && member.node.items.length === 0) {
    report(member, "SET-FORMAT", "must not be empty: nothing would be asked");
  }
  const seen = new Set<string>();
  for (const { text, place: at } of references) {
    if (seen.has(text)) report(at, "SET-FORMAT", `${quote(text)} is given twice`);
    seen.add(text);
  }
  return references;
}

function readOverride(place: TreePlace, values: Readonly<Record<Axis, readonly Reference[]>>): Override | undefined {
  const members = readMembers(place, overrideMembers);
  if (members === undefined) return undefined;
  const expected = readExpectation(place, members);
  const why = readText(members.get("why"));
  const chosenOn = (axis: Axis): ReadonlySet<string> | undefined => {
    const member = members.get(axis);
    if (member === undefined) return undefined;
    const known = values[axis].map(({ text }) => text);
    for (const { text, place: at } of readReferences(member)) {
      if (!known.includes(text)) unknownWord(at, `value of the matrix's \`${axis}\``, text, known);
    }
    return new Set(readReferences(member).map(({ text }) => text));
  };
  const chosen = { principals: chosenOn("principals"), actions: chosenOn("actions"), resources: chosenOn("resources") };
  if (axes.every((axis) => chosen[axis] === undefined)) {
    report(
      place,
      "SET-FORMAT",
      "an override names `principals`, `actions` or `resources`: else it would be the matrix",
    );
  }
  return expected && { chosen, place, why, expected };
}

/** Everything of the questions but who, what and where. */
function readShared(
  place: TreePlace,
  members: Members,
  { principals, actions, resources }: Readonly<Record<Axis, readonly Reference[]>>,
  fixtures: Fixtures,
): AuthorizationQuestion | undefined {
  const asked = new Map<string, TreePlace>();
  for (const name of sharedMembers) {
    const member = members.get(name);
    if (member !== undefined) asked.set(name, member);
  }
  const [principal, action, resource] = [principals[0], actions[0], resources[0]];
  if (principal === undefined || action === undefined || resource === undefined) return undefined;
  asked.set("principal", principal.place).set("action", action.place).set("resource", resource.place);
  return readAskedMembers(place, asked, fixtures);
}

/** `alice` of `arn:aws:iam::111111111111:user/alice`; the whole of what has no parts. */
function lastPart(text: string): string {
  return text.startsWith("arn:") ? text.split(":").slice(5).join(":") || text : text;
}
