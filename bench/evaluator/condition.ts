// Condition blocks as closures over single-valued contexts (section 7 and 8); values are parsed when a policy is compiled.
import { matchArn, matchGlob } from "./glob.js";
import { expandVariables } from "./pattern.js";
import type { ContextValues } from "./question.js";

/** Tests a context. */
export type ContextTest = (context: ContextValues) => boolean;

type ValueTest = (value: string, context: ContextValues) => boolean;

/** Compiles one operator, key and list of values. */
export function compileCondition(operatorText: string, keyText: string, values: readonly string[]): ContextTest {
  const key = keyText.toLowerCase();
  const [, qualifier = "", name = "", ifExists = ""] = /^(ForA\w+:)?(\w+?)(IfExists)?$/.exec(operatorText) ?? [];
  if (name === "Null") {
    const missing = values.some((value) => value === "true");
    const present = values.some((value) => value === "false");
    return (context) => (context.has(key) ? present : missing);
  }
  const negated = /Not/.test(name);
  const compile = operators[name.replace("Not", "")];
  if (compile === undefined) throw new Error(`${operatorText}: not an operator of the workloads`);
  const tests = values.map((value) => (value.includes("${") ? withVariables(compile, value) : compile(value)));
  const whenMissing = ifExists !== "" || qualifier === "ForAllValues:" || (qualifier === "" && negated);
  return (context) => {
    const value = context.get(key);
    if (value === undefined) return whenMissing;
    for (const test of tests) if (test(value, context)) return !negated;
    return negated;
  };
}

function withVariables(compile: (wanted: string) => ValueTest, text: string): ValueTest {
  return (value, context) => {
    const wanted = expandVariables(text, context);
    return wanted !== undefined && compile(wanted)(value, context);
  };
}

const arnLike = (wanted: string): ValueTest => {
  return (value) => matchArn(wanted, value);
};

const operators: Readonly<Record<string, (wanted: string) => ValueTest>> = {
  StringEquals: (wanted) => (value) => value === wanted,
  StringEqualsIgnoreCase: (wanted) => {
    const lower = wanted.toLowerCase();
    return (value) => value.toLowerCase() === lower;
  },
  StringLike: (wanted) => (value) => matchGlob(wanted, value),
  ArnEquals: arnLike,
  ArnLike: arnLike,
  Bool: (wanted) => {
    const lower = wanted.toLowerCase();
    return (value) => value.toLowerCase() === lower;
  },
  IpAddress: compileRange,
  NumericEquals: comparing(Number, (value, wanted) => value === wanted),
  NumericLessThan: comparing(Number, (value, wanted) => value < wanted),
  NumericLessThanEquals: comparing(Number, (value, wanted) => value <= wanted),
  NumericGreaterThan: comparing(Number, (value, wanted) => value > wanted),
  NumericGreaterThanEquals: comparing(Number, (value, wanted) => value >= wanted),
  DateEquals: comparing(instantOf, (value, wanted) => value === wanted),
  DateLessThan: comparing(instantOf, (value, wanted) => value < wanted),
  DateLessThanEquals: comparing(instantOf, (value, wanted) => value <= wanted),
  DateGreaterThan: comparing(instantOf, (value, wanted) => value > wanted),
  DateGreaterThanEquals: comparing(instantOf, (value, wanted) => value >= wanted),
};

function comparing(read: (text: string) => number, holds: (value: number, wanted: number) => boolean) {
  return (text: string): ValueTest => {
    const wanted = read(text);
    return (value) => holds(read(value), wanted);
  };
}

function instantOf(text: string): number {
  return /^-?\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text);
}

function compileRange(text: string): ValueTest {
  const [network = "", length = "32"] = text.split("/");
  const size = 2 ** (32 - Number(length));
  const first = Math.floor(addressOf(network) / size) * size;
  return (value) => {
    const address = addressOf(value);
    return address >= first && address < first + size;
  };
}

/** NaN for what is no IPv4 address, which lies in no range. */
function addressOf(text: string): number {
  const parts = text.split(".");
  if (parts.length !== 4) return Number.NaN;
  let address = 0;
  for (const part of parts) {
    if (!/^\d{1,3}$/.test(part)) return Number.NaN;
    address = address * 256 + Number(part);
  }
  return address;
}
