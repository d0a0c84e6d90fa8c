// `verdict replay`: what it compares, what it cannot, and its exit codes.
import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "vitest";
import { parseLogMask } from "../../src/observe/decision-log/log-mask.js";
import { ann, asking, contextOf, nowMs, object, recorder, scratch, setText } from "../kit/logged-calls.js";
import { verdict } from "../kit/run-verdict.js";

const folder = scratch();
const set = join(folder, "set.yaml");
const changed = join(folder, "changed.yaml");
const { lines } = await recorder();
const whatIf = await recorder(true);
let usual: readonly string[] = [];

beforeAll(async () => {
  writeFileSync(set, setText);
  writeFileSync(changed, setText.replace("10.0.0.0/8", "10.1.0.0/16").replace("Sid: Write", "Sid: Store"));
  usual = [
    ...(await lines("Authorize", asking("s3:GetObject", { context: contextOf({ "aws:SourceIp": ["10.0.0.7"] }) }))),
    ...(await lines("Authorize", asking("s3:PutObject"))),
    ...(await lines("BatchAuthorize", { requests: [asking("s3:DeleteObject"), asking("bad")], detail: "OUTCOME" })),
  ];
});

let count = 0;
function logOf(...texts: readonly string[]): string {
  const path = join(folder, `${count++}.jsonl`);
  writeFileSync(path, texts.join(""));
  return path;
}

describe("verdict replay", () => {
  it("finds every decision the same with the same set", async () => {
    const have = await verdict(["replay", logOf(...usual), "--policies", set, "--reasons"]);
    expect(have).toEqual({ code: 0, out: "4 the same, 0 would differ\n", err: "" });
  });

  it("prints what another set would decide otherwise", async () => {
    const log = logOf(...usual);
    const have = await verdict(["replay", log, "--policies", changed]);
    const line = `${log}:1: ${ann} s3:GetObject ${object}: was allowed, would be implicitDeny\n`;
    expect(have).toEqual({ code: 1, out: `${line}3 the same, 1 would differ\n`, err: "" });
  });

  it("compares reasons where it is told to", async () => {
    const log = logOf(usual[1] ?? "");
    expect((await verdict(["replay", log, "--policies", changed])).code).toBe(0);
    const have = await verdict(["replay", log, "--policies", changed, "--reasons", "--json"]);
    const [difference, tally] = have.out.split("\n").map((line) => (line === "" ? {} : JSON.parse(line)));
    expect(difference).toMatchObject({
      log,
      line: 1,
      decision_id: "p-z",
      input: { principal: ann, action: "s3:PutObject", resource: object },
      was: { decision: "allowed", matchedStatements: [{ sid: "Write" }] },
      would: { decision: "allowed", matchedStatements: [{ sid: "Store" }] },
    });
    expect(tally).toEqual({
      same: 0,
      different: 1,
      unreplayable: { erased: 0, malformed: 0, internalFailure: 0, policySetNotGiven: 0 },
      torn: 0,
      unreadable: 0,
    });
    expect(have.code).toBe(1);
  });

  it("decides by the clock of the record", async () => {
    const [line = ""] = await lines("Authorize", asking("s3:PutObject"));
    const later = line.replaceAll(new Date(nowMs).toISOString(), "2027-06-01T00:00:00.000Z");
    const have = await verdict(["replay", logOf(line, later), "--policies", set]);
    expect(have.out).toContain(":2: ");
    expect(have.out).toContain("was allowed, would be implicitDeny\n1 the same, 1 would differ\n");
  });

  it("lets derived keys be set where the server let them", async () => {
    const message = asking("s3:PutObject", {
      whatIf: true,
      context: contextOf({ "aws:CurrentTime": ["2030-01-01T00:00:00Z"] }),
    });
    const allowedLine = await whatIf.lines("Authorize", message);
    const refusedLine = await lines("Authorize", message);
    const have = await verdict(["replay", logOf(...allowedLine, ...refusedLine), "--policies", set, "--json"]);
    expect(have.code).toBe(0);
    expect(JSON.parse(have.out)).toMatchObject({ same: 2, different: 0 });
    expect(JSON.parse(allowedLine[0] ?? "")).toMatchObject({ result: { decision: "implicitDeny" } });
    expect(JSON.parse(refusedLine[0] ?? "")).toMatchObject({ result: { error: expect.stringContaining("what_if") } });
  });

  it("says what cannot be replayed", async () => {
    const mask = parseLogMask("input.resource");
    const masked = await lines("Authorize", asking("s3:PutObject"), { masks: mask === undefined ? [] : [mask] });
    const malformed = await lines("BatchAuthorize", { requests: [asking("s3:PutObject", { policySet: "other" })] });
    const named = (usual[1] ?? "").replace('"bundles":{"default"', '"bundles":{"tenant"');
    const sets = ["--policies", `a=${set}`, "--policies", `default=${set}`];
    const have = await verdict(["replay", logOf(...usual, ...masked, ...malformed, named), ...sets]);
    const want =
      "4 the same, 0 would differ; cannot be replayed: 1 with erased inputs, 1 malformed, 1 by a policy set that was not given\n";
    expect(have).toEqual({ code: 0, out: want, err: "" });
    // One set without a name stands for all of them.
    expect((await verdict(["replay", logOf(named), "--policies", set])).out).toBe("1 the same, 0 would differ\n");
  });

  it("fails where nothing could be compared", async () => {
    const have = await verdict(["replay", logOf(), "--policies", set]);
    expect(have).toMatchObject({ code: 2, out: "0 the same, 0 would differ\n" });
    expect(have.err).toContain("no record could be compared");
    const mask = parseLogMask("input.resource");
    const masked = await lines("Authorize", asking("s3:PutObject"), { masks: mask === undefined ? [] : [mask] });
    expect((await verdict(["replay", logOf(...masked), "--policies", set])).code).toBe(2);
  });

  it("tolerates a torn end of a log and nothing else", async () => {
    const torn = logOf(...usual);
    appendFileSync(torn, (usual[0] ?? "").slice(0, 100));
    const good = await verdict(["replay", torn, torn, "--policies", set]);
    expect(good).toEqual({ code: 0, out: "8 the same, 0 would differ; 2 torn at the end of a log\n", err: "" });
    const bad = logOf(usual[0] ?? "", "verdict\n", '{"decision_id":"x"}\n', usual[1] ?? "");
    const have = await verdict(["replay", bad, "--policies", set]);
    expect(have).toEqual({
      code: 2,
      out: "2 the same, 0 would differ; 2 unreadable\n",
      err: `${bad}:2: no decision record\n${bad}:3: no decision record\n`,
    });
  });

  it("ends lines at LF only, and reads standard input", async () => {
    const resource = "arn:aws:s3:::b/\u2028\u0085\r";
    const have = await lines("Authorize", asking("s3:PutObject", { resource }));
    // As another writer may put it: JSON allows these characters as they are.
    const raw = (have[0] ?? "").replaceAll("\\u2028", "\u2028").replaceAll("\\u0085", "\u0085");
    expect(raw).toContain("\u2028");
    const replayed = await verdict(["replay", "-", "--policies", set], { input: `${raw}\n${raw.trimEnd()}` });
    expect(replayed).toEqual({ code: 0, out: "2 the same, 0 would differ\n", err: "" });
  });

  it("reads compressed logs by their content, in one part or several", async () => {
    const [first = "", ...rest] = usual;
    const bytes = Buffer.concat([gzipSync(first), gzipSync(rest.join("")), Buffer.alloc(512)]);
    const log = join(folder, "decisions.jsonl.1");
    writeFileSync(log, bytes);
    const want = { code: 0, out: "4 the same, 0 would differ\n", err: "" };
    expect(await verdict(["replay", log, "--policies", set])).toEqual(want);
    expect(await verdict(["replay", "-", "--policies", set], { input: bytes })).toEqual(want);
  });

  it("tells of a compressed log that breaks off, and loses no record before", async () => {
    const many = Array.from({ length: 200 }, () => usual)
      .flat()
      .join("");
    const bytes = gzipSync(many);
    const log = join(folder, "torn.gz");
    writeFileSync(log, bytes.subarray(0, -4)); // all records are there, the end of the file is not
    expect(await verdict(["replay", log, "--policies", set])).toEqual({
      code: 0,
      out: "800 the same, 0 would differ; 1 torn at the end of a log\n",
      err: "",
    });
    writeFileSync(log, bytes.subarray(0, bytes.length / 2));
    const half = await verdict(["replay", log, "--policies", set]);
    expect(half).toMatchObject({ code: 0, err: "" });
    expect(half.out).toMatch(/^[1-9]\d* the same, 0 would differ; 1 torn at the end of a log\n$/);
  });

  it("refuses compressed logs that are damaged or go on as something else", async () => {
    const whole = gzipSync(usual.join(""));
    const log = join(folder, "bad.gz");
    const followedBy = async (text: string): Promise<object> => {
      writeFileSync(log, Buffer.concat([whole, Buffer.from(text)]));
      return verdict(["replay", log, "--policies", set]);
    };
    expect(await followedBy(usual[0] ?? "")).toMatchObject({
      code: 2,
      err: `${log}: cannot be read: incorrect header check\n`,
    });
    expect(await followedBy(`\0\0${usual[0]}`)).toEqual({
      code: 2,
      out: "4 the same, 0 would differ; 1 unreadable\n",
      err: `${log}: cannot be read: something else follows the compressed log\n`,
    });
    whole.writeUInt8(whole.readUInt8(whole.length - 6) ^ 1, whole.length - 6); // its checksum
    writeFileSync(log, whole);
    const damaged = await verdict(["replay", log, "--policies", set]);
    expect(damaged.code).toBe(2);
    expect(damaged.err).toMatch(/bad\.gz: cannot be read: incorrect data check\n$/);
  });

  it.each([
    ["after its first two bytes", gzipSync("{}").subarray(0, 2)],
    ["inside of its header", gzipSync("{}").subarray(0, 7)],
    ["behind its header", gzipSync("{}").subarray(0, 10)],
  ])("says that nothing is there to compare in a compressed log that breaks off %s", async (_, bytes) => {
    const log = join(folder, "header.gz");
    writeFileSync(log, bytes);
    const want = {
      code: 2,
      out: "0 the same, 0 would differ; 1 torn at the end of a log\n",
      err: "no record could be compared\n",
    };
    expect(await verdict(["replay", log, "--policies", set])).toEqual(want);
    expect(await verdict(["replay", "-", "--policies", set], { input: bytes })).toEqual(want);
  });

  it("takes the first byte of a compressed log alone for no record", async () => {
    const log = join(folder, "byte.gz");
    writeFileSync(log, Buffer.of(0x1f));
    expect(await verdict(["replay", log, "--policies", set])).toEqual({
      code: 2,
      out: "0 the same, 0 would differ; 1 unreadable\n",
      err: `${log}:1: no decision record\n`,
    });
  });

  it("bounds a line by its length when inflated", async () => {
    const log = join(folder, "long.gz");
    const long = Buffer.alloc(40 << 20, "a");
    writeFileSync(log, gzipSync(Buffer.concat([long, Buffer.from("\n"), Buffer.from(usual[0] ?? "")])));
    expect(await verdict(["replay", log, "--policies", set])).toEqual({
      code: 2,
      out: "1 the same, 0 would differ; 1 unreadable\n",
      err: `${log}:1: no decision record\n`,
    });
  });

  it.each([
    ["a compressed text that is no log", gzipSync("{}")],
    ["something else that is whole", '{"a":1}'],
  ])("does not take %s for a torn end", async (_, bytes) => {
    const path = join(folder, "no-log");
    writeFileSync(path, bytes);
    expect(await verdict(["replay", path, "--policies", set])).toEqual({
      code: 2,
      out: "0 the same, 0 would differ; 1 unreadable\n",
      err: `${path}:1: no decision record\n`,
    });
  });

  it.each([
    [
      "a log that is not there",
      ["none.jsonl", "--policies", set],
      /^none.jsonl: cannot be read: no such file or directory\n$/,
    ],
    ["a set that is not there", ["-", "--policies", "none.yaml"], /none\.yaml/],
    [
      "the same name twice",
      ["-", "--policies", set, "--policies", set],
      /^--policies: two policy sets are called default\n$/,
    ],
  ])("refuses %s", async (_, args, want) => {
    const { code, err } = await verdict(["replay", ...args], { cwd: folder });
    expect(code).toBe(2);
    expect(err).toMatch(want);
  });
});
