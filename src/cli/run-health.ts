/** The work of `verdict health`: asks a running server whether it serves; for HEALTHCHECK of containers and exec probes. */

import { listenAddressText } from "../access/listen-address.js";
import { listenerSettings } from "../config/listener-settings.js";
import { readSetting } from "../config/settle-setting.js";
import { fileFailure } from "../files/file-failure.js";
import { inputName, readInput } from "../files/piped-source.js";
import { refuse } from "../terminal/command-error.js";
import { printLine } from "../terminal/terminal.js";

/** What the command line gave. */
export interface HealthFlags {
  readonly listen?: string;
  readonly service: string;
  readonly timeout: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsCa?: string;
  readonly tlsServerName?: string;
}

const LONGEST_NAME = 127;

/** Runs the command. */
export async function health(flags: HealthFlags): Promise<void> {
  const { listen, tlsCert, tlsKey } = listenerSettings;
  const { tlsCert: certFlag, tlsKey: keyFlag } = flags;
  const address = readSetting(listen, { listen: flags.listen });
  const cert = readSetting(tlsCert, { tlsCert: certFlag });
  const key = readSetting(tlsKey, { tlsKey: keyFlag });
  const timeoutMs = Number(flags.timeout);
  if (!(timeoutMs > 0 && timeoutMs <= 600_000)) throw refuse("--timeout: is no number of milliseconds");
  if (Buffer.byteLength(flags.service) > LONGEST_NAME) throw refuse("--service: is too long");
  if ((cert === undefined) !== (key === undefined)) throw refuse("--tls-cert, --tls-key: one needs the other");
  const { tlsCa, tlsServerName } = flags;
  if (tlsServerName !== undefined && tlsCa === undefined) throw refuse("--tls-server-name: needs --tls-ca");
  const tls =
    cert === undefined && tlsCa === undefined
      ? undefined
      : {
          ...(cert === undefined || key === undefined ? {} : { cert: await contents(cert), key: await contents(key) }),
          ...(tlsCa === undefined ? {} : { ca: await contents(tlsCa) }),
          ...(tlsServerName === undefined ? {} : { serverName: tlsServerName }),
        };
  const { probeHealth } = await import("./probe-health.js");
  const status = await probeHealth({ address, service: flags.service, timeoutMs, tls }).catch((error: unknown) => {
    throw refuse(`${listenAddressText(address)}: ${error instanceof Error ? error.message : String(error)}`, error);
  });
  await printLine(status);
  process.exitCode = status === "SERVING" ? 0 : 1;
}

async function contents(path: string): Promise<Buffer> {
  try {
    return await readInput(path);
  } catch (error: unknown) {
    throw refuse(`${inputName(path)}: cannot be read: ${fileFailure(error)}`, error);
  }
}
