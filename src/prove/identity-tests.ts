/** What policies ask of the ARN, the account and the name of whoever asks, as patterns of ARNs: what tells strangers apart. */
import { valueTest } from "../classes/value-test.js";
import { anyText, type Glob, globOf, literalGlob } from "../globs/glob.js";
import type { ConditionTest, Statement } from "../policy/document/document.js";
import { attachedStatements, type PolicySet } from "../policy/policy-set.js";
import { foldText } from "../text/fold.js";

/** The tests of some sets. */
export interface IdentityTests {
  readonly globs: readonly Glob[];
  /** Accounts beside which a test changes. */
  readonly accounts: readonly string[];
  /** False: some tests are told apart by samples only. */
  readonly isWhole: boolean;
}

const identityKeys: ReadonlySet<string> = new Set([
  "aws:principalarn",
  "aws:principalaccount",
  "aws:userid",
  "aws:username",
]);
const identityVariable = /\$\{\s*aws:(?:principalarn|principalaccount|userid)\b/i;

/** Reads the conditions of some sets. `resources`: what is asked about. */
export function identityTests(sets: readonly PolicySet[], resources: readonly string[]): IdentityTests {
  const statements = sets.flatMap((set) => [...attachedStatements(set)]);
  const globs = new Set<Glob>();
  const tied = tiedTexts(statements, resources);
  const accounts = new Set(tied.flatMap((text) => text.match(/(?<!\d)\d{12}(?!\d)/g) ?? []));
  // A text that holds some digits of an account could tell it from others.
  let isWhole = !tied.some((text) => /\d/.test(text.replaceAll(/(?<!\d)\d{12}(?!\d)/g, "")));
  for (const test of statements.flatMap(({ conditions }) => conditions)) {
    const key = foldText(test.key);
    if (!identityKeys.has(key)) continue;
    const { comparison } = valueTest(test, "2012-10-17", (name) => ({ open: name }));
    if (comparison?.family === "text")
      for (const one of comparison.globs) for (const arn of arnGlobs(key, one)) globs.add(arn);
    if (comparison?.family === "number" || comparison?.family === "date" || comparison?.family === "caseless") {
      isWhole = false;
      for (const value of test.values) for (const account of accountsAround(value)) accounts.add(account);
    }
  }
  return { globs: [...globs], accounts: [...accounts], isWhole };
}

/** The ARNs of those whose key is in a glob. */
function arnGlobs(key: string, { places }: Glob): readonly Glob[] {
  const spelt = (text: string) => literalGlob(text).places;
  const any = anyText.places;
  if (key === "aws:principalarn") return [globOf(places)];
  if (key === "aws:username") {
    const user = [...spelt("arn:"), ...any, ...spelt(":user/")];
    return [globOf([...user, ...places]), globOf([...user, ...any, ...spelt("/"), ...places])];
  }
  return [globOf([...spelt("arn:"), ...any, ...spelt(":iam::"), ...places, ...spelt(":"), ...any])];
}

function accountsAround(value: string): readonly string[] {
  const number = Math.trunc(Number(value));
  return [number - 1, number, number + 1]
    .filter((one) => one >= 0 && one <= 999_999_999_999)
    .map((one) => String(one).padStart(12, "0"));
}

/** What the texts are compared with that have to be, or to hold, the account of who asks: variables tie them to it. */
function tiedTexts(statements: readonly Statement[], resources: readonly string[]): readonly string[] {
  const keys = new Set<string>();
  const prefixes = new Set<string>();
  for (const { conditions, resource } of statements) {
    for (const { key, values } of conditions) {
      const isIdentity = identityKeys.has(foldText(key));
      for (const value of values) {
        if (isIdentity) for (const [, name = ""] of value.matchAll(/\$\{([^},]*)/g)) keys.add(foldText(name));
        else if (identityVariable.test(value)) keys.add(foldText(key));
      }
    }
    for (const pattern of resource?.patterns ?? []) {
      if (identityVariable.test(pattern)) prefixes.add(headOf(pattern));
    }
  }
  if (keys.size === 0 && prefixes.size === 0) return [];
  const isTied = ({ key }: ConditionTest): boolean => keys.has(foldText(key)) && !identityKeys.has(foldText(key));
  const patterns = [...new Set([...statements.flatMap(({ resource }) => resource?.patterns ?? []), ...resources])];
  return [
    ...statements.flatMap(({ conditions }) => conditions.filter(isTied).flatMap(({ values }) => values)),
    ...[...prefixes].flatMap((prefix) => patterns.flatMap((pattern) => behind(prefix, pattern))),
  ].map((text) => text.replaceAll(/\$\{[^}]*\}/g, ""));
}

/** A pattern before its first wildcard or variable. */
function headOf(pattern: string): string {
  const at = pattern.search(/[*?$]/);
  return at < 0 ? pattern : pattern.slice(0, at);
}

/** What is left of a pattern where another one's head ends; none if no text matches both. */
function behind(prefix: string, pattern: string): readonly string[] {
  const head = headOf(pattern);
  if (head.startsWith(prefix)) return [pattern.slice(prefix.length)];
  return prefix.startsWith(head) ? [pattern.slice(head.length)] : [];
}
