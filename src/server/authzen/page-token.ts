/** Tokens for the next page of an answer: they carry a place and hold for one request and one server alone. */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import type { TreeNode } from "../../text/tree.js";

/**
 * Makes and opens tokens with a key that nobody else has. A place may name a candidate that the caller is not to know of, so
 * it is hidden as well as sealed.
 */
export class PageTokens {
  constructor(private readonly key: Uint8Array = randomBytes(32)) {}

  /** The token for a place in the answer to a request. */
  make(place: string, request: string): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.key, nonce).setAAD(Buffer.from(request, "utf8"));
    const hidden = Buffer.concat([cipher.update(place, "utf8"), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), hidden]).toString("base64url");
  }

  /** The place of a token; undefined for a forged token and for one of another request. */
  read(token: string, request: string): string | undefined {
    const bytes = Buffer.from(token, "base64url");
    if (bytes.length < NONCE_BYTES + TAG_BYTES || bytes.toString("base64url") !== token) return undefined;
    const decipher = createDecipheriv(CIPHER, this.key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
      .setAAD(Buffer.from(request, "utf8"))
      .setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    try {
      return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]).toString(
        "utf8",
      );
    } catch {
      return undefined;
    }
  }
}

const CIPHER = "aes-256-gcm";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** What two requests have to have in common to be pages of one search: everything but `page`, whatever the order of members. */
export function searchDigest(body: TreeNode & { readonly kind: "object" }, ...rest: readonly string[]): string {
  const members = body.members.filter(({ key }) => key !== "page");
  const text = JSON.stringify([canonical({ ...body, members }), ...rest]);
  return createHash("sha256").update(text).digest("base64url");
}

function canonical(node: TreeNode): unknown {
  if (node.kind === "object") {
    const members = node.members.map(({ key, value }) => [key, canonical(value)] as const);
    return ["object", members.sort(([left], [right]) => (left < right ? -1 : 1))];
  }
  if (node.kind === "array") return ["array", node.items.map(canonical)];
  if (node.kind === "number") return ["number", node.text];
  return node.kind === "null" ? null : node.value;
}
