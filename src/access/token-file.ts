/**
 * A file of bearer tokens: a line `NAME: sha256:HEX` or `NAME: SECRET` each, `#` before remarks. Takes tokens, gives the names of
 * their owners. Secrets never appear in messages.
 */

import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { FollowedFiles, type FollowOptions } from "../supply/followed-files.js";
import { errorText } from "../text/error-text.js";
import type { TokenVerifier } from "./token-verifier.js";

interface TokenOwner {
  readonly name: string;
  readonly hash: Buffer;
}

const SHORTEST_SECRET = 16;
const MAX_TOKENS = 10_000;

/** The tokens of a file that is read again when it changes; a bad change is reported and passed over. */
export class TokenFile implements TokenVerifier {
  // How long a search takes must not tell how near a guess is: places in the table are secret to this process.
  private readonly key = randomBytes(32);
  private owners: ReadonlyMap<string, TokenOwner> = new Map();
  private followed: FollowedFiles | undefined;

  private constructor(private readonly path: string) {}

  /** Reads the file. Rejects with a line for the operator if it cannot be used. */
  static async open(path: string, options: FollowOptions = {}): Promise<TokenFile> {
    const file = new TokenFile(path);
    const adopt = ([bytes]: readonly Buffer[]): void => {
      try {
        file.owners = file.read(bytes?.toString("utf8") ?? "");
      } catch (error: unknown) {
        if (file.followed === undefined) throw error;
        options.onProblem?.(errorText(error));
      }
    };
    file.followed = await FollowedFiles.follow([path], adopt, options);
    return file;
  }

  /** The owner's name as `token:NAME`; undefined for a token that is not in the file. */
  verify(token: string): string | undefined {
    const hash = createHash("sha256").update(token).digest();
    const owner = this.owners.get(this.placeOf(hash));
    return owner !== undefined && timingSafeEqual(owner.hash, hash) ? `token:${owner.name}` : undefined;
  }

  /** Reads the file no more. */
  close(): void {
    this.followed?.close();
  }

  private read(text: string): ReadonlyMap<string, TokenOwner> {
    const owners = new Map<string, TokenOwner>();
    for (const [index, line] of text.split(/\r?\n/).entries()) {
      if (/^\s*(?:#|$)/.test(line)) continue;
      const place = `${this.path}:${index + 1}`;
      const [, name = "", value = ""] = /^\s*([A-Za-z0-9._@/-]{1,128})\s*:\s+(\S+)\s*$/.exec(line) ?? [];
      if (name === "") throw new Error(`${place}: is no line such as \`NAME: sha256:HEX\``);
      const hash = hashOf(value);
      if (hash === undefined) {
        throw new Error(
          `${place}: ${name}: must be sha256: and 64 hexadecimal digits, or at least ${SHORTEST_SECRET} of A-Z a-z 0-9 . _ ~ + / = -`,
        );
      }
      const at = this.placeOf(hash);
      const other = owners.get(at);
      if (other !== undefined) throw new Error(`${place}: ${name}: has the same token as ${other.name}`);
      owners.set(at, { name, hash });
      if (owners.size > MAX_TOKENS) throw new Error(`${place}: more than ${MAX_TOKENS} tokens`);
    }
    return owners;
  }

  private placeOf(hash: Buffer): string {
    return createHmac("sha256", this.key).update(hash).digest("base64");
  }
}

function hashOf(value: string): Buffer | undefined {
  const [, digits] = /^sha256:([0-9A-Fa-f]{64})$/.exec(value) ?? [];
  if (digits !== undefined) return Buffer.from(digits, "hex");
  // A digest that is misspelt must not become a secret that everyone who reads the file can send.
  if (/^sha(?:1|2|256|384|512)?:/i.test(value) || value.length < SHORTEST_SECRET || !bearer.test(value))
    return undefined;
  return createHash("sha256").update(value).digest();
}

/** What an `authorization` header can carry (RFC 6750, section 2.1). */
const bearer = /^[A-Za-z0-9._~+/=-]+$/;
