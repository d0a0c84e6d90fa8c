/** What a policy set names, for searches, as bytes: a clone of so many texts would hold the front end up. */
import { actionsNamedIn, type Survey } from "../image/survey.js";
import type { PolicyDocument } from "../policy/document.js";
import { type PolicySet, type PrincipalKind, principalKinds } from "../policy/policy-set.js";

/** The principals, resources and exact actions that a policy set names. */
export interface PolicySetListing {
  readonly principals: readonly { readonly kind: PrincipalKind; readonly arn: string }[];
  /** ARNs that stand for themselves and what lies below them. */
  readonly resources: readonly string[];
  /** Action names without wildcards, as written, sorted, each once. */
  readonly actions: readonly string[];
}

/** The listing as bytes; `survey` is what compiling the set found. */
export function encodeListing(policySet: PolicySet, survey: Survey): Uint8Array {
  const { principals, resources } = policySet;
  const listing = {
    principals: principals.map(({ kind, arn }) => [kind, arn]),
    resources: resources.map(({ arn }) => arn),
    actions: [...actionsNamedIn(survey, grantingDocuments(policySet))].filter((text) => !/[*?]/.test(text)).sort(),
  };
  return Buffer.from(JSON.stringify(listing), "utf8");
}

/** Reads a listing; takes as long as the listing is long. */
export function decodeListing(bytes: Uint8Array): PolicySetListing {
  const read: unknown = JSON.parse(Buffer.from(bytes).toString("utf8"));
  const lists = isObject(read) ? read : {};
  return {
    principals: listOf(lists.principals).flatMap((one) => {
      const [word, arn] = listOf(one);
      const kind = principalKinds.find((known) => known === word);
      return kind === undefined || typeof arn !== "string" ? [] : [{ kind, arn }];
    }),
    resources: textsOf(lists.resources),
    actions: textsOf(lists.actions),
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
