// Which pools hold the statements of a policy type that binds the request: the one place that knows where each type's are
// (IN-4).

import { Layer } from "../format/layout";
import { Scratch } from "../format/scratch";
import { AccountView } from "../format/views";
import { rcpPool } from "./decide";

/** How many pools a policy type has: one for each level of the organization for SCPs (SCP-2), else one. */
export function levelCount(scratch: Scratch, layer: u32): u32 {
  return layer == Layer.Scp ? requesterFacts(scratch).scpCount : 1;
}

/** What the directory knows of the requester's account. */
function requesterFacts(scratch: Scratch): AccountView {
  return changetype<AccountView>(usize(scratch.image) + scratch.requester.factsAt);
}

/**
 * Offset of the pool of a policy type at a level, 0 if it has no statements. Only for types that bind the requester (EVAL-3).
 * Session policies that came with the request are not in it: they are the session pool of the overlay.
 */
export function layerPool(scratch: Scratch, layer: u32, level: u32): u32 {
  // INVARIANT: a type that binds has an answer here, or the trap below; none falls through to another one.
  switch (layer) {
    case Layer.Identity:
      return scratch.requester.identityPoolAt;
    case Layer.Boundary:
      return scratch.requester.boundaryPoolAt;
    case Layer.Session:
      return scratch.requester.sessionPoolAt;
    case Layer.Resource:
      return scratch.owner.poolAt;
    case Layer.Endpoint:
      return scratch.owner.endpointPoolAt;
    case Layer.Scp:
      return load<u32>(usize(scratch.image) + requesterFacts(scratch).scpsAt + level * 4);
    case Layer.Rcp:
      return rcpPool(scratch.binding, scratch.requester, scratch.owner);
    default:
      // A policy type without a pool is a mistake of ours: a trap is an ERROR, never an allow.
      return unreachable();
  }
}
