/** Where a recorded call came from. */
import type { JsonObject } from "../../text/json-object.js";
import { textAt } from "./event.js";

/** Whether the place that a record names is an address; else it is the name of a service that called. */
export function isAddress(text: string): boolean {
  return /^[0-9a-f.:]+$/i.test(text) && /[.:]/.test(text);
}

/** The VPC endpoint of a record, or the network of its address. */
export function networkOfEvent(event: JsonObject): string | undefined {
  const endpoint = textAt(event, "vpcEndpointId");
  if (endpoint !== undefined) return endpoint;
  const place = textAt(event, "sourceIPAddress");
  return place === undefined || !isAddress(place) ? undefined : networkOfAddress(place);
}

const known = new Map<string, string>();
const mostKnown = 50_000;

/** The network of an address: what one line and its neighbours share. */
export function networkOfAddress(address: string): string {
  let network = known.get(address);
  if (network === undefined) {
    const groups = address.split("::")[0]?.split(":") ?? [];
    network = address.includes(":")
      ? `${[...groups, "0", "0", "0"].slice(0, 3).join(":")}::/48`
      : `${address.split(".").slice(0, 3).join(".")}.0/24`;
    if (known.size >= mostKnown) known.clear();
    known.set(address, network);
  }
  return network;
}
