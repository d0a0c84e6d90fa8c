/** What bundles have to prove: signatures, revisions that never fall, and the last good one on disk. */

import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import { join } from "node:path";
import { type CryptoKey, exportJWK, exportSPKI, FlattenedSign, generateKeyPair } from "jose";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { readBundleKey } from "../../src/supply/bundle/bundle-signature.js";
import { bundleOf, holding, type Origin } from "../kit/bundle-origin.js";
import { bundleWorld, setOf } from "../kit/bundle-world.js";
import { Authority } from "../kit/certificates.js";
import { broken, until } from "../kit/supply-fixture.js";

const { origin: currentOrigin, following, path } = bundleWorld();
let origin: Origin;
beforeEach(() => {
  origin = currentOrigin();
});

describe("a signed bundle", () => {
  let keys: { readonly privateKey: CryptoKey; readonly publicKey: CryptoKey };
  let keyFile: string;

  beforeAll(async () => {
    keys = await generateKeyPair("EdDSA");
    keyFile = put("key.pem", await exportSPKI(keys.publicKey));
  });

  it.each([
    ["in a header", {}],
    ["in a header, with a plain payload", { b64: false, crit: ["b64"] }],
  ])("is taken over with its signature %s", async (_, header) => {
    const body = setOf("one");
    origin.answer = holding(body, '"1"', { "bundle-signature": await sign(body, keys.privateKey, header) });
    const { buckets } = await following({ keyFile });
    expect(buckets()).toEqual(["one"]);
  });

  it("is taken over with its signature next to it", async () => {
    const body = setOf("one");
    const signature = await sign(body, keys.privateKey);
    origin.answer = (request, response) => {
      if (request.url?.endsWith(".tar.gz.jws") === true) response.end(`${signature}\n`);
      else holding(body, '"1"')(request, response);
    };
    const { buckets } = await following({ keyFile });
    expect(buckets()).toEqual(["one"]);
  });

  it.each<[string, () => Promise<string | undefined>, string]>([
    ["no signature", async () => undefined, "no signature: /bundles/default.tar.gz.jws answers 404"],
    [
      "another body's signature",
      async () => sign(setOf("three"), keys.privateKey),
      "the signature does not hold: signature verification failed",
    ],
    [
      "another key's signature",
      async () => sign(setOf("two"), (await generateKeyPair("EdDSA")).privateKey),
      "the signature does not hold: signature verification failed",
    ],
    [
      "no algorithm",
      async () => `${base64url('{"alg":"none"}')}..`,
      'the signature does not hold: "alg" (Algorithm) Header Parameter value not allowed',
    ],
    [
      "the public key as a secret",
      async () => sign(setOf("two"), new TextEncoder().encode(readFileSync(keyFile, "utf8")), { alg: "HS256" }),
      'the signature does not hold: "alg" (Algorithm) Header Parameter value not allowed',
    ],
    ["a payload of its own", async () => `a.${base64url("{}")}.b`, "the signature is no detached JWS"],
  ])("is refused with %s", async (_, signature, message) => {
    const good = setOf("one");
    origin.answer = holding(good, '"1"', { "bundle-signature": await sign(good, keys.privateKey) });
    const { buckets, story, supply } = await following({ keyFile });
    const value = await signature();
    origin.answer = (request, response) => {
      if (request.url?.endsWith(".jws") === true) response.writeHead(404).end();
      else holding(setOf("two"), '"2"', value === undefined ? {} : { "bundle-signature": value })(request, response);
    };
    await until(() => story().length > 1, story);
    expect(story()[1]).toBe("failed signature");
    expect(supply.statuses[0]?.failure?.message).toBe(`${origin.url}: ${message}`);
    expect(buckets()).toEqual(["one"]);
  });

  it("may be verified with a key of a JWK set", async () => {
    const body = setOf("one");
    const jwk = { ...(await exportJWK(keys.publicKey)), kid: "k1" };
    const file = put("keys.json", JSON.stringify({ keys: [{ ...jwk, kid: "k0" }, jwk] }));
    const verifier = await readBundleKey(file);
    await verifier.verify(body, await sign(body, keys.privateKey, { kid: "k1" }));
    await expect(verifier.verify(setOf("two"), await sign(body, keys.privateKey, { kid: "k1" }))).rejects.toThrow(
      "the signature does not hold: signature verification failed",
    );
  });

  it.each([
    [
      "a private key",
      generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
      "a private key: the public one is needed",
    ],
    ["a secret", '{"kty":"oct","k":"c2VjcmV0"}', "a secret or private key: the public one is needed"],
    ["something else", "{}", "neither a JWK nor a JWK set"],
  ])("is not verified with %s", async (_, text, message) => {
    const file = put("wrong.pem", text);
    await expect(readBundleKey(file)).rejects.toThrow(`${file}: cannot be used as a key: ${message}`);
  });
});

describe("revisions", () => {
  it.each([
    ["an older one", { ".manifest": '{"revision":6}' }, "revision 6 is older than revision 7"],
    ["none", {}, "no revision after revision 7"],
    ["the same one with other content", { ".manifest": '{"revision":7}' }, "revision 7 again, with other content"],
  ])("are not followed back to %s", async (_, manifest, message) => {
    origin.answer = holding(setOf("one", { ".manifest": '{"revision":"7"}' }), '"1"');
    const { buckets, story, supply } = await following();
    origin.answer = holding(setOf("two", manifest), '"2"');
    await until(() => story().length > 1, story);
    expect(story()[1]).toBe("failed rollback");
    expect(supply.statuses[0]?.failure?.message).toBe(`${origin.url}: ${message}`);
    expect(buckets()).toEqual(["one"]);
    origin.answer = holding(setOf("three", { ".manifest": '{"revision":8}' }), '"3"');
    await until(() => buckets()?.includes("three") === true, story);
    expect(supply.statuses[0]?.active?.revision).toBe(8);
  });

  it("move on without a change of the documents", async () => {
    origin.answer = holding(setOf("one", { ".manifest": '{"revision":7}' }), '"1"');
    const { engine, story, supply } = await following();
    origin.answer = holding(setOf("one", { ".manifest": '{"revision":9}' }), '"2"');
    await until(() => story().length > 1, story);
    expect(story()).toEqual(["activated", "unchanged"]);
    expect(supply.statuses[0]?.active?.revision).toBe(9);
    expect(engine.published()?.generation).toBe(1);
    origin.answer = holding(setOf("two", { ".manifest": '{"revision":8}' }), '"3"');
    await until(() => story().length > 2, story);
    expect(story()[2]).toBe("failed rollback");
  });

  it("are remembered across restarts", async () => {
    const cacheFolder = path("cache");
    origin.answer = holding(setOf("one", { ".manifest": '{"revision":7}' }), '"1"');
    await (await following({ cacheFolder })).close();
    origin.answer = holding(setOf("two", { ".manifest": '{"revision":6}' }), '"2"');
    const { buckets, story } = await following({ cacheFolder });
    expect(buckets()).toEqual(["one"]);
    await until(() => story().length > 1, story);
    expect(story().slice(0, 2)).toEqual(["activated", "failed rollback"]);
    expect(buckets()).toEqual(["one"]);
  });
});

describe("the last good bundle on disk", () => {
  it("serves a start without the origin, and only good bundles get there", async () => {
    const cacheFolder = path("cache");
    const first = await following({ cacheFolder });
    origin.answer = holding(bundleOf({ "set.json": broken }), '"2"');
    await until(() => first.story().length > 1, first.story);
    await first.close();
    origin.answer = (_, response) => response.destroy();
    const { buckets, story } = await following({ cacheFolder });
    expect(buckets()).toEqual(["one"]);
    expect(readdirSync(cacheFolder)).toEqual(["default.bundle"]);
    origin.answer = holding(setOf("two"), '"3"');
    await until(() => buckets()?.includes("two") === true, story);
  });

  it.each<[string, (bytes: Buffer) => Buffer]>([
    ["cut off", (bytes) => bytes.subarray(0, -5)],
    ["altered", (bytes) => Buffer.concat([bytes.subarray(0, -5), Buffer.from("xxxxx")])],
    ["something else", () => Buffer.from("x")],
  ])("is not trusted when it is %s", async (_, alter) => {
    const cacheFolder = path("cache");
    await (await following({ cacheFolder })).close();
    const file = join(cacheFolder, "default.bundle");
    writeFileSync(file, alter(readFileSync(file)));
    origin.answer = (_, response) => response.writeHead(503).end();
    const { buckets, story, events } = await following({ cacheFolder });
    expect(buckets()).toBeUndefined();
    expect(story().slice(0, 2)).toEqual(["failed cache", "failed status"]);
    expect(events[0]).toMatchObject({ failure: { message: `${origin.url}: ${file}: is damaged` } });
  });

  it.each([
    [
      "a pipe",
      (file: string) => execFileSync("mkfifo", [file]),
      "not a regular file: it can be read only once, but is read again: save it as a file",
    ],
    [
      "larger than any bundle",
      (file: string) => truncateSync(file, 2 << 20),
      "the file has 2097152 bytes, more than 1114112",
    ],
  ])("is not read when it is %s", async (what, alter, problem) => {
    const cacheFolder = path("cache");
    await (await following({ cacheFolder })).close();
    const file = join(cacheFolder, "default.bundle");
    if (what === "a pipe") rmSync(file);
    alter(file);
    const { buckets, events } = await following({ cacheFolder });
    expect(buckets()).toEqual(["one"]);
    expect(events[0]).toMatchObject({ failure: { message: `${origin.url}: ${file}: cannot be read: ${problem}` } });
  });

  it("is verified again when it is read", async () => {
    const cacheFolder = path("cache");
    await (await following({ cacheFolder })).close();
    const keyFile = put("late.pem", await exportSPKI((await generateKeyPair("ES256")).publicKey));
    origin.answer = (_, response) => response.writeHead(503).end();
    const { buckets, story } = await following({ cacheFolder, keyFile });
    expect(buckets()).toBeUndefined();
    expect(story()[0]).toBe("failed signature");
  });

  it("that cannot be written is reported, and the set is in force all the same", async () => {
    const cacheFolder = put("file", "no folder");
    const { buckets, story } = await following({ cacheFolder });
    expect(buckets()).toEqual(["one"]);
    expect(story().slice(0, 2)).toEqual(["failed cache", "activated"]);
  });
});

describe("an origin with TLS", () => {
  it("is not believed without a certificate that somebody known signed", async () => {
    const { cert, key } = await (await Authority.create()).server();
    const server = createServer({ cert, key }, (_, response) => response.end(setOf("one")));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const address = server.address();
      const port = typeof address === "object" ? address?.port : undefined;
      const { buckets, story, supply } = await following({}, `https://127.0.0.1:${port}/set.json`);
      expect(story()[0]).toBe("failed tls");
      expect(supply.statuses[0]?.failure?.message).toBe(
        `https://127.0.0.1:${port}/set.json: UNABLE_TO_VERIFY_LEAF_SIGNATURE: unable to verify the first certificate`,
      );
      expect(buckets()).toBeUndefined();
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});

function base64url(text: string): string {
  return Buffer.from(text).toString("base64url");
}

async function sign(body: Buffer, key: CryptoKey | Uint8Array, header: object = {}): Promise<string> {
  const { protected: head = "", signature } = await new FlattenedSign(body)
    .setProtectedHeader({ alg: "EdDSA", ...header })
    .sign(key);
  return `${head}..${signature}`;
}

function put(name: string, text: string): string {
  const file = path(name);
  writeFileSync(file, text);
  return file;
}
