/**
 * Two questions about pairs of patterns as tokens: does one cover all that the other matches, can both match one text. A "yes" to the
 * first and a "no" to the second are certain. What pairs have before their first and behind their last wildcard is compared as it stands,
 * fields that no wildcard leaves are compared one by one, and wildcards that match whatever the other side has take what is left: only
 * where colons stand among wildcards that do not cross them is there a table of all pairs of places.
 */
import { lowerCaseUnit } from "../../text/fold.js";

/** One token. `crossing` wildcards may match colons (RES-5, RES-6). */
export type GlobToken =
  | { readonly kind: "char"; readonly text: string }
  | { readonly kind: "variable"; readonly text: string }
  /** Every unit whose lower case is the text (STR-1). */
  | { readonly kind: "folded"; readonly text: string }
  | { readonly kind: "one"; readonly crossing: boolean }
  | { readonly kind: "star"; readonly crossing: boolean };

type Tokens = readonly GlobToken[];

/** True only if every text that `narrow` matches is matched by `wide`. */
export function tokensCover(wide: Tokens, narrow: Tokens): boolean {
  let [wideAt, narrowAt] = [0, 0];
  for (;;) {
    const wideEnd = fieldEnd(wide, wideAt);
    if (wideEnd < 0) return partCovers(wide.slice(wideAt), narrow.slice(narrowAt));
    // INVARIANT: nothing before a field's end stands for a colon, so that the fields' ends meet or nothing does.
    const narrowEnd = fieldEnd(narrow, narrowAt);
    if (narrowEnd < 0) return false;
    if (!partCovers(wide.slice(wideAt, wideEnd), narrow.slice(narrowAt, narrowEnd))) return false;
    [wideAt, narrowAt] = [wideEnd + 1, narrowEnd + 1];
  }
}

/** False only if no text is matched by both. */
export function tokensIntersect(left: Tokens, right: Tokens): boolean {
  if (beginApart(left, right)) return false;
  let [leftAt, rightAt] = [0, 0];
  for (;;) {
    const leftEnd = fieldEnd(left, leftAt);
    const rightEnd = leftEnd < 0 ? -1 : fieldEnd(right, rightAt);
    if (rightEnd < 0) return partsIntersect(left, leftAt, left.length, right, rightAt, right.length);
    if (!partsIntersect(left, leftAt, leftEnd, right, rightAt, rightEnd)) return false;
    [leftAt, rightAt] = [leftEnd + 1, rightEnd + 1];
  }
}

/** True if the characters before the first wildcards differ, as those of most pairs do. */
function beginApart(left: Tokens, right: Tokens): boolean {
  for (let at = 0; ; at++) {
    const [one, other] = [left[at], right[at]];
    if (one?.kind !== "char" || other?.kind !== "char") return false;
    if (one.text !== other.text) return true;
  }
}

/** The place of the first colon from here, unless something before it may stand for one; else -1. */
function fieldEnd(tokens: Tokens, from: number): number {
  for (let at = from; at < tokens.length; at++) {
    const token = tokens[at];
    if (token !== undefined && isColonOrMore(token)) return token.kind === "char" ? at : -1;
  }
  return -1;
}

/** Whether a token may stand for a text with a colon in it. */
function isColonOrMore(token: GlobToken): boolean {
  if (token.kind === "char" || token.kind === "folded") return token.text === ":";
  return token.kind === "variable" || token.crossing;
}

function partCovers(wide: Tokens, narrow: Tokens): boolean {
  const first = wide.findIndex(isStar);
  if (first < 0) return wide.length === narrow.length && absorbsAt(wide, narrow, 0, 0, wide.length);
  const last = wide.findLastIndex(isStar);
  const tail = wide.length - last - 1;
  // Whatever is no star stands for exactly one token of the other side.
  if (narrow.length < first + tail || !absorbsAt(wide, narrow, 0, 0, first)) return false;
  if (!absorbsAt(wide, narrow, last + 1, narrow.length - tail, tail)) return false;
  const [middle, text] = [wide.slice(first, last + 1), narrow.slice(first, narrow.length - tail)];
  const isOpen = !text.some(isColonOrMore) || middle.every((token) => !isStar(token) || token.crossing);
  return isOpen ? findSegments(middle, text, isStar, absorbs) : tableCovers(middle, text);
}

function absorbsAt(wide: Tokens, narrow: Tokens, wideAt: number, narrowAt: number, length: number): boolean {
  for (let at = 0; at < length; at++) {
    const [one, other] = [wide[wideAt + at], narrow[narrowAt + at]];
    if (one === undefined || other === undefined || !absorbs(one, other)) return false;
  }
  return true;
}

/** As `tokensIntersect`, of the tokens between two places on either side. */
function partsIntersect(
  left: Tokens,
  leftFrom: number,
  leftTo: number,
  right: Tokens,
  rightFrom: number,
  rightTo: number,
): boolean {
  let [leftAt, rightAt, leftEnd, rightEnd] = [leftFrom, rightFrom, leftTo, rightTo];
  for (; leftAt < leftEnd && rightAt < rightEnd; leftAt++, rightAt++) {
    const [one, other] = [left[leftAt], right[rightAt]];
    if (one === undefined || other === undefined || canBeEmpty(one) || canBeEmpty(other)) break;
    if (!canMeet(one, other)) return false;
  }
  for (; leftAt < leftEnd && rightAt < rightEnd; leftEnd--, rightEnd--) {
    const [one, other] = [left[leftEnd - 1], right[rightEnd - 1]];
    if (one === undefined || other === undefined || canBeEmpty(one) || canBeEmpty(other)) break;
    if (!canMeet(one, other)) return false;
  }
  if (leftAt === leftEnd && rightAt === rightEnd) return true;
  const [one, other] = [left.slice(leftAt, leftEnd), right.slice(rightAt, rightEnd)];
  if (one.length === 0) return other.every(canBeEmpty);
  if (other.length === 0) return one.every(canBeEmpty);
  if (!areOpen(one, other) || !areOpen(other, one)) return tableIntersects(one, other);
  // Every gap takes whatever the other side has, and at either end at least one side has a gap.
  if (!one.some(canBeEmpty)) return findSegments(other, one, canBeEmpty, canMeet);
  return other.some(canBeEmpty) || findSegments(one, other, canBeEmpty, canMeet);
}

/** Whether each wildcard of the one that may be long meets all that the other has. */
function areOpen(one: Tokens, other: Tokens): boolean {
  return !one.some((token) => isStar(token) && !token.crossing) || !other.some(isColon);
}

/**
 * Whether the segments between the gaps of a pattern that begins and ends with one are found in a text one after the other: the first
 * place that there is leaves most to those that follow.
 */
function findSegments(
  pattern: Tokens,
  text: Tokens,
  isGap: (token: GlobToken) => boolean,
  fits: (one: GlobToken, other: GlobToken) => boolean,
): boolean {
  let [textAt, at] = [0, 0];
  while (at < pattern.length) {
    let end = at;
    for (let token = pattern[end]; token !== undefined && !isGap(token); token = pattern[end]) end++;
    const found = findSegment(pattern.slice(at, end), text, textAt, fits);
    if (found < 0) return false;
    textAt = found + end - at;
    at = end + 1;
  }
  return true;
}

function findSegment(
  segment: Tokens,
  text: Tokens,
  from: number,
  fits: (one: GlobToken, other: GlobToken) => boolean,
): number {
  for (let at = from; at + segment.length <= text.length; at++) {
    const misfit = segment.findIndex((token, index) => {
      const other = text[at + index];
      return other === undefined || !fits(token, other);
    });
    if (misfit < 0) return at;
  }
  return -1;
}

/** As `tokensCover`, by all pairs of places. */
function tableCovers(wide: Tokens, narrow: Tokens): boolean {
  let below = new Uint8Array(narrow.length + 1);
  let current = new Uint8Array(narrow.length + 1);
  below[narrow.length] = 1;
  for (let row = wide.length - 1; row >= 0; row--) {
    const token = wide[row];
    for (let at = narrow.length; at >= 0; at--) {
      const other = narrow[at];
      const consumed = token !== undefined && other !== undefined && absorbs(token, other);
      const covers =
        token?.kind === "star"
          ? below[at] === 1 || (consumed && current[at + 1] === 1)
          : consumed && below[at + 1] === 1;
      current[at] = covers ? 1 : 0;
    }
    [below, current] = [current, below];
  }
  return below[0] === 1;
}

/** As `tokensIntersect`, by all pairs of places. */
function tableIntersects(left: Tokens, right: Tokens): boolean {
  const lastFull = right.findLastIndex((token) => !canBeEmpty(token));
  let below = Uint8Array.from({ length: right.length + 1 }, (_, at) => (at > lastFull ? 1 : 0));
  let current = new Uint8Array(right.length + 1);
  for (let row = left.length - 1; row >= 0; row--) {
    const one = left[row];
    if (one === undefined) continue;
    const isEmptiable = canBeEmpty(one);
    for (let at = right.length; at >= 0; at--) {
      const other = right[at];
      let meets = isEmptiable && below[at] === 1;
      if (!meets && other !== undefined) {
        const isOtherEmptiable = canBeEmpty(other);
        meets =
          (isOtherEmptiable && current[at + 1] === 1) ||
          (canMeet(one, other) &&
            (below[at + 1] === 1 || (isEmptiable && current[at + 1] === 1) || (isOtherEmptiable && below[at] === 1)));
      }
      current[at] = meets ? 1 : 0;
    }
    [below, current] = [current, below];
  }
  return below[0] === 1;
}

/** Whether the token of the wider pattern stands for all that one token of the narrower one stands for. */
function absorbs(wide: GlobToken, narrow: GlobToken): boolean {
  if (wide.kind === "folded" && narrow.kind === "char") return lowerCaseUnit(narrow.text) === wide.text;
  if (wide.kind !== "one" && wide.kind !== "star") return narrow.kind === wide.kind && narrow.text === wide.text;
  if (narrow.kind === "variable") return wide.kind === "star" && wide.crossing;
  if (narrow.kind === "char" || narrow.kind === "folded") return wide.crossing || narrow.text !== ":";
  if (narrow.kind === "star" && wide.kind === "one") return false;
  return wide.crossing || !narrow.crossing;
}

function isStar(token: GlobToken): token is GlobToken & { readonly kind: "star" } {
  return token.kind === "star";
}

function isColon(token: GlobToken): boolean {
  return token.kind === "char" && token.text === ":";
}

function canBeEmpty(token: GlobToken): boolean {
  return token.kind === "star" || token.kind === "variable";
}

/** Whether one character can be matched by both tokens. */
function canMeet(one: GlobToken, other: GlobToken): boolean {
  if (one.kind === "char" && other.kind === "char") return one.text === other.text;
  if (other.kind === "char") return canMeet(other, one);
  if (one.kind === "char") {
    if (other.kind === "folded") return lowerCaseUnit(one.text) === other.text;
    return one.text !== ":" || other.kind === "variable" || other.crossing;
  }
  return one.kind !== "folded" || other.kind !== "folded" || one.text === other.text;
}
