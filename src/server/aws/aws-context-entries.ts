/**
 * `ContextEntries` of a simulation call, checked and refused as AWS does. The type of an entry says how its values are checked and
 * whether they are a list (COND-9); it does not bind the operator, which reads texts.
 */
import { parseBase64 } from "../../policy/document/base64.js";
import { parseDate } from "../../policy/document/date.js";
import { parseDecimal } from "../../policy/document/decimal.js";
import { parseIpAddress } from "../../policy/document/ip-address.js";
import { AwsError } from "./aws-error.js";
import type { AwsQueryParameters } from "./aws-query-parameters.js";

/** The values of each key that the call gives, ready for a decision: a list of one value holds it twice, so that it stays a list. */
export function readContextEntries(parameters: AwsQueryParameters): ReadonlyMap<string, readonly string[]> {
  const context = new Map<string, readonly string[]>();
  const seen = new Set<string>();
  const numbers = parameters.structures("ContextEntries");
  if (numbers.length > mostEntries) {
    throw new AwsError("InvalidInput", `ContextEntries: ${numbers.length} entries, at most ${mostEntries}`);
  }
  for (const number of numbers) {
    const entry = `ContextEntries.member.${number}`;
    const key = parameters.text(`${entry}.ContextKeyName`);
    const type = parameters.text(`${entry}.ContextKeyType`);
    const values = parameters.list(`${entry}.ContextKeyValues`);
    // An entry without anything in it is ignored.
    if (key === undefined && type === undefined && values.length === 0) continue;
    if (key === undefined) throw new AwsError("InvalidInput", "ContextKeyName cannot be null or empty.");
    if (type === undefined) throw new AwsError("InvalidInput", `Context key ${key} has invalid type null.`);
    context.set(key, entryValues(key, typeOf(type, number), values));
    // Keys ignore case (COND-7).
    if (seen.has(key.toLowerCase())) throw new AwsError("InvalidInput", `Duplicate context key: ${key}.`);
    seen.add(key.toLowerCase());
  }
  return context;
}

const mostEntries = 1000;

interface EntryType {
  readonly name: string;
  readonly isList: boolean;
  readonly format: ValueFormat;
}

/** How values of a type are checked: undefined for a text that is none, else the text that conditions read. */
interface ValueFormat {
  readonly expected: string;
  readonly read: (text: string) => string | undefined;
}

const formats: ReadonlyMap<string, ValueFormat> = new Map([
  ["string", { expected: "string", read: (text) => text }],
  ["numeric", { expected: "numeric", read: numericText }],
  // BOOL-1: the operator reads any text.
  ["boolean", { expected: "boolean", read: (text) => text }],
  ["ip", { expected: "IP address", read: addressText }],
  ["binary", { expected: "base-64 encoded binary", read: binaryText }],
  ["date", { expected: "DateTime", read: dateText }],
]);

const typeNames =
  "binary, ipList, booleanList, ip, boolean, numericList, dateList, numeric, date, stringList, string, binaryList";

function typeOf(name: string, number: number): EntryType {
  const isList = name.endsWith("List");
  const format = formats.get(isList ? name.slice(0, -"List".length) : name);
  if (format !== undefined) return { name, isList, format };
  throw new AwsError(
    "ValidationError",
    `1 validation error detected: Value at 'contextEntries.${number}.member.contextKeyType' failed to satisfy constraint: ` +
      `Member must satisfy enum value set: [${typeNames}]`,
  );
}

function entryValues(key: string, { name, isList, format }: EntryType, given: readonly string[]): readonly string[] {
  if (given.length === 0) {
    throw new AwsError("InvalidInput", `Context values for context key ${key} cannot be null or empty.`);
  }
  if (!isList && given.length > 1) {
    throw new AwsError("InvalidInput", `Context key ${name} expected a single value, but received ${given.length}.`);
  }
  const values = given.map((text) => {
    const value = format.read(text);
    if (value !== undefined) return value;
    const tail = format.expected === "IP address" ? "." : " format.";
    throw new AwsError("InvalidInput", `Invalid context value for key ${key}: expected ${format.expected}${tail}`);
  });
  return isList && values.length === 1 ? [...values, ...values] : values;
}

/** Without a plus and without zeros that lead: `01.00` is `1.00`. Digits behind the point stay. */
function numericText(text: string): string | undefined {
  const decimal = parseDecimal(text);
  if (decimal === undefined) return undefined;
  const unsigned = text.replace(/^[+-]/, "").replace(/^0+(?=[0-9])/, "");
  const number = unsigned.replace(/^\./, "0.").replace(/\.(?![0-9])/, "");
  return decimal.negative ? `-${number}` : number;
}

function dateText(text: string): string | undefined {
  const instant = parseDate(text);
  if (instant === undefined) return undefined;
  const { seconds, fraction } = instant;
  const date = new Date(Number(seconds) * 1000);
  // Years that this form has no room for keep their text, and so do parts of a millisecond.
  if (Number.isNaN(date.getTime()) || fraction.length > 3) return text;
  const iso = date.toISOString();
  return iso.length === 24 ? `${iso.slice(0, 20)}${fraction.padEnd(3, "0")}Z` : text;
}

/** Zeros that lead an octet are good. */
function addressText(text: string): string | undefined {
  return parseIpAddress(text.replace(/(?<![0-9a-f:.])0+(?=[0-9]+\.)|(?<=\.)0+(?=[0-9])/gi, "")) && text;
}

/** Canonical base64 alone. */
function binaryText(text: string): string | undefined {
  return parseBase64(text) && text;
}
