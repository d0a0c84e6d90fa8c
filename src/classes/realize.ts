/** A request out of a class: each dimension's literals turned into a value, ties by trying values of the tied key. */
import type { Work } from "../globs/solve-text.js";
import type { KeyType } from "../policy/document/operators.js";
import type { AuthorizationQuestion } from "../question/authorization-question.js";
import { foldText } from "../text/fold.js";
import type { BroadLeaf } from "./broad-search.js";
import { clockKeys, clockValues } from "./clock-space.js";
import { samplesOf } from "./sample-values.js";
import { type Leaf, searchWorld } from "./search.js";
import { openKeysOf, solveSpace, spaceOf } from "./spaces.js";
import { resourceTag } from "./value-test.js";
import { isDerivedKey, type Literal, type World } from "./world.js";

/** A request that holds all literals of a leaf; undefined where a tie or the work keeps it from being found. */
export function realize(leaf: Leaf, given: readonly Literal[], work: Work): AuthorizationQuestion | undefined {
  const tied = new Set(leaf.literals.flatMap(({ atom }) => openKeysOf(atom)));
  if (tied.size > 0) return realizeTied(leaf, given, [...tied], work);
  return requestOf(leaf.world, [...given, ...leaf.literals], new Map(), work);
}

/** Likewise of a wide class; of one that is refused, one that comes as near to being allowed as it can. `realizeOne`: how it is done. */
export function realizeBroad(
  leaf: BroadLeaf,
  work: Work,
  realizeOne: (leaf: Leaf) => AuthorizationQuestion | undefined = (one) => realize(one, [], work),
): AuthorizationQuestion | undefined {
  const { world, allowed, literals, broken } = leaf;
  if (broken.length === 0) return realizeOne(leaf);
  let found: AuthorizationQuestion | undefined;
  const visit = (one: Leaf): boolean => {
    if (one.allowed === allowed && !one.isUncertain) found = realizeOne(one);
    return found !== undefined;
  };
  searchWorld(world, { work, given: literals, first: true, visit });
  return found;
}

/** With values of the tied keys fixed, one choice after the other, the tests that they stand in are open no more. */
function realizeTied(
  { world, allowed, literals }: Leaf,
  given: readonly Literal[],
  tied: readonly string[],
  work: Work,
): AuthorizationQuestion | undefined {
  for (const values of choices(world, literals, tied, work)) {
    if (!canFix([world], work)) return undefined;
    let found: AuthorizationQuestion | undefined;
    searchWorld(world.fixing(values), {
      work,
      given,
      first: allowed,
      visit: (leaf) => {
        if (leaf.allowed === allowed && !leaf.isUncertain && !isTied(leaf)) {
          found = requestOf(leaf.world, [...given, ...leaf.literals], values, work);
        }
        return found !== undefined;
      },
    });
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * A request that this world decides as its leaf says and another one the other way: as `realize`, where literals of the other world,
 * which are given, may be tied as well, so that both are searched with values of the tied keys fixed.
 */
export function realizeApart(
  leaf: Leaf,
  given: readonly Literal[],
  other: World,
  work: Work,
): AuthorizationQuestion | undefined {
  const { world, allowed } = leaf;
  const literals = [...given, ...leaf.literals];
  const tied = new Set(literals.flatMap(({ atom }) => openKeysOf(atom)));
  if (tied.size === 0) return requestOf(world, literals, new Map(), work);
  let found: AuthorizationQuestion | undefined;
  for (const values of choices(world, literals, [...tied], work)) {
    if (!canFix([world, other], work)) return undefined;
    const [here, there] = [world.fixing(values), other.fixing(values)];
    const visit = (one: Leaf): boolean => {
      if (one.allowed === allowed || one.isUncertain || isTied(one)) return false;
      const meet = (two: Leaf): boolean => {
        if (two.allowed === allowed && !two.isUncertain && !isTied(two))
          found = requestOf(here, [...one.literals, ...two.literals], values, work);
        return found !== undefined;
      };
      searchWorld(here, { work, given: one.literals, first: allowed, visit: meet });
      return found !== undefined;
    };
    searchWorld(there, { work, given: [], first: !allowed, visit });
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A world with fixed values is built anew: a step for each of its statements. */
function canFix(worlds: readonly World[], work: Work): boolean {
  for (const { statements } of worlds) work.left -= statements.length;
  return work.left >= 0;
}

function isTied({ literals }: Leaf): boolean {
  return literals.some(({ atom }) => openKeysOf(atom).length > 0);
}

const mostChoices = 128;

/** A text that hardly any policy has. */
const stranger = "zq-7";

/** So many values are taken from other texts. */
const mostAligned = 12;

/** What stands in other texts where these have a variable of the key: `alice` in `home/alice/*` beside `home/${aws:username}/*`. */
function alignedValues(literals: readonly Literal[], key: string): readonly string[] {
  const found = new Set<string>();
  const texts = literals.flatMap(({ atom }) => (atom.kind === "resource" ? [atom.told] : atom.test.source.values));
  for (const text of texts) {
    const variable = /\$\{([^},]+)[^}]*\}/.exec(text);
    if (variable === null || foldText(variable[1] ?? "").trim() !== key) continue;
    const before = text.slice(0, variable.index);
    const next = text.charAt(variable.index + variable[0].length);
    for (const other of texts) {
      if (other === text || !other.startsWith(before)) continue;
      const [rest = ""] = other.slice(before.length).split(/[*?$]/, 1);
      const endAt = next === "" || /[*?$]/.test(next) ? -1 : rest.indexOf(next);
      const value = endAt < 0 ? rest : rest.slice(0, endAt);
      if (value !== "") found.add(value);
      if (found.size >= mostAligned) return [...found];
    }
  }
  return [...found];
}

/** Values for the tied keys: what their own literals ask for, plain texts, what other texts have in their place, none. */
function choices(
  world: World,
  literals: readonly Literal[],
  tied: readonly string[],
  work: Work,
): readonly ReadonlyMap<string, readonly string[] | null>[] {
  let all: ReadonlyMap<string, readonly string[] | null>[] = [new Map()];
  for (const key of tied) {
    const standing = world.standingOf(key);
    if (!("open" in standing)) continue;
    const { type, fixedValue, alwaysPresent } = standing.open;
    const values: (readonly string[] | null)[] =
      fixedValue === undefined ? [...likelyValues(world, literals, key, type, work)] : [[fixedValue(key)]];
    if (!alwaysPresent) values.push(null);
    all = all.flatMap((one) => values.map((value) => new Map([...one, [key, value]]))).slice(0, mostChoices);
  }
  return all;
}

/** Values of an open key: what its own literals ask for first. */
function likelyValues(
  world: World,
  literals: readonly Literal[],
  key: string,
  type: KeyType | undefined,
  work: Work,
): readonly (readonly string[] | null)[] {
  const own = literals.filter(({ atom }) => atom.kind === "key" && atom.test.key === key);
  const asked = solveSpace(world, key, own, work);
  const constants = own.flatMap(({ atom }) =>
    atom.kind === "key" ? atom.test.source.values.filter((value) => !/[*?$]/.test(value)) : [],
  );
  const plain = type === undefined || type === "String" ? [...samplesOf(type), stranger] : samplesOf(type);
  const samples = new Set([...plain, ...constants, ...alignedValues(literals, key)]);
  const found = typeof asked === "object" && "values" in asked ? [asked.values] : [];
  return [...found, ...[...samples].map((sample) => [sample])];
}

function requestOf(
  world: World,
  literals: readonly Literal[],
  fixed: ReadonlyMap<string, readonly string[] | null>,
  work: Work,
): AuthorizationQuestion | undefined {
  const bySpace = new Map<string, Literal[]>([["resource", []]]);
  for (const one of literals) {
    const space = spaceOf(one.atom);
    const held = bySpace.get(space) ?? [];
    held.push(one);
    bySpace.set(space, held);
  }
  const context = new Map(world.terms.context);
  const resourceTags: { key: string; value: string }[] = [];
  let isWhatIf = world.terms.overrides.size > 0 || [...context.keys()].some((key) => clockKeys.has(foldText(key)));
  let resource: string | undefined;
  for (const [key, values] of world.requester.told ?? []) {
    if (world.terms.overrides.has(foldText(key))) continue;
    context.set(key, values);
    isWhatIf = true;
  }
  // Derived keys that are open or were fixed by choice are told, too.
  if ([...bySpace.keys(), ...fixed.keys()].some((key) => isDerivedKey(key) && isTold(world, key))) isWhatIf = true;
  for (const [key, values] of fixed) if (values !== null) addKey(key, key, values, context, resourceTags);
  for (const [space, held] of bySpace) {
    const found = solveSpace(world, space, held, work);
    if (typeof found === "string") return undefined;
    if ("text" in found) resource = found.text;
    else if ("milliseconds" in found) {
      context.set("aws:CurrentTime", [clockValues(found.milliseconds)["aws:currenttime"] ?? ""]);
      isWhatIf = true;
    } else if (found.values !== null && "open" in world.standingOf(space)) {
      const [first] = held;
      const name = first?.atom.kind === "key" ? first.atom.test.source.key : space;
      for (const [spelling, values] of found.bySpelling ?? [[name, found.values]])
        addKey(space, spelling, values, context, resourceTags);
    }
  }
  if (world.situation.tags === undefined) {
    for (const tag of world.terms.resourceTags.values()) if (tag !== undefined) resourceTags.push(tag);
  }
  const present = new Set([...context.keys()].map(foldText));
  for (const [key, value] of world.terms.alwaysPresent(world.action)) {
    if (!present.has(foldText(key))) context.set(key, [value]);
  }
  return questionOf(world, resource ?? "*", context, resourceTags, isWhatIf);
}

/** Whether requests say what a derived key holds. */
function isTold({ requester, terms }: World, key: string): boolean {
  return requester.openFacts !== undefined && !terms.overrides.has(key);
}

/** Under the name that a policy uses for it. */
function addKey(
  key: string,
  name: string,
  values: readonly string[],
  context: Map<string, readonly string[]>,
  resourceTags: { key: string; value: string }[],
): void {
  if (key.startsWith(resourceTag)) {
    for (const value of values.slice(0, 1)) resourceTags.push({ key: name.slice(resourceTag.length), value });
  } else context.set(name, values);
}

/** The request with everything that the world fixes and the caller has to say; undefined if it cannot be decided. */
export function questionOf(
  world: World,
  resource: string,
  context: ReadonlyMap<string, readonly string[]>,
  resourceTags: readonly { readonly key: string; readonly value: string }[],
  isWhatIf: boolean,
): AuthorizationQuestion | undefined {
  const { requester, action, situation } = world;
  const owner = situation.ownerAccount;
  // Whose resource it is has to be known (XACC-5): without, there is no request.
  if (owner === undefined) return undefined;
  const isTold = needsOwner(world, resource, owner);
  return {
    principal: requester.principal.arn,
    action,
    resource,
    context,
    ...(isTold ? { resourceAccount: owner } : {}),
    resourceTags,
    sessionPolicies: [],
    sessionTags: [],
    whatIf: isWhatIf,
  };
}

/** The owner that a request for a resource of a world has to tell; undefined where the set knows it. */
export function ownerToTell(world: World, resource: string): string | undefined {
  const owner = world.situation.ownerAccount;
  return owner !== undefined && needsOwner(world, resource, owner) ? owner : undefined;
}

/** Whether the decision would take another owner than the region does (XACC-5). */
function needsOwner({ situation, requester, terms }: World, resource: string, owner: string): boolean {
  return !situation.isOwnerOfText && terms.ownerBySet(resource, requester) !== owner;
}
