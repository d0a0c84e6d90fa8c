// What never ends is given up: files, threads and bundles that do not answer hold up nobody else.
import { execFileSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { TokenFile } from "../../src/access/token-file.js";
import { DeadlineError } from "../../src/engine/deadline.js";
import { Engine } from "../../src/engine/engine.js";
import { readRegularFile } from "../../src/files/regular-file.js";
import { loadPolicySet } from "../../src/policy/formats/load-policy-set.js";
import { Preparer } from "../../src/prepare/preparer.js";
import { Activation } from "../../src/supply/activation.js";
import { unpackAside } from "../../src/supply/bundle/unpack-aside.js";
import { FollowedFiles } from "../../src/supply/followed-files.js";
import { PathSupply } from "../../src/supply/path/path-supply.js";
import type { SupplyEvent } from "../../src/supply/supply-event.js";
import { until } from "../kit/serving.js";
import { scratchFolder } from "../kit/supply-fixture.js";

const folder = scratchFolder();
const readOnce = "not a regular file: it can be read only once, but is read again: save it as a file";
const never = new Promise<never>(() => {});

function pipe(name: string): string {
  const path = join(folder, name);
  execFileSync("mkfifo", [path]);
  return path;
}

/** A thread that does as it is told and never answers. */
function silentThread(name: string): string {
  const path = join(folder, name);
  writeFileSync(path, "export default () => new Promise(() => {}); setInterval(() => {}, 1000);");
  return path;
}

describe("a pipe that nobody writes to", () => {
  it("is no regular file, and is not waited for", async () => {
    const path = pipe("one.json");
    await expect(readRegularFile(path, 100)).rejects.toThrow(readOnce);
    const loaded = await loadPolicySet(path);
    expect(loaded.findings.map(({ rule, message }) => `${rule} ${message}`)).toEqual([`SET-FILE ${readOnce}`]);
  });

  it("in place of a file of tokens is reported, and the tokens stay", async () => {
    const path = join(folder, "tokens");
    writeFileSync(path, "ci: a-very-good-secret\n");
    const problems: string[] = [];
    const file = await TokenFile.open(path, { everyMs: 5, onProblem: (problem) => problems.push(problem) });
    rmSync(path);
    pipe("tokens");
    await until(() => problems.some((problem) => problem.endsWith(readOnce)), "the problem");
    expect(file.verify("a-very-good-secret")).toBe("token:ci");
    file.close();
  });
});

describe("FollowedFiles", () => {
  it("reports a file that does not answer once, and reads it once", async () => {
    const problems: string[] = [];
    const givenUp = new Set<string>();
    let readings = 0;
    const followed = await FollowedFiles.follow(["a"], () => {}, {
      everyMs: 0,
      deadlineMs: 5,
      reader: {
        read: () => (readings++ === 0 ? Promise.resolve(Buffer.from("x")) : never),
        giveUp: (path) => void givenUp.add(path),
      },
      onProblem: (problem) => problems.push(problem),
    });
    for (let look = 0; look < 3; look++) await followed.lookNow();
    expect([readings, problems]).toEqual([2, ["a: not read within 5 ms"]]);
    expect([...givenUp]).toEqual(["a"]);
  });
});

describe("PathSupply", () => {
  it.each(["look", "preparation"])("tells a %s that does not end as `timeout`", async (what) => {
    const events: SupplyEvent[] = [];
    const context = {
      preparer: { prepare: () => Promise.reject(new DeadlineError("not read and compiled", 5)) },
      engine: { adopt: refuse, evict: () => false, lastUsedMs: () => undefined },
      onEvent: (event: SupplyEvent) => void events.push(event),
      nowMs: () => 0,
    };
    let givenUp = 0;
    const supply = new PathSupply(
      new Activation("default", "path", "/sets", context),
      { quietMs: 1, lookMs: 1, unrestMs: 1000, deadlineMs: 5 },
      () => ({
        look: () => (what === "look" ? never : Promise.resolve("")),
        giveUp: () => void givenUp++,
        close: () => {},
      }),
    );
    await supply.start();
    expect(supply.status.failure).toMatchObject({
      reason: "timeout",
      message:
        what === "look"
          ? "/sets: the files cannot be looked at within 5 ms"
          : "/sets: not read and compiled within 5 ms",
    });
    expect(events.map(({ kind }) => kind)).toEqual(["failed"]);
    expect(givenUp).toBe(what === "look" ? 1 : 0);
    supply.close();
  });
});

describe("Preparer.prepare()", () => {
  const ended: (() => Promise<void>)[] = [];
  afterAll(async () => {
    for (const end of ended) await end();
  });

  it("ends a thread that does not answer, and those that wait come next", async () => {
    const engine = await Engine.start({ workers: 0 });
    const preparer = new Preparer(engine.preparationTerms, 200, silentThread("silent.mjs"));
    ended.push(
      () => preparer.close(),
      () => engine.close(),
    );
    const have = await Promise.allSettled(Array.from({ length: 5 }, () => preparer.prepare({ path: "/none" })));
    expect(have.map((one) => one.status === "rejected" && String(one.reason))).toEqual(
      Array.from({ length: 5 }, () => "DeadlineError: not read and compiled within 200 ms"),
    );
  });
});

describe("unpackAside()", () => {
  it("ends a thread that does not answer", async () => {
    const unpacking = unpackAside(Buffer.from("x"), { maxUnpackedBytes: 100 }, 5, silentThread("unpack.mjs"));
    await expect(unpacking).rejects.toMatchObject({ code: "timeout", message: "not unpacked within 5 ms" });
  });
});

function refuse(): never {
  throw new Error("nothing was prepared");
}
