/** Reads templates out of a mapping file and notes which headers and query parameters they need. */
import { closestName } from "../../text/closest-name.js";
import { quote } from "../../text/quote.js";
import { readText, report, type TreePlace } from "../../text/tree-place.js";
import { factNames, type Placeholder } from "./placeholder.js";
import { parseValueTemplate, placeholdersOf, type ValueTemplate } from "./value-template.js";

/** What the templates of a mapping read of a request. */
export interface TemplateScope {
  readonly headers: Set<string>;
  readonly query: Set<string>;
}

/** A scope that reads nothing yet. */
export function templateScope(): TemplateScope {
  return { headers: new Set(), query: new Set() };
}

/** What may stand in one template. */
export interface TemplateTerms {
  /** Names that the path captures; undefined where there is no path of a single route. */
  readonly captures: readonly string[] | undefined;
  /** Whether the principal is known where the template is filled in. */
  readonly allowsPrincipal: boolean;
  /** Told of captures that are used. */
  readonly used?: Set<string>;
}

/** Reads a template; whatever it refers to exists. */
export function readTemplate(
  place: TreePlace | undefined,
  scope: TemplateScope,
  terms: TemplateTerms,
): ValueTemplate | undefined {
  const text = readText(place);
  if (place === undefined || text === undefined) return undefined;
  const template = parseValueTemplate(text);
  if ("refusal" in template) {
    report(place, "MAP-PLACEHOLDER", template.refusal);
    return undefined;
  }
  const refusals = placeholdersOf(template).flatMap((placeholder) => refusalOf(placeholder, terms) ?? []);
  for (const refusal of refusals) report(place, "MAP-PLACEHOLDER", refusal);
  if (refusals.length > 0) return undefined;
  for (const placeholder of placeholdersOf(template)) {
    if (placeholder.kind === "header") scope.headers.add(placeholder.name);
    if (placeholder.kind === "query") scope.query.add(placeholder.name);
    if (placeholder.kind === "capture") terms.used?.add(placeholder.name);
  }
  return template;
}

function refusalOf(placeholder: Placeholder, { captures, allowsPrincipal }: TemplateTerms): string | undefined {
  if (placeholder.kind === "fact" && placeholder.name === "principal" && !allowsPrincipal) {
    return "`{principal}` is not known here";
  }
  if (placeholder.kind !== "capture" || captures?.includes(placeholder.name)) return undefined;
  const { name } = placeholder;
  if (captures === undefined) return `${quote(`{${name}}`)} is not known here: captures belong to a route`;
  const meant = closestName(name, [...captures, ...factNames]);
  return `unknown capture ${quote(`{${name}}`)}${meant === undefined ? "" : `: did you mean ${quote(`{${meant}}`)}?`}`;
}
