/**
 * Advice about the action and the context of one question: actions and keys that AWS does not have, and values that no operator for the
 * type of their key can read. Such a question is decided all the same, only not as whoever asks it expects.
 */
import { hasWildcard, parseArn } from "../policy/document/arn.js";
import { parseIpAddress } from "../policy/document/ip-address.js";
import { type KeyType, valueFormats } from "../policy/document/operators.js";
import { plainTokens } from "../policy/document/pattern-cover.js";
import { tokensIntersect } from "../policy/document/token-relations.js";
import { closestName, didYouMean } from "../text/closest-name.js";
import { lowerAscii } from "../text/fold.js";
import { quote } from "../text/quote.js";
import type { Catalogue } from "./catalogue/catalogue.js";
import { globalKey, globalKeyNames } from "./catalogue/condition-keys.js";
import { unknownValue } from "./catalogue/known-values.js";
import { keyOfService } from "./known-key.js";

/** The context of a question: keys with their values. */
type Context = ReadonlyMap<string, readonly string[]>;

/** The prefixes of keys of services in a context: what a catalogue has to hold to know their types. */
export function servicePrefixes(context: Context): readonly string[] {
  const prefixes = [...context.keys()].map((key) => key.slice(0, Math.max(0, key.indexOf(":"))).toLowerCase());
  return [...new Set(prefixes)].filter((prefix) => prefix !== "" && prefix !== "aws");
}

/** One line for each value and each key that cannot be meant so, key first: `aws:SourceIp: …`. Keys that nobody knows may be a team's own. */
export function adviseContext(context: Context, catalogue: Catalogue | undefined): readonly string[] {
  return [...context].flatMap(([key, values]) => {
    const service = catalogue?.service(key.slice(0, Math.max(0, key.indexOf(":"))));
    const facts = globalKey(key) ?? keyOfService(service, key);
    if (facts === undefined) return unknownKey(key);
    return values.flatMap((value) => {
      const problem = problemOf(facts.type, value) ?? unlisted(key, value);
      return problem === undefined ? [] : [`${key}: ${quote(value)} ${problem}`];
    });
  });
}

/** What to say of an action, or a pattern of actions, that a service of the catalogue does not have. Other services may be a team's own. */
export function adviseActionAsked(action: string, catalogue: Catalogue | undefined): string | undefined {
  const [prefix = "", name = ""] = lowerAscii(action).split(":", 2);
  const service = catalogue?.service(prefix);
  if (service === undefined || service.actions.has(name)) return undefined;
  const problem = `the catalogue knows no action ${quote(action)}`;
  if (!hasWildcard(name)) {
    const meant = closestName(
      name,
      [...service.actions.values()].map((one) => one.name),
    );
    return `${problem}${didYouMean(meant && `${prefix}:${meant}`)}`;
  }
  const pattern = plainTokens(name);
  return [...service.actions.keys()].some((one) => tokensIntersect(plainTokens(one), pattern)) ? undefined : problem;
}

function unknownKey(key: string): readonly string[] {
  if (!/^aws:/i.test(key)) return [];
  const slashAt = key.indexOf("/");
  const meant = closestName(slashAt < 0 ? key : key.slice(0, slashAt + 1), globalKeyNames());
  if (meant === undefined) return [];
  const tag = slashAt >= 0 && meant.endsWith("/") ? key.slice(slashAt + 1) : "";
  return [`${key}: AWS has no such condition key${didYouMean(`${meant}${tag}`)}`];
}

/** What is wrong with a value of a request, with the form that it should have (IP-6, NUM-3, DATE-4, BOOL-1, ARN-3, BIN-2). */
function problemOf(type: KeyType, value: string): string | undefined {
  if (type === "String") return undefined;
  if (type === "IPAddress") {
    return parseIpAddress(value) === undefined
      ? "is no IP address: write it as `203.0.113.7` or `2001:db8::7`"
      : undefined;
  }
  if (type === "ARN") {
    return parseArn(value) === undefined ? "is no ARN: write `arn:` and all six fields" : undefined;
  }
  const told = valueFormats[formats[type]].problem?.(value);
  return told === undefined ? undefined : `${told.cause}${told.fix === undefined ? "" : `: ${told.fix}`}`;
}

function unlisted(key: string, value: string): string | undefined {
  const unknown = unknownValue(key, value, "exact");
  if (unknown === undefined) return undefined;
  const { meant, values } = unknown;
  return `is no value that AWS gives it${meant === undefined ? `: write one of ${values.map(quote).join(", ")}` : didYouMean(meant)}`;
}

const formats = { Bool: "boolean", Numeric: "decimal", Date: "date", Binary: "base64" } as const;
