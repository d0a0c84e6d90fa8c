/** Settings of the listeners: where they bind and what they serve. */
import type { ListenAddress } from "../access/listen-address.js";
import {
  addressSetting,
  booleanSetting,
  limitSetting,
  parseAddress,
  setting,
  switchSetting,
  textSetting,
  type ValueRefusal,
} from "./setting.js";

/** The group. */
export const listenerSettings = {
  listen: setting<ListenAddress>("listen", {
    placeholder: "address",
    defaultText: "127.0.0.1:50051",
    description: "gRPC listener: host:port or unix:PATH",
    defaultValue: () => ({ kind: "tcp", host: "127.0.0.1", port: 50_051 }),
    parse: parseAddress,
  }),
  http: addressSetting("http", "HTTP listener: host:port or unix:PATH"),
  probes: addressSetting(
    "probes",
    "listener for `/healthz`, `/readyz` and `/metrics` alone, in plain HTTP and open to everyone: host:port or unix:PATH",
  ),
  baseUrl: setting<string | undefined>("baseUrl", {
    placeholder: "url",
    defaultText: "none",
    description: "where callers reach the HTTP listener, for AuthZEN metadata",
    defaultValue: () => undefined,
    parse: parseBaseUrl,
  }),
  authzen: textSetting("authzen", "file", "what types and ids of AuthZEN stand for; read again when it changes"),
  admin: addressSetting("admin", "gRPC listener of PolicySetService: host:port or unix:PATH"),
  audit: addressSetting("audit", "gRPC listener of AuditService: host:port or unix:PATH"),
  extAuthz: textSetting(
    "extAuthz",
    "file",
    "mapping of HTTP requests: serves Envoy's ext_authz on the gRPC listener and `/forward-auth` on `--http`; read again when it changes",
  ),
  accessAnalyzer: switchSetting(
    "accessAnalyzer",
    "answer calls of AWS's Access Analyzer on `--http`: ValidatePolicy, CheckNoNewAccess, CheckAccessNotGranted, CheckNoPublicAccess",
  ),
  insecure: switchSetting("insecure", "allow listeners that other machines can reach without TLS"),
  tlsCert: textSetting("tlsCert", "file", "PEM certificate chain of every listener; read again when it changes"),
  tlsKey: textSetting("tlsKey", "file", "PEM key of the certificate"),
  tlsClientCa: textSetting(
    "tlsClientCa",
    "file",
    "PEM certificates of those who sign client certificates, which are then asked for",
  ),
  socketMode: setting<number>("socketMode", {
    placeholder: "mode",
    defaultText: "0600",
    description: "mode bits of unix sockets",
    defaultValue: () => 0o600,
    parse: (text) => (/^0?[0-7]{3}$/.test(text) ? Number.parseInt(text, 8) : { refusal: "is no mode such as 0660" }),
  }),
  reflection: booleanSetting("reflection", true, "serve gRPC reflection"),
  processes: limitSetting("processes", 1, 256, 1, "processes that share the listeners"),
} as const;

/** AuthZEN wants https; a name that only this machine knows may go without. */
function parseBaseUrl(text: string): string | ValueRefusal {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isLoopback = url !== undefined && ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
  const isUsual = url?.protocol === "https:" || (url?.protocol === "http:" && isLoopback);
  const isPlain = url !== undefined && url.search === "" && url.hash === "" && url.username + url.password === "";
  return url !== undefined && isUsual && isPlain && !/[?#]/.test(text)
    ? url.href.replace(/\/$/, "")
    : { refusal: "is no https URL without query and fragment" };
}
