/** Whom `CallerArn` may name: a user, a group or a role, which need not exist. */
import { parseArn } from "../../policy/document/arn.js";
import type { DirectoryPrincipal, PolicySet } from "../../policy/policy-set.js";
import { parseRequester } from "../../policy/requester.js";
import { AwsError } from "./aws-error.js";

/** The requester that the ARN names; throws InvalidInput for a session, a root user and what is no ARN. */
export function requireCaller(
  arn: string,
  profile: PolicySet["profile"],
): Pick<DirectoryPrincipal, "kind" | "arn" | "account"> {
  const requester = parseRequester(memberOf(arn), profile);
  const account = requester?.account;
  if (account === undefined || (requester?.kind !== "user" && requester?.kind !== "role")) throw notAnEntity(arn);
  // Of a group nothing is known but the account.
  return { kind: requester.kind, arn: memberOf(arn), account };
}

/** What AWS answers to an ARN that names no user, group or role; to that of a session it is said what to name instead. */
export function notAnEntity(arn: string): AwsError {
  const session = parseRequester(arn, "aws");
  const text = `Invalid ARN provided in the request: ${arn}`;
  if (session?.kind !== "session") return new AwsError("InvalidInput", text);
  const role = `arn:${session.partition}:iam::${session.account}:role/${session.name}`;
  return new AwsError("InvalidInput", `${text}. A session has the policies of its role: name the role, ${role}`);
}

/** A group cannot ask; a user of its account stands for it, by a name that no user can have. */
function memberOf(arn: string): string {
  const parts = parseArn(arn);
  if (parts?.service !== "iam" || parts.region !== "" || !parts.rest.startsWith("group/")) return arn;
  return `arn:${parts.partition}:iam::${parts.account}:user/${parts.rest.slice("group/".length)}!`;
}
