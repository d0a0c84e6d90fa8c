/** What a request might carry so that a statement applies, or does not: a guess at the context of a question that is worth asking. */
import type { Tag } from "../text/tag.js";
import type { ConditionOperator, ConditionTest, Statement } from "./document/document.js";
import { operators } from "./document/operators.js";

/** Context keys with their values, and tags of the resource. */
export interface SampleContext {
  readonly context: Readonly<Record<string, readonly string[]>>;
  readonly resourceTags: Readonly<Record<string, string>>;
}

/** Who asks, as variables of policies see it. */
export interface SampleAsker {
  readonly arn: string;
  readonly tags: readonly Tag[];
}

const resourceTag = /^(?:aws:ResourceTag|s3:ExistingObjectTag|ec2:ResourceTag)\//i;
const principalTag = /^aws:PrincipalTag\//i;

/** With what the conditions of an Allow hold, and those of a Deny do not. Whatever cannot be guessed is left out. */
export function sampleContext({ effect, conditions }: Statement, asker: SampleAsker): SampleContext {
  const context: Record<string, readonly string[]> = {};
  const resourceTags: Record<string, string> = {};
  for (const { operator, key, values } of conditions) {
    const value = guess(operator, values, effect === "Allow", asker);
    if (value === undefined || value === "") continue;
    if (resourceTag.test(key)) resourceTags[key.slice(key.indexOf("/") + 1)] = value;
    else if (!principalTag.test(key)) context[key] = [value];
  }
  return { context, resourceTags };
}

/** A value with which the test comes out as wanted; undefined where leaving the key out does that, or nothing is known that would. */
function guess(
  operator: ConditionOperator,
  [first]: ConditionTest["values"],
  isWanted: boolean,
  asker: SampleAsker,
): string | undefined {
  const { kind, negated, ifExists } = operator;
  if (first === undefined) return undefined;
  // A key that is left out satisfies IfExists (COND-6) and the negated operators (COND-5), and no other.
  const absence = kind === "Null" ? first.toLowerCase() === "true" : ifExists || negated;
  if (absence === isWanted) return undefined;
  if (kind === "Null") return "example";
  return isWanted === negated ? unlike(operator, first) : like(operator, first, asker);
}

function like({ kind }: ConditionOperator, value: string, asker: SampleAsker): string | undefined {
  const { values, relation = "equal" } = operators[kind];
  const text = withVariables(value, asker);
  if (text === undefined) return undefined;
  if (values === "pattern" || values === "arn") return exampleOf(text);
  if (values === "range") return hostOf(text);
  if (values === "date") return relation === "equal" ? text : undefined;
  if (values === "decimal" && relation === "less") return String(Number(text) - 1);
  if (values === "decimal" && relation === "greater") return String(Number(text) + 1);
  return text;
}

function unlike({ kind }: ConditionOperator, value: string): string | undefined {
  const { values } = operators[kind];
  if (values === "boolean") return value.toLowerCase() === "true" ? "false" : "true";
  return values === "text" || values === "pattern" ? "example" : undefined;
}

/** A text that the pattern matches. */
export function exampleOf(pattern: string): string {
  return pattern.replaceAll(/\*+/g, "example").replaceAll("?", "x");
}

/** An address inside the range, and not the one that names its network where there is another. */
function hostOf(range: string): string {
  const [address = "", length] = range.split("/");
  const hasOthers = length !== undefined && Number(length) < 31 && address.endsWith(".0");
  return hasOthers ? `${address.slice(0, -1)}1` : address;
}

/** The text with what is known of the asker in place of variables; undefined if it has others. */
export function withVariables(text: string, { arn, tags }: SampleAsker): string | undefined {
  const name = arn.slice(arn.lastIndexOf("/") + 1);
  const filled = text.replaceAll(/\$\{([^}]*)\}/g, (whole, variable: string) => {
    if (/^aws:username$/i.test(variable) && arn.includes(":user/")) return name;
    if (!principalTag.test(variable)) return whole;
    const key = variable.slice(variable.indexOf("/") + 1).toLowerCase();
    return tags.find((tag) => tag.key.toLowerCase() === key)?.value ?? whole;
  });
  return filled.includes("${") ? undefined : filled;
}
