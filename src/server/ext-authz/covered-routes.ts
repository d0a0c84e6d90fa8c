/** Routes that no request can reach, because an earlier one takes every request that they would match. */
import { placeText, positionOf, report, type TreePlace } from "../../text/tree-place.js";
import type { MappedRoute } from "./mapping.js";
import type { RouteTrie } from "./route-trie.js";

/** Fills the trie in the order of the routes, and reports every route that is covered by an earlier one. */
export function reportCoveredRoutes(
  routes: readonly { readonly route: MappedRoute; readonly place: TreePlace }[],
  trie: RouteTrie,
): void {
  for (const [index, { route, place }] of routes.entries()) {
    const first = trie.findCovering(route.path, (candidate) => {
      const earlier = routes[candidate]?.route;
      return earlier !== undefined && takesMore(earlier, route);
    });
    const earlier = first === undefined ? undefined : routes[first]?.place;
    if (earlier !== undefined) {
      const { line } = positionOf(earlier);
      const where = earlier.source === place.source ? `line ${line}` : placeText(positionOf(earlier));
      report(place, "MAP-ROUTE", `never matches: the route at ${where} takes every such request`);
    }
    trie.add(index, route.path);
  }
}

/** Whether a route, its path apart, takes every request that another one takes. */
function takesMore(route: MappedRoute, other: MappedRoute): boolean {
  return (
    coversList(route.methods, other.methods) &&
    coversList(route.hosts, other.hosts) &&
    demandsLess(route.headers, other.headers) &&
    demandsLess(route.query, other.query)
  );
}

/** An empty list takes everything. */
function coversList(list: readonly string[], other: readonly string[]): boolean {
  return list.length === 0 || (other.length > 0 && other.every((one) => list.includes(one)));
}

function demandsLess(conditions: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): boolean {
  return [...conditions].every(([name, value]) => other.get(name) === value);
}
