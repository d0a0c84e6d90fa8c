/** The part of all requests that a question is about, as somebody gives it: what is refused, and why. */
import { clockKeys } from "../classes/clock-space.js";
import { isDerivedKey } from "../classes/world.js";
import { longestTexts } from "../image/texts.js";
import { parseDate } from "../policy/document/date.js";
import { parseIpAddress } from "../policy/document/ip-address.js";
import { foldText } from "../text/fold.js";
import { quote } from "../text/quote.js";
import type { Region } from "./region.js";

/** What of a region is refused. */
export type RegionPlace = "action" | "resource" | "context" | "without";

/** A region that is none. The message says what is wrong, without its place. */
export class RegionRefusal extends Error {
  override readonly name = "RegionRefusal";

  constructor(
    readonly place: RegionPlace,
    message: string,
    /** Of `context`: the key. */
    readonly key?: string,
  ) {
    super(message);
  }
}

/** A region as it is given: an empty list narrows nothing. */
export interface GivenRegion extends Omit<Region, "context"> {
  readonly context: Iterable<readonly [key: string, values: readonly string[]]>;
}

/** The region. Throws RegionRefusal. */
export function readRegion({ principals, actions, resources, context, without, closed, outside }: GivenRegion): Region {
  for (const one of actions) checkAction(one);
  for (const one of resources) checkResource(one);
  const values = readContext(context);
  for (const key of without) {
    if ([...values.keys()].some((one) => foldText(one) === foldText(key)))
      throw new RegionRefusal("without", `${quote(key)} has a value in the context`);
    if (isDerivedKey(foldText(key)))
      throw new RegionRefusal(
        "without",
        `${quote(key)} follows from principal or resource, and is there or not (CTX-1)`,
      );
  }
  return {
    principals: orEverything(principals),
    actions: orEverything(actions),
    resources: orEverything(resources),
    context: values,
    without,
    closed,
    outside,
  };
}

/** An action or a pattern of actions (ACT-1, ACT-5). */
export const actionText = /^(?:\*+|[^:\s]+:[^:\s]+)$/;

/** An ARN or a pattern of ARNs: six fields, or a star at the end that stands for those it lacks (RES-1, RES-7). */
export const resourceText = /^(?:\*+|arn:(?:[^:]*:){4}[\s\S]*|arn:[\s\S]*\*)$/;

/** Refuses what is no action and no pattern of actions. */
export function checkAction(text: string): void {
  if (!actionText.test(text))
    throw new RegionRefusal(
      "action",
      `${quote(text)} is no action such as s3:GetObject, and no pattern of actions (ACT-1, ACT-5)`,
    );
  checkLength("action", text);
}

/** Refuses what is no resource and no pattern of resources. */
export function checkResource(text: string): void {
  if (!resourceText.test(text))
    throw new RegionRefusal("resource", `${quote(text)} is no ARN, no pattern of ARNs and not \`*\` (RES-1)`);
  checkLength("resource", text);
}

const tooLong = {
  action: `an action of more than ${longestTexts.action} bytes, which no request is for`,
  resource: `a resource of more than ${longestTexts.resource} bytes, which no request is about`,
} as const;

/** A pattern stands for texts that are as long as it is without its stars, or longer. */
function checkLength(place: keyof typeof longestTexts, text: string): void {
  const longest = longestTexts[place];
  if (text.length * 3 <= longest || Buffer.byteLength(text.replaceAll("*", "")) <= longest) return;
  throw new RegionRefusal(place, tooLong[place]);
}

function orEverything(texts: readonly string[]): readonly string[] {
  return texts.length === 0 ? ["*"] : texts;
}

function readContext(context: GivenRegion["context"]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  const seen = new Set<string>();
  for (const [key, values] of context) {
    const folded = foldText(key);
    if (key === "") throw new RegionRefusal("context", "a key is empty");
    if (seen.has(folded)) throw new RegionRefusal("context", `${quote(key)} is given twice, but for case (COND-7)`);
    seen.add(folded);
    found.set(key, values);
    if (clockKeys.has(folded)) checkClock(key, values);
    else if (addressKeys.has(folded)) for (const value of values) checkAddress(key, value);
  }
  return found;
}

/** Every witness carries the clock in ISO 8601: one instant. */
function checkClock(key: string, [text = "", ...more]: readonly string[]): void {
  if (more.length > 0) throw new RegionRefusal("context", `${quote(key)} has one value, not ${more.length + 1}`, key);
  const instant = parseDate(text);
  if (instant === undefined)
    throw new RegionRefusal("context", `${quote(text)} is no date such as 2026-03-01T09:00:00Z`, key);
  const year = new Date(Number(instant.seconds) * 1000).getUTCFullYear();
  if (!(year >= 0 && year <= 9999))
    throw new RegionRefusal("context", `${quote(text)} is in no year from 0000 to 9999`, key);
}

/** CTX-16. */
export const addressKeys: ReadonlySet<string> = new Set(["aws:sourceip", "aws:vpcsourceip"]);

function checkAddress(key: string, text: string): void {
  if (parseIpAddress(text) === undefined)
    throw new RegionRefusal("context", `${quote(text)} is no IP address (CTX-16)`, key);
}
