/**
 * Base64 of Binary operators (BIN-1, BIN-2): the canonical form only, so that equal bytes have equal texts.
 */

/** Decodes the text; undefined if it is not base64 of the standard alphabet with padding and unused bits that are zero. */
export function parseBase64(text: string): Uint8Array | undefined {
  const { length } = text;
  if (length % 4 !== 0) return undefined;
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const bytes = new Uint8Array((length / 4) * 3 - padding);
  let bits = 0;
  let bitCount = 0;
  let bytesAt = 0;
  for (let at = 0; at < length - padding; at++) {
    const sextet = sextetOf(text.charCodeAt(at));
    if (sextet < 0) return undefined;
    bits = ((bits << 6) | sextet) & 0xffff;
    bitCount += 6;
    if (bitCount < 8) continue;
    bitCount -= 8;
    bytes[bytesAt++] = (bits >>> bitCount) & 0xff;
  }
  return (bits & ((1 << bitCount) - 1)) === 0 ? bytes : undefined;
}

function sextetOf(code: number): number {
  if (code >= 0x41 && code <= 0x5a) return code - 0x41;
  if (code >= 0x61 && code <= 0x7a) return code - 0x47;
  if (code >= 0x30 && code <= 0x39) return code + 4;
  if (code === 0x2b) return 62;
  return code === 0x2f ? 63 : -1;
}
