/**
 * Accepted findings: advice that somebody has looked at and answers for, until a date. They are found again by content, whatever lines
 * they have moved to; a statement that was changed since has to be looked at again.
 */
import { parseSource } from "../../policy/formats/build-policy-set.js";
import type { Finding } from "../../text/finding.js";
import { quote } from "../../text/quote.js";
import type { SourceText } from "../../text/source-text.js";
import { readItems, readMembers, readText, report, requireMember, type TreePlace } from "../../text/tree-place.js";
import type { PlacedFinding } from "./placed-findings.js";

/** One accepted finding. */
export interface AcceptedFinding {
  readonly fingerprint: string;
  readonly rule: string;
  /** What it stands in and says: for readers of the file, and not compared. */
  readonly subject?: string;
  readonly message?: string;
  readonly reason: string;
  readonly owner?: string;
  /** The last day on which it is accepted, `YYYY-MM-DD` in UTC. */
  readonly expires: string;
}

/** Findings against a baseline. */
export interface Compared {
  /** What is left, in order. What was accepted until a day that is over says so. */
  readonly open: readonly PlacedFinding[];
  readonly acceptedCount: number;
  /** Accepted findings that are no longer there. */
  readonly gone: readonly AcceptedFinding[];
}

/** Reads a baseline. What is wrong with it is added to the findings, and nothing is accepted then. */
export function readBaseline(source: SourceText, findings: Finding[]): readonly AcceptedFinding[] {
  const before = findings.length;
  const node = parseSource(source, findings);
  const top: TreePlace | undefined = node && { source, findings, node, path: undefined };
  const members = top && readMembers(top, ["accepted"]);
  const list = top && members && requireMember(top, members, "accepted");
  const accepted = readItems(list).flatMap((item) => readAccepted(item) ?? []);
  return findings.length === before ? accepted : [];
}

function readAccepted(item: TreePlace): AcceptedFinding | undefined {
  const members = readMembers(item, ["fingerprint", "rule", "subject", "message", "reason", "owner", "expires"]);
  if (members === undefined) return undefined;
  const fingerprint = readText(requireMember(item, members, "fingerprint"));
  const rule = readText(requireMember(item, members, "rule"));
  const reason = readText(requireMember(item, members, "reason"));
  const expiresAt = requireMember(item, members, "expires");
  const expires = readText(expiresAt);
  if (expiresAt !== undefined && expires !== undefined && !isDay(expires)) {
    report(expiresAt, "SET-FORMAT", `${quote(expires)} is no day: write it as \`2027-01-31\``);
  }
  if (fingerprint === undefined || rule === undefined || reason === undefined || expires === undefined)
    return undefined;
  const optional = Object.fromEntries(
    ["subject", "message", "owner"].flatMap((name) => {
      const text = readText(members.get(name));
      return text === undefined ? [] : [[name, text]];
    }),
  );
  return { fingerprint, rule, reason, expires, ...optional };
}

/** Whether a text is a day of the calendar. */
export function isDay(text: string): boolean {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

/** Takes out the advice that is accepted on a day. `mayAccept` tells what cannot be: errors that keep a set from being loaded. */
export function compareWithBaseline(
  findings: readonly PlacedFinding[],
  accepted: readonly AcceptedFinding[],
  today: string,
  mayAccept: (finding: Finding) => boolean,
): Compared {
  const byFingerprint = new Map(accepted.map((one) => [one.fingerprint, one]));
  const met = new Set<string>();
  let acceptedCount = 0;
  const open = findings.flatMap((placed) => {
    const one = byFingerprint.get(placed.fingerprint);
    if (one === undefined || one.rule !== placed.finding.rule || !mayAccept(placed.finding)) return [placed];
    met.add(one.fingerprint);
    if (today <= one.expires) {
      acceptedCount++;
      return [];
    }
    const message = `${placed.finding.message}; it was accepted until ${one.expires}`;
    return [{ ...placed, finding: { ...placed.finding, message } }];
  });
  return { open, acceptedCount, gone: accepted.filter(({ fingerprint }) => !met.has(fingerprint)) };
}

/** The text of a baseline that accepts these findings. Those that were accepted before keep their reason, owner and day. */
export function writtenBaseline(
  findings: readonly PlacedFinding[],
  before: readonly AcceptedFinding[],
  fresh: Pick<AcceptedFinding, "reason" | "owner" | "expires">,
): string {
  const known = new Map(before.map((one) => [one.fingerprint, one]));
  const lines = findings.map(({ fingerprint, finding, subject }) => {
    const { reason, owner, expires } = known.get(fingerprint) ?? fresh;
    return JSON.stringify({
      fingerprint,
      rule: finding.rule,
      ...(subject === undefined ? {} : { subject: subject.full }),
      message: finding.message,
      reason,
      ...(owner === undefined ? {} : { owner }),
      expires,
    });
  });
  return `{"accepted": [${lines.map((line) => `\n  ${line}`).join(",")}\n]}\n`;
}
