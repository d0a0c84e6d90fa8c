/** Advice about one condition key: whether it exists, and whether its operator fits its type (COND-8, CTX-5). */

import { type KeyType, type OperatorKind, operators } from "../policy/document/operators.js";
import { closestName } from "../text/closest-name.js";
import { quote } from "../text/quote.js";
import { type ConditionKeyFacts, globalKey, globalKeyNames } from "./catalogue/condition-keys.js";
import { knownKey } from "./known-key.js";
import { advise, type Place, type PlacedStatement, type Subject, testPlace } from "./subject.js";

/** Adds what there is to say about the key of one test. */
export function adviseKey(subject: Subject, placed: PlacedStatement, index: number): void {
  const test = placed.statement.conditions[index];
  if (test === undefined) return;
  const { key, operator, operatorName } = test;
  const place = testPlace(placed, index);
  const facts = knownKey(subject, key);
  if (facts === undefined) {
    if (subject.profile === "aws") adviseUnknownKey(subject, place, key);
    return;
  }
  const wanted = mismatch(facts, operator.kind);
  if (wanted === undefined) return;
  const isText = operators[operator.kind].keys === "String";
  const how = isText ? `compares as text` : `cannot read`;
  const cause = `${quote(facts.name)} is of type ${facts.type}, which \`${operatorName}\` ${how}`;
  const name = `${operator.qualifier === "none" ? "" : `${operator.qualifier}:`}${wanted}${operator.ifExists ? "IfExists" : ""}`;
  const fix = operator.negated ? `use an operator for ${facts.type}` : `write \`${name}\``;
  advise(subject, "LINT-TYPE-MISMATCH", "warning", place, cause, fix);
}

/** Keys outside of `aws:` are left to the catalogue. */
function adviseUnknownKey(subject: Subject, place: Place, key: string): void {
  const folded = key.toLowerCase();
  if (!key.includes(":")) {
    const cause = `${quote(key)} is no condition key: it has no prefix`;
    advise(subject, "LINT-CONDITION-KEY", "warning", place, cause, "write `prefix:name`");
    return;
  }
  if (!folded.startsWith("aws:")) return;
  const family = globalKey(`${key.replace(/\/$/, "")}/tag`);
  if (family !== undefined) {
    const cause = `${quote(key)} lacks a tag key, so that no request has it`;
    advise(subject, "LINT-CONDITION-KEY", "warning", place, cause, `write \`${family.name}key\``);
    return;
  }
  const slashAt = key.indexOf("/");
  const meant = closestName(slashAt < 0 ? key : key.slice(0, slashAt + 1), globalKeyNames());
  if (meant === undefined) return;
  const tag = slashAt < 0 || !meant.endsWith("/") ? "" : key.slice(slashAt + 1);
  const cause = `there is no condition key ${quote(key)}`;
  advise(subject, "LINT-CONDITION-KEY", "warning", place, cause, `write \`${meant}${tag}\``);
}

/** The operator to use instead, if this one cannot read values of the type. */
function mismatch({ name, type }: ConditionKeyFacts, kind: OperatorKind): string | undefined {
  const family = operators[kind].keys;
  if (family === "any") return undefined;
  // Tags hold whatever their authors put there.
  if (/tag\//i.test(name)) return undefined;
  if (family === "String") return type === "IPAddress" || type === "Date" ? preferred[type] : undefined;
  if (family === type || (name === "aws:EpochTime" && family === "Numeric")) return undefined;
  // Services have keys of type String that hold ARNs, numbers and booleans.
  return type === "String" && globalKey(name) === undefined ? undefined : preferred[type];
}

const preferred: Readonly<Record<KeyType, string>> = {
  String: "StringEquals",
  ARN: "ArnLike",
  Bool: "Bool",
  Date: "DateLessThan",
  Numeric: "NumericEquals",
  IPAddress: "IpAddress",
  Binary: "BinaryEquals",
};
