/** What a policy set names, for searches, as bytes: a clone of so many texts would hold the front end up. */

import type { PolicyDocument } from "../policy/document/document.js";
import { type PolicySet, type PrincipalKind, principalKinds } from "../policy/policy-set.js";
import { foldText } from "../text/fold.js";
import { actionsNamedIn, type Survey } from "./survey.js";

/** The principals, resources, exact actions and condition keys that a policy set names. */
export interface PolicySetListing {
  readonly principals: readonly { readonly kind: PrincipalKind; readonly arn: string }[];
  /** ARNs that stand for themselves and what lies below them. */
  readonly resources: readonly string[];
  /** Action names without wildcards, as written, sorted, each once. */
  readonly actions: readonly string[];
  /** Folded condition keys (COND-7) that some test or variable of the set reads, sorted, each once. */
  readonly readKeys: readonly string[];
}

/** The listing as bytes; `survey` is what compiling the set found. */
export function encodeListing(policySet: PolicySet, survey: Survey): Uint8Array {
  const { principals, resources } = policySet;
  const listing = {
    principals: principals.map(({ kind, arn }) => [kind, arn]),
    resources: resources.map(({ arn }) => arn),
    actions: [...actionsNamedIn(survey, grantingDocuments(policySet))].filter((text) => !/[*?]/.test(text)).sort(),
    readKeys: [...new Set([...survey.keys].map(foldText))].sort(),
  };
  return new TextEncoder().encode(JSON.stringify(listing));
}

/** Reads a listing; takes as long as the listing is long. Throws for one that does not say which keys are read. */
export function decodeListing(bytes: Uint8Array): PolicySetListing {
  const read: unknown = JSON.parse(new TextDecoder().decode(bytes.slice()));
  const lists = isObject(read) ? read : {};
  // Without them every key would pass for one that nobody reads.
  if (!Array.isArray(lists.readKeys)) throw new Error("policy set listing: no `readKeys`");
  return {
    principals: listOf(lists.principals).flatMap((one) => {
      const [word, arn] = listOf(one);
      const kind = principalKinds.find((known) => known === word);
      return kind === undefined || typeof arn !== "string" ? [] : [{ kind, arn }];
    }),
    resources: textsOf(lists.resources),
    actions: textsOf(lists.actions),
    readKeys: textsOf(lists.readKeys),
  };
}

/** The documents of the policies that can grant. */
function grantingDocuments({ principals, resources }: PolicySet): Set<PolicyDocument> {
  const documents = new Set<PolicyDocument>();
  for (const { identityPolicies } of principals) for (const { document } of identityPolicies) documents.add(document);
  for (const { policy } of resources) if (policy !== undefined) documents.add(policy.document);
  return documents;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function textsOf(value: unknown): readonly string[] {
  return listOf(value).filter((one) => typeof one === "string");
}
