// Names of condition operators (COND-1): a qualifier, one of the bases, and perhaps IfExists.
import { foldAscii } from "./fold.js";
import { InputError } from "./input-error.js";

/** The positive operators; every negated one is the complement of one of them (COND-4). */
export type PositiveOperator =
  | "StringEquals"
  | "StringEqualsIgnoreCase"
  | "StringLike"
  | "NumericEquals"
  | "NumericLessThan"
  | "NumericLessThanEquals"
  | "NumericGreaterThan"
  | "NumericGreaterThanEquals"
  | "DateEquals"
  | "DateLessThan"
  | "DateLessThanEquals"
  | "DateGreaterThan"
  | "DateGreaterThanEquals"
  | "Bool"
  | "BinaryEquals"
  | "IpAddress"
  | "ArnLike"
  | "Null";

/** A condition operator, taken apart (COND-1). */
export interface Operator {
  readonly qualifier: "none" | "ForAllValues" | "ForAnyValue";
  readonly positive: PositiveOperator;
  readonly negated: boolean;
  readonly ifExists: boolean;
}

const POSITIVE: readonly PositiveOperator[] = [
  "StringEquals",
  "StringEqualsIgnoreCase",
  "StringLike",
  "NumericEquals",
  "NumericLessThan",
  "NumericLessThanEquals",
  "NumericGreaterThan",
  "NumericGreaterThanEquals",
  "DateEquals",
  "DateLessThan",
  "DateLessThanEquals",
  "DateGreaterThan",
  "DateGreaterThanEquals",
  "Bool",
  "BinaryEquals",
  "IpAddress",
  "ArnLike",
  "Null",
];

const NEGATED: readonly (readonly [string, PositiveOperator])[] = [
  ["StringNotEquals", "StringEquals"],
  ["StringNotEqualsIgnoreCase", "StringEqualsIgnoreCase"],
  ["StringNotLike", "StringLike"],
  ["NumericNotEquals", "NumericEquals"],
  ["DateNotEquals", "DateEquals"],
  ["NotIpAddress", "IpAddress"],
  ["ArnNotEquals", "ArnLike"], // ARN-1
  ["ArnNotLike", "ArnLike"],
];

/** Reads an operator name, ignoring case; an unknown name is an error (COND-1, NULL-2). */
export function parseOperator(name: string): Operator {
  let base = foldAscii(name);
  let qualifier: Operator["qualifier"] = "none";
  for (const candidate of ["ForAllValues", "ForAnyValue"] as const) {
    const prefix = `${foldAscii(candidate)}:`;
    if (qualifier === "none" && base.startsWith(prefix)) {
      qualifier = candidate;
      base = base.slice(prefix.length);
    }
  }
  const ifExists = base.endsWith("ifexists");
  if (ifExists) base = base.slice(0, -"ifexists".length);
  if (base === "arnequals") base = "arnlike"; // ARN-1
  const positive = POSITIVE.find((candidate) => foldAscii(candidate) === base);
  const negated = NEGATED.find(([candidate]) => foldAscii(candidate) === base)?.[1];
  const meant = positive ?? negated;
  if (meant === undefined) throw new InputError("COND-1", `unknown condition operator \`${name}\``);
  if (meant === "Null" && ifExists) throw new InputError("NULL-2", `\`${name}\`: Null takes no IfExists`);
  return { qualifier, positive: meant, negated: positive === undefined, ifExists };
}
