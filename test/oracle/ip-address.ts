// IP addresses and ranges as integers. The families are disjoint (IP-5); spelling does not matter (IP-4).

/** An address: its family, which is also told by its number of bits, and its value. */
export interface IpAddress {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

/** A range: an address and how many of its leading bits count (IP-1). */
export interface IpRange {
  readonly address: IpAddress;
  readonly length: number;
}

const MAPPED_PREFIX = 0xffffn;

/** Tells whether a request value lies in a policy range; unparsable values lie nowhere (IP-1, IP-6). */
export function isInRange(requestValue: string, policyValue: string): boolean {
  const address = parseRequestAddress(requestValue);
  const range = parseIpRange(policyValue);
  if (address === undefined || range === undefined || address.bits !== range.address.bits) return false;
  const hostBits = BigInt(range.address.bits - range.length);
  return address.value >> hostBits === range.address.value >> hostBits;
}

/** Reads an address of a request; an IPv4-mapped IPv6 address is its IPv4 address (IP-4, IP-5, IP-6). */
export function parseRequestAddress(text: string): IpAddress | undefined {
  const ipv4 = parseIpv4(text);
  if (ipv4 !== undefined) return { bits: 32, value: ipv4 };
  const ipv6 = parseIpv6(text);
  if (ipv6 === undefined) return undefined;
  const isMapped = ipv6 >> 32n === MAPPED_PREFIX;
  if (text.includes(".") && !isMapped) return undefined; // IP-4: a dotted quad only there
  return isMapped ? { bits: 32, value: ipv6 & 0xffff_ffffn } : { bits: 128, value: ipv6 };
}

/**
 * Reads an address with an optional `/length`; without one it is a single address (IP-1, IP-2). Host bits are no matter under
 * IPv4, and make no range under IPv6 (IP-3); a dotted quad at the end of IPv6 makes none either (IP-4).
 */
export function parseIpRange(text: string): IpRange | undefined {
  const [addressText = "", lengthText, ...more] = text.split("/");
  if (more.length > 0) return undefined;
  const address = parsePolicyAddress(addressText);
  if (address === undefined) return undefined;
  if (lengthText === undefined) return { address, length: address.bits };
  if (!/^\+?[0-9]+$/.test(lengthText) || Number(lengthText) > address.bits) return undefined;
  const length = Number(lengthText);
  const hostMask = (1n << BigInt(address.bits - length)) - 1n;
  if (address.bits === 128 && (address.value & hostMask) !== 0n) return undefined;
  return { address, length };
}

function parsePolicyAddress(text: string): IpAddress | undefined {
  const ipv4 = parseIpv4(text);
  if (ipv4 !== undefined) return { bits: 32, value: ipv4 };
  const ipv6 = text.includes(".") ? undefined : parseIpv6(text);
  return ipv6 === undefined ? undefined : { bits: 128, value: ipv6 };
}

/** Four decimal octets; leading zeros are no matter (IP-6). */
function parseIpv4(text: string): bigint | undefined {
  const octets = text.split(".");
  if (octets.length !== 4) return undefined;
  let value = 0n;
  for (const octet of octets) {
    if (!/^[0-9]+$/.test(octet) || Number(octet) > 255) return undefined;
    value = value * 256n + BigInt(octet);
  }
  return value;
}

/** Eight groups of hex digits, one run of zero groups written `::`, the last two perhaps a dotted quad (IP-4). */
function parseIpv6(text: string): bigint | undefined {
  const halves = withoutOddColons(text).split("::");
  if (halves.length > 2) return undefined;
  const head = parseGroups(halves[0] ?? "", halves.length === 1);
  const tail = halves.length === 2 ? parseGroups(halves[1] ?? "", true) : [];
  if (head === undefined || tail === undefined) return undefined;
  const zeros = 8 - head.length - tail.length;
  if (halves.length === 1 ? zeros !== 0 : zeros < 1) return undefined;
  const groups = [...head, ...Array.from({ length: zeros }, () => 0n), ...tail];
  return groups.reduce((value, group) => value * 65_536n + group, 0n);
}

/** The usual spelling of the three odd ones: `:::`, one surplus colon at the end, one colon before the first group (IP-4). */
function withoutOddColons(text: string): string {
  if (text.includes("::::")) return text;
  return text
    .replace(/:::/, "::")
    .replace(/^([^.]*[^:.]):$/, "$1") // a dotted quad stands at the end (IP-4)
    .replace(/^:(?=[^:])/, "0:");
}

function parseGroups(text: string, isLast: boolean): bigint[] | undefined {
  if (text === "") return [];
  const groups: bigint[] = [];
  const pieces = text.split(":");
  for (const [index, piece] of pieces.entries()) {
    const quad = isLast && index === pieces.length - 1 ? parseIpv4(piece) : undefined;
    if (quad !== undefined) groups.push(quad >> 16n, quad & 0xffffn);
    else if (/^[0-9A-Fa-f]{1,4}$/.test(piece)) groups.push(BigInt(`0x${piece}`));
    else return undefined;
  }
  return groups;
}
