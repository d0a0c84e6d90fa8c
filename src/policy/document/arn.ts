/**
 * The shape of ARNs and ARN patterns, as far as texts alone decide it (RES-3). Fields are opaque:
 * partition, service and account are whatever the author wrote.
 */

/** An ARN in its parts; `rest` is the sixth field and may hold colons and slashes. */
export interface Arn {
  readonly partition: string;
  readonly service: string;
  readonly region: string;
  readonly account: string;
  readonly rest: string;
}

/** Splits a text at its first five colons: one to six fields, the sixth with all that remains. */
export function splitArnFields(text: string): readonly string[] {
  const fields: string[] = [];
  let from = 0;
  while (fields.length < 5) {
    const colonAt = text.indexOf(":", from);
    if (colonAt < 0) break;
    fields.push(text.slice(from, colonAt));
    from = colonAt + 1;
  }
  fields.push(text.slice(from));
  return fields;
}

/** Takes an ARN apart; undefined if the text has fewer than six fields or does not begin with `arn:`. */
export function parseArn(text: string): Arn | undefined {
  const [scheme, partition, service, region, account, rest] = splitArnFields(text);
  if (scheme !== "arn" || partition === undefined || service === undefined) return undefined;
  if (region === undefined || account === undefined || rest === undefined) return undefined;
  return { partition, service, region, account, rest };
}

/** True for `aws` and the partitions that AWS names after it. */
export function isAwsPartition(partition: string): boolean {
  return /^aws(?:-[a-z0-9-]+)?$/.test(partition);
}

/** True for `*`, `**` and so on, which match everything (ACT-4, RES-2); false for the empty text. */
export function isAllStars(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) !== 0x2a) return false;
  return text.length > 0;
}

/** True if the text has a `*` or a `?`. */
export function hasWildcard(text: string): boolean {
  return text.includes("*") || text.includes("?");
}

/** True if the pattern has at least six fields, or ends in a star that stands for those it lacks (RES-7). */
export function coversSixFields(pattern: string): boolean {
  return pattern.endsWith("*") || splitArnFields(pattern).length === 6;
}

/**
 * True if a resource pattern can be an ARN (RES-16): its first field is `arn`, or a wildcard pattern
 * with more fields to come, or it is a lone field such as `arn*` whose star runs on over the others.
 */
export function looksLikeArnPattern(pattern: string): boolean {
  const colonAt = pattern.indexOf(":");
  if (colonAt < 0) return pattern.endsWith("*") && matchesArnWord(pattern);
  const first = pattern.slice(0, colonAt);
  return first === "arn" || hasWildcard(first);
}

// Matches a glob against the three letters `arn`; `reached` holds the letters consumed so far.
function matchesArnWord(glob: string): boolean {
  let reached = new Set([0]);
  for (const character of glob) {
    const next = new Set<number>();
    for (const count of reached) {
      if (character === "*") for (let more = count; more <= 3; more++) next.add(more);
      else if (count < 3 && (character === "?" || "arn".charAt(count) === character)) next.add(count + 1);
    }
    if (next.size === 0) return false;
    reached = next;
  }
  return reached.has(3);
}

/** The ARN that an address of S3 (`s3://bucket/key`) or an ARN in capitals stands for; undefined for whatever else. */
export function arnMeant(text: string): string | undefined {
  const bucket = /^s3:\/\/([^/\s][^\s]*)$/i.exec(text)?.[1];
  if (bucket !== undefined) return `arn:aws:s3:::${bucket}`;
  const lowered = text.replace(/^(arn:[^:]*)/i, (scheme) => scheme.toLowerCase());
  return lowered !== text && looksLikeArnPattern(lowered) ? lowered : undefined;
}
