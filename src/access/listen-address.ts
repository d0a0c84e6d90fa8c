/** Where a listener binds: a TCP address or a unix socket. Parses and prints addresses, opens nothing. */
import { isIPv4, isIPv6 } from "node:net";

/** A place to listen at. Port 0 lets the system choose. */
export type ListenAddress =
  | { readonly kind: "tcp"; readonly host: string; readonly port: number }
  | { readonly kind: "unix"; readonly path: string };

/**
 * Reads `host:port`, `[ipv6]:port`, `unix:PATH`, or a port alone (`50051`, `:50051`), which other machines cannot reach: it stands for
 * loopback. Undefined if the text is none of them.
 */
export function parseListenAddress(text: string): ListenAddress | undefined {
  if (text.startsWith("unix:")) {
    const path = text.slice("unix:".length);
    // Longer paths do not fit into `sockaddr_un` and would be cut off.
    const fits = path !== "" && Buffer.byteLength(path) <= longestSocketPath && !path.includes("\0");
    return fits ? { kind: "unix", path } : undefined;
  }
  const [, alone] = /^:?([0-9]{1,5})$/.exec(text) ?? [];
  if (alone !== undefined) return parseListenAddress(`127.0.0.1:${alone}`);
  const found = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9.-]+)):([0-9]{1,5})$/.exec(text);
  if (found === null) return undefined;
  const [, bracketed, plain, digits] = found;
  const host = bracketed ?? plain ?? "";
  const port = Number(digits);
  if (port > 65_535 || (bracketed !== undefined && !isIPv6(bracketed))) return undefined;
  return { kind: "tcp", host, port };
}

/** Whether only this machine can reach the address. A name other than `localhost` may lead anywhere. */
export function isLocal(address: ListenAddress): boolean {
  if (address.kind === "unix") return true;
  const { host } = address;
  return host === "localhost" || host === "::1" || (isIPv4(host) && host.startsWith("127."));
}

/** The address as users write it, which is also how grpc-js takes it. */
export function listenAddressText(address: ListenAddress): string {
  if (address.kind === "unix") return `unix:${address.path}`;
  return `${address.host.includes(":") ? `[${address.host}]` : address.host}:${address.port}`;
}

const longestSocketPath = 107;
