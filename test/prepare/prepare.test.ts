// Large policy sets are compiled in a process of their own; what comes of them is the same.

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { Engine } from "../../src/engine/engine.js";
import { EngineError } from "../../src/engine/engine-error.js";
import { nodePlatform } from "../../src/files/node-platform.js";
import { PolicySetArchive } from "../../src/image/policy-set-archive.js";
import { plainQuestion } from "../../src/policy/sample-questions.js";
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
    await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow("ESRCH"), { timeout: 300_000 });
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

describe("prepare() of a path", () => {
  const folder = mkdtempSync(join(tmpdir(), "verdict prepare "));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const document = { Version: "2012-10-17", Statement: { Effect: "Allow", Action: "s3:GetObject", Resource: "*" } };
  const file = (name: string, content: object): string => {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, JSON.stringify(content));
    return path;
  };
  const user = (policies: readonly string[]) => ({ users: [{ arn: ALICE, managedPolicies: policies }] });

  /** The files of the statements that alice's question meets. */
  const filesOf = async (path: string): Promise<readonly string[]> => {
    const engine = await Engine.start({ workers: 0 });
    try {
      const result = await prepare({ source: { path }, terms: engine.preparationTerms });
      if (result.outcome !== "prepared") throw new Error(JSON.stringify(result));
      engine.adopt(result.prepared);
      const question = plainQuestion({ principal: ALICE, action: "s3:GetObject", resource: "arn:aws:s3:::reports/a" });
      const answer = engine.decide(question);
      return "error" in answer ? [answer.error] : answer.matchedStatements.map(({ file }) => file);
    } finally {
      await engine.close();
    }
  };

  it("names files as the set sees them, whatever folder of the machine it lies in", async () => {
    const arn = "arn:aws:iam::111111111111:policy/Named";
    file("acme/policies/Read.json", document);
    file("acme/documents/named.json", document);
    file("acme/policies/deep/more.json", { policies: [{ arn, documentFile: "../../../acme/documents/named.json" }] });
    file("acme/set.json", user(["Read", arn]));
    for (const path of [join(folder, "acme"), `${folder}/acme/`, `${folder}/acme/policies/..`]) {
      expect(await filesOf(path)).toEqual(["policies/Read.json", "documents/named.json"]);
    }
    expect(await filesOf(relative(process.cwd(), join(folder, "acme")))).toEqual([
      "policies/Read.json",
      "documents/named.json",
    ]);
  });

  it("names the files of a single one, and takes bare documents of a folder that is called policies", async () => {
    file("one/documents/own.json", document);
    const inline = { name: "own", documentFile: "documents/own.json" };
    const single = file("one/set.json", { users: [{ arn: ALICE, inlinePolicies: [inline] }] });
    expect(await filesOf(single)).toEqual(["documents/own.json"]);
    file("policies/Read.json", document);
    file("policies/set.json", user(["Read"]));
    expect(await filesOf(join(folder, "policies"))).toEqual(["Read.json"]);
  });

  it("names the files of findings, and the set itself as a dot", async () => {
    const refused = async (path: string) => {
      const result = await prepare({ source: { path }, terms });
      return result.outcome === "refused" ? result.findings.map(({ file }) => file) : [result.outcome];
    };
    file("broken/policies/Read.json", { ...document, Version: "2012" });
    expect(await refused(join(folder, "broken"))).toEqual(["policies/Read.json"]);
    mkdirSync(join(folder, "empty"));
    expect(await refused(join(folder, "empty"))).toEqual(["."]);
    expect(await refused(join(folder, "none"))).toEqual(["none"]);
    expect(await refused("/none")).toEqual(["none"]);
    const outside = file("outside/set.json", { policies: [{ arn: `${ALICE}`, documentFile: "../acme/set.json" }] });
    expect(await refused(outside)).toEqual(expect.arrayContaining(["set.json"]));
  });
});

describe("Preparer.close()", () => {
  it.runIf(process.platform === "linux")("ends the process that compiles", async () => {
    const preparer = new Preparer(terms, 600_000);
    const preparing = preparer.prepare(setOf("s3:GetObject", 48 << 20));
    const failing = expect(preparing).rejects.toThrow(EngineError);
    await expect.poll(() => compilationProcesses().length, { timeout: 300_000, interval: 5 }).toBeGreaterThan(0);
    await preparer.close();
    await failing;
    await expect.poll(() => compilationProcesses(), { timeout: 300_000 }).toEqual([]);
  });
});
