// What lines of an audit say, held against requests that the oracle has decided.
import { isAllowed, type PrintedEntry, passesWhen, type SmallRequest } from "./ask-oracle.js";
import { hasAction, hasPrincipal, hasResource, outOfRegion, type SmallRegion } from "./small-requests.js";
import type { SmallSet } from "./small-set.js";

/** A question as it is printed. */
export interface PrintedQuestion {
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  readonly resourceAccount?: string;
  readonly resourceTags?: Readonly<Record<string, string>>;
  readonly context?: Readonly<Record<string, string | readonly string[]>>;
  readonly whatIf?: boolean;
}

/** A line as it is printed. */
export interface PrintedLine {
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  readonly access: string;
  readonly when: readonly (readonly PrintedEntry[])[];
  readonly whenIsPartial: boolean;
  readonly witness: PrintedQuestion | null;
  readonly counterexample: PrintedQuestion | null;
  readonly reason?: string;
}

/** A request with its decision. */
export interface Decided {
  readonly request: SmallRequest;
  readonly allowed: boolean;
}

/** The printed question as a request. */
export function requestOf({
  principal,
  action,
  resource,
  resourceAccount,
  resourceTags = {},
  context = {},
  whatIf = false,
}: PrintedQuestion): SmallRequest {
  const values = Object.entries(context).map(
    ([key, value]) => [key, typeof value === "string" ? [value] : value] as const,
  );
  return { principal, action, resource, resourceAccount, resourceTags, context: Object.fromEntries(values), whatIf };
}

/** What a line says that the requests contradict, and what is wrong with its own; undefined if nothing is. */
export function problemOfLine(
  set: SmallSet,
  region: SmallRegion,
  line: PrintedLine,
  decided: readonly Decided[],
): string | undefined {
  const { access, when, whenIsPartial, witness, counterexample, reason } = line;
  const place = `${line.principal} ${line.action} ${line.resource} ${access}`;
  for (const [question, wanted] of [
    [witness, true],
    [counterexample, false],
  ] as const) {
    if (question === null) continue;
    const request = requestOf(question);
    if (!hasPrincipal(line.principal, request.principal)) return `${place}: the request is of ${request.principal}`;
    if (!hasAction(line.action, request.action)) return `${place}: the request is for ${request.action}`;
    if (!hasResource(line.resource, request.resource)) return `${place}: the request is on ${request.resource}`;
    const outside = outOfRegion(set, region, request);
    if (outside !== undefined) return `${place}: ${JSON.stringify(question)} is not of the region: ${outside}`;
    if (isAllowed(set, request) !== wanted)
      return `${place}: ${JSON.stringify(question)} is not ${wanted ? "allowed" : "refused"}`;
    if (access !== "sometimes") continue;
    const passed = passesWhen(set, request, when);
    if (passed && !wanted)
      return `${place}: a way lets its counterexample ${JSON.stringify(question)} in: ${JSON.stringify(when)}`;
    if (!passed && wanted && !whenIsPartial)
      return `${place}: no way lets its witness ${JSON.stringify(question)} in: ${JSON.stringify(when)}`;
  }
  const hasBoth = witness !== null && counterexample !== null;
  if (access === "sometimes" && !hasBoth) return `${place}: has not both requests`;
  if (access === "always" && (witness === null || counterexample !== null)) return `${place}: has not a witness alone`;
  if (access === "never" && (witness !== null || when.length > 0)) return `${place}: has a witness`;
  if (access === "unknown" && reason === undefined) return `${place}: has no reason`;
  if (access === "sometimes" && when.length === 0 && reason === undefined)
    return `${place}: has an empty when and no reason`;
  for (const { request, allowed } of decided) {
    if (allowed && access === "never") return `${place}: ${JSON.stringify(request)} is allowed`;
    if (!allowed && access === "always") return `${place}: ${JSON.stringify(request)} is refused`;
    if (access !== "sometimes") continue;
    const passed = passesWhen(set, request, when);
    if (passed && !allowed) return `${place}: a way lets ${JSON.stringify(request)} in: ${JSON.stringify(when)}`;
    if (!passed && allowed && !whenIsPartial)
      return `${place}: no way lets ${JSON.stringify(request)} in: ${JSON.stringify(when)}`;
  }
  return undefined;
}
