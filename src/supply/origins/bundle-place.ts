/** Tells the two kinds of places apart that a policy set is given by. */

/** Whether a place is the URL of an origin rather than a path. */
export function isBundlePlace(place: string): boolean {
  return /^https?:\/\//i.test(place);
}
