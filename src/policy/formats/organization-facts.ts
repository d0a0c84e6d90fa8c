/**
 * What a decision needs to know about accounts (IN-4): the place of each in its organization and the
 * control policies of every level from the root down.
 */

import { controlTypes } from "../../question/layers.js";
import { compareTexts } from "../../text/compare-texts.js";
import { quote } from "../../text/quote.js";
import { placeText, positionOf, report, type TreePlace } from "../../text/tree-place.js";
import { type AccountFacts, type AccountPolicies, accountPolicyMembers } from "../policy-set.js";
import type { AccountDeclaration, Declarations, OrganizationDeclaration, OrganizationNode } from "./declaration.js";
import type { PolicyDirectory } from "./policy-directory.js";
import { fullAccess } from "./policy-directory.js";
import { reportDuplicate } from "./policy-reading.js";

/** The facts of every account that is declared or belongs to an organization, sorted by id. */
export function accountFacts(declarations: Declarations, directory: PolicyDirectory): readonly AccountFacts[] {
  const declared = new Map<string, AccountDeclaration>();
  for (const account of declarations.accounts) {
    const earlier = declared.get(account.id);
    if (earlier === undefined) declared.set(account.id, account);
    else reportDuplicate(account.place, account.id, earlier.place);
  }
  const members = new Map<string, Member>();
  const nodes = new Map<string, TreePlace>();
  for (const organization of declarations.organizations) collectMembers(organization, members, nodes);
  for (const organization of declarations.organizations) checkManagementAccount(organization, members);

  const enabled = enabledTypes(members, declared);
  const facts = [...members].map(([id, member]) => factsOfMember(id, member, declared.get(id)));
  for (const account of declared.values()) {
    if (members.has(account.id)) continue;
    if (account.controlPolicies.size > 0) {
      report(
        account.place,
        "SET-ORGANIZATION",
        `account ${quote(account.id)} has control policies but is in no organization`,
      );
    }
    facts.push({ id: account.id, ...canonical(account), organizationPaths: [], isManagementAccount: false });
  }
  return facts.sort((left, right) => compareTexts(left.id, right.id));

  function factsOfMember(id: string, member: Member, account: AccountDeclaration | undefined): AccountFacts {
    const { organization, path } = member;
    const levels = [...path, account];
    return {
      id,
      ...canonical(account),
      organizationId: organization.id,
      organizationPaths: [`${[organization, ...path].map((node) => node.id).join("/")}/`],
      isManagementAccount: organization.managementAccount?.text === id,
      ...policiesOf(organization, levels),
    };
  }

  /** What binds below the last of the nodes: levels of every type that is enabled. */
  function policiesOf(organization: OrganizationDeclaration, nodes: readonly Level[]): AccountPolicies {
    const policies: { -readonly [Member in keyof AccountPolicies]: AccountPolicies[Member] } = {};
    for (const [member, type] of accountPolicyMembers) {
      if (enabled.get(organization)?.has(member) !== true) continue;
      policies[member] = nodes.map((node) => {
        const attached = node?.controlPolicies.get(member);
        if (attached === undefined) return controlTypes[type].fullAccess.isImplied ? [] : [fullAccess];
        return [...new Set(directory.resolve(attached, type))];
      });
    }
    return policies;
  }
}

/** A node on the way from the root down to an account, or the account itself, which need not be declared. */
type Level = OrganizationNode | AccountDeclaration | undefined;

/** An account in its organization, with the nodes from the root down. */
interface Member {
  readonly organization: OrganizationDeclaration;
  readonly path: readonly OrganizationNode[];
  readonly place: TreePlace;
}

function collectMembers(
  organization: OrganizationDeclaration,
  members: Map<string, Member>,
  nodes: Map<string, TreePlace>,
): void {
  checkNode(organization);
  visit(organization.root, []);

  function visit(node: OrganizationNode, above: readonly OrganizationNode[]): void {
    checkNode(node);
    const path = [...above, node];
    for (const { text, place } of node.accounts) {
      const earlier = members.get(text);
      if (earlier === undefined) {
        members.set(text, { organization, path, place });
        continue;
      }
      const first = placeText(positionOf(earlier.place));
      report(place, "SET-ORGANIZATION", `account ${quote(text)} has two places in organizations: first at ${first}`);
    }
    for (const unit of node.units) visit(unit, path);
  }

  function checkNode({ id, place }: { readonly id: string; readonly place: TreePlace }): void {
    const earlier = nodes.get(id);
    if (earlier === undefined) nodes.set(id, place);
    else reportDuplicate(place, id, earlier);
  }
}

function checkManagementAccount(
  { managementAccount, id }: OrganizationDeclaration,
  members: Map<string, Member>,
): void {
  if (managementAccount === undefined || members.get(managementAccount.text)?.organization.id === id) return;
  const { place, text } = managementAccount;
  report(place, "SET-REFERENCE", `account ${quote(text)} is nowhere in the tree of the organization`);
}

/** A type of control policies is enabled in an organization when any node or account of it has a member for it. */
function enabledTypes(
  members: Map<string, Member>,
  declared: ReadonlyMap<string, AccountDeclaration>,
): ReadonlyMap<OrganizationDeclaration, ReadonlySet<keyof AccountPolicies>> {
  const enabled = new Map<OrganizationDeclaration, Set<keyof AccountPolicies>>();
  for (const [id, { organization }] of members) {
    const types = enabled.get(organization) ?? new Set(mentionedTypes(organization.root));
    for (const member of declared.get(id)?.controlPolicies.keys() ?? []) types.add(member);
    enabled.set(organization, types);
  }
  return enabled;
}

function mentionedTypes(node: OrganizationNode): readonly (keyof AccountPolicies)[] {
  return [...node.controlPolicies.keys(), ...node.units.flatMap(mentionedTypes)];
}

function canonical(account: AccountDeclaration | undefined) {
  return account?.canonicalId === undefined ? {} : { canonicalId: account.canonicalId };
}
