/**
 * Names of condition operators (COND-1): `[ForAllValues:|ForAnyValue:] Base [IfExists]`, ignoring
 * ASCII case.
 */
import { closestName } from "../../text/closest-name.js";
import type { ConditionOperator } from "./document.js";
import { type OperatorKind, operatorRows } from "./operators.js";

interface Base {
  readonly name: string;
  readonly kind: OperatorKind;
  readonly negated: boolean;
}

const bases: readonly Base[] = operatorRows.flatMap(([kind, { names, negatedNames }]) => [
  ...names.map((name) => ({ name, kind, negated: false })),
  ...negatedNames.map((name) => ({ name, kind, negated: true })),
]);

const baseByName = new Map(bases.map((base) => [base.name.toLowerCase(), base]));

/** What may stand before an operator and a colon (COND-1). */
export const qualifiers = ["ForAllValues", "ForAnyValue"] as const;

const ifExistsSuffix = "ifexists";

/** Every operator by its usual names, without qualifier and `IfExists`. */
export const operatorNames: readonly string[] = bases.map(({ name }) => name);

/** Every operator in the usual case: one object for all conditions that have it. */
const operatorByUsualName: ReadonlyMap<string, ConditionOperator> = new Map(
  ["", ...qualifiers.map((qualifier) => `${qualifier}:`)].flatMap((prefix) =>
    bases
      .flatMap(({ name }) => [`${prefix}${name}`, `${prefix}${name}IfExists`])
      .flatMap((name) => {
        const operator = takeApart(name);
        return operator === undefined ? [] : [[name, operator] as const];
      }),
  ),
);

/** Takes an operator name apart; undefined if there is no such operator. `Null` takes no `IfExists` (NULL-2). */
export function parseOperator(name: string): ConditionOperator | undefined {
  return operatorByUsualName.get(name) ?? takeApart(name);
}

function takeApart(name: string): ConditionOperator | undefined {
  const folded = foldAscii(name);
  if (folded === undefined) return undefined;
  const { qualifier, rest } = splitQualifier(folded);
  const ifExists = rest.endsWith(ifExistsSuffix);
  const base = baseByName.get(ifExists ? rest.slice(0, -ifExistsSuffix.length) : rest);
  if (base === undefined || (ifExists && base.kind === "Null")) return undefined;
  return { kind: base.kind, negated: base.negated, ifExists, qualifier };
}

/** True for `NullIfExists` in any case and with any qualifier, which deserves its own message. */
export function isNullIfExists(name: string): boolean {
  const folded = foldAscii(name);
  return folded !== undefined && splitQualifier(folded).rest === "nullifexists";
}

/** The operator that a misspelt name most likely means. A guess never turns a test into its negation. */
export function suggestOperator(name: string): string | undefined {
  const folded = foldAscii(name);
  if (folded === undefined) return undefined;
  const colonAt = name.indexOf(":");
  const qualifier = colonAt < 0 ? undefined : closestName(name.slice(0, colonAt), qualifiers);
  if (colonAt >= 0 && qualifier === undefined) return undefined;
  const rest = folded.slice(colonAt + 1);
  const ifExists = rest.endsWith(ifExistsSuffix);
  const stem = ifExists ? rest.slice(0, -ifExistsSuffix.length) : rest;
  const negated = stem.includes("not");
  const alike = bases.filter((base) => base.negated === negated).map((base) => base.name);
  const base = closestName(stem, alike);
  if (base === undefined) return undefined;
  const suffix = ifExists && base !== "Null" ? "IfExists" : "";
  return `${qualifier === undefined ? "" : `${qualifier}:`}${base}${suffix}`;
}

function splitQualifier(folded: string): { qualifier: ConditionOperator["qualifier"]; rest: string } {
  for (const qualifier of qualifiers) {
    const prefix = `${qualifier.toLowerCase()}:`;
    if (folded.startsWith(prefix)) return { qualifier, rest: folded.slice(prefix.length) };
  }
  return { qualifier: "none", rest: folded };
}

// `toLowerCase` alone would take the Kelvin sign for a `k`.
function foldAscii(name: string): string | undefined {
  return /^[!-~]+$/.test(name) ? name.toLowerCase() : undefined;
}
