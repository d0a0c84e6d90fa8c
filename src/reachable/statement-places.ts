/** Where the statements of a policy set stand: each document once, with everything that carries it. */

import type { PolicyDocument } from "../policy/document/document.js";
import { fullAccess } from "../policy/formats/policy-directory.js";
import {
  type AccountFacts,
  accountPolicyMembers,
  type DirectoryEndpoint,
  type DirectoryPrincipal,
  type DirectoryResource,
  type NamedPolicy,
  type PolicySet,
  type PrincipalPolicyType,
  principalPolicyMembers,
} from "../policy/policy-set.js";

/** One thing that carries a document. */
export type PolicyPlace = { readonly policy: NamedPolicy } & (
  | { readonly type: PrincipalPolicyType; readonly principal: DirectoryPrincipal }
  | { readonly type: "scp" | "rcp"; readonly account: AccountFacts }
  | { readonly type: "resource"; readonly resource: DirectoryResource }
  | { readonly type: "endpoint"; readonly endpoint: DirectoryEndpoint }
);

/** Every document that something carries, but what AWS attaches by itself, with its places. */
export function policyPlaces(set: PolicySet): ReadonlyMap<PolicyDocument, readonly PolicyPlace[]> {
  const found = new Map<PolicyDocument, PolicyPlace[]>();
  const add = (place: PolicyPlace): void => {
    const { document } = place.policy;
    if (document === fullAccess.document) return;
    const places = found.get(document);
    if (places === undefined) found.set(document, [place]);
    else places.push(place);
  };
  for (const account of set.accounts) {
    for (const [member, type] of accountPolicyMembers) {
      for (const policy of (account[member] ?? []).flat()) add({ type, policy, account });
    }
  }
  for (const principal of set.principals) {
    for (const [member, type] of principalPolicyMembers) {
      const policies = principal[member];
      const list = policies === undefined ? [] : "document" in policies ? [policies] : policies;
      for (const policy of list) add({ type, policy, principal });
    }
  }
  for (const resource of set.resources) {
    if (resource.policy !== undefined) add({ type: "resource", policy: resource.policy, resource });
  }
  for (const endpoint of set.endpoints) {
    if (endpoint.policy !== undefined) add({ type: "endpoint", policy: endpoint.policy, endpoint });
  }
  return found;
}

/** Whether it is what binds a requester: a trust policy is about who becomes it. */
export function isOwn(place: PolicyPlace): place is Extract<PolicyPlace, { readonly principal: DirectoryPrincipal }> {
  return "principal" in place && place.type !== "trust";
}
