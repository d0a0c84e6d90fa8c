/** One record of CloudTrail, looked into member by member: nothing of its shape is taken for granted. */
import { isJsonObject, type JsonObject } from "../../text/json-object.js";

/** What stands at the end of a way of member names; undefined where the way breaks off. */
export function memberAt(value: unknown, ...way: readonly string[]): unknown {
  let at = value;
  for (let index = 0; index < way.length; index++) at = memberOf(at, way[index] ?? "");
  return at;
}

/** One member; what every object inherits is none. */
function memberOf(value: unknown, name: string): unknown {
  if (!isJsonObject(value)) return undefined;
  const found = value[name];
  return typeof found === "function" || (name === "__proto__" && !Object.hasOwn(value, name)) ? undefined : found;
}

/** The text at the end of a way; undefined for anything else, for the empty text, and for what AWS puts in the place of secrets. */
export function textAt(value: unknown, ...way: readonly string[]): string | undefined {
  let found = value;
  for (let index = 0; index < way.length; index++) found = memberOf(found, way[index] ?? "");
  return typeof found === "string" && found !== "" && !isHidden(found) ? found : undefined;
}

/** The objects of the list at the end of a way; none of anything else. */
export function objectsAt(value: unknown, ...way: readonly string[]): readonly JsonObject[] {
  let found = value;
  for (let index = 0; index < way.length; index++) found = memberOf(found, way[index] ?? "");
  return Array.isArray(found) ? found.filter(isJsonObject) : none;
}

const none: readonly JsonObject[] = [];

function isHidden(text: string): boolean {
  const first = text.charCodeAt(0);
  if (first === 0x48) return text === "HIDDEN_DUE_TO_SECURITY_REASONS";
  return first === 0x2a && /^\*{3,}$/.test(text);
}
