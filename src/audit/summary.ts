/**
 * The three tables of AWS's console about policies: services with their access levels, the actions of a service, the statements about an
 * action. They tell what documents say, not what is decided: a Deny stands in a table of its own.
 */
import { actionApplies } from "../classes/action-applies.js";
import { hasWildcard, isAllStars } from "../policy/document/arn.js";
import type { ConditionTest, Statement } from "../policy/document/document.js";
import type { DirectoryPrincipal, NamedPolicy, PolicySet } from "../policy/policy-set.js";
import { bindingPolicies, forEachAttached } from "../policy/policy-set.js";
import type { PolicyType } from "../question/layers.js";
import { compareUtf8 } from "../text/compare-texts.js";
import { lowerAscii } from "../text/fold.js";
import { type AccessLevel, accessLevels, actionIn, type Catalogue } from "../validate/catalogue/catalogue.js";

/** Policies that bind together. */
export interface SummaryLayer {
  /** `identity`, `boundary`, `scp level 1` (the root), … */
  readonly layer: string;
  readonly policies: readonly NamedPolicy[];
}

/** A row of one of the tables. */
export interface SummaryRow {
  readonly layer: string;
  readonly effect: "Deny" | "Allow";
  /** The service's prefix; `*` where a pattern names no service. */
  readonly service: string;
  /** Service summaries and action summaries. */
  readonly action?: string;
  /** Policy summaries: `Full access`, `Full: List Limited: Read`, `None`; empty for a service that the catalogue does not know. */
  readonly access?: string;
  /** Of an action. */
  readonly accessLevel?: string | null;
  readonly resources: string;
  readonly conditions: string;
  /** Action summaries: the one statement. */
  readonly policy?: string;
  readonly statement?: number;
  readonly sid?: string;
  readonly file?: string;
  readonly line?: number;
  /** Why the row needs a second look. */
  readonly warning?: string;
}

/** The layers that bind a principal by what it carries, in the order in which they are counted. */
export function layersOfPrincipal(principal: DirectoryPrincipal, set: PolicySet): readonly SummaryLayer[] {
  const account = principal.accountFacts ?? set.accounts.find(({ id }) => id === principal.account);
  const levels = (account?.isManagementAccount === true ? [] : (account?.serviceControlPolicies ?? [])).map(
    (policies, index) => ({ layer: `scp level ${index + 1}`, policies }),
  );
  const own = bindingPolicies(principal).map(([layer, policies]) => ({ layer, policies }));
  return [...own.filter(({ layer, policies }) => layer === "identity" || policies.length > 0), ...levels];
}

/** The policies of a set by name, each once, with the types that they stand for. */
export function policiesOf(
  set: PolicySet,
): ReadonlyMap<string, { readonly policy: NamedPolicy; readonly types: ReadonlySet<PolicyType> }> {
  const found = new Map<string, { readonly policy: NamedPolicy; readonly types: Set<PolicyType> }>();
  forEachAttached(set, (policy, type) => {
    const known = found.get(policy.name);
    if (known === undefined) found.set(policy.name, { policy, types: new Set([type]) });
    else known.types.add(type);
  });
  return new Map([...found].sort(([left], [right]) => compareUtf8(left, right)));
}

/** The services that some layers name: explicit denials first, as AWS shows them. */
export function policySummary(
  layers: readonly SummaryLayer[],
  catalogue: Catalogue | undefined,
): readonly SummaryRow[] {
  return layers.flatMap(({ layer, policies }) => {
    const statements = policies.flatMap(({ document }) => document.statements);
    return (["Deny", "Allow"] as const).flatMap((effect) => {
      const own = statements.filter((one) => one.effect === effect);
      return servicesOf(own, catalogue).map((service) => {
        const about = own.filter((one) => names(one, service));
        const access = accessTo(about, service, catalogue);
        return { layer, effect, service, access, ...columnsOf(about), ...warningOf(about, service, catalogue) };
      });
    });
  });
}

/** The actions of one service that some layers name. */
export function serviceSummary(
  layers: readonly SummaryLayer[],
  service: string,
  catalogue: Catalogue | undefined,
): readonly SummaryRow[] {
  const prefix = lowerAscii(service);
  const known = catalogue?.service(prefix)?.actions;
  return layers.flatMap(({ layer, policies }) => {
    const statements = policies.flatMap(({ document }) => document.statements);
    const actions = new Map([...(known ?? [])].map(([name, action]) => [`${prefix}:${name}`, action.name]));
    for (const { action } of statements) {
      for (const pattern of action.patterns) {
        const folded = lowerAscii(pattern);
        if (!hasWildcard(pattern) && folded.startsWith(`${prefix}:`) && !actions.has(folded))
          actions.set(folded, pattern.slice(prefix.length + 1));
      }
    }
    return (["Deny", "Allow"] as const).flatMap((effect) =>
      [...actions]
        .sort(([left], [right]) => compareUtf8(left, right))
        .flatMap(([folded, name]) => {
          const about = statements.filter((one) => one.effect === effect && actionApplies(one, folded));
          if (about.length === 0) return [];
          const found = known?.get(folded.slice(prefix.length + 1));
          const row = {
            layer,
            effect,
            service: prefix,
            action: name,
            accessLevel: found?.accessLevel ?? null,
            ...columnsOf(about),
          };
          return [found === undefined ? { ...row, warning: "the catalogue does not know the action" } : row];
        }),
    );
  });
}

/** The statements of some layers about one action. */
export function actionSummary(
  layers: readonly SummaryLayer[],
  service: string,
  action: string,
  catalogue: Catalogue | undefined,
): readonly SummaryRow[] {
  const folded = lowerAscii(`${service}:${action}`);
  const level = actionIn(catalogue, folded)?.accessLevel ?? null;
  return layers.flatMap(({ layer, policies }) =>
    (["Deny", "Allow"] as const).flatMap((effect) =>
      policies.flatMap(({ name, document }) =>
        document.statements.flatMap((one, statement) => {
          if (one.effect !== effect || !actionApplies(one, folded)) return [];
          const { file, line } = one.source.positionAt(one.offset);
          const place = { policy: name, statement, ...(one.sid === undefined ? {} : { sid: one.sid }), file, line };
          return [
            {
              layer,
              effect,
              service: lowerAscii(service),
              action,
              accessLevel: level,
              ...columnsOf([one]),
              // One statement's are told.
              resources: resourcesOf(one).join(", ") || "None",
              ...place,
            },
          ];
        }),
      ),
    ),
  );
}

/** The services that statements name; for `*` and the Not form, every service of the catalogue that they reach, as one row. */
function servicesOf(statements: readonly Statement[], catalogue: Catalogue | undefined): readonly string[] {
  const found = new Set<string>();
  for (const { action } of statements) {
    if (action.negated || action.patterns.some((pattern) => isAllStars(pattern) || hasWildcard(prefixOf(pattern))))
      found.add("*");
    if (action.negated) continue;
    for (const pattern of action.patterns) {
      const prefix = prefixOf(pattern);
      if (!hasWildcard(prefix)) found.add(prefix);
    }
  }
  const unknown = (service: string): boolean => service !== "*" && catalogue?.prefixes.has(service) === false;
  // Uncategorised services stand first.
  return [...found].sort((left, right) => Number(unknown(right)) - Number(unknown(left)) || compareUtf8(left, right));
}

function prefixOf(pattern: string): string {
  const at = pattern.indexOf(":");
  return lowerAscii(at < 0 ? pattern : pattern.slice(0, at));
}

function names({ action }: Statement, service: string): boolean {
  if (service === "*") {
    return action.negated || action.patterns.some((pattern) => isAllStars(pattern) || hasWildcard(prefixOf(pattern)));
  }
  return !action.negated && action.patterns.some((pattern) => prefixOf(pattern) === service);
}

function accessTo(statements: readonly Statement[], service: string, catalogue: Catalogue | undefined): string {
  if (service === "*") {
    const isAll = statements.some(({ action }) => !action.negated && action.patterns.some(isAllStars));
    return isAll ? "Full access" : "Limited: by patterns or NotAction";
  }
  const actions = [...(catalogue?.service(service)?.actions ?? [])];
  if (actions.length === 0) return "";
  const counts = new Map<AccessLevel, { all: number; some: number }>();
  for (const [name, { accessLevel = "Write" }] of actions) {
    const count = counts.get(accessLevel) ?? { all: 0, some: 0 };
    counts.set(accessLevel, count);
    count.all++;
    if (statements.some((one) => actionApplies(one, `${service}:${name}`))) count.some++;
  }
  const have = accessLevels.filter((level) => (counts.get(level)?.some ?? 0) > 0);
  const full = have.filter((level) => counts.get(level)?.some === counts.get(level)?.all);
  if (full.length === counts.size) return "Full access";
  const limited = have.filter((level) => !full.includes(level));
  const told = [
    ...(full.length > 0 ? [`Full: ${full.join(", ")}`] : []),
    ...(limited.length > 0 ? [`Limited: ${limited.join(", ")}`] : []),
  ];
  return told.length === 0 ? "None" : told.join(" ");
}

/** AWS's columns: the one text, or that there are several. */
function columnsOf(statements: readonly Statement[]): { readonly resources: string; readonly conditions: string } {
  const resources = new Set(statements.flatMap(resourcesOf));
  const conditions = new Set(
    statements.map(({ conditions: tests }) => tests.map(conditionText).join("; and ") || "None"),
  );
  const [resource = "None"] = resources;
  const [condition = "None"] = conditions;
  return {
    resources: resources.size > 1 ? "Multiple" : resource,
    conditions: conditions.size > 1 ? "Multiple" : condition,
  };
}

function resourcesOf({ resource }: Statement): readonly string[] {
  if (resource === undefined) return ["The resource itself"];
  if (resource.negated) return [`All but ${resource.patterns.join(", ")}`];
  return resource.patterns.map((pattern) => (isAllStars(pattern) ? "All resources" : pattern));
}

function conditionText({ operatorName, key, values }: ConditionTest): string {
  return `${key} ${operatorName} ${values.join(" or ")}`;
}

function warningOf(
  statements: readonly Statement[],
  service: string,
  catalogue: Catalogue | undefined,
): { readonly warning?: string } {
  if (catalogue === undefined || service === "*") return {};
  const known = catalogue.service(service)?.actions;
  if (known === undefined) return { warning: "the catalogue does not know the service" };
  const unknown = new Set(
    statements.flatMap(({ action }) =>
      action.patterns.filter(
        (pattern) =>
          prefixOf(pattern) === service &&
          !hasWildcard(pattern) &&
          !known.has(lowerAscii(pattern).slice(service.length + 1)),
      ),
    ),
  );
  return unknown.size === 0 ? {} : { warning: `the catalogue does not know ${[...unknown].join(", ")}` };
}
