/**
 * The section `owners` of a Verdict file: who owns the resources of a team's own services, by pattern (XACC-5).
 */

import { quote } from "../../text/quote.js";
import type { TreePlace } from "../../text/tree-place.js";
import {
  placeText,
  positionOf,
  readItems,
  readMembers,
  readText,
  report,
  requireMember,
} from "../../text/tree-place.js";
import { splitArnFields } from "../document/arn.js";
import { mostOwnerPatterns, normaliseOwnerPattern, type OwnerPattern, orderOwners } from "../owner-patterns.js";
import { isAccountId } from "../requester.js";
import type { Declarations } from "./declaration.js";
import type { Reading } from "./policy-reading.js";

/** The members of an owner. */
export const ownerMembers = ["pattern", "account"] as const;

/** Adds the owners of a file. */
export function readOwners(reading: Reading, place: TreePlace | undefined): void {
  for (const item of readItems(place)) {
    const members = readMembers(item, ownerMembers);
    if (members === undefined) continue;
    const patternPlace = requireMember(item, members, "pattern");
    const accountPlace = requireMember(item, members, "account");
    const pattern = readText(patternPlace);
    const account = readText(accountPlace);
    const problem = pattern === undefined ? undefined : problemOf(pattern);
    if (patternPlace !== undefined && problem !== undefined) report(patternPlace, "SET-FORMAT", problem);
    const isAccount = account === undefined || isAccountId(account);
    if (accountPlace !== undefined && !isAccount) {
      report(accountPlace, "SET-FORMAT", `${quote(account)} is not an account id`);
    }
    if (patternPlace === undefined || pattern === undefined || account === undefined) continue;
    if (problem !== undefined || !isAccount) continue;
    reading.declarations.owners.push({ place: patternPlace, pattern: normaliseOwnerPattern(pattern), account });
  }
}

/** The owners of all files, the most specific first; those that cannot be ordered are findings. */
export function linkOwners({ owners }: Pick<Declarations, "owners">): readonly OwnerPattern[] {
  const excess = owners[mostOwnerPatterns];
  if (excess !== undefined) {
    report(excess.place, "SET-FORMAT", `a policy set has at most ${mostOwnerPatterns} owner patterns`);
    return [];
  }
  const { ordered, conflicts } = orderOwners(owners);
  for (const { one, other, kind } of conflicts) {
    const where = placeText(positionOf(other.place));
    const both = `${quote(one.pattern)} and ${quote(other.pattern)} (${where})`;
    if (kind === "equal") {
      report(one.place, "SET-DUPLICATE", `${quote(one.pattern)} is declared twice: first at ${where}`);
    } else if (kind === "tooAlike") {
      report(one.place, "SET-FORMAT", `too many owner patterns are too alike to be compared: ${both} among them`);
    } else {
      report(
        one.place,
        "SET-FORMAT",
        `${both} match some of the same resources and neither is more specific: narrow one of them`,
      );
    }
  }
  return ordered.map(({ pattern, account }) => ({ pattern, account }));
}

/** What is wrong with a pattern, in words that end in the cure. */
function problemOf(pattern: string): string | undefined {
  const fields = splitArnFields(pattern);
  if (fields[0] !== "arn" || fields.length < 6) {
    return `${quote(pattern)} is not an ARN pattern: write six fields, as in \`arn:acme:orders:*:*:*\``;
  }
  if (pattern.includes("${")) return `${quote(pattern)} has a variable: owners are known before anybody asks`;
  const last = fields[5] ?? "";
  if (last === "") return `${quote(pattern)} names no resource: end it in \`*\` for all of them`;
  if (/[/:]$/.test(last)) return `${quote(pattern)} matches nothing below it: end it in \`${pattern.slice(-1)}*\``;
  return undefined;
}
