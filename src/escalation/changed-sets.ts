/** The set as it is once somebody has changed what their way changes: every answer about what follows is decided over it. */
import { parseArn } from "../policy/document/arn.js";
import type { PolicyDocument, PrincipalEntry, Statement } from "../policy/document/document.js";
import type { DirectoryPrincipal, NamedPolicy, PolicySet } from "../policy/policy-set.js";
import type { PolicyVersion } from "./inventory.js";

const nowhere = { file: "", positionAt: () => ({ file: "", line: 0, column: 0 }) };

function document(statement: Partial<Statement>): PolicyDocument {
  const whole: Statement = {
    effect: "Allow",
    action: { negated: false, patterns: ["*"] },
    conditions: [],
    source: nowhere,
    offset: 0,
    ...statement,
  };
  return { version: "2012-10-17", statements: [whole], source: nowhere, offset: 0 };
}

const everything: NamedPolicy = {
  name: "everything",
  document: document({ resource: { negated: false, patterns: ["*"] } }),
};

function changed(set: PolicySet, change: string, of: (principal: DirectoryPrincipal) => DirectoryPrincipal): PolicySet {
  return { ...set, digest: `${set.digest} ${change}`, principals: set.principals.map(of) };
}

function isEntity({ kind }: DirectoryPrincipal): boolean {
  return kind === "user" || kind === "role";
}

/** Everybody carries a policy that allows everything, beside what they carry. */
export function raisedSet(set: PolicySet): PolicySet {
  return changed(set, "raised", (one) =>
    isEntity(one) ? { ...one, identityPolicies: [...one.identityPolicies, everything] } : one,
  );
}

/** There are users and roles of other accounts, who carry a policy that allows everything. */
export function joinedByOthers(set: PolicySet, arns: Iterable<string>): PolicySet {
  const others = [...arns].flatMap((arn): DirectoryPrincipal[] => {
    const { account = "", rest = "" } = parseArn(arn) ?? {};
    const kind = rest.startsWith("role/") ? "role" : rest.startsWith("user/") ? "user" : undefined;
    return kind === undefined ? [] : [{ kind, arn, account, identityPolicies: [everything], tags: [] }];
  });
  const digest = `${set.digest} joined by ${others.map(({ arn }) => arn).join(" ")}`;
  return { ...set, digest, principals: [...set.principals, ...others] };
}

/** Nobody has a boundary. */
export function unboundedSet(set: PolicySet): PolicySet {
  return changed(set, "unbounded", ({ permissionsBoundary: _, ...rest }) => rest);
}

/** Nobody carries a policy that denies anything. */
export function undeniedSet(set: PolicySet): PolicySet {
  return changed(set, "undenied", (one) => ({
    ...one,
    identityPolicies: one.identityPolicies.filter((policy) => !holdsDeny(policy)),
  }));
}

/** Whether some statement denies. */
export function holdsDeny({ document: { statements } }: NamedPolicy): boolean {
  return statements.some(({ effect }) => effect === "Deny");
}

/** No service control policy binds. */
export function freeSet(set: PolicySet): PolicySet {
  const accounts = set.accounts.map(({ serviceControlPolicies: _, ...rest }) => rest);
  return { ...changed(set, "free", (one) => one), accounts };
}

/** Another version of a managed policy is in force, wherever the policy is carried. */
export function versionSet(set: PolicySet, policy: string, { id, document: inForce }: PolicyVersion): PolicySet {
  const of = (one: NamedPolicy): NamedPolicy => (one.name === policy ? { ...one, document: inForce } : one);
  const made = changed(set, `${id} of ${policy}`, ({ permissionsBoundary, ...one }) => ({
    ...one,
    identityPolicies: one.identityPolicies.map(of),
    ...(permissionsBoundary === undefined ? {} : { permissionsBoundary: of(permissionsBoundary) }),
  }));
  const groups = set.groups?.map((group) => ({ ...group, identityPolicies: group.identityPolicies.map(of) }));
  return groups === undefined ? made : { ...made, groups };
}

/** Every user is in the group. */
export function joinedSet(set: PolicySet, group: string): PolicySet {
  const policies = set.groups?.find(({ arn }) => arn === group)?.identityPolicies ?? [];
  return changed(set, `joined ${group}`, (one) =>
    one.kind === "user" ? { ...one, identityPolicies: [...new Set([...one.identityPolicies, ...policies])] } : one,
  );
}

/** Every role is trusted by each user and role by name, and nothing else is asked for. */
export function trustingSet(set: PolicySet): PolicySet {
  const entries = set.principals.flatMap((one): PrincipalEntry[] =>
    one.kind === "user" || one.kind === "role" ? [{ kind: one.kind, arn: one.arn }] : [],
  );
  const trustPolicy: NamedPolicy = {
    name: "trust policy",
    document: document({
      principal: { negated: false, entries },
      action: { negated: false, patterns: ["sts:AssumeRole"] },
    }),
  };
  return changed(set, "trusting", (one) => (one.kind === "role" ? { ...one, trustPolicy } : one));
}
