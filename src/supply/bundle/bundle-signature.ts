/**
 * Detached JWS over the bytes of a bundle (RFC 7515 appendix F, RFC 7797): `header..signature`. Keys are public; symmetric ones
 * and `none` are refused.
 */

import { createPublicKey } from "node:crypto";
import type { FlattenedJWSInput, JSONWebKeySet, JWK } from "jose";
import { fileFailure } from "../../files/file-failure.js";
import { type FileReader, readingHere } from "../../files/file-reader.js";
import { errorText } from "../../text/error-text.js";
import { readInTime } from "../read-in-time.js";
import { BundleError } from "./bundle-error.js";

/** Tells whether a signature is one over these bytes; rejects with BundleError if not. */
export interface BundleVerifier {
  verify(bytes: Uint8Array, signature: string | undefined): Promise<void>;
}

const LARGEST_KEY = 1 << 20;
const READ_LIMIT_MS = 30_000;

const algorithms = [
  "EdDSA",
  "Ed25519",
  "ES256",
  "ES384",
  "ES512",
  "PS256",
  "PS384",
  "PS512",
  "RS256",
  "RS384",
  "RS512",
];

/**
 * Reads public keys: PEM (SPKI or certificate), JWK or JWK set. Rejects with a message that begins with the path; also where the disk
 * does not answer within `limitMs`.
 */
export async function readBundleKey(
  path: string,
  reader: FileReader = readingHere,
  limitMs = READ_LIMIT_MS,
): Promise<BundleVerifier> {
  const check = await signatureCheck(path, reader, limitMs);
  const { decodeProtectedHeader } = await import("jose");
  return {
    async verify(bytes, signature) {
      if (signature === undefined || signature === "") throw new BundleError("signature", "the bundle is not signed");
      const [header = "", payload, mac = "", ...rest] = signature.split(".");
      if (payload !== "" || rest.length > 0) throw new BundleError("signature", "the signature is no detached JWS");
      try {
        const isPlain = decodeProtectedHeader(`${header}..${mac}`).b64 === false;
        await check({ protected: header, payload: isPlain ? bytes : base64url(bytes), signature: mac });
      } catch (error: unknown) {
        throw new BundleError("signature", `the signature does not hold: ${messageOf(error)}`, { cause: error });
      }
    },
  };
}

type SignatureCheck = (jws: FlattenedJWSInput) => Promise<unknown>;

async function signatureCheck(path: string, reader: FileReader, limitMs: number): Promise<SignatureCheck> {
  const { createLocalJWKSet, flattenedVerify } = await import("jose");
  try {
    const reading = reader.read(path, LARGEST_KEY).catch((error: unknown) => {
      throw new Error(fileFailure(error), { cause: error });
    });
    const text = (await readInTime(reading, [path], reader, limitMs, "not read")).toString("utf8");
    if (/PRIVATE KEY/.test(text)) throw new Error("a private key: the public one is needed");
    if (!text.trimStart().startsWith("{")) {
      const key = createPublicKey(text);
      return (jws) => flattenedVerify(jws, key, { algorithms });
    }
    const keys = createLocalJWKSet(publicKeys(JSON.parse(text)));
    return (jws) => flattenedVerify(jws, keys, { algorithms });
  } catch (error: unknown) {
    throw new Error(`${path}: cannot be used as a key: ${messageOf(error)}`, { cause: error });
  }
}

function publicKeys(value: unknown): JSONWebKeySet {
  const all = isObject(value) && "keys" in value ? value.keys : [value];
  if (!Array.isArray(all) || all.length === 0 || !all.every(isKey)) throw new Error("neither a JWK nor a JWK set");
  // With a secret, whoever can verify can sign.
  if (all.some((key) => key.kty === "oct" || key.d !== undefined)) {
    throw new Error("a secret or private key: the public one is needed");
  }
  return { keys: all };
}

function isKey(value: unknown): value is JWK {
  return isObject(value) && "kty" in value && typeof value.kty === "string";
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("base64url");
}

function messageOf(error: unknown): string {
  return errorText(error).split("\n")[0] ?? "";
}
