/** What narrows an assertion: principals, actions, resources, condition keys. */
import { checkAction, checkResource, RegionRefusal, readRegion } from "../audit/read-region.js";
import { everything } from "../audit/region.js";
import { isDerivedKey } from "../classes/world.js";
import { readContext } from "../question/authorization-question.js";
import type { SourcePosition } from "../text/finding.js";
import { foldText } from "../text/fold.js";
import { quote } from "../text/quote.js";
import { memberNode, stringValue, type TreeNode } from "../text/tree.js";
import {
  type Members,
  readBoolean,
  readItems,
  readMembers,
  readText,
  report,
  type TreePlace,
} from "../text/tree-place.js";
import { everyone, type PrincipalChoice, type Scope, zones } from "./assertion.js";

/** The members that narrow. */
export const scopeMembers = ["principals", "actions", "resources", "context"] as const;

/** The members of a choice of principals. */
export const choiceMembers = ["patterns", "account", "outside", "except"] as const;

/** The words for one. */
export const choiceWords = ["everyone", "anonymous"] as const;

/** The members of a context that are no condition keys. */
export const contextMembers = ["without", "closed"] as const;

/** An account as AWS writes it, or as others do (IN-4). */
export const accountText = /^[A-Za-z0-9-]+$/;

/** A condition key has a colon in its name. */
export const keyText = /^[^:]+:./;

/** Actions, resources and keys; what is left out is open. */
export function readScope(members: Members): Omit<Scope, "principals"> {
  const context = members.get("context");
  return {
    actions: readPatterns(members.get("actions"), checkAction),
    resources: readPatterns(members.get("resources"), checkResource),
    ...(context === undefined ? { context: new Map(), without: [], closed: false } : readKeys(context)),
  };
}

/** A word, or an object. */
export function readChoice(place: TreePlace): PrincipalChoice {
  if (place.node.kind === "string") {
    if (place.node.value === "everyone") return everyone;
    if (place.node.value === "anonymous") return { isAnonymous: true };
    const words = choiceWords.map((word) => `\`${word}\``).join(" or ");
    report(place, "SET-FORMAT", `must be ${words} or an object, not ${quote(place.node.value)}`);
    return everyone;
  }
  const members = readMembers(place, choiceMembers);
  if (members === undefined) return everyone;
  if (place.node.kind === "object" && place.node.members.length === 0) {
    report(place, "SET-FORMAT", "must not be empty: write `everyone`");
  }
  const listed = members.get("patterns");
  const patterns = listed && textsOf(listed);
  const account = readText(members.get("account"));
  if (account !== undefined && !accountText.test(account)) {
    const at = members.get("account");
    if (at !== undefined) report(at, "SET-FORMAT", `${quote(account)} is no account id (IN-4)`);
  }
  const outside = zoneOf(members.get("outside"));
  const except = members.get("except");
  return {
    ...(patterns === undefined ? {} : { patterns }),
    ...(account === undefined ? {} : { account }),
    ...(outside === undefined ? {} : { outside }),
    ...(except === undefined ? {} : { except: readChoice(except) }),
  };
}

/** Where a choice is of whoever is outside of the organization: itself or what it leaves out. */
export function outsideOrganizationAt({ node, source }: TreePlace): SourcePosition | undefined {
  for (let choice: TreeNode | undefined = node; choice !== undefined; choice = memberNode(choice, "except")) {
    const outside = memberNode(choice, "outside");
    if (stringValue(outside) === "organization") return outside && source.positionAt(outside.offset);
  }
  return undefined;
}

function zoneOf(place: TreePlace | undefined): PrincipalChoice["outside"] {
  const text = readText(place);
  const zone = zones.find((one) => one === text);
  if (place !== undefined && text !== undefined && zone === undefined) {
    report(place, "SET-FORMAT", `must be \`organization\` or \`account\`, not ${quote(text)}`);
  }
  return zone;
}

/** Texts of a list, which has some; each is checked at its place. */
function textsOf(place: TreePlace, check?: (text: string) => void): readonly string[] {
  if (place.node.kind === "array" && place.node.items.length === 0) {
    report(place, "SET-FORMAT", "must not be empty: nothing would be asked");
  }
  return readItems(place).flatMap((item) => {
    const text = readText(item);
    if (text === undefined) return [];
    if (check !== undefined) refusedAt(item, () => check(text));
    return [text];
  });
}

function readPatterns(place: TreePlace | undefined, check: (text: string) => void): readonly string[] {
  return place === undefined ? ["*"] : textsOf(place, check);
}

/** What a region refuses is a finding at its place. */
function refusedAt(place: TreePlace, check: () => unknown): void {
  try {
    check();
  } catch (error: unknown) {
    if (!(error instanceof RegionRefusal)) throw error;
    report(place, "SET-FORMAT", error.message);
  }
}

/** Condition keys have a colon in their names: `without` and `closed` are none. */
function readKeys(place: TreePlace): Pick<Scope, "context" | "without" | "closed"> {
  const { node } = place;
  if (node.kind !== "object") {
    readMembers(place, []);
    return { context: new Map(), without: [], closed: false };
  }
  const isOwn = (key: string): boolean => contextMembers.some((name) => name === key);
  const own = readMembers({ ...place, node: { ...node, members: node.members.filter(({ key }) => isOwn(key)) } }, [
    ...contextMembers,
  ]);
  const keys = node.members.filter(({ key }) => !isOwn(key));
  const spellings = new Map<string, string>();
  for (const { key, keyOffset, value } of keys) {
    const at = { ...place, node: { ...value, offset: keyOffset } };
    if (!keyText.test(key)) {
      report(
        at,
        "SET-FORMAT",
        `${quote(key)} is no condition key, which has a colon, and not \`without\` or \`closed\``,
      );
    }
    const earlier = spellings.get(foldText(key));
    if (earlier !== undefined) report(at, "SET-FORMAT", `${quote(key)} is given twice: key names ignore case (COND-7)`);
    spellings.set(foldText(key), key);
    if (value.kind === "null") checkAbsent(key, { ...place, node: value });
    const given = readContext({ ...place, findings: [], node: { ...node, members: [{ key, keyOffset, value }] } });
    refusedAt({ ...place, node: value }, () => readRegion({ ...everything, context: given }));
  }
  const without = own?.get("without");
  const absent = without === undefined ? [] : textsOf(without);
  for (const key of absent) {
    if (without === undefined) break;
    if (spellings.has(foldText(key))) report(without, "SET-FORMAT", `${quote(key)} has a value as well`);
    checkAbsent(key, without);
  }
  return {
    context: readContext({ ...place, node: { ...node, members: keys } }),
    // COND-8: null means that the key is missing.
    without: [...absent, ...keys.flatMap(({ key, value }) => (value.kind === "null" ? [key] : []))],
    closed: readBoolean(own?.get("closed")) ?? false,
  };
}

/** What follows from principal or resource is no key that an assertion could leave out. */
function checkAbsent(key: string, place: TreePlace): void {
  if (!isDerivedKey(foldText(key))) return;
  report(place, "SET-FORMAT", `${quote(key)} follows from principal or resource, and is there or not (CTX-1)`);
}
