/**
 * Advice out of the catalogue: actions, condition keys and resource types that do not exist or do not
 * fit together (RES-9). What the catalogue was not asked for, or leaves open, is passed over.
 */
import { hasWildcard, isAllStars } from "../policy/document/arn.js";
import { actionParts, plainTokens } from "../policy/document/pattern-cover.js";
import { tokensIntersect } from "../policy/document/token-relations.js";
import { closestName } from "../text/closest-name.js";
import { quote } from "../text/quote.js";
import { type Catalogue, type CatalogueAction, type CatalogueService, keyTemplate } from "./catalogue/catalogue.js";
import { type ActionsOfPattern, adviseResourceTypes } from "./catalogue-resources.js";
import { keyOfService, serviceOfKey } from "./known-key.js";
import { advise, type PlacedStatement, type PlacedText, placedPatterns, type Subject, testPlace } from "./subject.js";
import { variableKeys } from "./variable-advice.js";

/** Adds what the catalogue has to say about a statement. */
export function adviseFromCatalogue(subject: Subject, placed: PlacedStatement): void {
  const { catalogue, profile } = subject;
  if (catalogue === undefined || profile !== "aws") return;
  const meant = placedPatterns(placed, "Action").map((pattern) => meantActions(subject, catalogue, pattern));
  const known = meant.flatMap((found) => (found === undefined ? [] : [found]));
  adviseConditionKeys(
    subject,
    placed,
    known.length === meant.length && !placed.statement.action.negated ? known : undefined,
  );
  if (!placed.statement.action.negated) adviseResourceTypes(subject, placed, known, known.length === meant.length);
}

/** The prefixes that advice about these documents needs, for `loadCatalogue`. */
export function cataloguePrefixes(documents: Iterable<Subject["document"]>): ReadonlySet<string> {
  const prefixes = new Set<string>();
  for (const document of documents) {
    for (const { action, resource, conditions } of document.statements) {
      for (const pattern of action.patterns) prefixes.add(actionParts(pattern)[0]);
      const texts = [...(resource?.patterns ?? []), ...conditions.flatMap(({ values }) => values)];
      const variables = texts.flatMap((text) => (text.includes("${") ? variableKeys(text, { document }) : []));
      for (const key of [...conditions.map((test) => test.key), ...variables]) {
        prefixes.add(key.slice(0, Math.max(key.indexOf(":"), 0)).toLowerCase());
      }
    }
  }
  return prefixes;
}

/** The actions that a pattern stands for; undefined if the catalogue cannot tell. Adds findings about what is not there. */
function meantActions(subject: Subject, catalogue: Catalogue, pattern: PlacedText): ActionsOfPattern | undefined {
  const { text } = pattern;
  const [prefix, name] = actionParts(text);
  if (isAllStars(text) || hasWildcard(prefix) || /[\s,]|\$\{/.test(text)) return undefined;
  const service = catalogue.service(prefix);
  if (service === undefined) {
    if (catalogue.prefixes.has(prefix) || subject.ownServices.has(prefix)) return undefined;
    const meant = closestName(prefix, catalogue.prefixes);
    const fix = meant === undefined ? undefined : `write \`${meant}:${text.slice(text.indexOf(":") + 1)}\``;
    // Without a likely misspelling it may be a service of the team's own.
    const severity = meant === undefined ? "suggestion" : "warning";
    advise(subject, "LINT-SERVICE", severity, pattern, `the catalogue knows no service ${quote(prefix)}`, fix);
    return undefined;
  }
  const actions = matchedActions(service, name);
  if (actions.length > 0) return { pattern, actions };
  const isGlob = hasWildcard(name);
  const meant = isGlob ? undefined : closestName(name, service.actions.keys());
  const spelling = meant === undefined ? undefined : service.actions.get(meant)?.name;
  const cause = isGlob
    ? `${quote(text)} matches no action that the catalogue knows`
    : `the catalogue knows no action ${quote(text)}`;
  const guess = spelling === undefined ? "" : `, or write \`${service.prefix}:${spelling}\` if that is meant`;
  const fix = `leave it out${guess}`;
  advise(subject, "LINT-ACTION", "warning", pattern, cause, fix);
  return undefined;
}

/** By name in lower case; a catalogue lives as long as those who validate with it, and the patterns of callers are without end. */
const matched = new WeakMap<CatalogueService, Map<string, readonly CatalogueAction[]>>();
const mostNames = 10_000;

/** Actions that a pattern matches; documents repeat a few patterns. */
function matchedActions(service: CatalogueService, name: string): readonly CatalogueAction[] {
  const known = matched.get(service) ?? new Map<string, readonly CatalogueAction[]>();
  matched.set(service, known);
  const found = known.get(name) ?? actionsMatching(service, name);
  if (known.size >= mostNames) known.clear();
  known.set(name, found);
  return found;
}

function actionsMatching(service: CatalogueService, name: string): readonly CatalogueAction[] {
  if (!hasWildcard(name)) {
    const action = service.actions.get(name);
    return action === undefined ? [] : [action];
  }
  const tokens = plainTokens(name);
  return [...service.actions]
    .filter(([other]) => tokensIntersect(tokens, plainTokens(other)))
    .map(([, action]) => action);
}

/** Keys that requests carry because of who calls, whatever the action. */
const credentialKeys: ReadonlySet<string> = new Set([
  "ec2:roledelivery",
  "ec2:sourceinstancearn",
  "glue:roleassumedby",
  "glue:credentialissuingservice",
  "lambda:sourcefunctionarn",
  "ssm:sourceinstancearn",
  "identitystore:userid",
]);

function adviseConditionKeys(
  subject: Subject,
  placed: PlacedStatement,
  known: readonly ActionsOfPattern[] | undefined,
): void {
  for (const [index, { key }] of placed.statement.conditions.entries()) {
    const service = serviceOfKey(subject, key);
    if (service === undefined || credentialKeys.has(key.toLowerCase())) continue;
    const place = testPlace(placed, index);
    if (keyOfService(service, key) === undefined) {
      const names = service.keys.filter(({ name }) => !/[$<]/.test(name)).map(({ name }) => name);
      const meant = closestName(key, names);
      const fix = meant === undefined ? undefined : `write \`${meant}\``;
      advise(
        subject,
        "LINT-CONDITION-KEY",
        "warning",
        place,
        `the catalogue knows no condition key ${quote(key)}`,
        fix,
      );
      continue;
    }
    const actions = known?.flatMap((found) => found.actions);
    if (actions === undefined || actions.length === 0 || actions.some((action) => carries(action, key))) continue;
    const cause = `no action of the statement has the condition key ${quote(key)}`;
    advise(
      subject,
      "LINT-CONDITION-KEY",
      "warning",
      place,
      cause,
      "leave it out, or put its actions into the statement",
    );
  }
}

function carries({ conditionKeys }: CatalogueAction, key: string): boolean {
  return conditionKeys.some((name) => keyTemplate(name).test(key));
}
