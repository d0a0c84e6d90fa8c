/** What narrows an assertion: principals, actions, resources, condition keys. */
import { clockKeys } from "../classes/clock-space.js";
import { isDerivedKey } from "../classes/world.js";
import { splitArnFields } from "../policy/document/arn.js";
import { parseDate } from "../policy/document/date.js";
import { readContext } from "../question/authorization-question.js";
import { foldText } from "../text/fold.js";
import { quote } from "../text/quote.js";
import { booleanOf, itemsOf, type Members, membersOf, report, type TreePlace, textOf } from "../text/tree-place.js";
import { everyone, type PrincipalChoice, type Scope, zones } from "./assertion.js";

/** The members that narrow. */
export const scopeMembers = ["principals", "actions", "resources", "context"] as const;

/** The members of a choice of principals. */
export const choiceMembers = ["patterns", "account", "outside", "except"] as const;

/** The words for one. */
export const choiceWords = ["everyone", "anonymous"] as const;

/** The members of a context that are no condition keys. */
export const contextMembers = ["without", "closed"] as const;

/** Actions, resources and keys; what is left out is open. */
export function readScope(members: Members): Omit<Scope, "principals"> {
  const context = members.get("context");
  return {
    actions: readPatterns(members.get("actions"), requireAction),
    resources: readPatterns(members.get("resources"), requireResource),
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
  const members = membersOf(place, choiceMembers);
  if (members === undefined) return everyone;
  if (place.node.kind === "object" && place.node.members.length === 0) {
    report(place, "SET-FORMAT", "must not be empty: write `everyone`");
  }
  const listed = members.get("patterns");
  const patterns = listed && textsOf(listed);
  const account = textOf(members.get("account"));
  if (account !== undefined && !/^[A-Za-z0-9-]+$/.test(account)) {
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

function zoneOf(place: TreePlace | undefined): PrincipalChoice["outside"] {
  const text = textOf(place);
  const zone = zones.find((one) => one === text);
  if (place !== undefined && text !== undefined && zone === undefined) {
    report(place, "SET-FORMAT", `must be \`organization\` or \`account\`, not ${quote(text)}`);
  }
  return zone;
}

/** Texts of a list, which has some. */
function textsOf(place: TreePlace): readonly string[] {
  if (place.node.kind === "array" && place.node.items.length === 0) {
    report(place, "SET-FORMAT", "must not be empty: nothing would be asked");
  }
  return itemsOf(place).flatMap((item) => textOf(item) ?? []);
}

function readPatterns(
  place: TreePlace | undefined,
  require: (text: string, place: TreePlace) => void,
): readonly string[] {
  if (place === undefined) return ["*"];
  const texts = textsOf(place);
  for (const item of itemsOf(place)) {
    if (item.node.kind === "string" && item.node.value !== "") require(item.node.value, item);
  }
  return texts;
}

function requireAction(text: string, place: TreePlace): void {
  if (/^\*+$/.test(text) || /^[^:\s]+:[^:\s]+$/.test(text)) return;
  const cause = `${quote(text)} is no action such as s3:GetObject, and no pattern of actions (ACT-1, ACT-5)`;
  report(place, "SET-FORMAT", cause);
}

function requireResource(text: string, place: TreePlace): void {
  if (/^\*+$/.test(text)) return;
  const fields = splitArnFields(text);
  if (fields[0] === "arn" && (fields.length === 6 || text.endsWith("*"))) return;
  report(place, "SET-FORMAT", `${quote(text)} is no ARN, no pattern of ARNs and not \`*\` (RES-1)`);
}

/** Condition keys have a colon in their names: `without` and `closed` are none. */
function readKeys(place: TreePlace): Pick<Scope, "context" | "without" | "closed"> {
  const { node } = place;
  if (node.kind !== "object") {
    membersOf(place, []);
    return { context: new Map(), without: [], closed: false };
  }
  const isOwn = (key: string): boolean => contextMembers.some((name) => name === key);
  const own = membersOf({ ...place, node: { ...node, members: node.members.filter(({ key }) => isOwn(key)) } }, [
    ...contextMembers,
  ]);
  const keys = node.members.filter(({ key }) => !isOwn(key));
  const spellings = new Map<string, string>();
  for (const { key, keyOffset, value } of keys) {
    const at = { ...place, node: { ...value, offset: keyOffset } };
    if (!/^[^:]+:./.test(key)) {
      report(
        at,
        "SET-FORMAT",
        `${quote(key)} is no condition key, which has a colon, and not \`without\` or \`closed\``,
      );
    }
    const earlier = spellings.get(foldText(key));
    if (earlier !== undefined) report(at, "SET-FORMAT", `${quote(key)} is given twice: key names ignore case (COND-7)`);
    spellings.set(foldText(key), key);
    if (clockKeys.has(foldText(key)) && value.kind !== "null") requireInstant(value, { ...place, node: value });
  }
  const without = own?.get("without");
  const absent = without === undefined ? [] : textsOf(without);
  for (const key of absent) {
    if (without === undefined) break;
    if (spellings.has(foldText(key))) report(without, "SET-FORMAT", `${quote(key)} has a value as well`);
    if (isDerivedKey(foldText(key))) {
      const cause = `${quote(key)} follows from principal or resource, and is there or not (CTX-1)`;
      report(without, "SET-FORMAT", cause);
    }
  }
  return {
    context: readContext({ ...place, node: { ...node, members: keys } }),
    // COND-8: null means that the key is missing.
    without: [...absent, ...keys.flatMap(({ key, value }) => (value.kind === "null" ? [key] : []))],
    closed: booleanOf(own?.get("closed")) ?? false,
  };
}

function requireInstant(node: TreePlace["node"], place: TreePlace): void {
  const text = node.kind === "string" ? node.value : node.kind === "number" ? node.text : "";
  if (parseDate(text) === undefined) report(place, "SET-FORMAT", `${quote(text)} is no instant (DATE-2)`);
}
