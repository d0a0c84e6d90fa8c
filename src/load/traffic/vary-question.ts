/** Questions like another one: names, keys and askers changed one at a time, so that some tests of policies fail and others hold. */
import { clockKeys } from "../../classes/clock-space.js";
import type { AuthorizationQuestion } from "../../question/authorization-question.js";
import type { Random } from "../../synth/random.js";
import { foldText } from "../../text/fold.js";

/** What every request of AWS carries: taking it away makes no request that AWS could send. */
const alwaysSent: ReadonlySet<string> = new Set(["aws:securetransport", "aws:requestedregion", "aws:useragent"]);

const words = ["a", "app", "blue", "data", "eu", "green", "logs", "prod", "reports", "team", "test", "x7"] as const;

/** A pattern of resources with a name for each wildcard. */
export function filledPattern(pattern: string, random: Random): string {
  const star = (): string => `${random.pick(words)}-${random.below(1000)}`;
  return pattern.replaceAll(/\*+/g, star).replaceAll("?", () => random.pick(["a", "b", "1"]));
}

/** The question with one key less, each key in turn. */
export function withoutKeys(question: AuthorizationQuestion): readonly AuthorizationQuestion[] {
  return [...question.context.keys()]
    .filter((key) => !alwaysSent.has(foldText(key)) && !clockKeys.has(foldText(key)))
    .map((key) => ({ ...question, context: new Map([...question.context].filter(([other]) => other !== key)) }));
}

/** The question with another value of one key, each key in turn: values that tests look for are hard to meet by chance. */
export function withOtherValues(question: AuthorizationQuestion): readonly AuthorizationQuestion[] {
  return [...question.context]
    .filter(([key]) => !clockKeys.has(foldText(key)) && foldText(key) !== "aws:useragent")
    .map(([key, values]) => ({ ...question, context: new Map([...question.context, [key, values.map(otherValue)]]) }));
}

/** With another tag of the resource, each in turn. */
export function withOtherTags(question: AuthorizationQuestion): readonly AuthorizationQuestion[] {
  return question.resourceTags.map((tag) => ({
    ...question,
    resourceTags: question.resourceTags.map((one) =>
      one === tag ? { key: tag.key, value: otherValue(tag.value) } : one,
    ),
  }));
}

function otherValue(value: string): string {
  if (/^true$/i.test(value)) return "false";
  if (/^false$/i.test(value)) return "true";
  if (/^\d{12}$/.test(value)) return value === "999999999999" ? "000000000000" : "999999999999";
  if (/^-?\d+(?:\.\d+)?$/.test(value)) return String(Number(value) + 1_000_000);
  if (/^\d+\.\d+\.\d+\.\d+$/.test(value)) return value.startsWith("198.51.100.") ? "10.0.0.1" : "198.51.100.7";
  if (/^[\da-f:]+:[\da-f:]*$/i.test(value)) return "2001:db8::7";
  if (/^\d{4}-\d{2}-\d{2}T/.test(value))
    return value.startsWith("19") ? "2030-01-01T00:00:00Z" : "1990-01-01T00:00:00Z";
  return `not-${value}`;
}
