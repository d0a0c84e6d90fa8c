/**
 * One simulation case (VEC-2, VEC-3) as a policy set of one principal and one resource, and the
 * question about them. A case that cannot be decided gives an error text, never a decision.
 */

import { nodePlatform } from "../files/node-platform.js";
import { emptyDeclarations } from "../policy/formats/declaration.js";
import type { Reading } from "../policy/formats/policy-reading.js";
import { linkOwners, readOwners } from "../policy/formats/verdict-owners.js";
import { readMandatoryResourcePolicies } from "../policy/formats/verdict-resources.js";
import { type OwnerPattern, ownerOf } from "../policy/owner-patterns.js";
import type {
  AccountFacts,
  AccountPolicies,
  DirectoryPrincipal,
  DirectoryResource,
  PolicySet,
  PrincipalKind,
} from "../policy/policy-set.js";
import { digestPolicySet } from "../policy/policy-set-digest.js";
import type { Requester } from "../policy/requester.js";
import { accountOfArn, isFederationAction, parseRequester } from "../policy/requester.js";
import type { AuthorizationQuestion } from "../question/authorization-question.js";
import { questionMembers, readQuestion } from "../question/authorization-question.js";
import { type Decision, decisions } from "../question/decision.js";
import { compareTexts } from "../text/compare-texts.js";
import type { Finding } from "../text/finding.js";
import { quote } from "../text/quote.js";
import type { SourceText } from "../text/source-text.js";
import type { TreeNode } from "../text/tree.js";
import type { Members, TreePlace } from "../text/tree-place.js";
import {
  readBoolean,
  readItems,
  readMembers,
  readReferences,
  readTags,
  readText,
  report,
  requireMember,
} from "../text/tree-place.js";
import type { CasePolicies } from "./simulation-policies.js";
import { readCasePolicies } from "./simulation-policies.js";

/** A case that can be decided. */
export interface SimulationCase {
  readonly id: string;
  readonly policySet: PolicySet;
  readonly request: AuthorizationQuestion;
  readonly whatIf: boolean;
  readonly expect?: Decision["decision"];
}

/** A case that cannot: why, in one line, and every finding. */
export interface SimulationCaseError {
  readonly id?: string;
  readonly error: string;
  readonly findings: readonly Finding[];
}

/** Reads one case. */
export function readSimulationCase(node: TreeNode, source: SourceText): SimulationCase | SimulationCaseError {
  const findings: Finding[] = [];
  const place = { node, source, findings, path: undefined };
  const members = readMembers(place, caseMembers);
  const id = members && readText(requireMember(place, members, "id"));
  const built = members && id !== undefined ? readCase(place, members, id) : undefined;
  const errors = findings.filter(({ severity }) => severity === "error");
  if (built !== undefined && errors.length === 0) return built;
  return { ...(id === undefined ? {} : { id }), error: errorText(errors), findings };
}

/** The members of a case. */
export const caseMembers = [
  "id",
  "policies",
  "request",
  "expect",
  "whatIf",
  "profile",
  "mandatoryResourcePolicies",
  "owners",
  "note",
  "rule",
  "uncertain",
  "strict",
  "detail",
] as const;

/** The members of its request: those of a question, and what the case says of principal and resource. */
export const caseRequestMembers = [
  ...questionMembers,
  "principalTags",
  "principalIssuerArn",
  "principalUniqueId",
  "principalOrgId",
  "principalOrgPaths",
  "principalIsProvider",
  "principalCanonicalId",
  "principalInManagementAccount",
  "resourceOrgId",
  "resourceOrgPaths",
  "resourceInManagementAccount",
  "restrictPublicBuckets",
] as const;

function readCase(place: TreePlace, members: Members, id: string): SimulationCase | undefined {
  const profile = readWord(members.get("profile"), ["aws", "generic"] as const) ?? "aws";
  const expect = readWord(members.get("expect"), decisions);
  const whatIf = readBoolean(members.get("whatIf")) ?? false;
  const policiesPlace = requireMember(place, members, "policies");
  const requestPlace = requireMember(place, members, "request");
  const request = requestPlace && readMembers(requestPlace, caseRequestMembers);
  const asked = requestPlace && request && readQuestion(requestPlace, request);
  if (policiesPlace === undefined || request === undefined || asked === undefined) return undefined;

  const requester = readRequester(request, asked.principal, profile);
  const accountIds = new Set([requester?.account, asked.resourceAccount].flatMap((account) => account ?? []));
  const declarations = emptyDeclarations(profile, nodePlatform.sha256);
  const reading: Reading = { declarations, accountIds, documentFile: () => "a simulation case has no files" };
  const isTrust = /^sts:/i.test(asked.action) && parseRequester(asked.resource, profile)?.kind === "role";
  // Documents written out are read like every other of the case; JSON texts are left to whoever decides.
  const requestSessions = readItems(request.get("sessionPolicies")).filter(({ node }) => node.kind === "object");
  const sessionTexts = requestSessions.length === 0 ? asked.sessionPolicies : [];
  const policies = readCasePolicies(reading, policiesPlace, requestSessions, isTrust ? "trust" : "resource");
  readMandatoryResourcePolicies(reading, members.get("mandatoryResourcePolicies"));
  readOwners(reading, members.get("owners"));
  const owners = linkOwners(declarations);
  if (requester === undefined || policies === undefined) return undefined;
  checkSessionMembers(requester, asked, request, profile);

  const endpoint = policies.endpoint && { id: asked.endpoint ?? "endpoint", policy: policies.endpoint };
  const question = endpoint === undefined ? asked : { ...asked, endpoint: endpoint.id };
  const content = {
    profile,
    accounts: [],
    principals: [principalOf(requester, asked, request, policies)],
    resources: [resourceOf(requester, asked, request, policies, owners)],
    endpoints: endpoint === undefined ? [] : [endpoint],
    mandatoryResourcePolicies: declarations.mandatoryResourcePolicies.sort(
      (left, right) => compareTexts(left.action, right.action) || compareTexts(left.resource, right.resource),
    ),
    owners,
  };
  const counts = {
    accounts: 0,
    users: requester.kind === "user" ? 1 : 0,
    groups: policies.groupCount,
    roles: requester.kind === "role" ? 1 : 0,
    policies: 0,
    documents: declarations.documents.size,
    statements: [...declarations.documents.keys()].reduce((sum, { statements }) => sum + statements.length, 0),
    resources: 1,
    endpoints: content.endpoints.length,
    owners: owners.length,
  };
  const isWhatIf = whatIf || asked.whatIf;
  return {
    id,
    policySet: { ...content, digest: digestPolicySet(content, declarations.sha256, declarations.documents), counts },
    request: { ...question, sessionPolicies: sessionTexts, whatIf: isWhatIf },
    whatIf: isWhatIf,
    ...(expect === undefined ? {} : { expect }),
  };
}

function readRequester(request: Members, principal: string, profile: PolicySet["profile"]): Requester | undefined {
  if (readBoolean(request.get("principalIsProvider")) === true) return { kind: "provider", name: principal };
  const requester = parseRequester(principal, profile);
  // IN-2: only identity providers call these two actions, by their ARN or a well-known name.
  const federates = isFederationAction(readText(request.get("action")) ?? "");
  const isProvider = /^arn:[^:]+:iam::[^:]+:(?:saml|oidc)-provider\/.|^(?!arn:)./s.test(principal);
  if (requester === undefined && federates && isProvider) return { kind: "provider", name: principal };
  const place = request.get("principal");
  if (requester === undefined && place !== undefined) report(place, "IN-6", `${quote(principal)} names no requester`);
  return requester;
}

/** IN-7: whoever narrows a session that does not exist must not get the wide rights. `policies.session` follows EVAL-3. */
function checkSessionMembers(
  { kind }: Requester,
  { principal, sessionPolicies, sessionTags }: AuthorizationQuestion,
  request: Members,
  profile: PolicySet["profile"],
): void {
  const role = readText(request.get("principalIssuerArn")) ?? principal;
  const isServiceLinked = profile === "aws" && /^arn:[^:]+:iam::[^:]*:role\/aws-service-role\//.test(role);
  if ((kind === "session" || kind === "role" || kind === "federatedUser") && !isServiceLinked) return;
  for (const [name, count] of [
    ["sessionPolicies", sessionPolicies.length],
    ["sessionTags", sessionTags.length],
  ] as const) {
    const place = request.get(name);
    if (place !== undefined && count > 0)
      report(place, "IN-7", `${quote(principal)} has no session that they can bind`);
  }
}

/** The issuer that a case names; one that cannot have issued such a requester is an input error (IN-2, IN-6). */
function issuerOf(kind: PrincipalKind, request: Members): string | undefined {
  const place = request.get("principalIssuerArn");
  const given = readText(place);
  if (given === undefined || place === undefined) return given;
  const issuer = parseRequester(given, "aws")?.kind;
  if (kind === "session" && issuer !== "role") report(place, "IN-6", `${quote(given)} is not the ARN of a role`);
  if (kind === "federatedUser" && issuer !== "user" && issuer !== "root") {
    report(place, "IN-6", `${quote(given)} is not the ARN of a user or a root user`);
  }
  return given;
}

function principalOf(
  requester: Requester,
  { principal, sessionTags }: AuthorizationQuestion,
  request: Members,
  policies: CasePolicies,
): DirectoryPrincipal {
  const { kind, account, partition, name } = requester;
  const uniqueId = readText(request.get("principalUniqueId"));
  const given = issuerOf(kind, request);
  const issuerArn = given ?? (kind === "session" ? `arn:${partition}:iam::${account}:role/${name}` : undefined);
  // EVAL-3: groups bind users and whoever carries the policies of a user.
  const groups = kind === "user" || kind === "federatedUser" ? policies.groups : [];
  const facts = accountFactsOf(account, {
    organizationId: readText(request.get("principalOrgId")),
    organizationPaths: textsOf(request.get("principalOrgPaths")),
    isManagementAccount: readBoolean(request.get("principalInManagementAccount")),
    canonicalId: readText(request.get("principalCanonicalId")),
    policies: policies.requesterAccount,
  });
  return {
    kind,
    arn: principal,
    ...(account === undefined ? {} : { account }),
    ...(account === undefined || facts === undefined ? {} : { accountFacts: facts }),
    ...(issuerArn === undefined ? {} : { issuerArn }),
    ...(uniqueId === undefined ? {} : { uniqueId }),
    tags: readTags(request.get("principalTags")),
    identityPolicies: [...policies.identity, ...groups],
    ...policies.carried,
    ...(policies.session.length === 0 ? {} : { sessionPolicies: policies.session }),
    // CTX-3: only sessions have session tags; EVAL-9 asks about sessions of a role.
    sessionTags: kind === "session" || kind === "role" || kind === "federatedUser" ? sessionTags : [],
  };
}

function resourceOf(
  requester: Requester,
  { resource, resourceAccount, resourceTags }: AuthorizationQuestion,
  request: Members,
  policies: CasePolicies,
  owners: readonly OwnerPattern[],
): DirectoryResource {
  const { resource: policy } = policies;
  // VEC-3: whom a pattern names, else the account in the ARN, else the requester's.
  const owner = resourceAccount ?? ownerOf(owners, resource)?.account ?? (accountOfArn(resource) || requester.account);
  const facts = accountFactsOf(owner, {
    organizationId: readText(request.get("resourceOrgId")),
    organizationPaths: textsOf(request.get("resourceOrgPaths")),
    isManagementAccount: readBoolean(request.get("resourceInManagementAccount")),
    policies: policies.ownerAccount,
  });
  return {
    arn: resource,
    ...(resourceAccount === undefined ? {} : { account: resourceAccount }),
    ...(facts === undefined ? {} : { accountFacts: facts }),
    tags: resourceTags,
    ...(policy === undefined ? {} : { policy }),
    restrictPublicBuckets: readBoolean(request.get("restrictPublicBuckets")) ?? false,
  };
}

interface GivenFacts {
  readonly organizationId: string | undefined;
  readonly organizationPaths: readonly string[];
  readonly isManagementAccount: boolean | undefined;
  readonly canonicalId?: string | undefined;
  readonly policies: AccountPolicies;
}

/** The facts that a case gives about an account; `undefined` if it gives none. */
function accountFactsOf(id: string | undefined, given: GivenFacts): AccountFacts | undefined {
  const { organizationId, organizationPaths, canonicalId, policies } = given;
  const optional = {
    ...(canonicalId === undefined ? {} : { canonicalId }),
    ...(organizationId === undefined ? {} : { organizationId }),
    ...policies,
  };
  const isManagementAccount = given.isManagementAccount ?? false;
  if (Object.keys(optional).length === 0 && organizationPaths.length === 0 && !isManagementAccount) return undefined;
  return { id: id ?? "", organizationPaths, isManagementAccount, ...optional };
}

function textsOf(place: TreePlace | undefined): readonly string[] {
  return readReferences(place).map(({ text }) => text);
}

function readWord<T extends string>(place: TreePlace | undefined, words: readonly T[]): T | undefined {
  const text = readText(place);
  const word = words.find((one) => one === text);
  if (place !== undefined && text !== undefined && word === undefined) {
    report(place, "SET-FORMAT", `${quote(text)} is none of ${words.map((one) => `\`${one}\``).join(", ")}`);
  }
  return word;
}

function errorText(errors: readonly Finding[]): string {
  const [first] = errors;
  if (first === undefined) return "the case cannot be read";
  const more = errors.length === 1 ? "" : ` (and ${errors.length - 1} more)`;
  return `${first.file}:${first.line}:${first.column}: ${first.rule}: ${first.message}${more}`;
}
