/**
 * Routes by their path templates: finds the first route, in the order of the mapping, that matches a path and passes a test.
 * Work is bounded by the nodes of the trie, whatever the path is.
 */
import type { PathPart, PathTemplate } from "./path-template.js";

/** Where routes end, in ascending order. */
interface Ends {
  readonly exact: number[];
  readonly exactSlash: number[];
  readonly rest: number[];
  readonly restSlash: number[];
}

interface Node extends Ends {
  readonly literals: Map<string, Node>;
  capture: Node | undefined;
  /** The first route at or below this node. */
  first: number;
}

/** What a path or a template shows at one position. */
type Step = string | undefined;

/** Routes by number; numbers are added in ascending order. */
export class RouteTrie {
  private readonly root = emptyNode(Number.POSITIVE_INFINITY);

  /** Adds a route. */
  add(route: number, template: PathTemplate): void {
    let node = this.root;
    node.first = Math.min(node.first, route);
    for (const part of template.parts) node = childOf(node, part, route);
    endsOf(node, template.rest !== undefined, template.endsInSlash).push(route);
  }

  /** The first route that matches decoded segments and passes the test. */
  find(segments: readonly string[], passes: (route: number) => boolean): number | undefined {
    const endsInSlash = segments.at(-1) === "";
    const steps = endsInSlash ? segments.slice(0, -1) : segments;
    return this.search(steps, false, endsInSlash, passes);
  }

  /** The first route that matches every path that a template matches and passes the test. */
  findCovering(template: PathTemplate, passes: (route: number) => boolean): number | undefined {
    const steps = template.parts.map((part) => (part.kind === "literal" ? part.text : undefined));
    return this.search(steps, template.rest !== undefined, template.endsInSlash, passes);
  }

  private search(
    steps: readonly Step[],
    isOpen: boolean,
    endsInSlash: boolean,
    passes: (route: number) => boolean,
  ): number | undefined {
    let best = Number.POSITIVE_INFINITY;
    const consider = (routes: readonly number[]): void => {
      for (const route of routes) {
        if (route >= best) return;
        if (passes(route)) best = route;
      }
    };
    const visit = (node: Node, at: number): void => {
      if (node.first >= best) return;
      // One segment or more is left for `{rest...}`.
      if (at < steps.length || isOpen) consider(endsOf(node, true, endsInSlash));
      if (at === steps.length) {
        if (!isOpen) consider(endsOf(node, false, endsInSlash));
        return;
      }
      const step = steps[at];
      const literal = step === undefined ? undefined : node.literals.get(step);
      if (literal !== undefined) visit(literal, at + 1);
      if (node.capture !== undefined) visit(node.capture, at + 1);
    };
    visit(this.root, 0);
    return Number.isFinite(best) ? best : undefined;
  }
}

function emptyNode(first: number): Node {
  return { literals: new Map(), capture: undefined, first, exact: [], exactSlash: [], rest: [], restSlash: [] };
}

function childOf(node: Node, part: PathPart, route: number): Node {
  const known = part.kind === "capture" ? node.capture : node.literals.get(part.text);
  const child = known ?? emptyNode(route);
  if (known === undefined) {
    if (part.kind === "capture") node.capture = child;
    else node.literals.set(part.text, child);
  }
  return child;
}

function endsOf(node: Ends, hasRest: boolean, endsInSlash: boolean): number[] {
  if (hasRest) return endsInSlash ? node.restSlash : node.rest;
  return endsInSlash ? node.exactSlash : node.exact;
}
