/** Small JSON of our own, read back: from journals, side files and the notes of a footer. */
import { isJsonObject } from "../text/json-object.js";

/** A text as JSON; undefined for what is none. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A member; undefined where there is none. */
export function memberOf(value: unknown, name: string): unknown {
  return isJsonObject(value) ? value[name] : undefined;
}

/** Whether a value is a list of numbers. */
export function allNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((one) => typeof one === "number");
}
