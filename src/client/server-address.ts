/** Where the server is, as users write it, and whether the way there leaves the machine. Opens nothing. */
import { isIPv4, isIPv6 } from "node:net";

/** A place to connect to. */
export interface ServerAddress {
  /** As grpc-js takes it. */
  readonly target: string;
  /** Without brackets; empty for unix sockets. */
  readonly host: string;
  /** A unix socket or a loopback address: nobody else can read or answer what is sent. */
  readonly isLocal: boolean;
}

/** Reads `host:port`, `[ipv6]:port` or `unix:PATH`. Throws TypeError for anything else. */
export function parseServerAddress(text: string): ServerAddress {
  if (typeof text === "string") {
    if (/^unix:[^\0]+$/.test(text)) return { target: text, host: "", isLocal: true };
    const found = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+)):([0-9]{1,5})$/.exec(text);
    const [, bracketed, plain = "", digits = ""] = found ?? [];
    const isPort = Number(digits) > 0 && Number(digits) <= 65_535;
    if (found !== null && isPort && (bracketed === undefined || isIPv6(bracketed))) {
      const host = bracketed ?? plain;
      const isLocal = host === "localhost" || host === "::1" || (isIPv4(host) && host.startsWith("127."));
      return { target: text, host, isLocal };
    }
  }
  throw new TypeError(`address: expected host:port, [ipv6]:port or unix:PATH, not \`${String(text)}\``);
}
