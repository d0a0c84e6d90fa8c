/**
 * What a set decides about resources that nobody lists, for whoever owns nothing in it: anonymous callers, services, principals of accounts
 * that it does not know. A region leaves such requests out, since their owner is not known; another set may list what this one does not,
 * and then it counts that this one refuses.
 */
import { knownAccounts } from "../classes/known-accounts.js";
import type { Narrowing } from "../classes/situations.js";
import type { World } from "../classes/world.js";
import type { Asker, Auditor } from "./auditor.js";

/** Worlds of resources that belong to some account of the set, which grants nothing. */
export function unlistedWorlds(
  auditor: Auditor,
  { principal, requesters, isWhole }: Asker,
  actions: readonly string[],
  resources: readonly string[],
  narrowing?: Narrowing,
): readonly World[] {
  const accounts = knownAccounts(auditor.terms.set);
  const [owner] = accounts;
  if (owner === undefined) return [];
  return requesters.flatMap((facts) =>
    facts.accountId !== undefined && accounts.has(facts.accountId)
      ? []
      : auditor
          // A listed resource whose policy names who asks is told apart, though its account is not theirs.
          .worlds(
            { principal, requesters: [{ ...facts, accountId: owner }], isWhole },
            actions,
            resources,
            narrowing,
            undefined,
            facts,
          )
          .filter(({ situation }) => situation.policy === undefined && situation.ownerAccount === owner)
          .map((world) => disowned({ ...world, requester: facts }, owner)),
  );
}

/**
 * Whether a world's resource is an outsider's own only because a comparison named it: where the region does not, nobody knows whose it is.
 */
export function isNamedByComparison({ terms }: Auditor, { situation, requester }: World): boolean {
  const { resource, policy, ownerAccount } = situation;
  if (typeof resource !== "string" || policy !== undefined || ownerAccount !== requester.accountId) return false;
  const isKnown = ownerAccount !== undefined && knownAccounts(terms.set).has(ownerAccount);
  return !isKnown && !terms.region.resources.includes(resource);
}

/** The world with its resources as those of an account that is not the requester's. */
function disowned(world: World, account: string): World {
  return {
    ...world,
    situation: { ...world.situation, ownerAccount: account },
    frame: { ...world.frame, isSameAccount: false },
    fixing: (values) => disowned(world.fixing(values), account),
  };
}
