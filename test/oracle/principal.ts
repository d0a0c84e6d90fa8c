// Principal: which entry names the requester, and how specifically (section 6). Texts are compared as they are: no wildcards but the
// lone star, no variables (PRN-8), and a group's ARN is nobody's (PRN-12).
import { parseArn } from "./arn.js";
import { isEveryone, type PrincipalEntry } from "./principal-element.js";
import type { Question } from "./question.js";
import { isIamRequester, isRootArn } from "./requester.js";

/** The match classes, least specific first (PRN-15). */
export const MATCH_CLASSES = ["account", "issuer", "exact", "wildcard"] as const;

/** How a resource-policy statement named the requester (PRN-15). */
export type MatchClass = (typeof MATCH_CLASSES)[number];

/** The highest class of the entries that name the requester; undefined if none does (PRN-2, PRN-15). */
export function classOfPrincipal(entries: readonly PrincipalEntry[], question: Question): MatchClass | undefined {
  const classes = entries.map((entry) => classOfEntry(entry, question));
  return MATCH_CLASSES.findLast((candidate) => classes.includes(candidate));
}

/** Tells whether an entry stands for the requester's account (PRN-4, PRN-11). */
export function namesAccount({ member, value }: PrincipalEntry, question: Question): boolean {
  const { requester, profile, canonicalId } = question;
  if (!isIamRequester(requester)) return false;
  if (member === "CanonicalUser") return profile === "aws" && canonicalId !== undefined && value === canonicalId;
  if (member !== "AWS") return false;
  if (value === requester.account) return true; // GEN-4: not only twelve digits
  const arn = isRootArn(value) ? parseArn(value) : undefined;
  return arn !== undefined && arn.account === requester.account && arn.partition === requester.partition;
}

/** Tells whether an entry names a Service or Provider requester (PRN-9, PRN-14). */
export function namesServiceOrProvider({ member, value }: PrincipalEntry, { requester, context }: Question): boolean {
  if (requester.kind === "Provider") return member === "Federated" && value === requester.name;
  if (requester.kind !== "Service" || member !== "Service") return false;
  const names = context.lookup("aws:PrincipalServiceNamesList") ?? [];
  return value === requester.name || names.includes(value);
}

/** Tells whether an entry is the unique id of a user, or of a role (PRN-10). */
export function namesUniqueId(value: string, prefix: "AIDA" | "AROA", { uniqueId }: Question): boolean {
  return uniqueId !== undefined && value === uniqueId && value.startsWith(prefix);
}

function classOfEntry(entry: PrincipalEntry, question: Question): MatchClass | undefined {
  if (isEveryone(entry)) return "wildcard"; // PRN-3
  if (namesServiceOrProvider(entry, question)) return "exact";
  const { requester } = question;
  if (namesAccount(entry, question)) return requester.kind === "Root" ? "exact" : "account";
  if (entry.member !== "AWS") return undefined;
  const { value } = entry;
  switch (requester.kind) {
    case "User": // PRN-5, PRN-10
      return value === requester.arn || namesUniqueId(value, "AIDA", question) ? "exact" : undefined;
    case "Session": // PRN-6, PRN-7, PRN-10
      if (value === requester.arn) return "exact";
      return value === requester.roleArn || namesUniqueId(value, "AROA", question) ? "issuer" : undefined;
    case "Role": // EVAL-9
      return value === requester.roleArn || namesUniqueId(value, "AROA", question) ? "issuer" : undefined;
    case "FederatedUser": // PRN-7
      if (value === requester.arn) return "exact";
      return value === requester.issuerArn ? "issuer" : undefined;
    default:
      return undefined;
  }
}
