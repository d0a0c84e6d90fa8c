/**
 * The spellings of requesters (IN-2): from the text by which a request or a directory names one to
 * its kind, account and name. Knows no policies and no directory.
 */
import { lowerAscii } from "../text/fold.js";
import { hasWildcard, parseArn } from "./document/arn.js";
import type { PolicySet, PrincipalKind } from "./policy-set.js";

/** A requester's name taken apart. */
export interface Requester {
  readonly kind: PrincipalKind;
  /** Both absent for services, providers and anonymous callers. */
  readonly partition?: string;
  readonly account?: string;
  /** User, role, session role or federated user name, without path. */
  readonly name: string;
  /** Sessions only. */
  readonly sessionName?: string;
}

/** The kind and parts of a requester, or `undefined` for a spelling that IN-2 does not know. */
export function parseRequester(text: string, profile: PolicySet["profile"]): Requester | undefined {
  if (text === "anonymous") return { kind: "anonymous", name: text };
  if (!text.startsWith("arn:")) {
    return isServiceName(text, profile) ? { kind: "service", name: text } : undefined;
  }
  const arn = parseArn(text);
  if (arn === undefined || arn.region !== "" || !isAccountId(arn.account)) return undefined;
  if (arn.partition === "" || hasWildcard(arn.partition)) return undefined;
  const owner = { partition: arn.partition, account: arn.account };
  if (arn.service === "iam") return parseEntity(arn.rest, owner);
  return arn.service === "sts" ? parseTemporary(arn.rest, owner) : undefined;
}

/** Whether an ARN is that of a role which AWS makes for a service of its own: nobody else can change it or act as it (IN-3). */
export function isServiceLinkedRole(arn: string): boolean {
  return arn.includes(":role/aws-service-role/");
}

/** The actions that identity providers call, and nobody else (IN-2, SVC-6). */
export const federationActions: readonly string[] = ["sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"];

const foldedFederationActions = new Set(federationActions.map(lowerAscii));

/** Whether an action is one of them. */
export function isFederationAction(action: string): boolean {
  return foldedFederationActions.has(lowerAscii(action));
}

/** The account field of an ARN; empty when the text is no ARN or names no account. */
export function accountOfArn(text: string): string {
  return parseArn(text)?.account ?? "";
}

/** Whether a text may be an account id: twelve digits in AWS, any word elsewhere (GEN-4). */
export function isAccountId(text: string): boolean {
  return /^[A-Za-z0-9-]+$/.test(text);
}

interface Owner {
  readonly partition: string;
  readonly account: string;
}

function parseEntity(rest: string, owner: Owner): Requester | undefined {
  if (rest === "root") return { kind: "root", ...owner, name: "root" };
  const kind = rest.startsWith("user/") ? "user" : rest.startsWith("role/") ? "role" : undefined;
  const name = rest.slice(rest.lastIndexOf("/") + 1);
  return kind === undefined || !isName(rest) || name === "" ? undefined : { kind, ...owner, name };
}

function parseTemporary(rest: string, owner: Owner): Requester | undefined {
  const [type, name = "", sessionName = "", ...more] = rest.split("/");
  if (name === "" || !isName(rest) || more.length > 0) return undefined;
  if (type === "assumed-role" && sessionName !== "") return { kind: "session", ...owner, name, sessionName };
  return type === "federated-user" && rest === `federated-user/${name}`
    ? { kind: "federatedUser", ...owner, name }
    : undefined;
}

/** Names of entities hold no wildcards, colons, blanks or control characters; paths are treated alike. */
function isName(text: string): boolean {
  return !/[\s:*?\p{Cc}]/u.test(text);
}

/** Whether a name is one that services of AWS ask under (IN-2): `events.amazonaws.com`. */
export function isAwsServiceName(text: string): boolean {
  return /^[^:/\s]+\.amazonaws\.com(\.cn)?$/.test(text);
}

function isServiceName(text: string, profile: PolicySet["profile"]): boolean {
  if (isAwsServiceName(text)) return true;
  return profile === "generic" && /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+$/.test(text);
}
