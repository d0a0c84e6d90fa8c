/** Advice about how the actions of a statement and its resources fit together (RES-9, LINT-RESOURCE-TYPE). */
import { hasWildcard, isAllStars, splitArnFields } from "../policy/document/arn.js";
import { plainTokens, resourceTokens } from "../policy/document/pattern-cover.js";
import { type GlobToken, tokensIntersect } from "../policy/document/token-relations.js";
import { quote } from "../text/quote.js";
import type { CatalogueAction } from "./catalogue/catalogue.js";
import {
  advise,
  type PlacedStatement,
  type PlacedText,
  padsIncompleteArns,
  placedPatterns,
  type Subject,
} from "./subject.js";

/** An action pattern with the actions that it matches. */
export interface ActionsOfPattern {
  readonly pattern: PlacedText;
  readonly actions: readonly CatalogueAction[];
}

/**
 * Adds a warning for every action pattern that no resource of the statement fits, and for every
 * resource that fits no action; the latter only when `complete` says that all actions are known.
 */
export function adviseResourceTypes(
  subject: Subject,
  placed: PlacedStatement,
  known: readonly ActionsOfPattern[],
  complete: boolean,
): void {
  const { resource } = placed.statement;
  if (resource === undefined || resource.negated || resource.patterns.some(isAllStars)) return;
  const { version } = subject.document;
  const resources = placedPatterns(placed, "Resource").flatMap((place) => {
    const tokens = resourceTokens(place.text, version, padsIncompleteArns(subject));
    if (tokens === undefined) return [];
    return [{ place, isOfType: typeTest({ tokens, service: serviceOf(place.text) }) }];
  });
  if (resources.length === 0) return;
  const dead = new Set<ActionsOfPattern>();
  for (const one of known) {
    const types = typesOf(one.actions);
    if (resources.some(({ isOfType }) => types.some(isOfType))) continue;
    dead.add(one);
    adviseDeadAction(subject, placed, one, types);
  }
  const live = known.filter((one) => !dead.has(one));
  // When nothing is left alive, the actions have said it.
  if (!complete || live.length === 0) return;
  for (const { place, isOfType } of resources) {
    if (live.some(({ actions }) => typesOf(actions).some(isOfType))) continue;
    const cause = `${quote(place.text)} is no resource of the statement's actions`;
    advise(subject, "LINT-RESOURCE-TYPE", "warning", place, cause, "leave it out, or add the actions that it is for");
  }
}

function adviseDeadAction(
  subject: Subject,
  placed: PlacedStatement,
  { pattern, actions }: ActionsOfPattern,
  types: readonly string[],
): void {
  const [first] = types;
  if (first === undefined) {
    const subjectText = actions.length === 1 ? "has no resource" : "matches actions without resource only";
    const cause = `${quote(pattern.text)} ${subjectText}: no ARN matches it`;
    advise(subject, "RES-9", "warning", pattern, cause, "put it into a statement with the resource `*`");
    return;
  }
  const cause = `${quote(pattern.text)} acts on none of the statement's resources`;
  const shown = types
    .slice(0, 3)
    .map((type) => quote(type))
    .join(" or ");
  const objects = placed.statement.resource?.patterns.find((text) => /^arn:aws[a-z-]*:s3:::[^/*]+$/.test(text));
  const isOfObjects = objects !== undefined && types.some((type) => type.endsWith(":s3:::${BucketName}/${ObjectName}"));
  const hint = isOfObjects ? `: write ${quote(`${objects}/*`)} for the objects of the bucket` : "";
  advise(
    subject,
    "LINT-RESOURCE-TYPE",
    "warning",
    pattern,
    cause,
    `it acts on ${shown}${types.length > 3 ? " and others" : ""}${hint}`,
  );
}

/** Whether resources that a pattern of ARNs covers can be of a type, told by its template. */
export function typesWithin(pattern: string): (type: string) => boolean {
  // Its partition may be a wildcard; that this ran on past the service (RES-6) nobody has in mind.
  const service = splitArnFields(pattern)[2];
  const tokens = resourceTokens(pattern, "2012-10-17", false) ?? plainTokens(pattern);
  return typeTest({ tokens, service: service === undefined || hasWildcard(service) ? undefined : service });
}

function typeTest(shape: ArnShape): (type: string) => boolean {
  // Several actions have the same types.
  const known = new Map<string, boolean>();
  return (type) => {
    if (isApart(shape, templateArn(type))) return false;
    const found = known.get(type) ?? fits(shape, type);
    known.set(type, found);
    return found;
  };
}

const typesOfActions = new WeakMap<readonly CatalogueAction[], readonly string[]>();

/** The templates of all resources that actions have; those of one pattern are the same list in all documents. */
function typesOf(actions: readonly CatalogueAction[]): readonly string[] {
  let found = typesOfActions.get(actions);
  if (found === undefined) {
    found = [...new Set(actions.flatMap(({ resourceTypes }) => resourceTypes.map(({ arn }) => arn)))];
    typesOfActions.set(actions, found);
  }
  return found;
}

/** An ARN with wildcards. */
interface ArnShape {
  readonly tokens: readonly GlobToken[];
  /** Where nothing up to its end is a wildcard, which tells most pairs apart. */
  readonly service: string | undefined;
}

/** Whether the services differ. */
function isApart({ service }: ArnShape, { service: other }: ArnShape): boolean {
  return service !== undefined && other !== undefined && service !== other;
}

function fits(pattern: ArnShape, template: string): boolean {
  return isAllStars(template) || tokensIntersect(pattern.tokens, templateArn(template).tokens);
}

/** The service of an ARN that has text before and behind it. */
function serviceOf(arn: string): string | undefined {
  return /^[^:*?]*:[^:*?]*:([^:*?]*):/.exec(arn)?.[1];
}

const cache = new Map<string, ArnShape>();

/** The template of a resource type as tokens: each `${…}` stands for anything, in the first fields without colons. */
function templateArn(template: string): ArnShape {
  const cached = cache.get(template);
  if (cached !== undefined) return cached;
  const fields = splitArnFields(template.replace(/\$\{[^}]*\}/g, "*"));
  const tokens = fields.flatMap((field, index) => [
    ...(index === 0 ? [] : plainTokens(":")),
    ...plainTokens(field).map((token) => (token.kind === "star" && index < 5 ? { ...token, crossing: false } : token)),
  ]);
  const service = fields.length > 3 && !fields[2]?.includes("*") ? fields[2] : undefined;
  const shape = { tokens, service };
  cache.set(template, shape);
  return shape;
}
