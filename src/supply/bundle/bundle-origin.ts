/**
 * From an HTTP(S) origin, or from the last good bundle on disk, to verified files: fetches, checks the signature before anything
 * is unpacked, unpacks, and refuses to go back to an older revision.
 */
import { type FileReader, readingHere } from "../../files/file-reader.js";
import { decodeUtf8 } from "../../files/sources.js";
import type { Finding } from "../../text/finding.js";
import { contentDigest } from "../content-digest.js";
import { readInTime } from "../read-in-time.js";
import type { BundleCache, CachedBundle } from "./bundle-cache.js";
import { BundleError } from "./bundle-error.js";
import { readManifest } from "./bundle-manifest.js";
import { type BundleRequest, type BundleResponse, requestBundle, requestSignature } from "./bundle-request.js";
import type { BundleVerifier } from "./bundle-signature.js";
import { unpackAside } from "./unpack-aside.js";
import type { BundleLimits } from "./unpack-bundle.js";

const LARGEST_TOKEN = 65_536;
const UNPACK_TIMEOUT_MS = 60_000;

/** How bundles are fetched and what they have to prove. */
export interface BundleTerms extends BundleLimits {
  /** Of a bundle as it travels. */
  readonly maxBytes: number;
  readonly timeoutMs: number;
  /** How long unpacking may take. Default 60 s. */
  readonly unpackTimeoutMs?: number;
  /** With a verifier unsigned bundles are refused. */
  readonly verifier?: BundleVerifier | undefined;
  /** A file with the bearer token, read for every request, so that it may be renewed. */
  readonly tokenFile?: string | undefined;
  /** Who reads it. Default: this process. */
  readonly tokenReader?: FileReader;
  readonly cache?: BundleCache | undefined;
}

/** A bundle that proved what it had to. */
export interface Bundle {
  readonly files: readonly { readonly name: string; readonly text: string }[];
  /** SHA-256 over names and contents, in hex. */
  readonly contentDigest: string;
  readonly revision: number | undefined;
  readonly raw: CachedBundle;
}

/** A bundle whose files are no text. */
export interface UnreadableBundle {
  readonly findings: readonly Finding[];
  readonly contentDigest: string;
}

/** One origin of one policy set. */
export class BundleOrigin {
  constructor(
    readonly name: string,
    readonly url: URL,
    private readonly terms: BundleTerms,
  ) {}

  /** Asks the origin once; `etag` is what is at hand. Rejects with BundleError. */
  async ask(
    etag: string | undefined,
    waitSeconds: number,
    signal: AbortSignal,
  ): Promise<
    | Extract<BundleResponse, { kind: "notModified" }>
    | { readonly kind: "bundle"; readonly raw: CachedBundle; readonly holds: boolean }
  > {
    const { timeoutMs, maxBytes, verifier } = this.terms;
    const request: BundleRequest = {
      url: this.url,
      etag,
      waitSeconds,
      token: await this.token(),
      timeoutMs,
      maxBytes,
      signal,
    };
    const response = await requestBundle(request);
    if (response.kind === "notModified") return response;
    const signature = response.signature ?? (verifier && (await requestSignature(request)));
    const raw = { url: this.url.href, bytes: response.bytes, etag: response.etag, signature, revision: undefined };
    return { kind: "bundle", raw, holds: response.holds };
  }

  /** The last good bundle on disk, to be opened like any other. Rejects with BundleError. */
  async cached(): Promise<CachedBundle | undefined> {
    return this.terms.cache?.read(this.name, this.url.href);
  }

  /** Keeps a bundle on disk for the next start. Rejects with BundleError. */
  async keep(raw: CachedBundle): Promise<void> {
    await this.terms.cache?.write(this.name, raw);
  }

  /** Verifies and unpacks. Rejects with BundleError. */
  async open(raw: CachedBundle): Promise<Bundle | UnreadableBundle> {
    await this.terms.verifier?.verify(raw.bytes, raw.signature);
    const { files, manifest, isSingleFile } = await unpackAside(
      raw.bytes,
      { maxUnpackedBytes: this.terms.maxUnpackedBytes },
      this.terms.unpackTimeoutMs ?? UNPACK_TIMEOUT_MS,
    );
    const { revision, policySet } = readManifest(manifest);
    if (policySet !== undefined && policySet !== this.name) {
      throw new BundleError("manifest", `the bundle is for policy set \`${policySet}\``);
    }
    // A bare document counts as a policy only below a folder of this name.
    const named = isSingleFile ? files.map((file) => ({ ...file, name: `policies/${fileName(this.url)}` })) : files;
    const digest = await contentDigest(
      named.flatMap(({ name, content }) => [`${name.length}:${name}${content.length}:`, content]),
    );
    const findings: Finding[] = [];
    const texts = named.flatMap(({ name, content }) => {
      const text = decodeUtf8(content, (message, line) => {
        findings.push({ file: name, line, column: 1, rule: "SET-ENCODING", severity: "error", message });
      });
      return text === undefined ? [] : [{ name, text }];
    });
    if (named.length === 0) throw new BundleError("format", "the bundle holds no .json, .yaml or .yml file");
    if (findings.length > 0) return { findings, contentDigest: digest };
    return { files: texts, contentDigest: digest, revision, raw: { ...raw, revision } };
  }

  private async token(): Promise<string | undefined> {
    const { tokenFile, tokenReader = readingHere, timeoutMs } = this.terms;
    if (tokenFile === undefined) return undefined;
    const reading = tokenReader.read(tokenFile, LARGEST_TOKEN);
    const bytes = await readInTime(reading, [tokenFile], tokenReader, timeoutMs, "not read").catch((error: unknown) => {
      throw new BundleError("network", `${tokenFile}: cannot be read`, { cause: error });
    });
    const token = bytes.toString("utf8").trim();
    if (/^[\x21-\x7e]+$/.test(token)) return token;
    throw new BundleError("network", `${tokenFile}: is no bearer token`);
  }
}

/** The last part of the path; without an ending the text's first character tells JSON from YAML. */
function fileName({ pathname }: URL): string {
  return pathname.split("/").at(-1) || "bundle";
}
