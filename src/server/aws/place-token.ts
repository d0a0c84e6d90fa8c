/** The token of a page that is a place in a list: it holds whatever the next call changes. */

/** The token of a place in a list of so-called things. */
export function placeToken(noun: string, place: number): string {
  return Buffer.from(`${noun} ${place}`, "utf8").toString("base64url");
}

/** The place that a token names; undefined for one that was never given out. */
export function placeOfToken(noun: string, token: string): number | undefined {
  const text = Buffer.from(token, "base64url").toString("utf8");
  const place = text.startsWith(`${noun} `) ? Number(text.slice(noun.length + 1)) : Number.NaN;
  return Number.isSafeInteger(place) && place >= 0 && placeToken(noun, place) === token ? place : undefined;
}
