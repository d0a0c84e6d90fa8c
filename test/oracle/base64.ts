// Base64 by hand: standard alphabet, padding required, unused trailing bits ignored (section 8.5).

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Decodes base64 to bytes; undefined if the text is not base64 (BIN-2). */
export function decodeBase64(text: string): number[] | undefined {
  if (text.length % 4 !== 0) return undefined;
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const bytes: number[] = [];
  let pending = 0;
  let pendingBits = 0;
  for (const character of text.slice(0, text.length - padding)) {
    const digit = ALPHABET.indexOf(character);
    if (digit < 0) return undefined;
    pending = (pending << 6) | digit;
    pendingBits += 6;
    if (pendingBits >= 8) {
      pendingBits -= 8;
      bytes.push(pending >> pendingBits);
      pending &= (1 << pendingBits) - 1;
    }
  }
  return bytes;
}

/** Tells whether two base64 texts decode to the same bytes (BIN-1). */
export function equalBinary(left: string, right: string): boolean {
  const a = decodeBase64(left);
  const b = decodeBase64(right);
  if (a === undefined || b === undefined || a.length !== b.length) return false;
  return a.every((byte, index) => byte === b[index]);
}
