/** The part of all requests that a question is about, out of the options of a command. */
import type { Region } from "../../audit/region.js";
import { clockKeys } from "../../classes/clock-space.js";
import { isDerivedKey } from "../../classes/world.js";
import { splitArnFields } from "../../policy/document/arn.js";
import { millisecondsGiven } from "../../terminal/clock-option.js";
import { refuse } from "../../terminal/command-error.js";
import { contextOf } from "../../terminal/key-value.js";
import { foldText } from "../../text/fold.js";
import { quote } from "../../text/quote.js";

/** What the command line gave. */
export interface RegionOptions {
  readonly policies?: string;
  readonly principal?: readonly string[];
  readonly action?: readonly string[];
  readonly resource?: readonly string[];
  readonly context?: readonly string[];
  readonly without?: readonly string[];
  readonly closed?: boolean;
  readonly outside?: boolean;
  readonly budget?: number;
  readonly workers?: number;
}

/** The region that options name. Throws what refuses them. */
export function regionOf(options: RegionOptions): Region {
  const { principal = ["*"], action = ["*"], resource = ["*"], context = [], without = [], closed, outside } = options;
  for (const one of action) requireAction(one);
  for (const one of resource) requireResource(one);
  const values = contextOf("--context", context);
  for (const [key, [value = ""]] of values) {
    if (!clockKeys.has(foldText(key))) continue;
    const year = new Date(millisecondsGiven(`--context ${key}`, value)).getUTCFullYear();
    // Every witness carries the clock in ISO 8601.
    if (!(year >= 0 && year <= 9999)) throw refuse(`--context ${key}: ${quote(value)} is in no year from 0000 to 9999`);
  }
  for (const key of without) {
    if ([...values.keys()].some((one) => foldText(one) === foldText(key)))
      throw refuse(`--without: ${quote(key)} has a value by --context`);
    if (isDerivedKey(foldText(key)))
      throw refuse(`--without: ${quote(key)} follows from principal or resource, and is there or not (CTX-1)`);
  }
  return {
    principals: principal,
    actions: action,
    resources: resource,
    context: values,
    without,
    closed: closed === true,
    outside: outside === true,
  };
}

/** Refuses what is no action and no pattern of actions. */
export function requireAction(text: string): void {
  if (/^\*+$/.test(text) || /^[^:\s]+:[^:\s]+$/.test(text)) return;
  throw refuse(`verdict: ${quote(text)} is no action such as s3:GetObject, and no pattern of actions (ACT-1, ACT-5)`);
}

/** Refuses what is no resource and no pattern of resources. */
export function requireResource(text: string): void {
  if (/^\*+$/.test(text)) return;
  const fields = splitArnFields(text);
  const isArn = fields[0] === "arn" && (fields.length === 6 || text.endsWith("*"));
  if (!isArn) throw refuse(`verdict: ${quote(text)} is no ARN, no pattern of ARNs and not \`*\` (RES-1)`);
}
