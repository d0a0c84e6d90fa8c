/** Reads the condition context of a mapping or of a route. */
import { isDerivedKey } from "../../image/context-keys.js";
import { quote } from "../../text/quote.js";
import { readEntries, readItems, report, type TreePlace } from "../../text/tree-place.js";
import type { ContextEntry } from "./mapping.js";
import { readTemplate, type TemplateScope } from "./read-template.js";
import { parseValueTemplate } from "./value-template.js";

/** Reads condition keys with their templates; `captures` are those of the route, if it is one. */
export function readContextTemplates(
  place: TreePlace | undefined,
  scope: TemplateScope,
  captures?: readonly string[],
  used?: Set<string>,
): readonly ContextEntry[] {
  const seen = new Set<string>();
  return readEntries(place).flatMap(([key, value]) => {
    checkKey(key, value, seen);
    const places = value.node.kind === "array" ? readItems(value) : [value];
    const terms = { captures, allowsPrincipal: true, ...(used === undefined ? {} : { used }) };
    const values = places.flatMap((item) => readTemplate(item, scope, terms) ?? []);
    return [{ key, values }];
  });
}

function checkKey(key: string, place: TreePlace, seen: Set<string>): void {
  const folded = key.toLowerCase();
  if (!/^[^\s:\p{C}]+:[^\s\p{C}]+$/u.test(key)) {
    report(place, "MAP-CONTEXT", `${quote(key)} is no condition key: it has a prefix, a colon and a name`);
  } else if (isDerivedKey(key)) {
    report(place, "CTX-1", `${quote(key)} is derived by Verdict, so a value from outside would be discarded`);
  }
  if (seen.has(folded)) report(place, "SET-DUPLICATE", `condition key ${quote(key)} is given twice`);
  seen.add(folded);
}

/** The context of the whole mapping with the address of the sender, unless the mapping gives another one. */
export function sourceAddressEntry(context: readonly ContextEntry[]): readonly ContextEntry[] {
  const key = "aws:SourceIp";
  const template = parseValueTemplate("{source.ip}");
  if ("refusal" in template || context.some((entry) => entry.key.toLowerCase() === key.toLowerCase())) return context;
  return [...context, { key, values: [template] }];
}

/** The entries of a route over those of the mapping. */
export function mergeContext(common: readonly ContextEntry[], own: readonly ContextEntry[]): readonly ContextEntry[] {
  const entries = new Map([...common, ...own].map((entry) => [entry.key.toLowerCase(), entry]));
  return [...entries.values()];
}
