/**
 * Bearer tokens that an issuer has signed (JWT): keys from a JWKS file or URL, an allow-list of asymmetric algorithms, issuer and
 * audience required. Takes tokens, gives the names of their subjects.
 */

import type { JWTVerifyGetKey, JWTVerifyOptions } from "jose";
import { FollowedFiles, type FollowOptions } from "../supply/followed-files.js";
import { errorText } from "../text/error-text.js";
import { isJsonObject } from "../text/json-object.js";
import { AccessError } from "./access-gate.js";
import { KeysUnavailableError, type RemoteKeyOptions, RemoteKeys } from "./remote-keys.js";
import type { KeyStatus, TokenVerifier } from "./token-verifier.js";

/** Which tokens are good. */
export interface SignedTokenRules {
  /** A file or an URL of a JSON Web Key Set. */
  readonly jwks: string;
  readonly issuer: string;
  readonly audience: readonly string[];
  readonly algorithms: readonly string[];
  /** How far the issuer's clock may be off. */
  readonly clockToleranceMs: number;
}

/** A token that was verified is not verified again for so long: a signature costs more than a decision. */
const REMEMBER_MS = 30_000;
const REMEMBERED = 1000;

/** Tokens of one issuer. */
export class SignedTokens implements TokenVerifier {
  private readonly remembered = new Map<string, { readonly name: string; readonly untilMs: number }>();
  private problem: string | undefined;

  private constructor(
    private readonly jose: typeof import("jose"),
    private readonly rules: JWTVerifyOptions,
    private readonly options: FollowOptions,
    private keys: JWTVerifyGetKey,
    private followed?: FollowedFiles,
    readonly fetched?: () => KeyStatus,
  ) {}

  /** Reads the keys of a file; those of an URL are fetched with the first token. Rejects if the file cannot be used. */
  static async open(
    rules: SignedTokenRules,
    options: FollowOptions & Pick<RemoteKeyOptions, "nowMs"> = {},
  ): Promise<SignedTokens> {
    const jose = await import("jose");
    const verifyRules: JWTVerifyOptions = {
      issuer: rules.issuer,
      audience: [...rules.audience],
      algorithms: [...rules.algorithms],
      clockTolerance: rules.clockToleranceMs / 1000,
      requiredClaims: ["sub", "exp"],
    };
    if (isUrl(rules.jwks)) {
      const remote = new RemoteKeys(jose, new URL(rules.jwks), options);
      return new SignedTokens(jose, verifyRules, options, remote.get, undefined, () => remote.status);
    }
    let tokens: SignedTokens | undefined;
    let first: JWTVerifyGetKey | undefined;
    const followed = await FollowedFiles.follow(
      [rules.jwks],
      ([bytes]) => {
        try {
          const keys = jose.createLocalJWKSet(keySetOf(rules.jwks, bytes?.toString("utf8") ?? ""));
          if (tokens === undefined) first = keys;
          else tokens.replaceKeys(keys);
        } catch (error: unknown) {
          const message = errorText(error);
          if (tokens === undefined) throw error;
          options.onProblem?.(message);
        }
      },
      options,
    );
    if (first === undefined) throw new Error(`${rules.jwks}: holds no keys`);
    tokens = new SignedTokens(jose, verifyRules, options, first, followed);
    return tokens;
  }

  /** The subject as `jwt:SUBJECT`; undefined for a token that is not good. Rejects with AccessError if no keys are at hand. */
  async verify(token: string): Promise<string | undefined> {
    const known = this.remembered.get(token);
    if (known !== undefined && known.untilMs > Date.now()) return known.name;
    this.remembered.delete(token);
    try {
      const keys = this.keys;
      const { payload } = await this.jose.jwtVerify(token, keys, this.rules);
      // Tokens are read without types: what is no string is no name.
      const { sub, exp }: { readonly sub?: unknown; readonly exp?: unknown } = payload;
      if (typeof sub !== "string" || typeof exp !== "number" || !subject.test(sub)) return undefined;
      const name = `jwt:${sub}`;
      if (keys === this.keys) this.remember(token, name, exp * 1000);
      return name;
    } catch (error: unknown) {
      if (error instanceof KeysUnavailableError) {
        throw new AccessError("unavailable", "authorization: no token can be verified", { cause: error });
      }
      this.report(error);
      return undefined;
    }
  }

  /** Reads the keys no more. */
  close(): void {
    this.followed?.close();
  }

  private replaceKeys(keys: JWTVerifyGetKey): void {
    this.keys = keys;
    this.remembered.clear();
  }

  private remember(token: string, name: string, expiresAtMs: number): void {
    const [oldest] = this.remembered.keys();
    if (this.remembered.size >= REMEMBERED && oldest !== undefined) this.remembered.delete(oldest);
    this.remembered.set(token, { name, untilMs: Math.min(expiresAtMs, Date.now() + REMEMBER_MS) });
  }

  /** A bad token is its bearer's affair; keys that cannot be had are ours. */
  private report(error: unknown): void {
    const { JOSEError } = this.jose.errors;
    const isOurs = !(error instanceof JOSEError) || error.code === "ERR_JOSE_GENERIC";
    const message = `--jwks: ${errorText(error)}`;
    if (!isOurs || message === this.problem) return;
    this.problem = message;
    this.options.onProblem?.(message);
  }
}

/** Whether keys are fetched rather than read. */
export function isUrl(place: string): boolean {
  return /^https?:\/\//i.test(place);
}

const subject = /^[\x20-\x7e\u00a0-\u{10ffff}]{1,256}$/u;

function keySetOf(path: string, text: string): { keys: Record<string, unknown>[] } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error: unknown) {
    throw new Error(`${path}: is no JSON`, { cause: error });
  }
  const keys: unknown = typeof value === "object" && value !== null && "keys" in value ? value.keys : undefined;
  if (!Array.isArray(keys) || !keys.every(isJsonObject) || keys.length === 0) throw new Error(`${path}: holds no keys`);
  for (const [index, key] of keys.entries()) {
    if (key.kty === "oct" || "d" in key)
      throw new Error(`${path}: keys[${index}]: is secret: only public keys belong here`);
  }
  return { keys };
}
