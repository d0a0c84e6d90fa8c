/** The classes of one simulation case's requests: worlds of its requester and action, without anything that a region would close. */
import type { KeyFacts } from "../../src/classes/key-space.js";
import { indexPrincipals, type RequesterFacts, requesterFacts } from "../../src/classes/requester-facts.js";
import { ResourceDirectory } from "../../src/classes/situations.js";
import { buildWorld, listKeys, sightOf, type World, type WorldTerms } from "../../src/classes/world.js";
import { isPublicPolicy } from "../../src/image/public-policy.js";
import type { SimulationCase } from "../../src/simulate/simulation-case.js";

const openFacts = (key: string): KeyFacts => ({
  type: undefined,
  alwaysPresent: false,
  isList: listKeys.has(key),
  single: key.startsWith("aws:resourcetag/"),
});

/** What a case is made into. */
export interface CaseWorlds {
  readonly requester: RequesterFacts;
  /** Whether the directory knows the account. */
  readonly knowsAccount: (id: string) => boolean;
  /** Worlds of a region of resources, a pattern each. */
  readonly worlds: (region: readonly string[]) => readonly World[];
}

/** Undefined for a requester of whom nothing can be said. */
export function caseWorlds({ policySet, request }: SimulationCase): CaseWorlds | undefined {
  const directory = indexPrincipals(policySet);
  const requester = requesterFacts(policySet, directory, request.principal);
  if (requester === undefined) return undefined;
  const resources = new ResourceDirectory(policySet);
  const terms: WorldTerms = {
    set: policySet,
    ownerBySet: (resource, who) => resources.ownerBySet(resource, who),
    standingOf: (key) => ({ open: openFacts(key) }),
    isPublicPolicy,
    overrides: new Map(),
    resourceTags: new Map(),
    alwaysPresent: () => [],
    context: new Map(),
  };
  const { action } = request;
  return {
    requester,
    knowsAccount: (id) => directory.accounts.has(id),
    worlds: (region) =>
      resources
        .situations(region, requester, sightOf(terms, requester, action, [action]))
        .map((situation) => buildWorld(terms, requester, action, situation)),
  };
}
