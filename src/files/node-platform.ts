/** Node as the platform of the rooms that browsers have too. */
import { createHash, hash } from "node:crypto";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import type { Platform } from "../text/platform.js";

/** Node's own SHA-256 and deflate, and the folder that this process works in. */
export const nodePlatform: Platform = {
  sha256: {
    ofText: (text) => hash("sha256", text, "hex"),
    ofTexts(texts) {
      const all = createHash("sha256");
      for (const text of texts) all.update(text);
      return all.digest("hex");
    },
  },
  deflate: {
    pack: (bytes) => deflateRawSync(bytes, { level: 1 }),
    // A copy: what is shared cannot be inflated in place.
    unpack: (bytes) => inflateRawSync(new Uint8Array(bytes)),
  },
  get workingFolder() {
    return process.cwd();
  },
};
