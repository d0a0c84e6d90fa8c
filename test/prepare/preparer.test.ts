// Policy sets that are prepared on another thread decide like those that were published here.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { getPriority, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Engine } from "../../src/engine/engine.js";
import type { PreparedPolicySet } from "../../src/engine/preparation.js";
import { decodeListing } from "../../src/image/policy-set-listing.js";
import { plainQuestion } from "../../src/policy/sample-questions.js";
import type { PreparationResult } from "../../src/prepare/preparation-task.js";
import { Preparer } from "../../src/prepare/preparer.js";
import { authorizationMethod } from "../kit/proto-file.js";

const ALICE = "arn:aws:iam::111111111111:user/alice";
const folder = mkdtempSync(join(tmpdir(), "verdict preparer "));
let engine: Engine;
let preparer: Preparer;

beforeAll(async () => {
  engine = await Engine.start({ workers: 1 });
  preparer = new Preparer(engine.preparationTerms, 600_000);
});

afterAll(async () => {
  await preparer.close();
  await engine.close();
  rmSync(folder, { recursive: true, force: true });
});

function policySet(action: string): string {
  return `
users:
  - arn: ${ALICE}
    inlinePolicies:
      - { name: own, document: { Version: "2012-10-17", Statement: [{ Effect: Allow, Action: "${action}", Resource: "arn:aws:s3:::*" }] } }
`;
}

function directory(name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, "set.yaml"), text);
  return path;
}

/** Those whose command line is the one of compilation: vitest has others. */
function childrenOf(pid: number): readonly number[] {
  const tasks = folderOf(`/proc/${pid}/task`);
  const children = tasks.flatMap((task) =>
    readText(`/proc/${pid}/task/${task}/children`).split(" ").filter(Boolean).map(Number),
  );
  return children.filter((child) => readText(`/proc/${child}/cmdline`).includes("compilation-process"));
}

/** As `nice` counts, above that of this process. */
function nicenessesOf(pid: number): readonly number[] {
  const tasks = folderOf(`/proc/${pid}/task`);
  return tasks.flatMap((task) => {
    const fields = readText(`/proc/${pid}/task/${task}/stat`).split(") ").at(-1)?.split(" ") ?? [];
    return fields.length > 16 ? [Number(fields[16]) - getPriority()] : [];
  });
}

function folderOf(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

/** Empty once the process has ended. */
function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function preparedOf(result: PreparationResult): PreparedPolicySet {
  if (result.outcome !== "prepared") throw new Error(`have ${result.outcome}`);
  return result.prepared;
}

function ask(action: string, name?: string): string {
  const question = plainQuestion({ principal: ALICE, action, resource: "arn:aws:s3:::reports/a" });
  const answer = engine.decide(question, name === undefined ? {} : { policySet: name });
  return "error" in answer ? answer.error : `${answer.decision} ${answer.policySet.generation}`;
}

describe("Preparer.prepare()", () => {
  it("gives a policy set that an engine puts in force", async () => {
    const path = directory("first", policySet("s3:GetObject"));
    const published = engine.adopt(preparedOf(await preparer.prepare({ path })));
    expect(published).toMatchObject({ name: "default", generation: 1, principalCount: 1 });
    expect(ask("s3:GetObject")).toBe("allowed 1");
    expect(ask("s3:PutObject")).toBe("implicitDeny 1");
    expect(published.samples).toEqual([{ principal: ALICE, action: "s3:GetObject", resource: "arn:aws:s3:::example" }]);
    expect(decodeListing(published.listing)).toEqual({
      principals: [{ kind: "user", arn: ALICE }],
      resources: [],
      actions: ["s3:GetObject"],
      readKeys: [],
    });
  });

  it("replaces a set, and calls that began before end with the old one", async () => {
    const files = [{ name: "set.yaml", text: policySet("s3:PutObject") }];
    const prepared = preparedOf(await preparer.prepare({ files }));
    const requests = Array.from({ length: 3000 }, () => ({
      principal: ALICE,
      action: "s3:GetObject",
      resource: "arn:aws:s3:::reports/a",
    }));
    const { requestSerialize, responseDeserialize } = authorizationMethod("BatchAuthorize");
    const underWay = engine.batchAuthorize(requestSerialize({ requests, detail: "OUTCOME" }));
    expect(engine.adopt(prepared).generation).toBe(2);
    expect(ask("s3:GetObject")).toBe("implicitDeny 2");
    expect(responseDeserialize(Buffer.from(await underWay))).toMatchObject({
      policySet: { generation: 1 },
      outcomes: requests.map(() => "ALLOWED"),
    });
  });

  it("says that nothing changed where the files are those that are known", async () => {
    const path = directory("same", policySet("s3:GetObject"));
    const first = await preparer.prepare({ path });
    expect(await preparer.prepare({ path }, first.contentDigest)).toEqual({
      outcome: "unchanged",
      contentDigest: first.contentDigest,
    });
    writeFileSync(join(path, "set.yaml"), policySet("s3:ListBucket"));
    expect((await preparer.prepare({ path }, first.contentDigest)).outcome).toBe("prepared");
  });

  it("refuses with every finding", async () => {
    const path = directory("broken", policySet("s3 GetObject"));
    const result = await preparer.prepare({ path });
    expect(result.outcome).toBe("refused");
    expect("findings" in result && result.findings.map(({ rule }) => rule)).toContain("ACT-5");
  });
});

describe.runIf(process.platform === "linux")("the process that reads and compiles a set", () => {
  it.each([
    ["has the priority of callers for a small set", 0, 0],
    ["gives way with all of its threads once it has read a large set", 1 << 20, Math.max(0, 15 - getPriority())],
  ])("%s", async (_, padding, want) => {
    const path = directory(`priority ${padding}`, policySet("s3:GetObject") + " ".repeat(padding));
    let isDone = false;
    const preparing = preparer.prepare({ path }).finally(() => {
      isDone = true;
    });
    const seen = new Set<string>();
    while (!isDone) {
      for (const pid of childrenOf(process.pid)) seen.add([...new Set(nicenessesOf(pid))].join());
      await sleep(1);
    }
    await preparing;
    // Between two threads of the process both are seen.
    const whole = [...seen].filter((text) => /^\d+$/.test(text)).map(Number);
    expect(whole.sort((a, b) => a - b)).toEqual([...new Set([0, want])]);
  });
});

describe("Engine.evict()", () => {
  it("takes one set out of force and leaves the others", async () => {
    const files = [{ name: "set.yaml", text: policySet("s3:GetObject") }];
    engine.adopt(preparedOf(await preparer.prepare({ files })), "blue");
    expect(engine.names()).toContain("blue");
    expect(ask("s3:GetObject", "blue")).toMatch(/^allowed/);
    expect(engine.evict("blue")).toBe(true);
    expect(engine.evict("blue")).toBe(false);
    expect(() => ask("s3:GetObject", "blue")).toThrow('policy_set: no policy set "blue" is published');
  });
});
