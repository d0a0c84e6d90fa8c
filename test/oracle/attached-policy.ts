// The policies of a case that bind the requester, read and named, in the order of explanations (EVAL-3, OUT-3).
import { type PolicyDocument, readDocument } from "./document.js";
import { foldAscii } from "./fold.js";
import { InputError } from "./input-error.js";
import { isIssuedByRoot, isServiceLinked, type Requester } from "./requester.js";
import type { CasePolicies, CaseRequest, NamedDocument, PolicyType, Profile } from "./simulation-case.js";

/** A document with its place among the documents of its type. */
export interface AttachedPolicy {
  readonly policyType: PolicyType;
  readonly name: string;
  /** Index among the documents of the type, levels flattened. */
  readonly documentIndex: number;
  /** Level of an SCP or RCP, organization root first; 0 elsewhere. */
  readonly level: number;
  readonly document: PolicyDocument;
}

/** The policies of the types that bind a requester. */
export interface BindingPolicies {
  readonly policies: readonly AttachedPolicy[];
  /** How many SCP levels bind the requester; a level may be empty (SCP-2). */
  readonly scpLevelCount: number;
  readonly rcpLevelCount: number;
}

/** Reads every document, then keeps those that bind the requester (DOC-12, EVAL-3). */
export function bindPolicies(
  policies: CasePolicies,
  request: CaseRequest,
  requester: Requester,
  profile: Profile,
): BindingPolicies {
  const binds = bindingTypes(requester, request, profile);
  if (!binds.has("session")) refuseSessionFacts(request);
  const bindsGroups = requester.kind === "User" || requester.kind === "FederatedUser"; // EVAL-3: never a role's groups
  const identity = attachNamed(policies.identity ?? [], 0);
  const groups = attachNamed(groupDocuments(policies.groups), identity.length);
  const attached = [
    ...identity,
    ...(bindsGroups ? groups : []),
    ...attachOne("boundary", policies.boundary),
    ...attachSessions(policies.session, request.sessionPolicies),
    ...attachOne("resource", policies.resource),
    ...attachOne("endpoint", policies.endpoint),
    ...attachLevels("scp", policies.scps ?? []),
    ...attachLevels("rcp", policies.rcps ?? []),
  ];
  return {
    policies: attached.filter(({ policyType }) => binds.has(policyType)),
    scpLevelCount: binds.has("scp") ? (policies.scps ?? []).length : 0,
    rcpLevelCount: binds.has("rcp") ? (policies.rcps ?? []).length : 0,
  };
}

/**
 * Which policy types bind which requester (EVAL-3, SCP-6, RCP-4). A case gives the SCPs of the requester's account and the RCPs of the
 * owner's (IN-5, XACC-3); those bind everyone else (RCP-3).
 */
export function bindingTypes(requester: Requester, request: CaseRequest, profile: Profile): ReadonlySet<PolicyType> {
  const types = new Set<PolicyType>(["resource", "endpoint", "scp", "rcp"]);
  switch (requester.kind) {
    case "User":
      types.add("identity").add("boundary");
      break;
    case "Session":
    case "Role":
      types.add("identity").add("boundary").add("session");
      break;
    case "FederatedUser":
      types.add("session");
      if (!isIssuedByRoot(requester)) types.add("identity").add("boundary"); // EVAL-8
      break;
    case "Service":
    case "Provider":
    case "Anonymous":
      types.delete("scp");
      break;
    case "Root":
      break;
  }
  if (profile === "aws") {
    if (isServiceLinked(requester))
      for (const type of ["boundary", "session", "scp", "rcp"] as const) types.delete(type);
    if (request.principalInManagementAccount === true) types.delete("scp");
    if (request.resourceInManagementAccount === true) types.delete("rcp");
    if (foldAscii(request.action) === "kms:retiregrant") types.delete("rcp");
  }
  return types;
}

/** Who narrows rights must not get the wide ones (IN-7). */
function refuseSessionFacts({ sessionPolicies, sessionTags }: CaseRequest): void {
  if (sessionPolicies !== undefined && sessionPolicies.length > 0) {
    throw new InputError("IN-7", "session policies for a requester that none binds");
  }
  if (sessionTags !== undefined && Object.keys(sessionTags).length > 0) {
    throw new InputError("IN-7", "session tags for a requester that none binds");
  }
}

/** Groups in the given order (IN-4). */
function groupDocuments(groups: CasePolicies["groups"]): readonly NamedDocument[] {
  if (groups === undefined) return [];
  return isDocumentList(groups) ? groups : Object.values(groups).flat();
}

function isDocumentList(groups: NonNullable<CasePolicies["groups"]>): groups is readonly NamedDocument[] {
  return Array.isArray(groups);
}

function attachNamed(documents: readonly NamedDocument[], firstIndex: number): AttachedPolicy[] {
  return documents.map(({ name, document }, index) => attach("identity", name, firstIndex + index, document));
}

function attachOne(policyType: "boundary" | "resource" | "endpoint", document: unknown): AttachedPolicy[] {
  return document === undefined || document === null ? [] : [attach(policyType, policyType, 0, document)];
}

/** One session document or several, then those of the request (EVAL-8). */
function attachSessions(session: unknown, ofRequest: readonly unknown[] | undefined): AttachedPolicy[] {
  const single: readonly unknown[] = session === undefined || session === null ? [] : [session];
  const ofCase: readonly unknown[] = Array.isArray(session) ? session : single;
  return [...ofCase, ...(ofRequest ?? [])].map((document, index) =>
    attach("session", `session[${index}]`, index, document),
  );
}

function attachLevels(policyType: "scp" | "rcp", levels: readonly (readonly unknown[])[]): AttachedPolicy[] {
  return levels
    .flatMap((documents, level) => documents.map((document, index) => ({ document, level, index })))
    .map(({ document, level, index }, documentIndex) =>
      attach(policyType, `${policyType}s[${level}][${index}]`, documentIndex, document, level),
    );
}

function attach(
  policyType: PolicyType,
  name: string,
  documentIndex: number,
  document: unknown,
  level = 0,
): AttachedPolicy {
  return { policyType, name, documentIndex, level, document: readDocument(document) };
}
