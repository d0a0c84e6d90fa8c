/** Who called, as a question names requesters (IN-2). */
import { isAccountId } from "../../policy/requester.js";
import { isJsonObject, type JsonObject } from "../../text/json-object.js";
import { memberAt, textAt } from "./event.js";

/** The requester of a record, or why none is told. */
export type EventRequester =
  | { readonly principal: string }
  | { readonly principal?: undefined; readonly why: "other account" | "unknown" };

/** By the identity of a record: those of one session are mostly one object. */
const known = new WeakMap<object, EventRequester>();

/** The requester of a record. */
export function requesterOfEvent(event: JsonObject): EventRequester {
  const identity = memberAt(event, "userIdentity");
  if (!isJsonObject(identity)) return { why: "unknown" };
  const before = known.get(identity);
  if (before !== undefined) return before;
  const found = requesterOfIdentity(identity);
  known.set(identity, found);
  return found;
}

function requesterOfIdentity(identity: JsonObject): EventRequester {
  const arn = textAt(identity, "arn");
  const account = textAt(identity, "accountId") ?? "";
  const invokedBy = textAt(identity, "invokedBy");
  switch (textAt(identity, "type")) {
    case "AWSService":
      return invokedBy?.includes(".") === true ? { principal: invokedBy } : { why: "unknown" };
    case "AWSAccount":
      return account === "ANONYMOUS_PRINCIPAL" || textAt(identity, "principalId") === "ANONYMOUS_PRINCIPAL"
        ? { principal: "anonymous" }
        : { why: "other account" };
    case "SAMLUser":
    case "WebIdentityUser": {
      const provider = textAt(identity, "identityProvider");
      return provider === undefined ? { why: "unknown" } : { principal: provider };
    }
    case "Root":
      return isAccountId(account) ? { principal: arn ?? `arn:aws:iam::${account}:root` } : { why: "unknown" };
    default:
      return arn === undefined ? { why: "unknown" } : { principal: arn };
  }
}
