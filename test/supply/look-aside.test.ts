// Files are looked at in a process that can be ended: what does not answer holds up nobody else, and is looked at again.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
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

/** A process that never answers for paths that end in `hung`, and else with its number. */
function hanging(): string {
  const path = join(folder, "hanging.mjs");
  writeFileSync(
    path,
    `process.on("message", ({ id, path }) => {
       if (id !== undefined && !path.endsWith("hung")) process.send({ id, path, text: String(process.pid) });
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
