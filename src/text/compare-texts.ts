/** The one order of texts: what is sorted on one machine is sorted alike on every other. */

/** By code unit: independent of the locale. */
export function compareTexts(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
