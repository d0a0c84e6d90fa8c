/** What decides requests beside the requests themselves, as texts: of whoever asks, and of the resources. Equal texts decide alike. */
import { type AccountFacts, bindingPolicies, type NamedPolicy, type PolicySet } from "../policy/policy-set.js";
import type { RequesterFacts } from "./requester-facts.js";

/** What binds who asks, as far as it is not of resources: equal texts decide alike. */
export function askerSide({ requesters }: { readonly requesters: readonly RequesterFacts[] }): string {
  return JSON.stringify(requesters.map(requesterSide));
}

function requesterSide({ principal, account, accountId, issuerArn, derived }: RequesterFacts): unknown {
  const texts = (policies: readonly NamedPolicy[]) => policies.map(documentText).sort();
  return [
    principal.arn,
    principal.kind,
    // A role that was made anew has another id, by which policies of resources name it (PRN-10).
    principal.uniqueId,
    accountId,
    issuerArn,
    [...derived].sort(),
    account?.isManagementAccount,
    bindingPolicies(principal).map(([, policies]) => texts(policies)),
    account?.serviceControlPolicies?.map(texts),
  ];
}

/** What binds requests by their resource: equal texts decide alike for whoever is bound alike. */
export function resourceSide({
  resources,
  principals,
  accounts,
  owners,
  endpoints,
  mandatoryResourcePolicies,
}: PolicySet): string {
  return JSON.stringify([
    resources.map(({ policy, accountFacts, ...facts }) => [
      facts,
      policy && documentText(policy),
      accountFacts && accountText(accountFacts),
    ]),
    principals.map(({ arn, trustPolicy, tags }) => [arn, tags, trustPolicy && documentText(trustPolicy)]),
    accounts.map(accountText),
    owners,
    endpoints.map(({ policy, ...facts }) => [facts, policy && documentText(policy)]),
    mandatoryResourcePolicies,
  ]);
}

function accountText({ serviceControlPolicies: _, resourceControlPolicies = [], ...facts }: AccountFacts): unknown {
  return [facts, resourceControlPolicies.map((level) => level.map(documentText))];
}

const documentTexts = new WeakMap<object, string>();

/** A document without the places of its parts. */
function documentText({ document }: NamedPolicy): string {
  let text = documentTexts.get(document);
  if (text === undefined) {
    const isPlace = /^(?:source|sid|.*[oO]ffsets?)$/;
    // Its own id says nothing; ids of principals do.
    const said = { ...document, id: undefined };
    text = JSON.stringify(said, (key, value: unknown) => (isPlace.test(key) ? undefined : value));
    documentTexts.set(document, text);
  }
  return text;
}
