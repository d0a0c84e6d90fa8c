// Base64: canonical text only, so that equal bytes have equal texts (section 8.5).

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Tells whether a text is canonical base64: padded to fours, standard alphabet, unused bits zero (BIN-2). */
export function isCanonicalBase64(text: string): boolean {
  if (text.length % 4 !== 0) return false;
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const digits = [...text.slice(0, text.length - padding)].map((character) => ALPHABET.indexOf(character));
  if (digits.includes(-1)) return false;
  // Two digits hold 12 bits of which 8 are used, three hold 18 of which 16 are.
  const unusedBits = padding * 2;
  return (digits.at(-1) ?? 0) % 2 ** unusedBits === 0;
}

/** Tells whether two base64 texts decode to the same bytes (BIN-1, BIN-2). */
export function equalBinary(left: string, right: string): boolean {
  return isCanonicalBase64(left) && left === right;
}
