/** A resource as people know them for a request about any resource: the search has found that it matters to no test what it is. */
import { globHolds, resourceGlob } from "../globs/glob.js";
import { isAllStars, splitArnFields } from "../policy/document/arn.js";
import type { AuthorizationQuestion } from "../question/authorization-question.js";
import { actionIn, type Catalogue } from "../validate/catalogue/catalogue.js";

/** The shortest ARN of all: what a request is about where no test asks for its resource. */
const anyResource = "arn:::::";

const parts: Readonly<Record<string, string>> = { Partition: "aws", Region: "us-east-1" };

/** What is known of resources. */
export interface KnownResources {
  readonly catalogue: Catalogue | undefined;
  /** Whether some set lists the resource: what is said of it is said of no other. */
  readonly isListed: (resource: string) => boolean;
}

/**
 * The request with an ARN of a kind that its action is about (of the catalogue), or without a resource where the action is about none,
 * where it is one of the patterns and the request is still decided alike; else as it is, but for a name where it ends without one, as
 * patterns that end in a star have it. `isAlike` asks the matcher.
 */
export function withExampleResource(
  question: AuthorizationQuestion,
  known: KnownResources,
  patterns: readonly string[],
  isAlike: (question: AuthorizationQuestion) => boolean,
): AuthorizationQuestion {
  const action = actionIn(known.catalogue, question.action);
  const kinds = action?.resourceTypes ?? [];
  if (action !== undefined && kinds.length === 0 && patterns.some(isAllStars)) {
    // AWS asks about no resource where an action is about none (RES-1).
    const none = { ...question, resource: "*" };
    if (question.resourceTags.length === 0 && isAlike(none)) return none;
  }
  if (question.resource !== anyResource) return withName(question, known, patterns, isAlike);
  const account = question.resourceAccount ?? splitArnFields(question.principal)[4] ?? "";
  if (account === "") return question;
  for (const resource of examplesOf(
    kinds.map(({ arn }) => arn),
    account,
  )) {
    const one = { ...question, resource };
    if (isAmong(resource, patterns) && isAlike(one)) return one;
  }
  return question;
}

/** What an action of the catalogue is about where the request is about something else: as people know it, and as patterns. */
export function otherKinds(
  { action, resource, principal }: AuthorizationQuestion,
  catalogue: Catalogue | undefined,
): { readonly examples: readonly string[]; readonly patterns: readonly string[] } {
  const arns = (actionIn(catalogue, action)?.resourceTypes ?? []).map(({ arn }) => arn);
  const patterns = arns.map((arn) => filled(arn, (name) => (name === "Partition" ? "aws" : "*")));
  if (resource === anyResource || resource === "*" || isAmong(resource, patterns))
    return { examples: [], patterns: [] };
  const account = splitArnFields(principal)[4] ?? "";
  return { examples: account === "" ? [] : examplesOf(arns, account), patterns };
}

/** The plainest kind first: an object of a bucket before one of an access point. */
function examplesOf(arns: readonly string[], account: string): readonly string[] {
  const all = arns.map((arn) => filled(arn, (name) => spelt(name, account)));
  return all.filter((one) => /^arn:[^*?]*$/.test(one)).sort((one, other) => one.length - other.length);
}

function filled(arn: string, valueFor: (name: string) => string): string {
  return arn.replaceAll(/\$\{([^}]*)\}/g, (_, name: string) => valueFor(name));
}

/** The owner follows from what is listed above, so that a name more does not change it. */
function withName(
  question: AuthorizationQuestion,
  { isListed }: KnownResources,
  patterns: readonly string[],
  isAlike: (question: AuthorizationQuestion) => boolean,
): AuthorizationQuestion {
  const named = { ...question, resource: `${question.resource}example` };
  const [name = ""] = splitArnFields(question.resource).slice(5);
  if (!/.[/:]$/.test(name) || isListed(question.resource) || isListed(named.resource)) return question;
  return isAmong(named.resource, patterns) && isAlike(named) ? named : question;
}

function spelt(name: string, account: string): string {
  return name === "Account" ? account : (parts[name] ?? "example");
}

function isAmong(resource: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => {
    if (isAllStars(pattern)) return true;
    const found = resourceGlob(pattern, "2012-10-17", true, () => undefined);
    return "glob" in found && globHolds(found.glob, resource);
  });
}
