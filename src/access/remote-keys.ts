/**
 * The keys of an issuer, fetched from its JSON Web Key Set: bounded in size and time, kept for a while where the origin does not answer.
 * Knows no tokens.
 */

import type { JSONWebKeySet, JWTVerifyGetKey } from "jose";
import { RecurringTrouble } from "../supply/recurring-trouble.js";
import { errorText } from "../text/error-text.js";
import type { KeyStatus } from "./token-verifier.js";

/** How keys are fetched. */
export interface RemoteKeyOptions {
  /** Hears why they could not be fetched: at once, then rarely, and when they can be. */
  readonly onProblem?: ((message: string) => void) | undefined;
  /** The clock, in milliseconds. */
  readonly nowMs?: (() => number) | undefined;
}

/** No keys at all are at hand, through no fault of the bearer. */
export class KeysUnavailableError extends Error {
  constructor(options?: ErrorOptions) {
    super("no keys are at hand", options);
    this.name = "KeysUnavailableError";
  }
}

const FETCH_TIMEOUT_MS = 5000;
const MAX_BYTES = 1 << 20;
/** Keys are fetched again after so long, and for a token whose key is not among them after the second of these. */
const FRESH_MS = 600_000;
const COOL_DOWN_MS = 30_000;
/** With keys at hand an origin that fails is asked again after so long. */
const RETRY_MS = 30_000;
/** Keys whose origin has not confirmed them for so long are keys no more. */
const STALE_MS = 24 * 3_600_000;

/** The keys at one URL. */
export class RemoteKeys {
  private keys: { readonly get: JWTVerifyGetKey; readonly atMs: number } | undefined;
  private failedAtMs = Number.NEGATIVE_INFINITY;
  private failures = 0;
  private readonly trouble: RecurringTrouble;
  private fetching: Promise<void> | undefined;
  private readonly nowMs: () => number;

  constructor(
    private readonly jose: Pick<typeof import("jose"), "createLocalJWKSet" | "errors">,
    private readonly url: URL,
    private readonly options: RemoteKeyOptions,
  ) {
    this.nowMs = options.nowMs ?? Date.now;
    const tell = (line: string): void => this.options.onProblem?.(line);
    this.trouble = new RecurringTrouble(tell, "--jwks: the keys can be fetched again", this.nowMs);
  }

  /** Finds the key of a token. Rejects with KeysUnavailableError if there are none, and as jose does if it is not among them. */
  readonly get: JWTVerifyGetKey = async (header, token) => {
    const age = this.nowMs() - (this.keys?.atMs ?? Number.NEGATIVE_INFINITY);
    if (age >= FRESH_MS) await this.refresh();
    const keys = this.usable();
    try {
      return await keys(header, token);
    } catch (error: unknown) {
      if (!(error instanceof this.jose.errors.JWKSNoMatchingKey) || age < COOL_DOWN_MS) throw error;
      // The issuer may have a new one.
      await this.refresh();
      return await this.usable()(header, token);
    }
  };

  /** How they stand. */
  get status(): KeyStatus {
    return { fetchedAtMs: this.keys?.atMs, failures: this.failures };
  }

  private usable(): JWTVerifyGetKey {
    if (this.keys === undefined || this.nowMs() - this.keys.atMs >= STALE_MS) throw new KeysUnavailableError();
    return this.keys.get;
  }

  /** Fetches the keys, once for all who wait. */
  private async refresh(): Promise<void> {
    if (this.keys !== undefined && this.nowMs() - this.failedAtMs < RETRY_MS) return;
    this.fetching ??= this.fetchKeys().finally(() => {
      this.fetching = undefined;
    });
    await this.fetching;
  }

  private async fetchKeys(): Promise<void> {
    try {
      const value = await fetchJson(this.url);
      if (!isKeySet(value)) throw new Error("holds no keys");
      this.keys = { get: this.jose.createLocalJWKSet(value), atMs: this.nowMs() };
      this.failedAtMs = Number.NEGATIVE_INFINITY;
      this.trouble.succeeded();
    } catch (error: unknown) {
      this.failedAtMs = this.nowMs();
      this.failures++;
      this.trouble.failed(`--jwks: ${errorText(error)}`);
    }
  }
}

/** The JSON at an URL. Redirects are not followed. */
async function fetchJson(url: URL): Promise<unknown> {
  const ending = new AbortController();
  const timer = setTimeout(() => ending.abort(new Error(`no answer within ${FETCH_TIMEOUT_MS} ms`)), FETCH_TIMEOUT_MS);
  const headers = { accept: "application/json, application/jwk-set+json", "user-agent": "verdict" };
  try {
    const response = await fetch(url, { signal: ending.signal, headers, redirect: "manual" });
    if (response.status !== 200) throw new Error(`the origin answers ${response.status}`);
    const chunks: Uint8Array[] = [];
    let length = 0;
    const reader = response.body?.getReader();
    for (let part = await reader?.read(); part?.value !== undefined; part = await reader?.read()) {
      length += part.value.length;
      if (length > MAX_BYTES) throw new Error(`the body has more than ${MAX_BYTES} bytes`);
      chunks.push(part.value);
    }
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch (error: unknown) {
    if (error instanceof SyntaxError) throw new Error("is no JSON", { cause: error });
    throw error;
  } finally {
    clearTimeout(timer);
    // What nobody reads to its end costs a connection, no memory.
    ending.abort();
  }
}

function isKeySet(value: unknown): value is JSONWebKeySet {
  if (typeof value !== "object" || value === null || !("keys" in value) || !Array.isArray(value.keys)) return false;
  return value.keys.length > 0 && value.keys.every((key) => typeof key === "object" && key !== null);
}
