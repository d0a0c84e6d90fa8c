// Which keys are lists: those with several values, and those that are lists by definition (COND-9, CTX-14).
import { fold } from "./fold.js";

const LIST_KEYS = [
  "aws:TagKeys",
  "aws:PrincipalOrgPaths",
  "aws:ResourceOrgPaths",
  "aws:SourceOrgPaths",
  "aws:VpceOrgPaths",
  "aws:CalledVia",
  "aws:PrincipalServiceNamesList",
  "sts:TransitiveTagKeys",
];

/** Tells whether a present key is a list, whatever the number of values of a key marked multi (COND-9, CTX-14). */
export function isList(key: string, values: readonly string[]): boolean {
  return values.length > 1 || LIST_KEYS.some((listed) => fold(listed) === fold(key));
}
