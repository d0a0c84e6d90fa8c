/** Texts as UTF-8. Most are short and ASCII: a loop takes less time than a call of the encoder. */

const encoder = new TextEncoder();

/** The bytes of a text. */
export function utf8Bytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit > 0x7f) return encoder.encode(text);
    bytes[at] = unit;
  }
  return bytes;
}

/** Writes the bytes of a text where there is room for them (three for each unit), and gives their number. */
export function writeUtf8(text: string, bytes: Uint8Array, at: number): number {
  for (let offset = 0; offset < text.length; offset++) {
    const unit = text.charCodeAt(offset);
    if (unit > 0x7f) return encoder.encodeInto(text, bytes.subarray(at)).written;
    bytes[at + offset] = unit;
  }
  return text.length;
}
