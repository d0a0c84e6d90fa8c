// Wildcard matching as a good JavaScript programmer writes it: two pointers, back to the last star, no regular expression.

const STAR = 42;
const ONE = 63;

/** Whether a pattern with `*` and `?` matches the whole text; every character counts alike. */
export function matchGlob(pattern: string, text: string): boolean {
  let patternAt = 0;
  let textAt = 0;
  let starAt = -1;
  let resumeAt = 0;
  while (textAt < text.length) {
    const wanted = patternAt < pattern.length ? pattern.charCodeAt(patternAt) : -1;
    if (wanted === STAR) {
      starAt = patternAt++;
      resumeAt = textAt;
    } else if (wanted === ONE || wanted === text.charCodeAt(textAt)) {
      patternAt++;
      textAt++;
    } else if (starAt >= 0) {
      patternAt = starAt + 1;
      textAt = ++resumeAt;
    } else {
      return false;
    }
  }
  while (patternAt < pattern.length && pattern.charCodeAt(patternAt) === STAR) patternAt++;
  return patternAt === pattern.length;
}

/** ARN-2: six fields, each matched on its own; ARN-5 for short patterns. */
export function matchArn(pattern: string, text: string): boolean {
  const wanted = arnFields(pattern);
  const fields = arnFields(text);
  if (fields.length < 6 || fields[0] !== "arn") return false;
  if (wanted.length < 6 && !pattern.endsWith("*")) return false;
  return fields.every((field, index) => matchGlob(wanted[index] ?? "*", field));
}

function arnFields(arn: string): string[] {
  const parts = arn.split(":");
  return parts.length <= 6 ? parts : [...parts.slice(0, 5), parts.slice(5).join(":")];
}
