/** Settings of the listeners: where they bind and what they serve. */
import type { ListenAddress } from "../server/listen-address.js";
import { addressSetting, parseAddress, setting, switchSetting } from "./setting.js";

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
  insecure: switchSetting("insecure", "allow listeners that other machines can reach without TLS"),
} as const;
