/** Advice about the ranges of IP operators: what they cover, and whether their key can hold it (IP-1, IP-3, IP-5). */
import type { ConditionTest } from "../policy/document/document.js";
import { type IpRange, ipRangeText, mappedRange, parseIpRange } from "../policy/document/ip-address.js";
import { quote } from "../text/quote.js";
import { advise, type PlacedText, type Subject } from "./subject.js";

/** Adds what there is to say about one address or range. */
export function adviseAddress(subject: Subject, { operator, key }: ConditionTest, value: PlacedText): void {
  const { text } = value;
  const range = parseIpRange(text);
  if (range === undefined) return;
  if (range.prefixLength === 0) {
    const effect = operator.negated ? "excludes every" : "covers every";
    const cause = `${quote(text)} ${effect} IPv${range.family} address`;
    advise(subject, "IP-1", "warning", value, cause, "write the range that is meant");
    return;
  }
  const mapped = mappedRange(range);
  if (mapped !== undefined) {
    const effect = operator.negated ? "excludes nothing" : "matches nothing";
    const cause = `${quote(text)} ${effect}: an IPv4 address inside an IPv6 one counts as the IPv4 address`;
    advise(subject, "IP-5", "warning", value, cause, `write \`${ipRangeText(mapped)}\``);
    return;
  }
  const slashAt = text.indexOf("/");
  // Only IPv4 gets here with such bits: in IPv6 they are an error.
  const written = slashAt < 0 ? range : parseIpRange(text.slice(0, slashAt));
  if (written?.bytes.some((byte, index) => byte !== range.bytes[index])) {
    const cause = `${quote(text)} has bits beyond its length, which are ignored`;
    advise(subject, "IP-3", "suggestion", value, cause, `write \`${ipRangeText(range)}\``);
  }
  if (subject.profile === "aws" && key.toLowerCase() === "aws:sourceip" && isPrivate(range)) {
    const cause = `${quote(text)} is private: AWS gives \`aws:SourceIp\` public addresses only`;
    advise(
      subject,
      "LINT-PRIVATE-IP",
      "suggestion",
      value,
      cause,
      "use `aws:VpcSourceIp` for calls through VPC endpoints",
    );
  }
}

/** RFC 1918 and RFC 4193. */
function isPrivate({ family, bytes, prefixLength }: IpRange): boolean {
  const [first = 0, second = 0] = bytes;
  if (family === 6) return prefixLength >= 7 && (first & 0xfe) === 0xfc;
  if (first === 10) return prefixLength >= 8;
  if (first === 172) return prefixLength >= 12 && (second & 0xf0) === 16;
  return first === 192 && second === 168 && prefixLength >= 16;
}
