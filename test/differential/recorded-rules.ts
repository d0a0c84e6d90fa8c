// Which of the rules that AWS has answered a random case is about, such that it matters: a test of a condition meets an input that
// the rule decides, and the decision is another if the test comes out otherwise.
import { isArnValue } from "../oracle/arn-pattern.js";
import { isCanonicalBase64 } from "../oracle/base64.js";
import { compareDecimals, parseDecimal } from "../oracle/decimal.js";
import { fold, lowerCase } from "../oracle/fold.js";
import { globTokens, matchGlob } from "../oracle/glob.js";
import { parseInstant } from "../oracle/instant.js";
import { parseIpRange, parseRequestAddress } from "../oracle/ip-address.js";
import { isList } from "../oracle/list-keys.js";
import { type Operator, parseOperator } from "../oracle/operator.js";
import type { SimulationCase } from "../oracle/simulation-case.js";
import { outcomeOf } from "./coverage.js";
import { type Answer, askOracle, type Refusal } from "./evaluators.js";
import { sceneOf } from "./scene.js";

/** A condition test with what the request says to it. */
interface Met {
  readonly operator: Operator;
  readonly key: string;
  readonly values: readonly string[];
  /** The values of the key; none if it is missing. */
  readonly given: readonly string[];
  /** The values of any key of the request. */
  readonly lookup: (key: string) => readonly string[];
  readonly hasVariables: boolean;
}

/** Tells whether some value of the request and some value of the policy stand to each other as said. */
function anyPair({ given, values }: Met, isSo: (given: string, value: string) => boolean): boolean {
  return given.some((one) => values.some((value) => isSo(one, value)));
}

/** Other ways of ignoring case: folding, lower case without context or beyond U+FFFF, upper case. */
const OTHER_CASINGS: readonly ((text: string) => string)[] = [
  fold,
  (text) => Array.from(text, (character) => character.toLowerCase()).join(""),
  (text) => text.toLowerCase(),
  (text) => text.toUpperCase(),
];

/** Whether one test meets an input that the rule decides; where earlier readings are known, one that they decide otherwise. */
const OF_TESTS: Readonly<Record<string, (met: Met) => boolean>> = {
  "STR-1": (met) =>
    met.operator.positive === "StringEqualsIgnoreCase" &&
    anyPair(met, (one, value) =>
      OTHER_CASINGS.some((other) => (other(one) === other(value)) !== (lowerCase(one) === lowerCase(value))),
    ),
  "STR-4": (met) =>
    (met.operator.positive === "StringLike" || met.operator.positive === "ArnLike") && anyPair(met, partsCharacters),
  "COND-4": ({ operator: { positive, negated }, given }) =>
    negated &&
    ((positive === "NumericEquals" && given.some((one) => parseDecimal(one) === undefined)) ||
      (positive === "DateEquals" && given.some((one) => parseInstant(one) === undefined))),
  "COND-9": ({ operator, given }) => operator.qualifier === "none" && operator.positive !== "Null" && given.length > 1,
  "CTX-14": ({ operator, key, given }) =>
    operator.qualifier === "none" && operator.positive !== "Null" && given.length === 1 && isList(key, given),
  "VAR-9": ({ values, hasVariables, lookup }) =>
    hasVariables &&
    values.some((value) =>
      [...value.matchAll(/\$\{([^},]+)/g)].some(
        ([, name = ""]) => lookup(name).length > 0 && isList(name, lookup(name)),
      ),
    ),
  "IP-3": (met) =>
    met.operator.positive === "IpAddress" &&
    anyPair(met, (one, value) => parseRequestAddress(one)?.bits === 32 && hasHostBits(value)),
  "IP-4": ({ operator, given }) =>
    operator.positive === "IpAddress" &&
    given.some((one) => one.includes(":") && (/:::|[^:]:$|^:[^:]/.test(one) || /^(?!.*ffff:[^:]*$).*\./i.test(one))),
  "IP-5": (met) =>
    met.operator.positive === "IpAddress" &&
    (met.given.some((one) => one.includes(":") && parseRequestAddress(one)?.bits === 32) ||
      anyPair(met, (one, value) => parseRequestAddress(one) !== undefined && isMappedRange(value))),
  "IP-6": ({ operator: { positive, negated }, given }) =>
    positive === "IpAddress" && negated && given.some((one) => parseRequestAddress(one) === undefined),
  "ARN-3": ({ operator: { positive, negated }, given }) =>
    positive === "ArnLike" && negated && given.some((one) => !isArnValue(one)),
  "ARN-5": (met) =>
    met.operator.positive === "ArnLike" &&
    anyPair(met, (one, value) => isArnValue(one) && value.split(":").length < 6 && /[^*].*\*$/s.test(value)),
  "BOOL-1": ({ operator, given }) => operator.positive === "Bool" && given.some((one) => !/^(true|false)$/i.test(one)),
  "BIN-2": (met) =>
    met.operator.positive === "BinaryEquals" &&
    anyPair(
      met,
      (one, value) => !isCanonicalBase64(one) && Buffer.from(one, "base64").equals(Buffer.from(value, "base64")),
    ),
  "NUM-3": (met) =>
    met.operator.positive.startsWith("Numeric") &&
    anyPair(met, (one, value) => areNumbers(one, value) && /e|\.$|^[+-]?\./i.test(`${one}\n${value}`)),
  "NUM-4": (met) =>
    met.operator.positive.startsWith("Numeric") &&
    anyPair(
      met,
      (one, value) =>
        areNumbers(one, value) && Math.sign(orderOf(one, value)) !== Math.sign(Number(one) - Number(value)),
    ),
  "DATE-2": (met) =>
    met.operator.positive.startsWith("Date") &&
    anyPair(met, (one, value) => areDates(one, value) && /\.\d{4}|:\d\d(\.\d+)?(\n|$)/.test(`${one}\n${value}`)),
  "DATE-3": (met) =>
    met.operator.positive.startsWith("Date") &&
    anyPair(met, (one, value) => areDates(one, value) && (one.startsWith("+") || value.startsWith("+"))),
  "SET-4": ({ operator, given }) =>
    operator.qualifier === "ForAnyValue" && operator.negated && !operator.ifExists && given.length === 0,
  "SET-5": ({ operator, given }) => operator.qualifier !== "none" && operator.negated && given.length > 1,
  "NULL-3": ({ operator, given }) => operator.positive === "Null" && given.join("\n") === "" && given.length === 1,
};

/** The rules that random cases are to be about. */
export const RECORDED_RULES: readonly string[] = [
  ...Object.keys(OF_TESTS),
  "RCP-5",
  "EVAL-10",
  "IN-7",
  "SVC-4",
  "OUT-13",
];

/**
 * The rules that a case is about, each once, given what the oracle answers to it. Those that are not `wanted` any more are not looked
 * for where that means deciding the case again.
 */
export function recordedRulesOf(
  simulationCase: SimulationCase,
  answer: Answer | Refusal,
  wanted: (rule: string) => boolean,
): ReadonlySet<string> {
  const found = new Set<string>();
  if ("error" in answer) {
    if (answer.error.includes("IN-7")) found.add("IN-7");
    return found;
  }
  const { decision, blockedBy, missingContextKeysByType } = answer;
  if (decision === "implicitDeny" && blockedBy.includes("scp")) found.add("EVAL-10");
  if (missingContextKeysByType.some(([type]) => type !== "identity" && type !== "resource")) found.add("OUT-13");
  if (isRoleAssumption(simulationCase) && blockedBy.join() === "resource") found.add("SVC-4");
  const { request, whatIf = false } = simulationCase;
  const { values } = sceneOf(WORLD, request, whatIf, false);
  const lookup = (key: string): readonly string[] =>
    [...values].find(([other]) => fold(other) === fold(key))?.[1] ?? [];
  const ofTests = Object.keys(OF_TESTS).filter(wanted);
  for (const test of testsOf(simulationCase)) {
    const met = { ...test, operator: parseOperator(test.operator), given: lookup(test.key), lookup };
    const rules = ofTests.filter((rule) => !found.has(rule) && OF_TESTS[rule]?.(met) === true);
    if (rules.length === 0 || !isDecisive(simulationCase, test)) continue;
    for (const rule of rules) found.add(rule);
  }
  for (const { path, isControl, elements } of statementsOf(simulationCase)) {
    const { Resource, Principal } = elements;
    if (
      wanted("STR-4") &&
      !found.has("STR-4") &&
      listOf(Resource).some((one) => partsCharacters(request.resource, one))
    ) {
      if (isDecisiveElement(simulationCase, path, "Resource", "*", [])) found.add("STR-4");
    }
    if (isControl && typeof Principal === "object" && wanted("RCP-5") && !found.has("RCP-5")) {
      if (isDecisiveElement(simulationCase, path, "Action", elements.Action, [])) found.add("RCP-5");
    }
  }
  return found;
}

type Path = readonly (string | number)[];

const WORLD = { profile: "aws", partition: "aws", accounts: ["111122223333", "444455556666"] } as const;

/** Tells whether the decision depends on how one condition test comes out. */
function isDecisive(simulationCase: SimulationCase, { path, operator, key }: Test): boolean {
  const changed = (fails: boolean): SimulationCase["policies"] => {
    const policies = structuredClone(simulationCase.policies);
    const condition = memberAt(policies, path);
    const { [key]: _, ...others } = Reflect.get(condition, operator);
    Reflect.set(condition, operator, others);
    // A test that never holds: nobody has the key.
    if (fails) Reflect.set(condition, "Null", { ...Reflect.get(condition, "Null"), "own:never": "false" });
    return policies;
  };
  return decidesOtherwise(simulationCase, changed(false), changed(true));
}

/** Tells whether the decision depends on which of two values an element of a statement has. */
function isDecisiveElement(
  simulationCase: SimulationCase,
  path: Path,
  name: string,
  one: unknown,
  other: unknown,
): boolean {
  const changed = (value: unknown): SimulationCase["policies"] => {
    const policies = structuredClone(simulationCase.policies);
    Reflect.set(memberAt(policies, path), name, value);
    return policies;
  };
  return decidesOtherwise(simulationCase, changed(one), changed(other));
}

function decidesOtherwise(
  simulationCase: SimulationCase,
  one: SimulationCase["policies"],
  other: SimulationCase["policies"],
): boolean {
  const [first, second] = [one, other].map((policies) => outcomeOf(askOracle({ ...simulationCase, policies })));
  return first !== second;
}

function memberAt(root: object, path: Path): object {
  return path.reduce<object>((here, step) => Reflect.get(here, step), root);
}

interface Statement {
  readonly path: Path;
  readonly isControl: boolean;
  readonly hasVariables: boolean;
  readonly elements: Readonly<Record<string, unknown>>;
}

/** Every statement of every document, with its place in the policies. */
function statementsOf({ policies }: SimulationCase): Statement[] {
  const found: Statement[] = [];
  const walk = (value: unknown, path: Path): void => {
    if (typeof value !== "object" || value === null) return;
    for (const [name, member] of Object.entries(value)) {
      if (name !== "Statement") walk(member, [...path, name]);
      else {
        const hasVariables = Reflect.get(value, "Version") === "2012-10-17";
        const isControl = path[0] === "rcps";
        const add = (elements: Statement["elements"], place: Path): void => {
          found.push({ path: place, isControl, hasVariables, elements });
        };
        if (!Array.isArray(member)) add(member as Statement["elements"], [...path, name]);
        else for (const [index, one] of member.entries()) add(one, [...path, name, index]);
      }
    }
  };
  walk(policies, []);
  return found;
}

interface Test {
  /** The place of the Condition. */
  readonly path: Path;
  /** The operator as written. */
  readonly operator: string;
  readonly key: string;
  readonly values: readonly string[];
  readonly hasVariables: boolean;
}

function testsOf(simulationCase: SimulationCase): Test[] {
  return statementsOf(simulationCase).flatMap(({ path, hasVariables, elements }) =>
    Object.entries((elements.Condition ?? {}) as Record<string, object>).flatMap(([operator, keys]) =>
      Object.entries(keys).map(([key, values]) => ({
        path: [...path, "Condition"],
        operator,
        key,
        values: listOf(values),
        hasVariables,
      })),
    ),
  );
}

function listOf(value: unknown): string[] {
  if (value === undefined) return [];
  return (Array.isArray(value) ? value : [value]).map(String);
}

/** Whether a pattern matches by UTF-16 units and not by characters, or the other way round (STR-4). */
function partsCharacters(text: string, pattern: string): boolean {
  if (!/[\ud800-\udfff]/.test(text) || !pattern.includes("?") || pattern.includes("${")) return false;
  const pieces = Array.from(pattern, (character) =>
    character === "*" ? ".*" : character === "?" ? "." : character.replace(/[\\^$+.()|[\]{}/]/u, "\\$&"),
  );
  return matchGlob(globTokens(pattern), text) !== new RegExp(`^${pieces.join("")}$`, "su").test(text);
}

function hasHostBits(value: string): boolean {
  const range = parseIpRange(value);
  if (range === undefined || range.address.bits !== 32) return false;
  return range.address.value % 2n ** BigInt(32 - range.length) !== 0n;
}

function isMappedRange(value: string): boolean {
  const range = parseIpRange(value);
  return range?.address.bits === 128 && range.address.value >> 32n === 0xffffn;
}

function areNumbers(one: string, other: string): boolean {
  return parseDecimal(one) !== undefined && parseDecimal(other) !== undefined;
}

function orderOf(one: string, other: string): number {
  const [left, right] = [parseDecimal(one), parseDecimal(other)];
  return left === undefined || right === undefined ? Number.NaN : compareDecimals(left, right);
}

function areDates(one: string, other: string): boolean {
  return parseInstant(one) !== undefined && parseInstant(other) !== undefined;
}

/** A role assumption that has no trust policy, or whose resource is no role (SVC-4). */
function isRoleAssumption({ request, policies, profile }: SimulationCase): boolean {
  if (profile === "generic" || !/^sts:(AssumeRole|TagSession|SetSourceIdentity)$/i.test(request.action)) return false;
  return policies.resource === undefined || !/^arn:[^:]*:iam::[^:]*:role\//.test(request.resource);
}
