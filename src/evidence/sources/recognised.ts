/** What every reader of one kind of file gives, and small steps that they share. */
import { isJsonObject, type JsonObject } from "../../text/json-object.js";
import type { Evidence, FromInput, SourceKind } from "./evidence.js";
import { isTooDeep } from "./json-values.js";
import type { Origin } from "./origin.js";

/** A value that a reader knows. */
export interface Recognised {
  readonly kind: SourceKind;
  /** Whose it is, as far as the content says so. */
  readonly accounts: readonly string[];
  /** The time that the content says it is of. */
  readonly told?: number | undefined;
  readonly entries: number;
  /** Says that more of it follows elsewhere. */
  readonly isTruncated?: boolean;
  /** What in it could not be taken, in sentences. */
  readonly troubles?: readonly string[];
  /** Adds what it says. */
  readonly take: (from: FromInput) => void;
}

/** Undefined for a value of another kind. Members that a reader does not know are passed over. */
export type Recogniser = (value: JsonObject, origin: Origin, evidence: Evidence) => Recognised | undefined;

/** The objects of a list; undefined if it is none. */
export function objectsOf(value: unknown): readonly JsonObject[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const items: readonly unknown[] = value;
  return items.filter(isJsonObject);
}

/** A text that is not empty. */
export function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** An object as it is, or in a text as JSON, percent-encoded or not. */
export function objectIn(value: unknown): JsonObject | undefined {
  if (isJsonObject(value)) return value;
  if (typeof value !== "string") return undefined;
  try {
    const text = value.startsWith("%") ? decodeURIComponent(value) : value;
    if (isTooDeep(text)) return undefined;
    const parsed: unknown = JSON.parse(text);
    return isJsonObject(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

/** A policy document, in whichever way it is written. */
export function documentIn(value: unknown): JsonObject | undefined {
  const found = objectIn(value);
  return found !== undefined && "Statement" in found ? found : undefined;
}

/** The accounts in the ARNs of some entries. */
export function accountsOfArns(arns: Iterable<unknown>): readonly string[] {
  const found = new Set<string>();
  for (const arn of arns) {
    const account = typeof arn === "string" ? (arn.split(":")[4] ?? "") : "";
    if (/^[0-9]{12}$/.test(account)) found.add(account);
  }
  return [...found];
}

/** Whether the content says that it goes on. */
export function isTruncated({ IsTruncated, NextToken, Marker, PaginationToken }: JsonObject): boolean {
  if (typeof IsTruncated === "boolean") return IsTruncated;
  return [NextToken, Marker, PaginationToken].some((token) => textOf(token) !== undefined);
}
