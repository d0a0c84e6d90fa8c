/** Questions about a policy set that are worth asking first: made of statements and what they ask for, without wildcards in names. */
import type { AuthorizationQuestion } from "../question/authorization-question.js";
import { compareTexts } from "../text/compare-texts.js";
import type { Statement } from "./document/document.js";
import { type DirectoryPrincipal, forEachAttached, type PolicySet } from "./policy-set.js";
import { exampleOf, type SampleContext, sampleContext, withVariables } from "./sample-context.js";

/** What a question says; what it leaves out is absent. */
export interface SampleQuestion {
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  readonly resourceAccount?: string;
  readonly context?: Readonly<Record<string, readonly string[]>>;
  readonly resourceTags?: Readonly<Record<string, string>>;
}

/** Resources of the set that are tried for one pattern. */
const KNOWN_RESOURCES = 3;
/** Statements whose conditions are looked at for what every request should carry. */
const SURVEYED = 2000;

/**
 * At most so many questions, users first: people are easier to think of than roles. They come with a context that their statement
 * asks for; whether anything allows them is not looked at. Never empty.
 */
export function sampleQuestions(policySet: PolicySet, most = 500): readonly SampleQuestion[] {
  const samples: SampleQuestion[] = [];
  for (const sample of candidates(policySet)) {
    samples.push(sample);
    if (samples.length === most) return samples;
  }
  if (samples.length > 0) return samples;
  const principal = policySet.principals[0]?.arn ?? "arn:aws:iam::111111111111:user/alice";
  return [{ principal, action: "s3:GetObject", resource: "arn:aws:s3:::example/key" }];
}

/** The question that a sample asks. */
export function plainQuestion(sample: SampleQuestion): AuthorizationQuestion {
  const { principal, action, resource, resourceAccount, context = {}, resourceTags = {} } = sample;
  return {
    principal,
    action,
    resource,
    ...(resourceAccount === undefined ? {} : { resourceAccount }),
    context: new Map(Object.entries(context)),
    resourceTags: Object.entries(resourceTags).map(([key, value]) => ({ key, value })),
    sessionPolicies: [],
    sessionTags: [],
    whatIf: false,
  };
}

/**
 * The first sample that is allowed, with nothing in it that the answer does not need; undefined if there is none. A sample is asked as
 * it is, then with what the Denies of the set spare, then as the asker's own account's.
 */
export function allowedSample(
  samples: readonly SampleQuestion[],
  isAllowed: (question: SampleQuestion) => boolean,
): SampleQuestion | undefined {
  for (const sample of samples) if (isAllowed(sample)) return shortest(sample, isAllowed);
  for (const sample of samples) {
    const account = /^arn:[^:]*:[^:]*:[^:]*:([^:]+):/.exec(sample.principal)?.[1];
    if (account === undefined || sample.resource === "*") continue;
    const owned = { ...sample, resourceAccount: account };
    if (isAllowed(owned)) return shortest(owned, isAllowed);
  }
  return undefined;
}

/** Takes away what the answer does not depend on, one after the other. */
function shortest(sample: SampleQuestion, isAllowed: (question: SampleQuestion) => boolean): SampleQuestion {
  let kept = sample;
  const keepIfAllowed = (shorter: SampleQuestion): void => {
    if (isAllowed(shorter)) kept = shorter;
  };
  // Of what would do by itself an address is the last to go: people know theirs.
  const { context = {} } = sample;
  const byWorth = Object.keys(context).sort((one, other) => worth(one, context) - worth(other, context));
  for (const key of byWorth) {
    keepIfAllowed({ ...kept, context: without(kept.context ?? {}, key) });
  }
  for (const key of Object.keys(sample.resourceTags ?? {})) {
    keepIfAllowed({ ...kept, resourceTags: without(kept.resourceTags ?? {}, key) });
  }
  return kept;
}

function worth(key: string, context: SampleContext["context"]): number {
  if (key.toLowerCase() === "aws:sourceip") return 2;
  return /^(?:true|false)$/i.test(context[key]?.[0] ?? "") ? 0 : 1;
}

function without<T>(entries: Readonly<Record<string, T>>, key: string): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(entries).filter(([name]) => name !== key));
}

function* candidates(policySet: PolicySet): Generator<SampleQuestion> {
  const { principals } = policySet;
  const spared = contextThatDeniesSpare(policySet);
  const known = knownResources(policySet.resources.map(({ arn }) => arn));
  for (const principal of principals) if (principal.kind === "user") yield* questionsOf(principal, known, spared);
  for (const principal of principals) {
    if (principal.kind === "session" || principal.kind === "role") yield* questionsOf(principal, known, spared);
  }
}

function* questionsOf(
  principal: DirectoryPrincipal,
  known: KnownResources,
  spared: SampleContext["context"],
): Generator<SampleQuestion> {
  const { arn, identityPolicies } = principal;
  for (const statement of identityPolicies.flatMap(({ document }) => document.statements)) {
    const { effect, action, resource } = statement;
    if (effect !== "Allow" || action.negated || resource === undefined || resource.negated) continue;
    const concrete = concreteAction(action.patterns);
    if (concrete === undefined) continue;
    const { context, resourceTags } = sampleContext(statement, principal);
    // What lies below says more than the folder or bucket itself.
    const patterns = resource.patterns.toSorted(
      (one, other) => Number(other.includes("*")) - Number(one.includes("*")),
    );
    for (const one of patterns.flatMap((pattern) => resourcesOf(pattern, concrete, principal, known))) {
      const question = { principal: arn, action: concrete, resource: one };
      yield { ...question, ...present({ context, resourceTags }) };
      const more = { ...spared, ...context };
      if (Object.keys(more).length > Object.keys(context).length) {
        yield { ...question, ...present({ context: more, resourceTags }) };
      }
    }
  }
}

function present({ context, resourceTags }: SampleContext): Partial<SampleContext> {
  return {
    ...(Object.keys(context).length === 0 ? {} : { context }),
    ...(Object.keys(resourceTags).length === 0 ? {} : { resourceTags }),
  };
}

function concreteAction(patterns: readonly string[]): string | undefined {
  const concrete = patterns.find((pattern) => /^[^*?$]+$/.test(pattern));
  if (concrete !== undefined) return concrete;
  return patterns.some((pattern) => pattern === "*" || pattern.toLowerCase() === "s3:*") ? "s3:GetObject" : undefined;
}

/** Resources that the set knows before those that are made up. */
function resourcesOf(
  pattern: string,
  action: string,
  principal: DirectoryPrincipal,
  known: KnownResources,
): readonly string[] {
  const filled = withVariables(pattern, principal);
  if (filled === undefined) return [];
  if (filled === "*") return [action === "s3:GetObject" ? "arn:aws:s3:::example/key" : "*"];
  if (!filled.startsWith("arn:")) return [];
  if (!/[*?]/.test(filled)) return [filled];
  const stem = filled.slice(0, filled.search(/[*?]/));
  return [...known(stem), exampleOf(filled)];
}

/** Gives the first few resources whose ARNs begin with a text. */
type KnownResources = (stem: string) => readonly string[];

/** More than so many that begin alike are met soon in the order in which they are declared. */
const FEW = 64;

function knownResources(arns: readonly string[]): KnownResources {
  const sorted = arns.map((arn, place) => ({ arn, place })).sort((one, other) => compareTexts(one.arn, other.arn));
  const firstFrom = (isBefore: (arn: string) => boolean): number => {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isBefore(sorted[middle]?.arn ?? "")) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return (stem) => {
    const from = firstFrom((arn) => compareTexts(arn, stem) < 0);
    const to = firstFrom((arn) => compareTexts(arn, stem) < 0 || arn.startsWith(stem));
    if (to - from > FEW) {
      const found: string[] = [];
      for (const arn of arns) {
        if (arn.startsWith(stem)) found.push(arn);
        if (found.length === KNOWN_RESOURCES) break;
      }
      return found;
    }
    const few = sorted.slice(from, to).sort((one, other) => one.place - other.place);
    return few.slice(0, KNOWN_RESOURCES).map(({ arn }) => arn);
  };
}

/** What a request should carry so that conditions of denials do not hold: an address inside the office, encryption. */
function contextThatDeniesSpare(policySet: PolicySet): SampleContext["context"] {
  const context: Record<string, readonly string[]> = {};
  const seen = new Set<Statement>();
  forEachAttached(policySet, ({ document }) => {
    if (seen.size >= SURVEYED) return;
    for (const statement of document.statements) {
      if (statement.effect !== "Deny" || seen.has(statement)) continue;
      seen.add(statement);
      Object.assign(context, sampleContext(statement, { arn: "", tags: [] }).context);
    }
  });
  return context;
}
