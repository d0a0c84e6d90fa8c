/**
 * Why a server does not answer, in plain words: looks once more, without gRPC, at what stands at the address. Sends nothing but a
 * TLS greeting, and no secret.
 */
import { connect as connectSocket, isIP, type NetConnectOpts } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { parseListenAddress } from "../access/listen-address.js";
import type { TlsOptions } from "../client/channels.js";

const LOOK_MS = 2000;

/** The reason, or undefined where a connection can be made and the trouble lies elsewhere. */
export async function connectionTrouble(address: string, tls: TlsOptions | boolean): Promise<string | undefined> {
  const place = parseListenAddress(address);
  if (place === undefined) return undefined;
  const options: NetConnectOpts = place.kind === "unix" ? { path: place.path } : { host: place.host, port: place.port };
  const refused = await socketTrouble(options);
  if (refused !== undefined) return refused;
  const given = typeof tls === "object" ? tls : {};
  const found = await greet(options, given, place.kind === "tcp" ? place.host : "localhost");
  if (tls === false) {
    return found.speaksTls
      ? "the server speaks TLS: give --tls-ca FILE with the authority that signed its certificate"
      : undefined;
  }
  if (!found.speaksTls) return "the server speaks no TLS: leave the --tls options out";
  return found.trouble;
}

function socketTrouble(options: NetConnectOpts): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connectSocket({ ...options, timeout: LOOK_MS });
    const end = (trouble?: string): void => {
      socket.destroy();
      resolve(trouble);
    };
    socket.once("connect", () => end());
    socket.once("timeout", () => end("no connection in time: does a firewall stand between?"));
    socket.once("error", (error: NodeJS.ErrnoException) => end(socketWords(error)));
  });
}

function socketWords({ code, message }: NodeJS.ErrnoException): string {
  if (code === "ECONNREFUSED") return "nobody listens there (connection refused)";
  if (code === "ENOENT") return "nobody listens there (no such socket)";
  if (code === "EACCES") return "this user may not open the socket (permission denied)";
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return "no such host is known";
  if (code === "EHOSTUNREACH" || code === "ENETUNREACH") return "there is no way to that host";
  return message;
}

interface Greeting {
  readonly speaksTls: boolean;
  /** Why the certificate is not believed, or ours not taken. */
  readonly trouble?: string;
}

function greet(options: NetConnectOpts, tls: TlsOptions, host: string): Promise<Greeting> {
  return new Promise((resolve) => {
    const name = tls.serverName ?? host;
    const pem = (text: string | Uint8Array | undefined) => (text === undefined ? undefined : Buffer.from(text));
    const material = Object.fromEntries(
      Object.entries({ ca: pem(tls.ca), cert: pem(tls.cert), key: pem(tls.key) }).filter(
        ([, value]) => value !== undefined,
      ),
    );
    const socket: TLSSocket = connectTls({
      ...options,
      ...material,
      ...(isIP(name) === 0 ? { servername: name } : {}),
      ALPNProtocols: ["h2"],
      rejectUnauthorized: false,
      timeout: LOOK_MS,
    });
    const end = (greeting: Greeting): void => {
      socket.destroy();
      resolve(greeting);
    };
    socket.once("secureConnect", () => {
      const { authorizationError } = socket;
      // With TLS 1.3 a server refuses certificates after the handshake: nothing is known of that here.
      const trouble = authorizationError ? certificateWords(String(authorizationError), name) : undefined;
      end({ speaksTls: true, ...(trouble === undefined ? {} : { trouble }) });
    });
    socket.once("timeout", () => end({ speaksTls: false }));
    socket.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code?.startsWith("ERR_SSL_") === true && /ALERT/.test(error.code)) {
        end({ speaksTls: true, trouble: alertWords(error) });
      } else end({ speaksTls: false });
    });
  });
}

function certificateWords(error: string, name: string): string {
  if (/ALTNAME|does not match/i.test(error)) {
    return `the certificate of the server is not for \`${name}\`: give its name with --tls-server-name`;
  }
  if (/EXPIRED/i.test(error)) return "the certificate of the server has expired";
  return `the certificate of the server is not signed by an authority of --tls-ca (${error})`;
}

function alertWords({ message }: Error): string {
  return `the server ends the TLS handshake, which it may do to clients without a certificate: --tls-cert, --tls-key (${message})`;
}

/**
 * What an error of a connection that was there means, in plain words; undefined where it is no refusal of a certificate (TLS 1.3 says so late).
 * `showedCertificate`: servers written for Node, Verdict's own among them, end such a connection without a word.
 */
export function lateRefusal({ message }: Error, showedCertificate = false): string | undefined {
  if (showedCertificate && /^the server closed the connection$|ECONNRESET|EPIPE/.test(message))
    return "the server closed the connection, perhaps since no authority of its own signed the certificate of --tls-cert, or it has expired";
  if (/certificate required/i.test(message))
    return "the server wants a certificate of the client: give --tls-cert and --tls-key";
  if (
    /alert (?:bad certificate|unknown ca|certificate unknown|certificate expired|unsupported certificate)/i.test(
      message,
    )
  )
    return "the server does not take the certificate of --tls-cert: no authority of its own signed it, or it has expired";
  return undefined;
}
