/** Chains of edges to an administrator: breadth first, shortest first, no principal twice. */
import { compareUtf8 } from "../text/compare-texts.js";
import { administrator, type Edge } from "./edge.js";

/** The shortest way of a principal to become an administrator. */
export interface Chain {
  readonly principal: string;
  readonly edges: readonly Edge[];
  /** False: some edge supposes what the policy set does not tell. */
  readonly isCertain: boolean;
}

/**
 * The shortest chain of each principal that has one, and the shortest that supposes nothing where that one is longer; sorted by length,
 * then by principal.
 */
export function chainsOf(edges: readonly Edge[], administrators: ReadonlySet<string>): readonly Chain[] {
  const usable = edges.filter(({ limited }) => limited === undefined);
  const certain = shortest(
    usable.filter(({ supposes }) => supposes === undefined),
    administrators,
  );
  const all = shortest(usable, administrators);
  const found: Chain[] = [];
  for (const [principal, way] of all) {
    const sure = certain.get(principal);
    if (sure === undefined || way.length < sure.length)
      found.push({ principal, edges: way, isCertain: sure?.length === way.length });
    if (sure !== undefined) found.push({ principal, edges: sure, isCertain: true });
  }
  return found.sort(
    (left, right) => left.edges.length - right.edges.length || compareUtf8(left.principal, right.principal),
  );
}

/** Backwards from all administrators at once. */
function shortest(edges: readonly Edge[], administrators: ReadonlySet<string>): ReadonlyMap<string, readonly Edge[]> {
  const into = new Map<string, Edge[]>();
  for (const edge of edges) {
    const to = administrators.has(edge.to) ? administrator : edge.to;
    into.set(to, [...(into.get(to) ?? []), edge]);
  }
  const found = new Map<string, readonly Edge[]>();
  let front: readonly { readonly at: string; readonly way: readonly Edge[] }[] = [{ at: administrator, way: [] }];
  while (front.length > 0) {
    const next: { at: string; way: readonly Edge[] }[] = [];
    for (const { at, way } of front) {
      for (const edge of into.get(at) ?? []) {
        if (found.has(edge.from) || administrators.has(edge.from)) continue;
        found.set(edge.from, [edge, ...way]);
        next.push({ at: edge.from, way: [edge, ...way] });
      }
    }
    front = next;
  }
  return found;
}
