/**
 * One HTTP(S) request for a bundle: conditional, held by the server if it likes, bounded in time and size. Redirects are not
 * followed and nothing is unpacked here.
 */

import { get as httpGet, type IncomingMessage, type RequestOptions } from "node:http";
import { get as httpsGet } from "node:https";
import { errorText } from "../../text/error-text.js";
import { BundleError } from "./bundle-error.js";

/** What is asked for. */
export interface BundleRequest {
  readonly url: URL;
  /** What is at hand already. */
  readonly etag?: string | undefined;
  /** How long the server may hold the answer until there is something else; 0 for an answer at once. */
  readonly waitSeconds: number;
  /** The bearer token. */
  readonly token?: string | undefined;
  /** For connecting, for the first byte (after the wait) and between two bytes. */
  readonly timeoutMs: number;
  /** Of the body as it travels. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/** What came back. */
export type BundleResponse =
  | { readonly kind: "notModified"; readonly holds: boolean }
  | {
      readonly kind: "bundle";
      readonly bytes: Buffer;
      readonly etag: string | undefined;
      /** The `Bundle-Signature` header: a detached JWS over the body. */
      readonly signature: string | undefined;
      /** Whether the server says that it waits for changes. */
      readonly holds: boolean;
    };

/** A whole body may take so many timeouts. */
const BODY_TIMEOUTS = 10;
const LONGEST_SIGNATURE = 16_384;

/** Asks once. Rejects with BundleError. */
export async function requestBundle(request: BundleRequest): Promise<BundleResponse> {
  const response = await open(request);
  try {
    const { statusCode = 0, headers } = response;
    const holds = isHeld(response);
    if (statusCode === 304 && request.etag !== undefined) return { kind: "notModified", holds };
    if (statusCode !== 200) throw statusError(statusCode);
    const signature = headers["bundle-signature"];
    if (signature !== undefined && (Array.isArray(signature) || signature.length > LONGEST_SIGNATURE)) {
      throw new BundleError("signature", "the Bundle-Signature header is too long");
    }
    const bytes = await readBody(response, request);
    return { kind: "bundle", bytes, etag: usableTag(headers.etag), signature, holds };
  } finally {
    // A body that nobody wants to the end costs a connection, no memory.
    if (!response.complete) response.destroy();
  }
}

/** Fetches the signature that lies next to a bundle. Rejects with BundleError. */
export async function requestSignature(request: BundleRequest): Promise<string> {
  const url = new URL(request.url);
  url.pathname += ".jws";
  const response = await open({ ...request, url, etag: undefined, waitSeconds: 0 });
  try {
    if (response.statusCode !== 200) {
      throw new BundleError("signature", `no signature: ${url.pathname} answers ${response.statusCode ?? 0}`);
    }
    return (await readBody(response, { ...request, maxBytes: LONGEST_SIGNATURE })).toString("latin1").trim();
  } finally {
    if (!response.complete) response.destroy();
  }
}

function open({ url, etag, waitSeconds, token, timeoutMs, signal }: BundleRequest): Promise<IncomingMessage> {
  const options: RequestOptions = {
    signal,
    headers: {
      accept:
        "application/gzip, application/vnd.openpolicyagent.bundles, application/json, application/yaml, */*;q=0.5",
      // The body is signed and counted as it travels.
      "accept-encoding": "identity",
      "user-agent": "verdict",
      ...(etag === undefined ? {} : { "if-none-match": etag }),
      ...(waitSeconds === 0 ? {} : { prefer: `wait=${waitSeconds}` }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
  };
  return new Promise((resolve, reject) => {
    const request = (url.protocol === "https:" ? httpsGet : httpGet)(url, options);
    const limitMs = timeoutMs + waitSeconds * 1000;
    const timer = setTimeout(() => {
      request.destroy(new BundleError("timeout", `no answer within ${limitMs} ms`));
    }, limitMs);
    request.once("response", (response) => {
      clearTimeout(timer);
      resolve(response);
    });
    request.on("error", (error) => {
      clearTimeout(timer);
      reject(requestError(error));
    });
  });
}

async function readBody(response: IncomingMessage, { timeoutMs, maxBytes }: BundleRequest): Promise<Buffer> {
  const tooLarge = () => new BundleError("too_large", `the body has more than ${maxBytes} bytes`);
  const declared = response.headers["content-length"];
  if (declared !== undefined && Number(declared) > maxBytes) throw tooLarge();
  const stall = setTimeout(() => {
    response.destroy(new BundleError("timeout", `the body stood still for ${timeoutMs} ms`));
  }, timeoutMs);
  const limitMs = timeoutMs * BODY_TIMEOUTS;
  const whole = setTimeout(() => {
    response.destroy(new BundleError("timeout", `the body took longer than ${limitMs} ms`));
  }, limitMs);
  try {
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of response) {
      if (!Buffer.isBuffer(chunk)) throw new BundleError("network", "the body is no stream of bytes");
      stall.refresh();
      length += chunk.length;
      if (length > maxBytes) throw tooLarge();
      chunks.push(chunk);
    }
    if (!response.complete) throw new BundleError("truncated", "the body ended early");
    return Buffer.concat(chunks, length);
  } catch (error: unknown) {
    if (error instanceof BundleError) throw error;
    throw new BundleError("truncated", `the body ended early: ${messageOf(error)}`, { cause: error });
  } finally {
    clearTimeout(stall);
    clearTimeout(whole);
  }
}

/** OPA's servers say it by the type, others by `Preference-Applied`. */
function isHeld({ headers }: IncomingMessage): boolean {
  const applied = headers["preference-applied"];
  return (
    /\bwait\b/.test(String(applied ?? "")) ||
    /^application\/vnd\.openpolicyagent\.bundles/.test(headers["content-type"] ?? "")
  );
}

/** A tag goes back into a header, so only what the standard allows is kept. */
function usableTag(tag: string | undefined): string | undefined {
  return tag !== undefined && tag.length <= 1024 && /^(W\/)?"[\x21\x23-\x7e]*"$/.test(tag) ? tag : undefined;
}

function statusError(code: number): BundleError {
  if (code === 304) return new BundleError("status", "the origin answers 304 though it was not asked for changes");
  if (code >= 300 && code < 400)
    return new BundleError("status", `the origin answers ${code}: redirects are not followed`);
  return new BundleError("status", `the origin answers ${code}`);
}

function requestError(error: Error): BundleError {
  if (error instanceof BundleError) return error;
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  const isTls = /CERT|SSL|TLS|ISSUER|SIGNATURE|EPROTO/.test(code);
  const message = messageOf(error);
  return new BundleError(isTls ? "tls" : "network", message.includes(code) ? message : `${code}: ${message}`, {
    cause: error,
  });
}

/** One line: messages of sockets and TLS may have several. Node's advice on its own flags, from 24 on, helps nobody here. */
function messageOf(error: unknown): string {
  const [line = ""] = errorText(error).split("\n");
  return line.replace(/; if the root CA is installed locally, try running Node\.js with .*$/, "");
}
