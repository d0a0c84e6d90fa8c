// Whose a resource is (XACC-5): told, by the most specific pattern that it matches, in its ARN, or else the requester's.
import { parseArn, splitFields } from "./arn.js";
import { globTokens, matchGlob } from "./glob.js";
import { InputError } from "./input-error.js";
import { isIamRequester, type Requester } from "./requester.js";
import type { CaseRequest, OwnerPattern } from "./simulation-case.js";

/** The owner account of a request's resource. */
export function ownerAccountOf(
  request: CaseRequest,
  requester: Requester,
  owners: readonly OwnerPattern[] = [],
): string {
  if (request.resourceAccount !== undefined) return request.resourceAccount;
  const matching = owners.filter(({ pattern }) => request.resource !== "*" && matches(pattern, request.resource));
  const narrowest = matching.find((one) => matching.every((other) => includes(other.pattern, one.pattern)));
  if (narrowest !== undefined) return narrowest.account;
  const account = parseArn(request.resource)?.account ?? "";
  if (account !== "") return account;
  if (isIamRequester(requester)) return requester.account;
  throw new InputError("XACC-5", "the account of the resource is unknown");
}

/** Field by field: no wildcard leaves its field. */
function matches(pattern: string, text: string): boolean {
  const fields = splitFields(text);
  return splitFields(pattern).every((field, index) => matchGlob(globTokens(field), fields[index] ?? ""));
}

/** Whether the wide pattern matches what the narrow one does: a text with nothing for its stars, and one with what no pattern writes. */
function includes(wide: string, narrow: string): boolean {
  const strange = (star: string) => narrow.replaceAll("?", "\u{1}").replaceAll("*", star);
  return matches(wide, strange("")) && matches(wide, strange("\u{1}".repeat(wide.length + 1)));
}
