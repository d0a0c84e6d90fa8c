/** Connections to the server: one grpc-js client each, taken in turn. Knows addresses, certificates and tokens, no questions. */
import { isIP } from "node:net";
import { type ChannelCredentials, type ChannelOptions, Client, credentials, Metadata } from "@grpc/grpc-js";
import { parseServerAddress } from "./server-address.js";

/** TLS towards the server; texts and buffers are PEM. */
export interface TlsOptions {
  /** Who may have signed the server's certificate; default: the authorities that Node trusts. */
  readonly ca?: string | Uint8Array | undefined;
  /** The client's own certificate and key, for mutual TLS: both or neither. */
  readonly cert?: string | Uint8Array | undefined;
  readonly key?: string | Uint8Array | undefined;
  /** The name that the server's certificate is for, where it is not the host of the address. */
  readonly serverName?: string | undefined;
}

/** How the server is reached. */
export interface ChannelSettings {
  /** Connections, 1 to 64. Default 2. */
  readonly channels?: number | undefined;
  /** TLS with these certificates; `true` for what Node trusts. Required for other machines unless `insecure`. */
  readonly tls?: TlsOptions | boolean | undefined;
  /** Lets questions, answers and the token travel to other machines in the clear, where anybody between can forge an allow. */
  readonly insecure?: boolean | undefined;
  /** Sent as `authorization: Bearer …`: the token, or a function that is asked before every call. */
  readonly token?: string | (() => string | Promise<string>) | undefined;
  /** Larger answers fail. Default 64 MiB. */
  readonly maxAnswerBytes?: number | undefined;
}

const DEFAULT_CHANNELS = 2;
const MAX_CHANNELS = 64;
const DEFAULT_MAX_ANSWER_BYTES = 64 << 20;

/** The connections of one client. */
export class Channels {
  private readonly clients: readonly Client[];
  private turn = 0;

  /** Throws TypeError or RangeError for settings that cannot be. Connects at the first call. */
  constructor(
    address: string,
    private readonly settings: ChannelSettings,
  ) {
    const { target, host, isLocal } = parseServerAddress(address);
    const { channels = DEFAULT_CHANNELS, tls = false, insecure = false, token } = settings;
    if (!Number.isInteger(channels) || channels < 1 || channels > MAX_CHANNELS) {
      throw new RangeError(`channels: expected 1 to ${MAX_CHANNELS}`);
    }
    if (tls === false && !isLocal && !insecure) {
      throw new TypeError(`address: \`${address}\` is another machine: give tls, or say insecure: true`);
    }
    if (typeof token === "string") checkToken(token);
    const secrets = isIP(host) === 0 ? credentialsOf(tls) : withoutServerName(credentialsOf(tls));
    const options = channelOptions(settings);
    this.clients = Array.from({ length: channels }, () => new Client(target, secrets, options));
  }

  /** The connection whose turn it is. */
  next(): Client {
    const client = this.clients[this.turn++ % this.clients.length];
    if (client === undefined) throw new Error("no channel");
    return client;
  }

  /** Resolves when every connection stands; rejects when they do not in time. */
  async ready(timeoutMs: number): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    const waits = this.clients.map(
      (client) =>
        new Promise<void>((resolve, reject) => {
          client.waitForReady(deadline, (error) => (error === undefined ? resolve() : reject(error)));
        }),
    );
    await Promise.all(waits);
  }

  /** Headers of a call; a promise only where the token is one. Throws or rejects where there is no token. */
  metadata(): Metadata | Promise<Metadata> {
    const { token } = this.settings;
    if (token === undefined) return new Metadata();
    const given = typeof token === "string" ? token : token();
    return typeof given === "string" ? bearer(given) : Promise.resolve(given).then(bearer);
  }

  close(): void {
    for (const client of this.clients) client.close();
  }
}

function bearer(token: string): Metadata {
  checkToken(token);
  const metadata = new Metadata();
  metadata.set("authorization", `Bearer ${token}`);
  return metadata;
}

/** RFC 6750: visible ASCII. The message must not tell the token. */
function checkToken(token: string): void {
  if (typeof token !== "string" || !/^[\x21-\x7e]+$/.test(token)) {
    throw new TypeError("token: expected visible ASCII characters");
  }
}

function channelOptions({ tls, maxAnswerBytes = DEFAULT_MAX_ANSWER_BYTES }: ChannelSettings): ChannelOptions {
  const serverName = typeof tls === "object" ? tls.serverName : undefined;
  return {
    "grpc.max_receive_message_length": maxAnswerBytes,
    // Channels to the same address would share one connection otherwise.
    "grpc.use_local_subchannel_pool": 1,
    // Decisions do not take the way that an environment variable names.
    "grpc.enable_http_proxy": 0,
    // Nor does DNS say how calls are made.
    "grpc.service_config_disable_resolution": 1,
    // A server that restarts is found again soon: grpc-js waits 1 s at first and up to 2 minutes.
    "grpc.initial_reconnect_backoff_ms": 100,
    "grpc.max_reconnect_backoff_ms": 5_000,
    "grpc.keepalive_time_ms": 60_000,
    "grpc.keepalive_timeout_ms": 10_000,
    ...(serverName === undefined
      ? {}
      : { "grpc.ssl_target_name_override": serverName, "grpc.default_authority": serverName }),
  };
}

function credentialsOf(tls: TlsOptions | boolean): ChannelCredentials {
  if (tls === false) return credentials.createInsecure();
  const { ca, cert, key } = tls === true ? {} : tls;
  if ((cert === undefined) !== (key === undefined)) throw new TypeError("tls: cert and key belong together");
  return credentials.createSsl(pem(ca), pem(key), pem(cert));
}

/**
 * TLS to an IP address. grpc-js gives the address as the server's name, which RFC 6066 forbids and Node warns of; without a name Node
 * holds the certificate against the address itself. Another release of grpc-js may have no such options, and keeps the warning.
 */
function withoutServerName(secrets: ChannelCredentials): ChannelCredentials {
  const create = secrets._createSecureConnector.bind(secrets);
  secrets._createSecureConnector = (...terms) => {
    const connector: object & ReturnType<typeof create> = create(...terms);
    const options: unknown = "connectionOptions" in connector ? connector.connectionOptions : undefined;
    if (typeof options === "object" && options !== null && "servername" in options && "host" in options) {
      if (options.servername === options.host) options.servername = "";
    }
    return connector;
  };
  return secrets;
}

function pem(text: string | Uint8Array | undefined): Buffer | null {
  return text === undefined ? null : Buffer.from(text);
}
