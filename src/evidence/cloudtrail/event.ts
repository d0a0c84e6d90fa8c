/** One record of CloudTrail, looked into member by member: nothing of its shape is taken for granted. */
import { isJsonObject, type JsonObject } from "../../text/json-object.js";

/** What stands at the end of a way of member names; undefined where the way breaks off. */
export function memberAt(value: unknown, ...way: readonly string[]): unknown {
  let at = value;
  for (const name of way) at = isJsonObject(at) && Object.hasOwn(at, name) ? at[name] : undefined;
  return at;
}

/** The text at the end of a way; undefined for anything else, for the empty text, and for what AWS puts in the place of secrets. */
export function textAt(value: unknown, ...way: readonly string[]): string | undefined {
  const found = memberAt(value, ...way);
  return typeof found === "string" && found !== "" && !isHidden(found) ? found : undefined;
}

/** The objects of the list at the end of a way; none of anything else. */
export function objectsAt(value: unknown, ...way: readonly string[]): readonly JsonObject[] {
  const found = memberAt(value, ...way);
  return Array.isArray(found) ? found.filter(isJsonObject) : [];
}

function isHidden(text: string): boolean {
  return text === "HIDDEN_DUE_TO_SECURITY_REASONS" || /^\*{3,}$/.test(text);
}
