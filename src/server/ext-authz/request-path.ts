/**
 * The path of a request, if it means the same to everybody who reads it. Envoy, Verdict and the service behind them must
 * never take one path for different ones (opa-envoy-plugin, CVE-2026-26205), so what is ambiguous is refused, never repaired.
 */
import { utf8Text } from "../../wire/wire-format.js";

/** A path in its segments. */
export interface RequestPath {
  readonly kind: "path";
  /** Percent-decoded; only the last one may be empty: the path ends in a slash then. */
  readonly segments: readonly string[];
  /** As it came, without the query string. */
  readonly raw: string;
  readonly decoded: string;
  /** Not decoded; undefined without a question mark. */
  readonly query: string | undefined;
}

/** A path that is refused, and why. */
export interface AmbiguousPath {
  readonly kind: "ambiguous";
  readonly reason: string;
}

const longestPath = 16_384;

/** Reads the request target as Envoy hands it over: path and query string, not decoded. */
export function readRequestPath(target: string): RequestPath | AmbiguousPath {
  const queryAt = target.indexOf("?");
  const raw = queryAt < 0 ? target : target.slice(0, queryAt);
  const query = queryAt < 0 ? undefined : target.slice(queryAt + 1);
  if (raw.length > longestPath) return ambiguous("the path is too long");
  if (!raw.startsWith("/")) return ambiguous("the path does not begin with a slash");
  if (query !== undefined && !/^[!-~]*$/.test(query)) return ambiguous("the query has a character that no URL has");
  if (target.includes("#")) return ambiguous("the target has a fragment");
  const segments = raw.slice(1).split("/");
  const last = segments.length - 1;
  for (let index = 0; index <= last; index++) {
    const segment = segments[index] ?? "";
    if (segment === "" && index < last) return ambiguous("the path has an empty segment");
    // Most segments need no second look.
    if (plainSegment.test(segment)) continue;
    const decoded = decodeSegment(segment);
    if (typeof decoded !== "string") return decoded;
    segments[index] = decoded;
  }
  return { kind: "path", segments, raw, decoded: `/${segments.join("/")}`, query };
}

const plainSegment = /^(?:[A-Za-z0-9_~-][A-Za-z0-9._~-]*)?$/;

/** Characters of `pchar` (RFC 3986) but the two that are not trusted: see below. */
const openSegment = /^[A-Za-z0-9._~$&'()*+,=:@%-]*$/;

function decodeSegment(segment: string): string | AmbiguousPath {
  // Servlet containers cut `;…` off before they look a path up.
  if (segment.includes(";")) return ambiguous("the path has parameters");
  // Envoy writes `!` for every byte that is no UTF-8, so one `!` stands for many paths; `%21` does not.
  if (segment.includes("!"))
    return ambiguous("the path has an exclamation mark, which stands for bytes that are no UTF-8");
  if (!openSegment.test(segment)) return ambiguous("the path has a character that no path has");
  const decoded = segment.includes("%") ? decodeEscapes(segment) : segment;
  if (typeof decoded !== "string") return decoded;
  if (decoded === "." || decoded === "..") return ambiguous("the path has a dot segment");
  return decoded;
}

function decodeEscapes(segment: string): string | AmbiguousPath {
  const bytes = Buffer.alloc(segment.length);
  let length = 0;
  for (let at = 0; at < segment.length; at++) {
    if (segment[at] !== "%") {
      bytes[length++] = segment.charCodeAt(at);
      continue;
    }
    const digits = segment.slice(at + 1, at + 3);
    if (!hexDigits.test(digits)) return ambiguous("the path has an invalid escape");
    const byte = Number.parseInt(digits, 16);
    if (byte < 0x20 || byte === 0x7f) return ambiguous("the path has a control character");
    const character = String.fromCharCode(byte);
    if (delimiters.includes(character)) return ambiguous("the path has an escaped delimiter");
    // RFC 3986, 6.2.2.2: some readers decode these before they compare, others do not.
    if (/[A-Za-z0-9._~-]/.test(character)) return ambiguous("the path has a needless escape");
    if (character === "%" && hexDigits.test(segment.slice(at + 3, at + 5))) {
      return ambiguous("the path is escaped twice");
    }
    bytes[length++] = byte;
    at += 2;
  }
  const text = utf8Text(bytes, 0, length);
  if (text === undefined) return ambiguous("the path is not valid UTF-8");
  if (/\p{Cc}/u.test(text)) return ambiguous("the path has a control character");
  return text.normalize("NFKC") === text || !resemblesDelimiter(text) ? text : ambiguous("the path has a lookalike");
}

const hexDigits = /^[0-9A-Fa-f]{2}$/;

/** What would change the structure of the path for a reader that decodes once more than others. */
const delimiters = "/\\;?#";

/** Readers that normalise compatibility characters (U+FF0F is a wide slash) would see another path. */
function resemblesDelimiter(text: string): boolean {
  const plain = text.normalize("NFKC");
  const count = (of: string): number => [...of].filter((one) => delimiters.includes(one) || one === "%").length;
  return count(plain) > count(text) || plain === "." || plain === "..";
}

function ambiguous(reason: string): AmbiguousPath {
  return { kind: "ambiguous", reason };
}
