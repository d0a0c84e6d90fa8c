/** What AWS decided about a recorded call, as far as the record proves it. */
import type { JsonObject } from "../../text/json-object.js";
import { memberAt, textAt } from "./event.js";

/** What a record proves. */
export type AwsOutcome =
  | { readonly kind: "allowed" }
  /** `layer` is the type of policy that AWS's message names, in its own words. */
  | { readonly kind: "denied"; readonly layer?: string; readonly isExplicit?: boolean; readonly policy?: string }
  /** Not a call that policies decide, or one that failed for another reason: services validate before or after they authorise. */
  | { readonly kind: "none"; readonly why: "not a call" | "failed otherwise" | "endpoint" };

/** The outcome of a record. */
export function awsOutcome(event: JsonObject): AwsOutcome {
  const type = textAt(event, "eventType");
  if (type === "AwsVpceEvent") return { kind: "none", why: "endpoint" };
  if (type !== "AwsApiCall" || textAt(event, "eventSource") === "signin.amazonaws.com") {
    return { kind: "none", why: "not a call" };
  }
  const code = textAt(event, "errorCode") ?? "";
  const message = textAt(event, "errorMessage") ?? errorInAnswer(event) ?? "";
  if (denialCodes.has(code) || / is not authorized to perform/.test(message)) return denial(message);
  if (code === "" || code === "Client.DryRunOperation") return { kind: "allowed" };
  return { kind: "none", why: "failed otherwise" };
}

const denialCodes: ReadonlySet<string> = new Set([
  "AccessDenied",
  "AccessDeniedException",
  "AccessDeniedFault",
  "AuthorizationError",
  "Client.UnauthorizedOperation",
  "UnauthorizedException",
  "UnauthorizedOperation",
  "VpceAccessDenied",
]);

/** Some services answer 200 and put the error there. */
function errorInAnswer(event: JsonObject): string | undefined {
  const message = memberAt(event, "responseElements", "errorMessage") ?? memberAt(event, "responseElements", "message");
  return typeof message === "string" && / is not authorized to perform/.test(message) ? message : undefined;
}

/** The sentence of OUT-12, also in the form that ends with the policy's ARN. */
function denial(message: string): AwsOutcome {
  const explicit = /with an explicit deny in an? ([^:]+?)(?:: (arn:\S+))?\s*$/.exec(message);
  if (explicit !== null) {
    const [, layer = "", policy] = explicit;
    return { kind: "denied", layer, isExplicit: true, ...(policy === undefined ? {} : { policy }) };
  }
  const silent = /because no (.+?) allows the \S+ action/.exec(message);
  return silent === null ? { kind: "denied" } : { kind: "denied", layer: silent[1] ?? "", isExplicit: false };
}
