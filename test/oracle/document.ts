// Policy documents: parsed JSON becomes exact statements (section 2). Legacy text that lenient mode evaluates passes
// (VEC-4); text without any reading is an input error (DOC-12).
import type { ConditionTest } from "./condition.js";
import { InputError } from "./input-error.js";
import { parseOperator } from "./operator.js";
import { type PrincipalEntry, readPrincipalEntries } from "./principal-element.js";

/** A policy document (DOC-1). */
export interface PolicyDocument {
  /** Only 2012-10-17 has variables (DOC-4, VAR-1). */
  readonly hasVariables: boolean;
  readonly statements: readonly Statement[];
}

/** One statement; an absent element is undefined (DOC-7). */
export interface Statement {
  readonly sid: string | undefined;
  readonly effect: "Allow" | "Deny";
  readonly principal: readonly PrincipalEntry[] | undefined;
  readonly notPrincipal: readonly PrincipalEntry[] | undefined;
  readonly action: readonly string[] | undefined;
  readonly notAction: readonly string[] | undefined;
  readonly resource: readonly string[] | undefined;
  readonly notResource: readonly string[] | undefined;
  readonly condition: readonly ConditionTest[];
}

const STATEMENT_MEMBERS = [
  "Sid",
  "Effect",
  "Principal",
  "NotPrincipal",
  "Action",
  "NotAction",
  "Resource",
  "NotResource",
  "Condition",
];

/** Documents that were read: many requests may be asked about one. */
const known = new WeakMap<object, PolicyDocument>();

/** Reads a parsed JSON document; refuses it as a whole if a part cannot be read (DOC-1 to DOC-12). */
export function readDocument(json: unknown): PolicyDocument {
  if (typeof json !== "object" || json === null) return readWhole(json);
  const document = known.get(json) ?? readWhole(json);
  known.set(json, document);
  return document;
}

function readWhole(json: unknown): PolicyDocument {
  const members = readObject(json, "DOC-1", "a policy document");
  refuseOthers(members, ["Version", "Id", "Statement"], "DOC-1"); // Id says nothing (DOC-5)
  const version = members.get("Version");
  if (version !== undefined && version !== "2008-10-17" && version !== "2012-10-17") {
    throw new InputError("DOC-4", `unknown Version \`${String(version)}\``);
  }
  if (!members.has("Statement")) throw new InputError("DOC-3", "a policy document has no Statement");
  const statement: unknown = members.get("Statement");
  const statements: readonly unknown[] = Array.isArray(statement) ? statement : [statement];
  return { hasVariables: version === "2012-10-17", statements: statements.map(readStatement) };
}

function readStatement(json: unknown): Statement {
  const members = readObject(json, "DOC-7", "a statement");
  refuseOthers(members, STATEMENT_MEMBERS, "DOC-7");
  const sid = members.get("Sid");
  if (sid !== undefined && typeof sid !== "string") throw new InputError("DOC-6", "Sid is not a string");
  const effect = members.get("Effect");
  if (effect !== "Allow" && effect !== "Deny") throw new InputError("DOC-8", "Effect is neither Allow nor Deny");
  for (const element of ["Principal", "Action", "Resource"]) {
    if (members.has(element) && members.has(`Not${element}`)) {
      throw new InputError("DOC-7", `a statement has both ${element} and Not${element}`);
    }
  }
  if (!members.has("Action") && !members.has("NotAction")) throw new InputError("DOC-7", "a statement has no Action");
  return {
    sid: sid === "" ? undefined : sid,
    effect,
    principal: readOptional(members, "Principal", readPrincipalEntries),
    notPrincipal: readOptional(members, "NotPrincipal", readPrincipalEntries),
    action: readOptional(members, "Action", readStrings),
    notAction: readOptional(members, "NotAction", readNonEmpty),
    resource: readOptional(members, "Resource", readStrings),
    notResource: readOptional(members, "NotResource", readNonEmpty),
    condition: readOptional(members, "Condition", readCondition) ?? [],
  };
}

/** Every operator and every key under it is one test (COND-2). */
function readCondition(json: unknown): ConditionTest[] {
  return [...readObject(json, "COND-1", "a Condition")].flatMap(([name, keys]) => {
    const operator = parseOperator(name);
    return [...readObject(keys, "COND-1", `the operator \`${name}\``)].map(([key, values]) => ({
      operator,
      key,
      values: (Array.isArray(values) ? values : [values]).map(readConditionValue),
    }));
  });
}

/** Strings, booleans and numbers as text (DOC-11). */
function readConditionValue(json: unknown): string {
  if (typeof json === "string") return json;
  if (typeof json === "number" || typeof json === "boolean") return String(json);
  throw new InputError("DOC-11", "a condition value is no string, number or boolean");
}

/** A string or a list of strings (DOC-9). */
export function readStrings(json: unknown): string[] {
  const list: readonly unknown[] = Array.isArray(json) ? json : [json];
  return list.map((element) => {
    if (typeof element !== "string") throw new InputError("DOC-11", "an element lists something that is no string");
    return element;
  });
}

/** An empty NotAction or NotResource would mean everything (DOC-10). */
function readNonEmpty(json: unknown): string[] {
  const list = readStrings(json);
  if (list.length === 0) throw new InputError("DOC-10", "NotAction or NotResource is empty");
  return list;
}

function readOptional<T>(
  members: ReadonlyMap<string, unknown>,
  name: string,
  read: (json: unknown) => T,
): T | undefined {
  return members.has(name) ? read(members.get(name)) : undefined;
}

function refuseOthers(members: ReadonlyMap<string, unknown>, known: readonly string[], rule: string): void {
  for (const name of members.keys()) {
    if (!known.includes(name)) throw new InputError(rule, `unknown member \`${name}\``);
  }
}

function readObject(json: unknown, rule: string, what: string): ReadonlyMap<string, unknown> {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new InputError(rule, `${what} is not an object`);
  }
  return new Map<string, unknown>(Object.entries(json));
}
