// Files are looked at in a process that can be ended: what does not answer holds up nobody else, and is looked at again.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { TokenFile } from "../../src/access/token-file.js";
import { fileFailure } from "../../src/files/file-failure.js";
import { RegularFileError, readRegularFile } from "../../src/files/regular-file.js";
import { BundleCache } from "../../src/supply/bundle/bundle-cache.js";
import { readBundleKey } from "../../src/supply/bundle/bundle-signature.js";
import { LookAside } from "../../src/supply/path/look-aside.js";
import { PathLook } from "../../src/supply/path/path-look.js";
import { until } from "../kit/serving.js";
import { allowing, scratchFolder, world } from "../kit/supply-fixture.js";

const folder = scratchFolder();
const { execPath } = process;
const open: LookAside[] = [];

afterEach(() => {
  process.execPath = execPath;
  for (const looks of open.splice(0)) looks.close();
});

function aside(processPath?: string): LookAside {
  const looks = new LookAside(processPath);
  open.push(looks);
  looks.moveAside();
  return looks;
}

/** A process that never answers for paths that hold `hung`, and else with its number. */
function hanging(): string {
  const path = join(folder, "hanging.mjs");
  writeFileSync(
    path,
    `process.on("message", ({ id, path, maxBytes }) => {
       const text = String(process.pid);
       const answer = maxBytes === undefined ? { text } : { bytes: Buffer.from(text) };
       if (id !== undefined && !path.includes("hung")) process.send({ id, path, ...answer });
     });`,
  );
  return path;
}

describe("LookAside", () => {
  it("sees what is seen here, and tells of changes", async () => {
    const file = join(folder, "set.json");
    writeFileSync(file, "{}");
    let stirs = 0;
    const looker = aside().at(file, () => stirs++);
    const state = await looker.look(true);
    expect(state).toBe(await new PathLook(file, () => {}).look(false));
    writeFileSync(file, "{ }");
    await until(() => stirs > 0, "a change");
    expect(await looker.look(true)).not.toBe(state);
  });

  it("ends the process at a look that is given up, and begins the others again in another one", async () => {
    const looks = aside(hanging());
    let stirs = 0;
    const [hung, other] = [looks.at("/hung", () => {}), looks.at("/other", () => stirs++)];
    const first = await other.look(true);
    const failing = expect(hung.look(true)).rejects.toThrow("/hung: given up");
    hung.giveUp();
    await failing;
    expect(stirs).toBe(1);
    const second = await other.look(true);
    expect(second).not.toBe(first);
    await until(() => !isAlive(Number(first)), "the end of the first process");
  });

  it("answers looks that were under way when another one was given up", async () => {
    const looks = aside(hanging());
    const [hung, other] = [looks.at("/hung", () => {}), looks.at("/other", () => {})];
    const [never, soon] = [hung.look(true), other.look(true)];
    const failing = expect(never).rejects.toThrow("given up");
    hung.giveUp();
    await failing;
    expect(await soon).toMatch(/^\d+$/);
  });

  it("rejects where the process cannot live, and looks here where none can be started", async () => {
    const dying = aside(put("dying.mjs", "process.exit(1)")).at(folder, () => {});
    await expect(dying.look(true)).rejects.toThrow("looking process: ended");
    process.execPath = "/no/such/node";
    const here = aside().at(folder, () => {});
    expect(await here.look(false)).toBe(await new PathLook(folder, () => {}).look(false));
  });
});

describe("LookAside as a reader of small files", () => {
  it("reads and refuses them as they are read and refused here", async () => {
    const looks = aside();
    const bytes = Buffer.from(Array.from({ length: 1000 }, (_, index) => index));
    const path = join(folder, "bytes");
    writeFileSync(path, bytes);
    expect(bytes.equals(await looks.read(path, 1000))).toBe(true);
    for (const [place, most] of [
      [path, 999],
      [folder, 1000],
      [join(folder, "none"), 1000],
      ["/dev/null", 1000],
    ] as const) {
      const [there, here] = await Promise.allSettled([looks.read(place, most), readRegularFile(place, most)]);
      expect(reasonOf(there), place).toEqual(reasonOf(here));
    }
  });

  it("gives up files that do not answer, and takes no thread of this process for them", async () => {
    const looks = new LookAside(hanging());
    open.push(looks);
    const problems: string[] = [];
    const hung = Array.from({ length: 8 }, (_, index) => put(`${index}-hung`, "ci: a-very-good-secret\n"));
    const files = await Promise.all(
      hung.map((path) =>
        TokenFile.open(path, {
          everyMs: 10,
          deadlineMs: 2000,
          reader: looks,
          onProblem: (problem) => problems.push(problem),
        }),
      ),
    );
    looks.moveAside();
    const said = hung.map((path) => `${path}: not read within 2000 ms`);
    await until(() => said.every((line) => problems.includes(line)), "a line for each");
    // More than this process has threads hang, and it still reads.
    expect((await readFile(hung[0] ?? "", "utf8")).length).toBeGreaterThan(0);
    expect(files.map((file) => file.verify("a-very-good-secret"))).toEqual(hung.map(() => "token:ci"));
    for (const file of files) file.close();
  });
});

describe("bundles on disk and the keys of bundles", () => {
  it("are read in that process from the beginning on, as they are read here", async () => {
    const looks = new LookAside();
    open.push(looks);
    const cache = new BundleCache(folder, 1 << 20, looks.aside);
    const bundle = { url: "https://a/b", bytes: Buffer.from("bytes"), etag: '"1"', signature: undefined, revision: 3 };
    await cache.write("kept", bundle);
    expect(await cache.read("kept", bundle.url)).toMatchObject(bundle);
    expect(await cache.read("none", bundle.url)).toBeUndefined();
    mkdirSync(join(folder, "folder.bundle"));
    await expect(cache.read("folder", bundle.url)).rejects.toThrow(
      `${join(folder, "folder.bundle")}: cannot be read: is a directory`,
    );
    await expect(cache.write("folder", bundle)).rejects.toThrow(
      `${join(folder, "folder.bundle")}: cannot be written: is a directory`,
    );
    expect(readdirSync(folder).filter((name) => name.endsWith(".new"))).toEqual([]);
    const large = { ...bundle, bytes: Buffer.alloc((1 << 20) - 1000, "large") };
    await cache.write("kept", { ...bundle, bytes: Buffer.alloc(2 << 20) });
    await cache.write("kept", large);
    expect(await cache.read("kept", bundle.url)).toMatchObject(large);
    await expect(readBundleKey("/none", looks.aside)).rejects.toThrow(
      "/none: cannot be used as a key: no such file or directory",
    );
  });

  it("are given up where they do not answer, and take no thread of this process", async () => {
    const looks = new LookAside(hanging());
    open.push(looks);
    const cache = new BundleCache(folder, 1 << 20, looks.aside, 50);
    const names = Array.from({ length: 8 }, (_, index) => `hung-${index}`);
    await Promise.all(
      names.map((name) =>
        expect(cache.read(name, "https://a/b")).rejects.toThrow(
          `${join(folder, `${name}.bundle`)}: not read within 50 ms`,
        ),
      ),
    );
    await expect(readBundleKey("/hung.pem", looks.aside, 50)).rejects.toThrow(
      "/hung.pem: cannot be used as a key: not read within 50 ms",
    );
    const bundle = { url: "https://a/b", bytes: Buffer.alloc(3), etag: undefined, signature: undefined, revision: 1 };
    await Promise.all(
      names.map((name) =>
        expect(cache.write(name, bundle)).rejects.toThrow(
          `${join(folder, `${name}.bundle`)}: not written within 50 ms`,
        ),
      ),
    );
    // More than this process has threads hang, and it still reads.
    expect((await readFile(put("read.txt", "here"), "utf8")).length).toBe(4);
  });
});

describe.runIf(process.platform === "linux")("a policy set whose files do not answer", () => {
  it("is told as `timeout`, and comes into force when they do", async () => {
    const [one, two] = [put("one.json", allowing("one")), put("two.json", allowing("one"))];
    const places = [
      { name: "default", place: one },
      { name: "other", place: two },
    ];
    const times = { quietMs: 20, lookMs: 40, unrestMs: 60_000, deadlineMs: 2000 };
    const { supply, buckets, story, close } = await world({ places, times });
    await supply.start();
    supply.moveAside();
    supply.watch();
    await supply.reload();
    const [looking = 0] = lookingProcesses();
    process.kill(looking, "SIGSTOP");
    writeFileSync(one, allowing("two"));
    writeFileSync(two, allowing("three"));
    void supply.reload();
    await until(() => story().includes("failed timeout"), "the failure");
    await until(() => buckets()?.includes("two") === true, "the change");
    await until(() => buckets(undefined, "other")?.includes("three") === true, "the change of the other set");
    expect(supply.statuses.map(({ failure }) => failure)).toEqual([undefined, undefined]);
    expect(lookingProcesses()).not.toContain(looking);
    await close();
    await until(() => lookingProcesses().length === 0, "the end of the process");
  });
});

function put(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** Those that this process has started. */
function lookingProcesses(): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => {
      const parent = textOf(`/proc/${name}/stat`).split(") ").at(-1)?.split(" ")[1];
      return parent === String(process.pid) && textOf(`/proc/${name}/cmdline`).includes("looking-process");
    })
    .map(Number);
}

/** Why something was rejected: the reason, and whether it is one of ours. */
function reasonOf(outcome: PromiseSettledResult<unknown>): readonly unknown[] {
  const error: unknown = outcome.status === "rejected" ? outcome.reason : undefined;
  return [fileFailure(error), error instanceof RegularFileError && error.code];
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
