// The keys that the engine derives from requester, resource and directory facts (CTX-3, CTX-5, CTX-8, CTX-10, CTX-11).
import { fold } from "./fold.js";
import { valueText } from "./request-context.js";
import { isIamRequester, type Requester } from "./requester.js";
import type { CaseRequest } from "./simulation-case.js";

const PRINCIPAL_TAG = "aws:PrincipalTag/";
const RESOURCE_TAG = "aws:ResourceTag/";

const DERIVED_KEYS = [
  "aws:PrincipalArn",
  "aws:PrincipalAccount",
  "aws:PrincipalType",
  "aws:userid",
  "aws:username",
  "aws:PrincipalOrgID",
  "aws:PrincipalOrgPaths",
  "aws:PrincipalIsAWSService",
  "aws:PrincipalServiceName",
  "aws:PrincipalServiceNamesList",
  "aws:ResourceAccount",
  "aws:ResourceOrgID",
  "aws:ResourceOrgPaths",
];

/** Tells whether only the engine may supply a key (CTX-1). */
export function isDerivedKey(key: string): boolean {
  const folded = fold(key);
  if (folded.startsWith(fold(PRINCIPAL_TAG)) || folded.startsWith(fold(RESOURCE_TAG))) return true;
  return DERIVED_KEYS.some((derived) => fold(derived) === folded);
}

/** The derived keys of a request with their values; keys that are absent are left out (CTX-2, CTX-3, CTX-8). */
export function deriveKeys(
  request: CaseRequest,
  requester: Requester,
  ownerAccount: string,
): ReadonlyMap<string, readonly string[]> {
  const keys = new Map<string, readonly string[]>();
  const set = (key: string, value: string | undefined): void => {
    if (value !== undefined) keys.set(key, [value]);
  };
  set("aws:ResourceAccount", ownerAccount);
  set("aws:ResourceOrgID", request.resourceOrgId);
  keys.set("aws:ResourceOrgPaths", request.resourceOrgPaths ?? []);
  for (const [tag, value] of readTags(request.resourceTags)) set(RESOURCE_TAG + tag, value);

  set("aws:PrincipalType", principalType(requester));
  set("aws:userid", userId(requester, request.principalUniqueId));
  if (requester.kind === "Anonymous") set("aws:PrincipalAccount", "anonymous");
  if (requester.kind === "Service") {
    set("aws:PrincipalIsAWSService", "true");
    set("aws:PrincipalServiceName", requester.name);
    set("aws:PrincipalServiceNamesList", requester.name);
  }
  if (isIamRequester(requester)) {
    const isRole = requester.kind === "Session" || requester.kind === "Role";
    set("aws:PrincipalArn", isRole ? requester.roleArn : requester.arn); // CTX-4
    set("aws:PrincipalAccount", requester.account);
    set("aws:PrincipalIsAWSService", "false");
    set("aws:PrincipalOrgID", request.principalOrgId);
    keys.set("aws:PrincipalOrgPaths", request.principalOrgPaths ?? []);
    if (requester.kind === "User") set("aws:username", requester.name);
    for (const [tag, value] of principalTags(requester, request)) set(PRINCIPAL_TAG + tag, value);
  }
  return keys;
}

/** CTX-6. */
function principalType(requester: Requester): string | undefined {
  switch (requester.kind) {
    case "Root":
      return "Account";
    case "Session":
    case "Role":
      return "AssumedRole";
    case "Provider":
      return undefined;
    default:
      return requester.kind;
  }
}

/** CTX-7. */
function userId(requester: Requester, uniqueId: string | undefined): string | undefined {
  switch (requester.kind) {
    case "Root":
      return requester.account;
    case "User":
      return uniqueId;
    case "Session":
      return uniqueId === undefined ? undefined : `${uniqueId}:${requester.sessionName}`;
    case "FederatedUser":
      return `${requester.account}:${requester.name}`;
    case "Anonymous":
      return "anonymous";
    default:
      return undefined;
  }
}

/** Tags of user, role or issuer; session tags replace those with the same key, ignoring case (CTX-11). */
function principalTags(requester: Requester, request: CaseRequest): ReadonlyMap<string, string> {
  if (requester.kind === "Root") return new Map();
  const own = readTags(request.principalTags);
  const session = requester.kind === "User" ? new Map<string, string>() : readTags(request.sessionTags);
  const replaced = new Set([...session.keys()].map(fold));
  return new Map([...[...own].filter(([tag]) => !replaced.has(fold(tag))), ...session]);
}

function readTags(tags: Readonly<Record<string, unknown>> | undefined): Map<string, string> {
  const result = new Map<string, string>();
  for (const [tag, value] of Object.entries(tags ?? {})) {
    const text = valueText(value, tag);
    if (text !== undefined) result.set(tag, text);
  }
  return result;
}
