/**
 * The texts under `"AWS"` in a principal element: accounts, ARNs of users, roles and sessions, unique
 * ids (PRN-4 to PRN-7, PRN-10, PRN-12). By shape only; whether such a principal exists is no question here.
 */

import { quote } from "../../text/quote.js";
import { parseArn, splitArnFields } from "./arn.js";
import { shiftedField } from "./arn-shift.js";
import type { PrincipalEntry } from "./document.js";

/** Why a text names no principal. */
export interface PrincipalProblem {
  readonly rule: string;
  readonly cause: string;
}

const twelveDigits = /^[0-9]{12}$/;
/** No name of an entity holds these; blanks stand in those of CloudFront's origin access identities. */
const notInNames = /[^\S ]|[:\p{Cc}]/u;
const uniqueId = /^(?:AIDA|AROA)[A-Za-z0-9]+$/;

/** Tells which form the text has. The caller has dealt with `*`, wildcards and variables. */
export function parseAwsPrincipal(text: string, accountIds: ReadonlySet<string>): PrincipalEntry | PrincipalProblem {
  if (twelveDigits.test(text) || accountIds.has(text)) return { kind: "account", account: text };
  if (uniqueId.test(text)) return { kind: "uniqueId", id: text };
  const arn = parseArn(text);
  if (arn === undefined) {
    return refusal(text, "is neither an account, nor a principal ARN, nor a unique id");
  }
  const { partition, service, region, account, rest } = arn;
  if (partition !== "" && region === "" && account !== "" && !notInNames.test(rest)) {
    if (service === "iam" && rest === "root") return { kind: "account", account, partition };
    if (service === "iam" && rest.startsWith("group/")) {
      return { rule: "PRN-12", cause: `group ${quote(text)} cannot be a principal` };
    }
    const kind = kindOf(service, rest);
    if (kind !== undefined) return { kind, arn: text };
  }
  return refusal(text, "is not the ARN of an account, user, role or session");
}

function refusal(text: string, cause: string): PrincipalProblem {
  const shifted = shiftedField(splitArnFields(text), "field");
  return { rule: "PRN-1", cause: `${quote(text)} ${cause}${shifted === undefined ? "" : `: it ${shifted}`}` };
}

function kindOf(service: string, rest: string): "user" | "role" | "session" | "federatedUser" | undefined {
  const [type, ...names] = rest.split("/");
  const last = names.at(-1);
  if (last === undefined || last === "") return undefined;
  if (service === "iam") return type === "user" || type === "role" ? type : undefined;
  if (service !== "sts") return undefined;
  if (type === "assumed-role") return names.length === 2 && names[0] !== "" ? "session" : undefined;
  return type === "federated-user" && names.length === 1 ? "federatedUser" : undefined;
}
