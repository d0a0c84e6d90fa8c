/** How commands reach a running server: address, TLS and token as options. */
import type { Command } from "commander";
import { durationSetting } from "../config/setting.js";

/** What the command line gave of who listens at an address. */
export interface ReachFlags {
  readonly policySet?: string;
  readonly tlsCa?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsServerName?: string;
  readonly tokenFile?: string;
  readonly insecure?: boolean;
}

/** What the command line gave. */
export interface ServerFlags extends ReachFlags {
  readonly server?: string;
  readonly timeout?: string;
}

/** The group of these options in help. */
export const serverHeading = "A running server:";

/** How long a server is waited for. */
export const askTimeout = durationSetting("timeout", "5s", "how long to wait for the answer");

/** Adds the options, as a group of their own in help. */
export function addServerOptions(command: Command): Command {
  const asked = command
    .optionsGroup(serverHeading)
    .option("--server <address>", "asks the server there instead: host:port, a port of this machine, or unix:PATH");
  const timeout = `${askTimeout.description} (default: ${askTimeout.defaultText})`;
  return addReachOptions(asked).option("--timeout <duration>", timeout);
}

/** Adds the options that say how the server at an address is reached, to the group that stands. */
export function addReachOptions(command: Command): Command {
  return command
    .option("--policy-set <name>", "one of its policy sets (default: its default one)")
    .option("--tls-ca <file>", "asks over TLS and believes a certificate that one of these authorities signed")
    .option("--tls-cert <file>", "the certificate to show, where it asks for one")
    .option("--tls-key <file>", "its key")
    .option("--tls-server-name <name>", "the name that its certificate has, where it is not the host of the address")
    .option("--token-file <file>", "a file with the bearer token to show")
    .option("--insecure", "asks another machine without TLS");
}

/** The flags that say something only of a server. */
export function serverFlagsOf(flags: ServerFlags): readonly string[] {
  const { policySet, tlsCa, tlsCert, tlsKey, tlsServerName, tokenFile, insecure, timeout } = flags;
  const given = { policySet, tlsCa, tlsCert, tlsKey, tlsServerName, tokenFile, insecure, timeout };
  return Object.entries(given)
    .filter(([, value]) => value !== undefined)
    .map(([name]) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`);
}
