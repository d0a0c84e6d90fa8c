/**
 * Session policies that travel inside requests: parsed and compiled like any other, and kept by content for as long as they
 * are in use. The bound is in bytes, so that a caller with ever different documents pays with its own time only.
 */

import { compileSessionImage } from "../image/compile.js";
import { parsePolicyDocument } from "../policy/document/parse-document.js";
import type { NamedPolicy, PolicySet } from "../policy/policy-set.js";
import type { Finding } from "../text/finding.js";
import { readJson } from "../text/json-reader.js";
import { sourceText } from "../text/source-text.js";

/** Compiled documents, or why there are none: one line for the caller. */
export type SessionImage = { readonly bytes: Uint8Array } | { readonly error: string };

/** At most this many bytes of keys and images are kept by one thread. */
const CACHE_BYTES = 8 << 20;
/** IN-4: one inline document and ten managed ones. */
const MOST_DOCUMENTS = 11;
/** Larger documents are refused before they are read. */
const LONGEST_DOCUMENT = 64 << 10;

/** A cache of compiled session policies. */
export class SessionImages {
  private readonly images = new Map<string, SessionImage>();
  private bytes = 0;

  /** The image of these documents; INVARIANT: equal keys mean equal lists, so lengths are part of the key. */
  compile(texts: readonly string[], profile: PolicySet["profile"]): SessionImage {
    if (texts.length > MOST_DOCUMENTS)
      return { error: `session_policies: ${texts.length} documents, at most ${MOST_DOCUMENTS} (IN-4)` };
    const tooLong = texts.findIndex((text) => text.length > LONGEST_DOCUMENT);
    if (tooLong >= 0)
      return { error: `session_policies[${tooLong}]: longer than ${LONGEST_DOCUMENT} characters (TYPE-3)` };
    const key = `${profile} ${texts.map((text) => `${text.length}:${text}`).join("")}`;
    const known = this.images.get(key);
    if (known !== undefined) {
      // The most recently used stands last.
      this.images.delete(key);
      this.images.set(key, known);
      return known;
    }
    const image = compileSession(texts, profile);
    this.keep(key, image);
    return image;
  }

  private keep(key: string, image: SessionImage): void {
    this.images.set(key, image);
    this.bytes += sizeOf(key, image);
    for (const [oldest, old] of this.images) {
      if (this.bytes <= CACHE_BYTES) break;
      this.images.delete(oldest);
      this.bytes -= sizeOf(oldest, old);
    }
  }
}

function sizeOf(key: string, image: SessionImage): number {
  return key.length * 2 + ("bytes" in image ? image.bytes.length : image.error.length * 2) + 128;
}

function compileSession(texts: readonly string[], profile: PolicySet["profile"]): SessionImage {
  const policies: NamedPolicy[] = [];
  for (const [i, text] of texts.entries()) {
    const name = `session[${i}]`;
    const findings: Finding[] = [];
    const source = sourceText(name, text);
    const node = readJson(source, findings);
    const document = node && parsePolicyDocument(node, source, "session", findings, { profile });
    if (document === undefined) {
      const first = findings.find(({ severity }) => severity === "error");
      const where = first === undefined ? name : `${name}:${first.line}:${first.column}`;
      return { error: `session_policies: ${where}: ${first?.message ?? "not a policy document"}` };
    }
    policies.push({ name, document });
  }
  // The writer's buffer is larger than the image; a copy lets it go.
  return { bytes: compileSessionImage(policies, profile).bytes.slice() };
}
