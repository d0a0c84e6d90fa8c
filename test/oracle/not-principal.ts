// NotPrincipal: a requester is exempt only if every link of its chain is listed (section 6.1).

import { namesAccount, namesServiceOrProvider, namesUniqueId } from "./principal.js";
import { isEveryone, type PrincipalEntry } from "./principal-element.js";
import type { Question } from "./question.js";
import { isIssuedByRoot } from "./requester.js";

/** Tells whether NotPrincipal reaches the requester (NPR-1, NPR-3, NPR-5). */
export function notPrincipalHolds(
  entries: readonly PrincipalEntry[],
  effect: "Allow" | "Deny",
  question: Question,
): boolean {
  // A boundary voids every exemption from a Deny (NPR-3).
  if (effect === "Deny" && question.profile === "aws" && question.hasBoundary) return true;
  return !isExempt(entries, question);
}

/** Tells whether all links of the requester's chain are listed (NPR-2). */
export function isExempt(entries: readonly PrincipalEntry[], question: Question): boolean {
  if (entries.some(isEveryone)) return true;
  const { requester } = question;
  const lists = (text: string | undefined): boolean =>
    text !== undefined && entries.some(({ member, value }) => member === "AWS" && value === text);
  const listsAccount = entries.some((entry) => namesAccount(entry, question));
  const listsId = entries.some(({ member, value }) => member === "AWS" && namesUniqueId(value, "AIDA", question));
  switch (requester.kind) {
    case "Root":
      return listsAccount;
    case "User":
      return listsAccount && (lists(requester.arn) || listsId);
    case "Session":
      return listsAccount && lists(requester.roleArn) && lists(requester.arn);
    case "Role":
      return listsAccount && lists(requester.roleArn);
    case "FederatedUser": {
      // The root user's link is the account entry itself (PRN-4).
      const listsIssuer = isIssuedByRoot(requester) ? listsAccount : lists(requester.issuerArn);
      return listsAccount && listsIssuer && lists(requester.arn);
    }
    case "Service":
    case "Provider":
      return entries.some((entry) => namesServiceOrProvider(entry, question)); // NPR-4
    case "Anonymous":
      return false;
  }
}
