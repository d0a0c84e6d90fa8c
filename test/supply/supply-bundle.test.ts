/** Policy sets from HTTP origins: what is taken over, what is refused and why. */
import { writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { beforeEach, describe, expect, it } from "vitest";
import { bundleOf, holding, type Origin, startOrigin, type TarEntry, tarOf } from "../kit/bundle-origin.js";
import { bundleWorld, setOf } from "../kit/bundle-world.js";
import { allowing, broken, until } from "../kit/supply-fixture.js";

const { origin: currentOrigin, following, path } = bundleWorld();
let origin: Origin;
beforeEach(() => {
  origin = currentOrigin();
});

describe("a policy set from an origin", () => {
  it("is followed by its tag", async () => {
    const { buckets, story, supply } = await following();
    expect(buckets()).toEqual(["one"]);
    await until(() => origin.requests.length > 3, story);
    expect(origin.requests.map(({ headers }) => headers["if-none-match"]).slice(0, 3)).toEqual([
      undefined,
      '"1"',
      '"1"',
    ]);
    origin.answer = holding(setOf("two"), '"2"');
    await until(() => buckets()?.includes("two") === true, story);
    expect(story()).toEqual(["activated", "activated"]);
    expect(supply.statuses).toMatchObject([{ origin: "bundle", place: origin.url, failure: undefined }]);
  });

  it.each([
    ["a file of JSON", Buffer.from(allowing("one")), "set.json"],
    ["a file of YAML", Buffer.from(`# one\n${allowing("one")}`), "set.yaml"],
    ["a gzipped file", gzipSync(allowing("one")), "set"],
    ["an archive that is not gzipped", tarOf([{ name: "./set.json", content: allowing("one") }]), "set.tar"],
    ["an archive with directories and litter", archiveWithLitter(), "set.tgz"],
  ])("may be %s", async (_, body, name) => {
    origin.answer = holding(body, '"1"');
    const { buckets } = await following({}, origin.url.replace("default.tar.gz", name));
    expect(buckets()).toEqual(["one"]);
  });

  it("is not loaded again when only its tag changes", async () => {
    const { engine, story } = await following();
    let tags = 1;
    origin.answer = (request, response) => holding(setOf("one"), `"${++tags}"`)(request, response);
    await until(() => tags > 4, story);
    expect(engine.published()?.generation).toBe(1);
    expect(story()).toEqual(["activated"]);
  });

  it("asks an origin that answers 304 at once no more often than the interval says", async () => {
    const startedAt = performance.now();
    const { story } = await following({ intervalMs: 100, waitSeconds: 30 });
    await until(() => origin.requests.length > 4, story);
    // The second request finds out whether the origin holds requests; every pause from there on is a whole interval.
    expect(performance.now() - startedAt).toBeGreaterThan(250);
    expect(origin.requests[2]?.headers.prefer).toBe("wait=30");
  });

  it("is there as soon as an origin that holds requests lets one go", async () => {
    const { buckets, story } = await following({ intervalMs: 60_000, waitSeconds: 30, leastMs: 1 });
    let release = (): void => {};
    origin.answer = (request, response) => {
      release = () => holding(setOf("two"), '"2"', { "preference-applied": "wait" })(request, response);
    };
    const before = origin.requests.length;
    await until(() => origin.requests.length > before, story);
    expect(origin.requests.at(-1)?.headers).toMatchObject({ prefer: "wait=30", "if-none-match": '"1"' });
    release();
    await until(() => buckets()?.includes("two") === true, story);
  });

  it("is asked for at once on demand, even while a request is held", async () => {
    origin.answer = holding(setOf("one"), '"1"', { "preference-applied": "wait" });
    const { supply, buckets, story } = await following({ intervalMs: 60_000, waitSeconds: 30, leastMs: 1 });
    origin.answer = () => {};
    const before = origin.requests.length;
    await until(() => origin.requests.length > before, story);
    origin.answer = holding(setOf("two"), '"2"');
    await supply.reload();
    expect(buckets()).toEqual(["two"]);
    expect(origin.requests.at(-1)?.headers.prefer).toBeUndefined();
  });

  it("is asked for with the token of the file, renewed or not", async () => {
    const tokenFile = put("token", "first\n");
    const { story } = await following({ tokenFile });
    expect(origin.requests[0]?.headers.authorization).toBe("Bearer first");
    writeFileSync(tokenFile, "second");
    await until(() => origin.requests.at(-1)?.headers.authorization === "Bearer second", story);
  });

  it("keeps what was in force when documents are refused, and does not fetch them again", async () => {
    const { buckets, story, supply } = await following();
    origin.answer = holding(bundleOf({ "set.json": broken }), '"2"');
    await until(() => origin.requests.filter(({ headers }) => headers["if-none-match"] === '"2"').length > 2, story);
    expect(buckets()).toEqual(["one"]);
    expect(story()).toEqual(["activated", "failed invalid"]);
    expect(supply.statuses[0]?.failure?.findings).toMatchObject([{ file: "set.json", line: 1 }]);
    origin.answer = holding(setOf("one"), '"3"');
    await until(() => story().length === 3, story);
    expect(story()[2]).toBe("unchanged");
  });

  it("serves nothing until the origin has a set, and then it does", async () => {
    origin.answer = (_, response) => response.writeHead(503).end();
    const { buckets, story } = await following();
    expect(buckets()).toBeUndefined();
    origin.answer = holding(setOf("one"), '"1"');
    await until(() => buckets()?.includes("one") === true, story);
  });
});

describe("a bundle that is not taken over", () => {
  it.each<[string, string, Answer, string]>([
    ["an error", "status", (_, response) => response.writeHead(500).end(), "the origin answers 500"],
    [
      "a redirect",
      "status",
      (_, response) => response.writeHead(302, { location: "http://127.0.0.1:1/" }).end(),
      "the origin answers 302: redirects are not followed",
    ],
    ["an empty body", "truncated", sending(Buffer.alloc(0)), "the bundle is empty"],
    ["a page of HTML", "invalid", sending(Buffer.from("<html>")), "1 error: the policy set in force stays"],
    [
      "a body that ends early",
      "truncated",
      (_, response) => {
        response.writeHead(200, { "content-length": "1000" });
        response.write("x", () => response.destroy());
      },
      "the body ended early: aborted",
    ],
    [
      "a gzip stream that ends early",
      "truncated",
      sending(setOf("two").subarray(0, -30)),
      "the gzip stream ends early",
    ],
    ["a damaged gzip stream", "format", sending(damaged()), "the gzip stream is damaged: unknown compression method"],
    [
      "an archive that ends early",
      "truncated",
      sending(gzipSync(tarOf([{ name: "set.json", content: allowing("two"), size: 5000 }]))),
      "the archive is damaged: Truncated input (needed 3584 more bytes, only 0 available)",
    ],
    [
      "an archive that ends between two files",
      "truncated",
      sending(gzipSync(tarOf([{ name: "set.json", content: allowing("two") }]).subarray(0, -1024))),
      "the archive ends without its end mark",
    ],
    [
      "an archive without policies",
      "format",
      entries({ name: "README.md" }),
      "the bundle holds no .json, .yaml or .yml file",
    ],
    ["a body that is too large", "too_large", sending(Buffer.alloc(2 << 20)), "the body has more than 1048576 bytes"],
    [
      "a body that is too large and does not say so",
      "too_large",
      (_, response) => {
        response.writeHead(200);
        for (let i = 0; i < 40; i++) response.write(Buffer.alloc(65_536));
        response.end();
      },
      "the body has more than 1048576 bytes",
    ],
    [
      "a bomb",
      "ratio",
      sending(gzipSync(Buffer.alloc(30 << 20))),
      "the bundle unpacks to more than 200 times its size",
    ],
    [
      "too much in it",
      "too_large",
      sending(Buffer.concat([gzipSync(noise()), gzipSync(Buffer.alloc(40 << 20, "a"))])),
      "the bundle unpacks to more than 33554432 bytes",
    ],
    ["a way up", "path", entries({ name: "../set.json" }), "`../set.json` is no relative path inside of the bundle"],
    [
      "a way up in the middle",
      "path",
      entries({ name: "a/../../b" }),
      "`a/../../b` is no relative path inside of the bundle",
    ],
    [
      "an absolute path",
      "path",
      entries({ name: "/etc/set.json" }),
      "`/etc/set.json` is no relative path inside of the bundle",
    ],
    [
      "a path of Windows",
      "path",
      entries({ name: "C:\\set.json" }),
      "`C:\\\\set.json` is no relative path inside of the bundle",
    ],
    [
      "a symbolic link",
      "entry",
      entries({ name: "set.json", type: "2", link: "/etc/passwd" }),
      "`set.json` is a SymbolicLink: only files and directories may be in a bundle",
    ],
    [
      "a hard link",
      "entry",
      entries({ name: "set.json", type: "1", link: "other.json" }),
      "`set.json` is a Link: only files and directories may be in a bundle",
    ],
    [
      "a device",
      "entry",
      entries({ name: "set.json", type: "3" }),
      "`set.json` is a CharacterDevice: only files and directories may be in a bundle",
    ],
    [
      "a pipe",
      "entry",
      entries({ name: "set.json", type: "6" }),
      "`set.json` is a FIFO: only files and directories may be in a bundle",
    ],
    [
      "a file twice",
      "duplicate",
      entries({ name: "set.json", content: allowing("two") }, { name: "./set.json", content: allowing("three") }),
      "`./set.json` is in the bundle twice",
    ],
    [
      "zeros without end behind the end mark",
      "too_large",
      sending(Buffer.concat([whole(), gzipSync(Buffer.alloc(5 << 20))])),
      "more than 1048576 bytes of zeros after the end mark",
    ],
    [
      "a second archive behind the end mark",
      "format",
      sending(Buffer.concat([whole(), whole()])),
      "there is more after the end mark",
    ],
    ["a manifest that is no JSON", "manifest", entries({ name: ".manifest", content: "{" }), ".manifest: is no JSON"],
    [
      "a manifest with two revisions",
      "manifest",
      entries({ name: ".manifest", content: '{"revision":6,"revision":4}' }),
      ".manifest: duplicate member `revision`, first at line 1, column 2",
    ],
    [
      "a revision that has no order",
      "manifest",
      entries({ name: ".manifest", content: '{"revision":"4f5e"}' }),
      ".manifest: revision: must be a whole number, so that it is known which of two is older",
    ],
    [
      "a bundle of another set",
      "manifest",
      entries({ name: ".manifest", content: '{"policySet":"blue"}' }, { name: "set.json", content: allowing("two") }),
      "the bundle is for policy set `blue`",
    ],
  ])("because of %s", async (_, reason, answer, message) => {
    const { buckets, story, supply } = await following();
    origin.answer = answer;
    await until(() => story().length > 1, story);
    expect(story()[1]).toBe(`failed ${reason}`);
    expect(supply.statuses[0]?.failure?.message).toBe(`${origin.url}: ${message}`);
    expect(buckets()).toEqual(["one"]);
    origin.answer = holding(setOf("three"), '"3"');
    await until(() => buckets()?.includes("three") === true, story);
    expect(supply.statuses[0]?.failure).toBeUndefined();
  });

  it.each<[string, Answer, string]>([
    ["answers nothing", () => {}, "no answer within 1000 ms"],
    [
      "stands still in the middle",
      (_, response) => {
        response.writeHead(200);
        response.write("x");
      },
      "the body stood still for 1000 ms",
    ],
  ])("because the origin %s", async (_, answer, message) => {
    const { story, supply } = await following({ timeoutMs: 1000 });
    origin.answer = answer;
    await until(() => story().length > 1, story);
    expect(story()[1]).toBe("failed timeout");
    expect(supply.statuses[0]?.failure?.message).toBe(`${origin.url}: ${message}`);
  });

  it("because nobody listens, and the pauses grow up to the interval", async () => {
    const gone = await startOrigin(() => {});
    await gone.close();
    const { events, story } = await following({ firstBackOffMs: 4, intervalMs: 64 }, gone.url);
    const startedAt = performance.now();
    await until(() => story().length > 7, story);
    expect(new Set(story())).toEqual(new Set(["failed network"]));
    // Half of 4, 8, 16, 32, 64, 64 milliseconds, as the random part is left out.
    expect(performance.now() - startedAt).toBeGreaterThan(80);
    expect(events[0]?.status.active).toBeUndefined();
  });
});

type Answer = Origin["answer"];

function archiveWithLitter(): Buffer {
  return gzipSync(
    tarOf([
      { name: "./", type: "5" },
      { name: "./policies/", type: "5" },
      { name: "./policies/._set.json", content: "\0\0" },
      { name: "./policies/README.md", content: "# read me" },
      { name: "./policies/set.json", content: allowing("one") },
    ]),
  );
}

function sending(body: Buffer): Answer {
  return (_, response) => response.writeHead(200).end(body);
}

function entries(...all: readonly TarEntry[]): Answer {
  return sending(gzipSync(tarOf(all)));
}

function damaged(): Buffer {
  return Buffer.concat([Buffer.from([0x1f, 0x8b, 0xff, 0xff]), Buffer.alloc(100, 7)]);
}

/** Bytes that do not shrink, from a generator with a fixed seed. */
function noise(): Buffer {
  const bytes = Buffer.alloc(400_000);
  for (let at = 0, state = 1; at < bytes.length; at++) {
    state = (state * 48_271) % 2_147_483_647;
    bytes[at] = state & 255;
  }
  return bytes;
}

function put(name: string, text: string): string {
  const file = path(name);
  writeFileSync(file, text);
  return file;
}

function whole(): Buffer {
  return gzipSync(tarOf([{ name: "set.json", content: allowing("two") }]));
}
