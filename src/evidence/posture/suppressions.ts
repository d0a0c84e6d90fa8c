/** Findings that somebody answers for: by id and subject, with a reason, an owner and a last day. */
import { globOfPattern } from "../../audit/candidates.js";
import { globHolds } from "../../globs/glob.js";
import { parseSource } from "../../policy/formats/build-policy-set.js";
import type { Finding } from "../../text/finding.js";
import { quote } from "../../text/quote.js";
import type { SourceText } from "../../text/source-text.js";
import { readItems, readMembers, readText, report, requireMember, type TreePlace } from "../../text/tree-place.js";
import { isDay } from "../../validate/gate/baseline.js";
import type { PostureFinding } from "./posture.js";

/** One suppression. */
export interface Suppression {
  readonly id: string;
  /** A text or a pattern. */
  readonly subject: string;
  readonly reason: string;
  readonly owner: string;
  /** The last day of it, `YYYY-MM-DD` in UTC. */
  readonly expires: string;
}

/** Reads a file; what is wrong with it is added to the findings, and nothing is suppressed then. */
export function readSuppressions(
  source: SourceText,
  ids: ReadonlySet<string>,
  findings: Finding[],
): readonly Suppression[] {
  const before = findings.length;
  const node = parseSource(source, findings);
  const top: TreePlace | undefined = node && { source, findings, node, path: undefined };
  const members = top && readMembers(top, ["suppressions"]);
  const list = top && members && requireMember(top, members, "suppressions");
  const found = readItems(list).flatMap((item): readonly Suppression[] => {
    const own = readMembers(item, ["id", "subject", "reason", "owner", "expires"]);
    if (own === undefined) return [];
    const text = (name: string): string | undefined => readText(requireMember(item, own, name));
    const [id, subject, reason, owner, expires] = [
      text("id"),
      text("subject"),
      text("reason"),
      text("owner"),
      text("expires"),
    ];
    const [idPlace, day] = [own.get("id"), own.get("expires")];
    if (idPlace !== undefined && id !== undefined && !ids.has(id)) {
      report(idPlace, "SET-FORMAT", `${quote(id)} is no check`);
    }
    if (day !== undefined && expires !== undefined && !isDay(expires)) {
      report(day, "SET-FORMAT", `${quote(expires)} is no day: write it as \`2027-01-31\``);
    }
    if (
      id === undefined ||
      subject === undefined ||
      reason === undefined ||
      owner === undefined ||
      expires === undefined
    )
      return [];
    return [{ id, subject, reason, owner, expires }];
  });
  return findings.length === before ? found : [];
}

/** What is left of findings on a day. What was suppressed until a day that is over says so. */
export function suppress(
  findings: readonly PostureFinding[],
  suppressions: readonly Suppression[],
  today: string,
): { readonly open: readonly PostureFinding[]; readonly suppressed: number; readonly idle: readonly Suppression[] } {
  const globs = new Map(suppressions.map((one) => [one, globOfPattern(one.subject)]));
  const met = new Set<Suppression>();
  let suppressed = 0;
  const open = findings.flatMap((finding) => {
    const fitting = suppressions.filter(
      (one) =>
        one.id === finding.id &&
        (one.subject === finding.subject || (globs.get(one) ?? []).some((glob) => globHolds(glob, finding.subject))),
    );
    for (const one of fitting) met.add(one);
    if (fitting.some(({ expires }) => today <= expires)) {
      suppressed++;
      return [];
    }
    const [expired] = fitting;
    if (expired === undefined) return [finding];
    return [{ ...finding, reason: `${finding.reason}; it was suppressed until ${expired.expires} (${expired.owner})` }];
  });
  return { open, suppressed, idle: suppressions.filter((one) => !met.has(one)) };
}
