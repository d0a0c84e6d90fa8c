/**
 * From declarations to a policy set: resolves every reference, refuses duplicates, gives principals
 * the policies they carry (EVAL-3). Findings tell what does not fit; the caller refuses the set then.
 */

import { didYouMean, Guesses } from "../../text/closest-name.js";
import { compareTexts } from "../../text/compare-texts.js";
import type { Finding } from "../../text/finding.js";
import { quote } from "../../text/quote.js";
import type { Reference, TreePlace } from "../../text/tree-place.js";
import { placeText, positionOf, report } from "../../text/tree-place.js";
import { isAwsPartition, parseArn } from "../document/arn.js";
import {
  carriedPolicies,
  type DirectoryGroup,
  type DirectoryPrincipal,
  type NamedPolicy,
  type PolicyOwner,
  type PolicySet,
  type PolicySetCounts,
} from "../policy-set.js";
import { digestPolicySet } from "../policy-set-digest.js";
import { parseRequester } from "../requester.js";
import type { Declarations, EntityDeclaration, FederatedUserDeclaration, GroupDeclaration } from "./declaration.js";
import { accountFacts } from "./organization-facts.js";
import type { PolicyDirectory } from "./policy-directory.js";
import { policyDirectory } from "./policy-directory.js";
import { reportDuplicate } from "./policy-reading.js";
import { linkOwners } from "./verdict-owners.js";

/** The policy set that declarations make. It is of use only if no finding is an error. */
export function linkPolicySet(declarations: Declarations, findings: Finding[]): PolicySet {
  const directory = policyDirectory(declarations, findings);
  const accounts = accountFacts(declarations, directory);
  checkUniqueNames(declarations);
  checkAccountsOfArns(declarations);
  const groups = groupTable(declarations, directory);
  const content = {
    profile: declarations.profile,
    accounts,
    principals: linkPrincipals(declarations, directory, groups).sort((left, right) =>
      compareTexts(left.arn, right.arn),
    ),
    resources: distinctBy(declarations.resources, ({ arn }) => arn).map(
      ({ place: _place, account, policy, ...rest }) => ({
        ...rest,
        ...(account === undefined ? {} : { account }),
        ...(policy === undefined ? {} : { policy }),
      }),
    ),
    endpoints: distinctBy(declarations.endpoints, ({ id }) => id).map(({ id, account, vpc, policy }) => ({
      id,
      ...(account === undefined ? {} : { account }),
      ...(vpc === undefined ? {} : { vpc }),
      ...(policy === undefined ? {} : { policy }),
    })),
    mandatoryResourcePolicies: distinctTexts(declarations),
    owners: linkOwners(declarations),
  };
  directory.checkUnattached();
  const refused = findings.some(({ severity }) => severity === "error");
  const { sha256, documents } = declarations;
  let digest = refused ? "" : undefined;
  return {
    ...content,
    groups: groups.all(),
    // A sixth of the time that a large set takes, and audits never ask.
    get digest() {
      digest ??= digestPolicySet(content, sha256, documents);
      return digest;
    },
    counts: countsOf(declarations, accounts),
  };
}

function linkPrincipals(
  declarations: Declarations,
  directory: PolicyDirectory,
  groups: GroupTable,
): DirectoryPrincipal[] {
  const entities = new Map<string, DirectoryPrincipal>();
  for (const entity of [...declarations.users, ...declarations.roles]) {
    if (!entities.has(entity.arn)) entities.set(entity.arn, linkEntity(entity, directory, groups));
  }
  const federated = declarations.federatedUsers.flatMap(
    (user) => linkFederatedUser(user, entities, declarations) ?? [],
  );
  return [...entities.values(), ...federated];
}

function linkEntity(entity: EntityDeclaration, directory: PolicyDirectory, groups: GroupTable): DirectoryPrincipal {
  const { arn, requester, uniqueId, tags, trustPolicy } = entity;
  const account = requester.account ?? "";
  const attached = [
    ...directory.resolve(entity.managedPolicies, "identity", account),
    ...owned(entity.inlinePolicies, requester.kind === "user" ? "user" : "role", requester.name),
    ...entity.groups.flatMap((reference) => groups.policiesOf(reference, account, arn)),
  ];
  const carried = carriedPolicies((member, type) => {
    const reference = entity.carried[member];
    return reference && directory.resolve([{ kind: "named", ...reference }], type, account)[0];
  });
  return {
    kind: requester.kind,
    arn,
    account,
    ...(uniqueId === undefined ? {} : { uniqueId }),
    tags,
    identityPolicies: [...new Set(attached)],
    ...carried,
    ...(trustPolicy === undefined ? {} : { trustPolicy }),
  };
}

function linkFederatedUser(
  user: FederatedUserDeclaration,
  entities: ReadonlyMap<string, DirectoryPrincipal>,
  { profile }: Declarations,
): DirectoryPrincipal | undefined {
  const { arn, requester, issuer, sessionTags } = user;
  const issuerName = parseRequester(issuer.text, profile);
  const account = requester.account ?? "";
  if (issuerName?.kind !== "user" && issuerName?.kind !== "root") {
    report(issuer.place, "SET-REFERENCE", `${quote(issuer.text)} is not the ARN of a user or of a root user`);
    return undefined;
  }
  if (issuerName.account !== account) {
    report(issuer.place, "SET-REFERENCE", `the issuer is not of account ${quote(account)}`);
    return undefined;
  }
  const entity = entities.get(issuer.text);
  if (entity === undefined && issuerName.kind === "user") {
    report(issuer.place, "SET-REFERENCE", `unknown user ${quote(issuer.text)}`);
  }
  return {
    kind: "federatedUser",
    arn,
    account,
    issuerArn: issuer.text,
    ...(entity?.uniqueId === undefined ? {} : { uniqueId: entity.uniqueId }),
    tags: entity?.tags ?? [],
    identityPolicies: entity?.identityPolicies ?? [],
    ...carriedPolicies((member) => entity?.[member]),
    sessionTags,
  };
}

/** Inline policies with what they stand in. */
function owned(policies: readonly NamedPolicy[], kind: PolicyOwner["kind"], name: string): readonly NamedPolicy[] {
  return policies.map((policy) => ({ ...policy, owner: { kind, name } }));
}

interface GroupTable {
  /** With the members that have been told of. */
  all(): readonly DirectoryGroup[];
  /** The policies that a member has of a group. */
  policiesOf(reference: Reference, account: string, member: string): readonly NamedPolicy[];
}

function groupTable(declarations: Declarations, directory: PolicyDirectory): GroupTable {
  const known = new Map<string, GroupDeclaration>();
  const policies = new Map<GroupDeclaration, readonly NamedPolicy[]>();
  const members = new Map<GroupDeclaration, Set<string>>();
  for (const group of declarations.groups) {
    known.set(group.arn, group);
    known.set(`${group.account}/${group.name}`, group);
    const managed = directory.resolve(group.managedPolicies, "identity", group.account);
    policies.set(group, [...managed, ...owned(group.inlinePolicies, "group", group.name)]);
  }
  const guesses = new Guesses();
  return {
    all: () =>
      [...policies].map(([group, identityPolicies]) => {
        return { arn: group.arn, identityPolicies, members: [...(members.get(group) ?? [])] };
      }),
    policiesOf({ text, place }, account, member) {
      const group = known.get(text.startsWith("arn:") ? text : `${account}/${text}`);
      if (group !== undefined && group.account === account) {
        members.set(group, (members.get(group) ?? new Set()).add(member));
        return policies.get(group) ?? [];
      }
      const meant = text.startsWith("arn:")
        ? undefined
        : guesses.meant(
            text,
            declarations.groups.flatMap((one) => (one.account === account ? [one.name] : [])),
          );
      report(place, "SET-REFERENCE", `unknown group ${quote(text)} in account ${quote(account)}${didYouMean(meant)}`);
      return [];
    },
  };
}

function checkUniqueNames(declarations: Declarations): void {
  const { users, roles, groups, federatedUsers, resources, endpoints } = declarations;
  refuseRepeated([...users, ...roles, ...groups, ...federatedUsers], ({ arn }) => arn);
  refuseRepeated(resources, ({ arn }) => arn);
  refuseRepeated(endpoints, ({ id }) => id);
  refuseRepeated(
    [...users, ...roles].filter(({ uniqueId }) => uniqueId !== undefined),
    ({ uniqueId }) => uniqueId ?? "",
  );
  // A session ARN has no path, so its role is found by account and name.
  refuseNamesakes(
    roles.map(({ requester, ...role }) => ({ ...role, account: requester.account ?? "", name: requester.name })),
    "role",
  );
  refuseNamesakes(groups, "group");
}

/** An id with a digit too many or too few is nobody's, and everything that is looked up in it is missing. */
function checkAccountsOfArns({ profile, ...declarations }: Declarations): void {
  if (profile !== "aws") return;
  const { users, roles, groups, federatedUsers, policies, resources } = declarations;
  for (const { arn, place } of [...users, ...roles, ...groups, ...federatedUsers, ...policies, ...resources]) {
    const fields = parseArn(arn ?? "");
    if (fields === undefined || !isAwsPartition(fields.partition) || !/^[0-9]+$/.test(fields.account)) continue;
    const { length } = fields.account;
    if (length === 12) continue;
    const message = `${quote(arn ?? "")} has an account of ${length} digit${length === 1 ? "" : "s"}`;
    report(place, "LINT-ARN-ACCOUNT", message, "error", "write the twelve digits of the account");
  }
}

function refuseRepeated<T extends { readonly place: TreePlace }>(
  items: readonly T[],
  keyOf: (item: T) => string,
): void {
  const seen = new Map<string, T>();
  for (const item of items) {
    const key = keyOf(item);
    const earlier = seen.get(key);
    if (earlier === undefined) seen.set(key, item);
    else reportDuplicate(item.place, key, earlier.place);
  }
}

interface Namesake {
  readonly place: TreePlace;
  readonly arn: string;
  readonly account: string;
  readonly name: string;
}

function refuseNamesakes(items: readonly Namesake[], kind: string): void {
  const seen = new Map<string, Namesake>();
  for (const item of items) {
    const key = `${item.account}/${item.name}`;
    const earlier = seen.get(key);
    if (earlier === undefined) seen.set(key, item);
    else if (earlier.arn !== item.arn) {
      const first = placeText(positionOf(earlier.place));
      const subject = `${kind} ${quote(item.name)} of account ${quote(item.account)}`;
      report(item.place, "SET-DUPLICATE", `${subject} is declared twice: first at ${first}`);
    }
  }
}

function distinctBy<T>(items: readonly T[], keyOf: (item: T) => string): readonly T[] {
  const byKey = new Map(items.map((item) => [keyOf(item), item]));
  return [...byKey].sort(([left], [right]) => compareTexts(left, right)).map(([, item]) => item);
}

function distinctTexts({ mandatoryResourcePolicies }: Declarations) {
  return distinctBy(mandatoryResourcePolicies, ({ action, resource }) => `${action}\n${resource}`);
}

function countsOf(declarations: Declarations, accounts: PolicySet["accounts"]): PolicySetCounts {
  const { users, groups, roles, policies, documents, resources, endpoints, owners } = declarations;
  const known = new Set(accounts.map(({ id }) => id));
  for (const { requester } of [...users, ...roles]) known.add(requester.account ?? "");
  for (const { account } of groups) known.add(account);
  return {
    accounts: known.size,
    users: users.length,
    groups: groups.length,
    roles: roles.length,
    policies: new Set(policies.map(({ arn, name }) => arn ?? name)).size,
    documents: documents.size,
    statements: [...documents.keys()].reduce((sum, { statements }) => sum + statements.length, 0),
    resources: resources.length,
    endpoints: endpoints.length,
    owners: owners.length,
  };
}
