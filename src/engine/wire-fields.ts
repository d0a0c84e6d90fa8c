/** Single text fields out of serialised protobuf messages, for the few places where the host looks into a message. */

/** Every occurrence of a length-delimited field, as text; stops where the message cannot be read. */
export function textFields(message: Uint8Array, wanted: number): string[] {
  const texts: string[] = [];
  let at = 0;
  while (at < message.length) {
    const tag = readVarint(message, at);
    if (tag === undefined) break;
    at = tag.next;
    if ((tag.value & 7) === 0) {
      const skipped = readVarint(message, at);
      if (skipped === undefined) break;
      at = skipped.next;
    } else if ((tag.value & 7) === 1) at += 8;
    else if ((tag.value & 7) === 5) at += 4;
    else if ((tag.value & 7) === 2) {
      const length = readVarint(message, at);
      if (length === undefined || length.next + length.value > message.length) break;
      at = length.next + length.value;
      if (tag.value >>> 3 === wanted) texts.push(Buffer.from(message.subarray(length.next, at)).toString("utf8"));
    } else break;
  }
  return texts;
}

/**
 * The last occurrence of a length-delimited field, as text; empty if there is none. On the path of every single call, so
 * it walks the usual message, fields and lengths below 128, without making an object.
 */
export function lastTextField(message: Uint8Array, wanted: number): string {
  let foundAt = -1;
  let foundEnd = 0;
  let at = 0;
  while (at < message.length) {
    const tag = message[at] ?? 0;
    const length = message[at + 1] ?? 0;
    if (tag >= 0x80 || (tag & 7) !== 2 || length >= 0x80) {
      if (tag >= 0x80 || (tag & 7) !== 0 || length >= 0x80) return textFields(message, wanted).at(-1) ?? "";
      at += 2; // a small varint
      continue;
    }
    at += 2 + length;
    if (tag >>> 3 !== wanted) continue;
    foundAt = at - length;
    foundEnd = at;
  }
  return foundAt < 0 ? "" : Buffer.from(message.subarray(foundAt, foundEnd)).toString("utf8");
}

function readVarint(message: Uint8Array, from: number): { readonly value: number; readonly next: number } | undefined {
  let value = 0;
  for (let i = 0; i < 10; i++) {
    const byte = message[from + i];
    if (byte === undefined) return undefined;
    if (i < 5) value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return { value: value % 2 ** 32, next: from + i + 1 };
  }
  return undefined;
}
