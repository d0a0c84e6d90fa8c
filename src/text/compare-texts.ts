/** The one order of texts: what is sorted on one machine is sorted alike on every other. */

/** By code unit: independent of the locale. */
export function compareTexts(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** By the bytes of UTF-8, which is by code point (CTX-11, OUT-6): where machines of any language sort alike. */
export function compareUtf8(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let at = 0; at < length; at++) {
    const one = left.charCodeAt(at);
    const other = right.charCodeAt(at);
    if (one !== other) return byCodePoint(one) - byCodePoint(other);
  }
  return left.length - right.length;
}

/** Texts in that order. Where no surrogate is, the order of code units is the same, and the engine's own sorting takes a fifth. */
export function sortedUtf8(texts: readonly string[]): string[] {
  return /[\ud800-\udfff]/.test(texts.join("\n")) ? [...texts].sort(compareUtf8) : [...texts].sort();
}

/** Surrogates stand for what comes behind all other units. */
function byCodePoint(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
