/** Listings of AWS Organizations, one file a call. What a call was about stands in the name of its file only. */
import { isJsonObject } from "../../text/json-object.js";
import type { OrganizationListing } from "./evidence.js";
import { organizationIdOfName } from "./origin.js";
import { documentIn, isTruncated, objectsOf, type Recogniser, textOf } from "./recognised.js";

/** Members of answers, with what an entry has to have that other answers with such a member lack. */
const listings: readonly {
  readonly member: string;
  readonly what: OrganizationListing["what"];
  readonly has: readonly string[];
}[] = [
  { member: "Roots", what: "roots", has: ["Id"] },
  { member: "OrganizationalUnits", what: "units", has: ["Id"] },
  { member: "Accounts", what: "accounts", has: ["Id", "Status"] },
  { member: "Policies", what: "policies", has: ["Id", "Type"] },
  { member: "Children", what: "children", has: ["Id", "Type"] },
  { member: "Parents", what: "parents", has: ["Id", "Type"] },
  { member: "Targets", what: "targets", has: ["TargetId", "Type"] },
];

/** `list-roots`, `list-organizational-units-for-parent`, `list-accounts-for-parent`, `list-policies-for-target` and their like. */
export const organizationListing: Recogniser = (value, { file }, { organization }) => {
  for (const { member, what, has } of listings) {
    const items = objectsOf(value[member]);
    if (items === undefined || !items.every((item) => has.every((name) => typeof item[name] === "string"))) continue;
    // Of an empty list only the name can say what it is; other services have lists of such names, too.
    if (items.length === 0 && organizationIdOfName(file) === undefined) continue;
    return {
      kind: "organization",
      accounts: managementAccounts(items),
      entries: items.length,
      isTruncated: isTruncated(value),
      take: (from) => organization.push({ ...from, what, about: organizationIdOfName(file), items }),
    };
  }
  return undefined;
};

/** `describe-organization`. */
export const describedOrganization: Recogniser = (value, _origin, { organization }) => {
  const item = value.Organization;
  if (!isJsonObject(item) || typeof item.Id !== "string") return undefined;
  const account = textOf(item.MasterAccountId) ?? textOf(item.ManagementAccountId);
  return {
    kind: "organization",
    accounts: account === undefined ? [] : [account],
    entries: 1,
    take: (from) => organization.push({ ...from, what: "organization", about: undefined, items: [item] }),
  };
};

/** `organizations describe-policy`. */
export const describedPolicy: Recogniser = (value, _origin, { organizationPolicies }) => {
  const policy = value.Policy;
  if (!isJsonObject(policy) || !isJsonObject(policy.PolicySummary)) return undefined;
  const { Id, Arn, Name, Type } = policy.PolicySummary;
  const id = textOf(Id);
  if (id === undefined) return undefined;
  const content = documentIn(policy.Content);
  return {
    kind: "organization policy",
    accounts: managementAccounts([policy.PolicySummary]),
    entries: 1,
    take: (from) =>
      organizationPolicies.push({
        ...from,
        id,
        arn: textOf(Arn) ?? "",
        name: textOf(Name) ?? id,
        type: textOf(Type) ?? "",
        content,
      }),
  };
};

/** ARNs of an organization name the account that manages it. */
function managementAccounts(items: readonly { readonly [name: string]: unknown }[]): readonly string[] {
  const found = new Set<string>();
  for (const { Arn } of items) {
    const [, , service, , account = ""] = typeof Arn === "string" ? Arn.split(":") : [];
    if (service === "organizations" && /^[0-9]{12}$/.test(account)) found.add(account);
  }
  return [...found];
}
