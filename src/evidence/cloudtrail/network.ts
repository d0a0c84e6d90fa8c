/** Where a recorded call came from. */
import { parseIpAddress } from "../../policy/document/ip-address.js";
import type { JsonObject } from "../../text/json-object.js";
import { textAt } from "./event.js";

/** Whether the place that a record names is an address as requests may have it (IP-4); else it is the name of a service that called. */
export function isAddress(text: string): boolean {
  return networkOfAddress(text) !== undefined;
}

/** The VPC endpoint of a record, or the network of its address. */
export function networkOfEvent(event: JsonObject): string | undefined {
  const endpoint = textAt(event, "vpcEndpointId");
  if (endpoint !== undefined) return endpoint;
  const place = textAt(event, "sourceIPAddress");
  return place === undefined ? undefined : networkOfAddress(place);
}

const known = new Map<string, string | undefined>();
const mostKnown = 50_000;

/** The network of an address, as policies are written: what one line and its neighbours share. Undefined for what is no address. */
export function networkOfAddress(address: string): string | undefined {
  let network = known.get(address);
  if (network === undefined && !known.has(address)) {
    network = networkIn(address);
    if (known.size >= mostKnown) known.clear();
    known.set(address, network);
  }
  return network;
}

function networkIn(address: string): string | undefined {
  const { family, bytes } = parseIpAddress(address) ?? {};
  if (bytes === undefined) return undefined;
  if (family === 4) return `${bytes.slice(0, 3).join(".")}.0/24`;
  const groups = [0, 2, 4].map((at) => (((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)).toString(16));
  return `${groups.join(":")}::/48`;
}
