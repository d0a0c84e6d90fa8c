/** Who carries which policies, and how: what a set of decisions no longer needs to know, and people want to be told. */
import type { Statement } from "../../policy/document/document.js";
import type {
  Declarations,
  EntityDeclaration,
  GroupDeclaration,
  PolicyReference,
} from "../../policy/formats/declaration.js";
import { policyDirectory } from "../../policy/formats/policy-directory.js";
import type { NamedPolicy } from "../../policy/policy-set.js";
import { accountOfArn } from "../../policy/requester.js";
import type { SourcePosition } from "../../text/finding.js";
import { positionOf } from "../../text/tree-place.js";

/** A policy in the place where it is attached. */
export interface Attachment {
  readonly policy: NamedPolicy;
  readonly how: "managed" | "inline";
}

/** A user, a group or a role. */
export interface Carrier {
  readonly kind: "user" | "group" | "role";
  readonly arn: string;
  /** Without its path. */
  readonly name: string;
  readonly account: string;
  readonly attachments: readonly Attachment[];
  /** Users: the groups that they are in. */
  readonly groups: readonly string[];
  /** Groups: the users in them. */
  readonly members: readonly string[];
  readonly boundary: NamedPolicy | undefined;
  readonly trustPolicy: NamedPolicy | undefined;
  readonly place: SourcePosition;
}

/** Everybody of a set who carries policies. */
export function carriersOf(declarations: Declarations): readonly Carrier[] {
  const directory = policyDirectory(declarations, []);
  const groupsByName = new Map(declarations.groups.map((group) => [`${group.account} ${group.name}`, group]));
  const members = new Map<string, string[]>();
  const attachmentsOf = (
    managed: readonly PolicyReference[],
    inline: readonly NamedPolicy[],
    account: string,
  ): readonly Attachment[] => [
    ...managed.flatMap((reference): readonly Attachment[] =>
      directory
        .resolve([reference], "identity", account)
        .map((policy) => ({ policy, how: reference.kind === "inline" ? "inline" : "managed" })),
    ),
    ...inline.map((policy): Attachment => ({ policy, how: "inline" })),
  ];
  const entity = (kind: "user" | "role", one: EntityDeclaration): Carrier => {
    const account = one.requester.account ?? accountOfArn(one.arn);
    const groups = one.groups.flatMap(({ text }) => {
      const group = groupsByName.get(`${account} ${text}`) ?? declarations.groups.find(({ arn }) => arn === text);
      return group === undefined ? [] : [group.arn];
    });
    for (const group of groups) members.set(group, [...(members.get(group) ?? []), one.arn]);
    const { permissionsBoundary } = one.carried;
    const [boundary] =
      permissionsBoundary === undefined
        ? []
        : directory.resolve([{ kind: "named", ...permissionsBoundary }], "boundary", account);
    return {
      kind,
      arn: one.arn,
      name: one.arn.slice(one.arn.lastIndexOf("/") + 1),
      account,
      attachments: attachmentsOf(one.managedPolicies, one.inlinePolicies, account),
      groups,
      members: [],
      boundary,
      trustPolicy: one.trustPolicy,
      place: positionOf(one.place),
    };
  };
  const users = declarations.users.map((user) => entity("user", user));
  const roles = declarations.roles.map((role) => entity("role", role));
  const groups = declarations.groups.map(
    (group: GroupDeclaration): Carrier => ({
      kind: "group",
      arn: group.arn,
      name: group.name,
      account: group.account,
      attachments: attachmentsOf(group.managedPolicies, group.inlinePolicies, group.account),
      groups: [],
      members: members.get(group.arn) ?? [],
      boundary: undefined,
      trustPolicy: undefined,
      place: positionOf(group.place),
    }),
  );
  return [...users, ...groups, ...roles];
}

/** Where a statement is written. */
export function placeOfStatement({ source, offset }: Statement): SourcePosition | undefined {
  const place = source.positionAt(offset);
  return place.file === "" ? undefined : place;
}
