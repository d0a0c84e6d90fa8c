// Which pools hold the statements of a policy type that binds the request: the one place that knows where each type's are
// (IN-4).

import { Layer } from "../format/layout";
import { AccountView } from "../format/views";
import { Binding, Owner, Requester } from "../format/work-views";
import { rcpPool } from "./decide";

/** How many pools a policy type has: one for each level of the organization for SCPs (SCP-2), else one. */
export function levelCount(b: Binding, r: Requester, layer: u32): u32 {
  return layer == Layer.Scp ? changetype<AccountView>(usize(b.image) + r.factsAt).scpCount : 1;
}

/**
 * Offset of the pool of a policy type at a level, 0 if it has no statements. Only for types that bind the requester (EVAL-3).
 * Session policies that came with the request are not in it: they are the session pool of the overlay.
 */
export function layerPool(b: Binding, r: Requester, owner: Owner, layer: u32, level: u32): u32 {
  switch (layer) {
    case Layer.Identity:
      return r.identityPoolAt;
    case Layer.Boundary:
      return r.boundaryPoolAt;
    case Layer.Session:
      return r.sessionPoolAt;
    case Layer.Resource:
      return owner.poolAt;
    case Layer.Endpoint:
      return owner.endpointPoolAt;
    case Layer.Scp: {
      const facts = changetype<AccountView>(usize(b.image) + r.factsAt);
      return load<u32>(usize(b.image) + facts.scpsAt + level * 4);
    }
    case Layer.Rcp:
      return rcpPool(b, r, owner);
    default:
      // A policy type without a pool is a mistake of ours: a trap is an ERROR, never an allow.
      return unreachable();
  }
}
