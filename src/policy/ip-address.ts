/**
 * Addresses and ranges of IP operators (IP-1 to IP-6), strictly: a spelling that two programs could
 * read differently is none.
 */

/** An address range in its one normal form: the bits after the prefix are zero (IP-3). */
export interface IpRange {
  readonly family: 4 | 6;
  /** Four or sixteen bytes, in network order. */
  readonly bytes: Uint8Array;
  /** 0 to 32 or 0 to 128; without a length in the text the full length of the family (IP-2). */
  readonly prefixLength: number;
}

/** Reads a policy value: an address, optionally `/length`. Undefined if it is neither. */
export function parseIpRange(text: string): IpRange | undefined {
  const slashAt = text.indexOf("/");
  const bytes = parseBytes(slashAt < 0 ? text : text.slice(0, slashAt));
  if (bytes === undefined) return undefined;
  const bits = bytes.length * 8;
  const prefixLength = slashAt < 0 ? bits : parseNumber(text.slice(slashAt + 1), bits);
  if (prefixLength === undefined) return undefined;
  return { family: bytes.length === 4 ? 4 : 6, bytes: maskHostBits(bytes, prefixLength), prefixLength };
}

/** The IPv4 range that a range of IPv6 is if it holds IPv4-mapped addresses only; no address of a request lies in it (IP-5). */
export function mappedRange({ family, bytes, prefixLength }: IpRange): IpRange | undefined {
  if (family === 4 || prefixLength < 96 || !isMapped(bytes)) return undefined;
  return { family: 4, bytes: bytes.slice(-4), prefixLength: prefixLength - 96 };
}

/** Reads a request value: one address. An IPv4-mapped IPv6 address is its IPv4 address (IP-5). */
export function parseIpAddress(text: string): IpRange | undefined {
  const bytes = parseBytes(text);
  if (bytes === undefined) return undefined;
  if (bytes.length === 16 && !isMapped(bytes)) return { family: 6, bytes, prefixLength: 128 };
  return { family: 4, bytes: bytes.slice(-4), prefixLength: 32 };
}

function parseBytes(text: string): Uint8Array | undefined {
  // The longest spelling is an IPv6 address with a dotted quad, 45 characters.
  if (text.length > 45) return undefined;
  const bytes = text.includes(":") ? parseIpv6(text) : parseIpv4(text);
  return bytes === undefined ? undefined : Uint8Array.from(bytes);
}

function parseIpv4(text: string): number[] | undefined {
  const octets = text.split(".");
  if (octets.length !== 4) return undefined;
  const bytes: number[] = [];
  for (const octet of octets) {
    const value = parseNumber(octet, 255);
    if (value === undefined) return undefined;
    bytes.push(value);
  }
  return bytes;
}

// RFC 4291, section 2.2: eight groups, of which `::` stands for one or more zero groups, once.
function parseIpv6(text: string): number[] | undefined {
  const gapAt = text.indexOf("::");
  if (gapAt < 0) {
    const bytes = parseGroups(text, true);
    return bytes?.length === 16 ? bytes : undefined;
  }
  const head = parseGroups(text.slice(0, gapAt), false);
  const tail = parseGroups(text.slice(gapAt + 2), true);
  if (head === undefined || tail === undefined) return undefined;
  const gap = 16 - head.length - tail.length;
  return gap >= 2 ? [...head, ...Array.from({ length: gap }, () => 0), ...tail] : undefined;
}

function parseGroups(text: string, mayEndInQuad: boolean): number[] | undefined {
  if (text === "") return [];
  const groups = text.split(":");
  const bytes: number[] = [];
  for (const [index, group] of groups.entries()) {
    if (/^[0-9A-Fa-f]{1,4}$/.test(group)) {
      const value = Number.parseInt(group, 16);
      bytes.push(value >>> 8, value & 0xff);
      continue;
    }
    const quad = mayEndInQuad && index === groups.length - 1 ? parseIpv4(group) : undefined;
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
