/** On which resources a principal can do an action: one answer for each resource or pattern that the policies tell apart. */
import type { Atom, World } from "../classes/world.js";
import { globHolds, tellGlob } from "../globs/glob.js";
import { hasWildcard } from "../policy/document/arn.js";
import { compareUtf8 } from "../text/compare-texts.js";
import type { Asker, Auditor } from "./auditor.js";
import type { AuditAnswer } from "./decided-again.js";
import type { AccessLine, AccessLines } from "./lines.js";
import { coversResources, holdsResource, maximalPatterns, meetsResources } from "./resource-patterns.js";

/**
 * Lines for resources and patterns of the region whose access is not `never` (or all of them), and for known resources with `never` that
 * one of these patterns would speak of otherwise: a pattern's line is about what no more concrete line names.
 */
export function whichResources(auditor: Auditor, asker: Asker, action: string, all: boolean): AccessLines {
  const { region } = auditor.terms;
  const actions = auditor.actionsOf(asker, action);
  const worlds = auditor.worlds(asker, actions ?? [action], region.resources);
  const { concrete, patterns } = resourcesOf(auditor, worlds, region.resources);
  const texts = [...concrete, ...patterns].sort(compareUtf8);
  const { principal, organization } = asker;
  const accessLevel = auditor.actions.accessLevel(action);
  function* lines(): Generator<AccessLine | undefined> {
    const ofPatterns = new Map<string, AuditAnswer>();
    for (const pattern of patterns) {
      const narrowing = { within: region.resources, except: concrete };
      ofPatterns.set(pattern, auditor.answerFor(asker, actions, [pattern], { narrowing }));
    }
    const told = patterns.filter((pattern) => all || ofPatterns.get(pattern)?.access !== "never");
    for (const resource of texts) {
      const answer = ofPatterns.get(resource) ?? auditor.answerFor(asker, actions, [resource], {});
      const isTold = all || answer.access !== "never" || told.some((pattern) => holdsResource(pattern, resource));
      yield isTold ? { principal, organization, action, resource, accessLevel, answer } : undefined;
    }
  }
  return { total: texts.length, lines: lines() };
}

/** Known resources of the region, and the maximal patterns of what could allow there. */
export function resourcesOf(
  auditor: Auditor,
  worlds: readonly World[],
  region: readonly string[],
): { readonly concrete: readonly string[]; readonly patterns: readonly string[] } {
  const concrete = new Set(region.filter((text) => !hasWildcard(text)));
  for (const arn of auditor.resources.arns) if (arn !== "*" && isInside(region, arn)) concrete.add(arn);
  const found = new Set<string>();
  const add = (told: string): void => {
    for (const wide of region) {
      if (!hasWildcard(wide)) continue;
      if (!hasWildcard(told)) {
        if (holdsResource(wide, told) && worlds.some((world) => isOfWorld(world, told))) concrete.add(told);
      } else if (coversResources(told, wide)) found.add(wide);
      else if (meetsResources(told, wide)) found.add(told);
    }
  };
  for (const { statements, frame } of worlds) {
    // Nobody has to grant it (EVAL-4, SVC-7).
    if (frame.isAlwaysAllowed || frame.isIssuedByRoot || (frame.isRoot && frame.isSameAccount)) {
      for (const pattern of region) add(pattern);
    }
    for (const { effect, layer, clauses } of statements) {
      // Boundaries, session policies and SCPs limit what others grant.
      if (effect !== "Allow" || (layer !== "identity" && layer !== "resource")) continue;
      const own = clauses
        .flat()
        .filter(({ atom, holds }) => holds && atom.kind === "resource")
        .map(({ atom }) => tellAtom(atom));
      // No pattern of its own: it speaks of all that the region names.
      if (own.length === 0) for (const pattern of region) add(pattern);
      for (const told of own) add(told);
    }
  }
  return { concrete: [...concrete], patterns: maximalPatterns(found) };
}

function isInside(region: readonly string[], text: string): boolean {
  return region.some((pattern) => (hasWildcard(pattern) ? holdsResource(pattern, text) : pattern === text));
}

/** Whether some request of a world is on a resource: none is on what nobody knows the owner of. */
function isOfWorld({ situation: { resource } }: World, text: string): boolean {
  if (typeof resource === "string") return resource === text;
  const { inside, outside } = resource;
  return (
    inside.every((globs) => globs.some((glob) => globHolds(glob, text))) &&
    !outside.some((glob) => globHolds(glob, text))
  );
}

/** As a pattern; what an open variable stands for can be anything. */
function tellAtom(atom: Atom): string {
  if (atom.kind !== "resource") return "*";
  return atom.glob === undefined ? atom.told.replaceAll(/\$\{(?![*?$]\})[^}]*\}/g, "*") : tellGlob(atom.glob);
}
