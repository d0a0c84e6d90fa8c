// Large policy sets are compiled in a process of their own; what comes of them is the same.

import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it, vi } from "vitest";
import { EngineError } from "../../src/engine/engine-error.js";
import { nodePlatform } from "../../src/files/node-platform.js";
import { PolicySetArchive } from "../../src/image/policy-set-archive.js";
import type { PreparationSource, PreparationTask } from "../../src/prepare/preparation-task.js";
import { prepare } from "../../src/prepare/prepare.js";
import { Preparer } from "../../src/prepare/preparer.js";

const ALICE = "arn:aws:iam::111111111111:user/alice";
const terms: PreparationTask["terms"] = {
  flavour: "release",
  taskRegions: 1,
  callAreas: 1,
  maxMessageBytes: 1 << 20,
  maxBatchRequests: 1000,
  keepsArchive: true,
};
const { execPath } = process;

afterEach(() => {
  process.execPath = execPath;
});

/** A set for `action`, as large as is asked. */
function setOf(action: string, length: number): PreparationSource {
  const text = JSON.stringify({
    users: [
      {
        arn: ALICE,
        inlinePolicies: [
          {
            name: "own",
            document: { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: action, Resource: "*" }] },
          },
        ],
      },
    ],
  });
  return { files: [{ name: "set.json", text: text.padEnd(length) }] };
}

const small = 1000;
const large = 4 << 20;

function freshWord(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(4));
}

async function processOf(word: Int32Array): Promise<number> {
  for (;;) {
    const pid = Atomics.load(word, 0);
    if (pid !== 0) return pid;
    await sleep(1);
  }
}

/** Those that this process has started: others may run the same tests. */
function compilationProcesses(): readonly string[] {
  return readdirSync("/proc").filter((name) => {
    try {
      const isOurs =
        readFileSync(`/proc/${name}/stat`, "utf8").split(") ").at(-1)?.split(" ")[1] === String(process.pid);
      return isOurs && readFileSync(`/proc/${name}/cmdline`, "utf8").includes("compilation-process");
    } catch {
      return false;
    }
  });
}

describe("prepare()", () => {
  it("gives the same of a large set as of a small one", async () => {
    const [here, aside] = [
      await prepare({ source: setOf("s3:GetObject", small), terms }),
      await prepare({ source: setOf("s3:GetObject", large), terms }),
    ];
    if (here.outcome !== "prepared" || aside.outcome !== "prepared") throw new Error(aside.outcome);
    const { memory: _here, archive: mine, ...want } = here.prepared;
    const { memory, archive, ...have } = aside.prepared;
    expect(have).toEqual(want);
    expect(memory.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(have.listing.buffer).toBeInstanceOf(SharedArrayBuffer);
    for (const bytes of [mine, archive]) {
      expect(bytes && new PolicySetArchive(bytes, nodePlatform.deflate).principal(ALICE)?.arn).toBe(ALICE);
    }
  });

  it("tells which process compiles a large set, and that it has ended", async () => {
    const word = freshWord();
    const preparing = prepare({ source: setOf("s3:GetObject", large), terms, processId: word });
    const pid = await processOf(word);
    expect((await preparing).outcome).toBe("prepared");
    expect(Atomics.load(word, 0)).toBe(0);
    // What has ended and was waited for is nobody any more.
    await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow("ESRCH"));
  });

  it("refuses a large set with the findings of a small one", async () => {
    const [small_, large_] = [
      await prepare({ source: setOf("s3 GetObject", small), terms }),
      await prepare({ source: setOf("s3 GetObject", large), terms }),
    ];
    expect(large_).toEqual(small_);
    expect(large_).toMatchObject({ outcome: "refused", findings: [{ rule: "ACT-5" }] });
  });

  it("rejects if the process is ended", async () => {
    const word = freshWord();
    const preparing = prepare({ source: setOf("s3:GetObject", large), terms, processId: word });
    const failing = expect(preparing).rejects.toThrow("compilation process: ended with SIGKILL");
    process.kill(await processOf(word), "SIGKILL");
    await failing;
    expect(Atomics.load(word, 0)).toBe(0);
  });

  it("compiles a large set itself where no process can be started", async () => {
    process.execPath = "/no/such/node";
    expect((await prepare({ source: setOf("s3:GetObject", large), terms })).outcome).toBe("prepared");
  });
});

describe("Preparer.close()", () => {
  it.runIf(process.platform === "linux")("ends the process that compiles", async () => {
    const preparer = new Preparer(terms);
    const preparing = preparer.prepare(setOf("s3:GetObject", 48 << 20));
    const failing = expect(preparing).rejects.toThrow(EngineError);
    await expect.poll(() => compilationProcesses().length, { timeout: 60_000, interval: 5 }).toBeGreaterThan(0);
    await preparer.close();
    await failing;
    await expect.poll(() => compilationProcesses(), { timeout: 60_000 }).toEqual([]);
  });
});
