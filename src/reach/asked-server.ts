/** A running server as a command line names it: files read, settled into what the client is opened with. */
import type { ClientOptions } from "../client/client.js";
import { parseServerAddress } from "../client/server-address.js";
import { readSetting } from "../config/settle-setting.js";
import { fileFailure } from "../files/file-failure.js";
import { inputName, readInput } from "../files/piped-source.js";
import { refuse } from "../terminal/command-error.js";
import { askTimeout, type ServerFlags } from "./server-options.js";

/** Where it asks and how. */
export interface AskedServer {
  readonly address: string;
  readonly options: ClientOptions;
}

const LONGEST_TOKEN = 8192;

/** Reads files and settles what the client is opened with. Throws CommandError and ConfigError. */
export async function askedServer(server: string, flags: ServerFlags): Promise<AskedServer> {
  const address = server.replace(/^:?([0-9]+)$/, "127.0.0.1:$1");
  const { tlsCa, tlsCert, tlsKey, tlsServerName, tokenFile, insecure, policySet } = flags;
  let isLocal: boolean;
  try {
    ({ isLocal } = parseServerAddress(address));
  } catch (error: unknown) {
    throw refuse(`--server: \`${server}\` is neither host:port, a port nor unix:PATH`, error);
  }
  if ((tlsCert === undefined) !== (tlsKey === undefined)) throw refuse("--tls-cert, --tls-key: one needs the other");
  const withTls = tlsCa !== undefined || tlsCert !== undefined || tlsServerName !== undefined;
  if (!withTls && !isLocal && insecure !== true) {
    throw refuse(`--server: \`${address}\` is another machine: give --tls-ca, or --insecure to ask it in the clear`);
  }
  const tls = withTls
    ? {
        ...(tlsCa === undefined ? {} : { ca: await contents(tlsCa) }),
        ...(tlsCert === undefined || tlsKey === undefined
          ? {}
          : { cert: await contents(tlsCert), key: await contents(tlsKey) }),
        ...(tlsServerName === undefined ? {} : { serverName: tlsServerName }),
      }
    : false;
  return {
    address,
    options: {
      channels: 1,
      tls,
      insecure: insecure === true,
      timeoutMs: readSetting(askTimeout, { timeout: flags.timeout }, {}),
      // Who waits at a terminal wants to hear at once that nobody answers.
      retries: 0,
      coalesce: false,
      ...(tokenFile === undefined ? {} : { token: await tokenIn(tokenFile) }),
      ...(policySet === undefined ? {} : { policySet }),
    },
  };
}

async function tokenIn(path: string): Promise<string> {
  const token = (await contents(path)).toString("utf8").trim();
  if (/^[\x21-\x7e]+$/.test(token) && token.length <= LONGEST_TOKEN) return token;
  throw refuse(`${inputName(path)}: holds no token: visible ASCII characters on one line`);
}

async function contents(path: string): Promise<Buffer> {
  try {
    return await readInput(path);
  } catch (error: unknown) {
    throw refuse(`${inputName(path)}: cannot be read: ${fileFailure(error)}`, error);
  }
}
