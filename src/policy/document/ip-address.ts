/**
 * Addresses and ranges of IP operators (IP-1 to IP-6). A range of a policy is read strictly: a spelling that two programs could
 * read differently is none. An address of a request is read as AWS reads it, with the odd spellings that it takes.
 */

/** An address range in its one normal form: the bits after the prefix are zero (IP-3). */
export interface IpRange {
  readonly family: 4 | 6;
  /** Four or sixteen bytes, in network order. */
  readonly bytes: Uint8Array;
  /** 0 to 32 or 0 to 128; without a length in the text the full length of the family (IP-2). */
  readonly prefixLength: number;
}

/** Why a policy value is no range that AWS would store and read. */
export interface IpRangeProblem {
  readonly rule: "IP-3" | "IP-4" | "IP-6";
  /** What is to follow the value in a message. */
  readonly cause: string;
  /** A range to write instead. */
  readonly instead?: string;
}

/** Reads a policy value: an address, optionally `/length`. Undefined if it is neither. */
export function parseIpRange(text: string): IpRange | undefined {
  const range = readIpRange(text);
  return "rule" in range ? undefined : range;
}

/** Reads a policy value, or says what is wrong with it. Bits beyond the length are cut off in IPv4 only (IP-3). */
export function readIpRange(text: string): IpRange | IpRangeProblem {
  const slashAt = text.indexOf("/");
  const address = slashAt < 0 ? text : text.slice(0, slashAt);
  const isIpv6 = address.includes(":");
  const bytes = toBytes(isIpv6 ? parseIpv6(address, parseIpv4) : parseIpv4(address));
  if (bytes === undefined) return notRange;
  const bits = bytes.length * 8;
  const prefixLength = slashAt < 0 ? bits : parseNumber(text.slice(slashAt + 1), bits);
  if (prefixLength === undefined) return notRange;
  const masked = maskHostBits(bytes, prefixLength);
  const range: IpRange = { family: isIpv6 ? 6 : 4, bytes: masked, prefixLength };
  if (!isIpv6) return range;
  if (address.includes("."))
    return { rule: "IP-4", cause: "ends in an IPv4 address", instead: ipRangeText(mappedRange(range) ?? range) };
  if (bytes.every((byte, index) => byte === masked[index])) return range;
  return { rule: "IP-3", cause: "has bits beyond its length", instead: ipRangeText(range) };
}

const notRange: IpRangeProblem = { rule: "IP-6", cause: "is not an IP address or range" };

/** The range in the usual spelling, always with its length. */
export function ipRangeText({ family, bytes, prefixLength }: IpRange): string {
  if (family === 4) return `${bytes.join(".")}/${prefixLength}`;
  const groups = Array.from({ length: 8 }, (_, index) => ((bytes[2 * index] ?? 0) << 8) | (bytes[2 * index + 1] ?? 0));
  const text = groups.map((group) => group.toString(16)).join(":");
  return `${text.replace(/(?:^|:)0(?::0)+(?:$|:)/, "::")}/${prefixLength}`;
}

/** The IPv4 range that a range of IPv6 is if it holds IPv4-mapped addresses only; no address of a request lies in it (IP-5). */
export function mappedRange({ family, bytes, prefixLength }: IpRange): IpRange | undefined {
  if (family === 4 || prefixLength < 96 || !isMapped(bytes)) return undefined;
  return { family: 4, bytes: bytes.slice(-4), prefixLength: prefixLength - 96 };
}

/**
 * Reads a request value: one address. An IPv4-mapped IPv6 address is its IPv4 address (IP-5), and the only one that may end in a
 * dotted quad. Octets with leading zeros are decimal; one `:::`, a surplus colon at the end and one before the first group are
 * read (IP-4, IP-6).
 */
export function parseIpAddress(text: string): IpRange | undefined {
  const isIpv6 = text.includes(":");
  const bytes = toBytes(isIpv6 ? parseIpv6(tidyColons(text), parseIpv4WithZeros) : parseIpv4WithZeros(text));
  if (bytes === undefined) return undefined;
  if (isIpv6 && !isMapped(bytes)) return text.includes(".") ? undefined : { family: 6, bytes, prefixLength: 128 };
  return { family: 4, bytes: bytes.slice(-4), prefixLength: 32 };
}

/** The text without the odd colons that are read in a request (IP-4). */
function tidyColons(text: string): string {
  const once = text.replace(/(?<!:):::(?!:)/, "::");
  const ended = text.includes(".") ? once : once.replace(/(?<!:):$/, "");
  return ended.replace(/^:(?!:)/, "0:");
}

function toBytes(numbers: readonly number[] | undefined): Uint8Array | undefined {
  return numbers === undefined ? undefined : Uint8Array.from(numbers);
}

function parseIpv4(text: string): number[] | undefined {
  const octets = text.split(".", 5);
  if (octets.length !== 4) return undefined;
  const bytes: number[] = [];
  for (const octet of octets) {
    const value = parseNumber(octet, 255);
    if (value === undefined) return undefined;
    bytes.push(value);
  }
  return bytes;
}

function parseIpv4WithZeros(text: string): number[] | undefined {
  return parseIpv4(text.replace(/(?<![0-9])0+(?=[0-9])/g, ""));
}

type QuadReader = typeof parseIpv4;

// RFC 4291, section 2.2: eight groups, of which `::` stands for one or more zero groups, once.
function parseIpv6(text: string, quadOf: QuadReader): number[] | undefined {
  // The longest spelling is eight full groups or six and a dotted quad; zeros before octets are not worth reading on for.
  if (text.length > 64) return undefined;
  const gapAt = text.indexOf("::");
  if (gapAt < 0) {
    const bytes = parseGroups(text, quadOf);
    return bytes?.length === 16 ? bytes : undefined;
  }
  const head = parseGroups(text.slice(0, gapAt), undefined);
  const tail = parseGroups(text.slice(gapAt + 2), quadOf);
  if (head === undefined || tail === undefined) return undefined;
  const gap = 16 - head.length - tail.length;
  return gap >= 2 ? [...head, ...Array.from({ length: gap }, () => 0), ...tail] : undefined;
}

function parseGroups(text: string, quadOf: QuadReader | undefined): number[] | undefined {
  if (text === "") return [];
  const groups = text.split(":");
  const bytes: number[] = [];
  for (const [index, group] of groups.entries()) {
    if (/^[0-9A-Fa-f]{1,4}$/.test(group)) {
      const value = Number.parseInt(group, 16);
      bytes.push(value >>> 8, value & 0xff);
      continue;
    }
    const quad = index === groups.length - 1 ? quadOf?.(group) : undefined;
    if (quad === undefined) return undefined;
    bytes.push(...quad);
  }
  return bytes;
}

function parseNumber(digits: string, most: number): number | undefined {
  if (!/^(?:0|[1-9][0-9]{0,2})$/.test(digits)) return undefined;
  const value = Number(digits);
  return value <= most ? value : undefined;
}

function maskHostBits(bytes: Uint8Array, prefixLength: number): Uint8Array {
  return bytes.map((byte, index) => {
    const kept = Math.min(Math.max(prefixLength - index * 8, 0), 8);
    return byte & (0xff00 >>> kept);
  });
}

function isMapped(bytes: Uint8Array): boolean {
  return bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
}
