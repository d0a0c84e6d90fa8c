/** Single text fields out of serialised messages, for the few places where the host looks into a message that it hands on. */
import { lenientText, WireType } from "./wire-format.js";
import { WireError, wireReader } from "./wire-reader.js";

/** Every occurrence of a field that is a text; stops where the message cannot be read. */
export function textFields(message: Uint8Array, wanted: number): string[] {
  const texts: string[] = [];
  try {
    const reader = wireReader(message, "lenient");
    while (reader.next()) if (reader.field === wanted && reader.hasContent) texts.push(reader.text());
  } catch (error: unknown) {
    if (!(error instanceof WireError)) throw error;
  }
  return texts;
}

/**
 * A short cut: the last occurrence of a field that is a text; empty if there is none. On the path of every single call, so it walks
 * the usual message, fields and lengths below 128, without making an object.
 */
export function lastTextField(message: Uint8Array, wanted: number): string {
  let foundAt = -1;
  let foundEnd = 0;
  let at = 0;
  while (at < message.length) {
    const tag = message[at] ?? 0;
    const length = message[at + 1] ?? 0;
    if (tag >= 0x80 || (tag & 7) !== WireType.LengthDelimited || length >= 0x80) {
      if (tag >= 0x80 || (tag & 7) !== WireType.Varint || length >= 0x80)
        return textFields(message, wanted).at(-1) ?? "";
      at += 2; // a small varint
      continue;
    }
    at += 2 + length;
    if (tag >>> 3 !== wanted) continue;
    foundAt = at - length;
    foundEnd = at;
  }
  return foundAt < 0 ? "" : lenientText(message, foundAt, foundEnd);
}
