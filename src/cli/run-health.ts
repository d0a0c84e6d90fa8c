/** The work of `verdict health`: asks a running server whether it serves; for HEALTHCHECK of containers and exec probes. */

import { listenAddressText } from "../access/listen-address.js";
import { listenerSettings } from "../config/listener-settings.js";
import { durationSetting } from "../config/setting.js";
import { readSetting } from "../config/settle-setting.js";
import { fileFailure } from "../files/file-failure.js";
import { inputName, readInput } from "../files/piped-source.js";
import { refuse } from "../terminal/command-error.js";
import { printLine } from "../terminal/terminal.js";
import { errorText } from "../text/error-text.js";

/** What the command line gave. */
export interface HealthFlags {
  readonly listen?: string;
  readonly server?: string;
  readonly service?: string;
  readonly timeout?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsCa?: string;
  readonly tlsServerName?: string;
}

const LONGEST_NAME = 127;
const LONGEST_WAIT_MS = 600_000;

/** Runs the command. */
export async function health(flags: HealthFlags): Promise<void> {
  const { listen, tlsCert, tlsKey } = listenerSettings;
  const { tlsCert: certFlag, tlsKey: keyFlag } = flags;
  if (flags.listen !== undefined && flags.server !== undefined) throw refuse("--listen, --server: give one of them");
  const address = readSetting(listen, { listen: flags.listen ?? flags.server });
  const cert = readSetting(tlsCert, { tlsCert: certFlag });
  const key = readSetting(tlsKey, { tlsKey: keyFlag });
  const { service = "", timeout = "3s" } = flags;
  const timeoutMs = timeoutOf(timeout);
  if (Buffer.byteLength(service) > LONGEST_NAME) throw refuse("--service: is too long");
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
  const { probeHealth } = await import("../reach/probe-health.js");
  const status = await probeHealth({ address, service, timeoutMs, tls }).catch((error: unknown) => {
    throw refuse(`${listenAddressText(address)}: ${errorText(error)}`, error);
  });
  await printLine(status);
  process.exitCode = status === "SERVING" ? 0 : 1;
}

/** A duration as settings have it; a bare number counts milliseconds. */
function timeoutOf(text: string): number {
  const isBare = /^[0-9]+(?:\.[0-9]+)?$/.test(text);
  const timeoutMs = isBare ? Number(text) : readSetting(durationSetting("timeout", "3s", ""), { timeout: text }, {});
  if (timeoutMs > 0 && timeoutMs <= LONGEST_WAIT_MS) return timeoutMs;
  throw refuse("--timeout: is not between 1ms and 10m");
}

async function contents(path: string): Promise<Buffer> {
  try {
    return await readInput(path);
  } catch (error: unknown) {
    throw refuse(`${inputName(path)}: cannot be read: ${fileFailure(error)}`, error);
  }
}
