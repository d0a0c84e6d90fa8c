/** `verdict health`: asks a running server whether it serves; for HEALTHCHECK of containers and exec probes. */
import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import { listenerSettings } from "../config/listener-settings.js";
import { readSetting } from "../config/read-config.js";
import { listenAddressText } from "../server/listen-address.js";
import { refuse } from "./command-error.js";
import { printLine } from "./terminal.js";

interface HealthFlags {
  readonly listen?: string;
  readonly service: string;
  readonly timeout: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
}

const LONGEST_NAME = 127;

/** Adds the command. */
export function addHealth(program: Command): void {
  const { listen, tlsCert, tlsKey } = listenerSettings;
  program
    .command("health")
    .summary("ask a running server whether it serves")
    .description("Ends with 0 if the server is SERVING, with 1 if it is not, with 2 if there is no answer.")
    .option("--listen <address>", `where it listens, also ${listen.variable} (default: ${listen.defaultText})`)
    .option("--service <name>", "one of its services", "")
    .option("--timeout <milliseconds>", "how long to wait for the answer", "3000")
    .option("--tls-cert <file>", `asks over TLS and shows this certificate, also ${tlsCert.variable}`)
    .option("--tls-key <file>", `its key, also ${tlsKey.variable}`)
    .addHelpText("after", "\nExample:\n  verdict health --listen unix:/run/verdict/verdict.sock")
    .action(health);
}

async function health(flags: HealthFlags): Promise<void> {
  const { listen, tlsCert, tlsKey } = listenerSettings;
  const { tlsCert: certFlag, tlsKey: keyFlag } = flags;
  const address = readSetting(listen, { listen: flags.listen });
  const cert = readSetting(tlsCert, { tlsCert: certFlag });
  const key = readSetting(tlsKey, { tlsKey: keyFlag });
  const timeoutMs = Number(flags.timeout);
  if (!(timeoutMs > 0 && timeoutMs <= 600_000)) throw refuse("--timeout: is no number of milliseconds");
  if (Buffer.byteLength(flags.service) > LONGEST_NAME) throw refuse("--service: is too long");
  const tls =
    cert === undefined || key === undefined ? undefined : { cert: await contents(cert), key: await contents(key) };
  const { probeHealth } = await import("./probe-health.js");
  const status = await probeHealth({ address, service: flags.service, timeoutMs, tls }).catch((error: unknown) => {
    throw refuse(`${listenAddressText(address)}: ${error instanceof Error ? error.message : String(error)}`, error);
  });
  await printLine(status);
  process.exitCode = status === "SERVING" ? 0 : 1;
}

async function contents(path: string): Promise<Buffer> {
  return readFile(path).catch((error: unknown) => {
    throw refuse(`${path}: cannot be read: ${error instanceof Error ? error.message : String(error)}`, error);
  });
}
