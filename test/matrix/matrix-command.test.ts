// `verdict audit matrix` and `merge` as people run them: cells as `check` decides them, three formats, shards, refusals.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { Engine } from "../../src/engine/engine.js";
import { loadPolicySet } from "../../src/policy/formats/load-policy-set.js";
import { jsonRows, parquetRows } from "../kit/matrix-files.js";
import { folder, root, verdict } from "../kit/run-verdict.js";

const acme = join(root, "examples", "acme");
const time = "2026-03-01T09:00:00Z";
const office = join(folder, "office.yaml");
const asked = [
  ...["audit", "matrix", "--policies", acme, "--time", time, "--scenarios", office],
  ...["--principals", "arn:aws:iam::*", "--principals", "anonymous", "--actions", "s3:Get*", "--actions", "orders:*"],
  ...["--resources", "arn:*", "--resources", "*"],
];
const fresh = (): string => mkdtempSync(join(folder, "matrix-"));

const none = { resourceTags: [], sessionPolicies: [], sessionTags: [], whatIf: true };

async function acmeEngine(): Promise<Engine> {
  const loaded = await loadPolicySet(acme);
  if (!loaded.ok) throw new Error("acme does not load");
  const engine = await Engine.start({ workers: 0, allowWhatIf: true, nowMs: () => Date.parse(time) });
  engine.publish(loaded.policySet);
  return engine;
}

beforeAll(() => {
  const scenarios = { office: { "aws:SourceIp": "10.1.2.3" }, mfa: ["office", { "aws:MultiFactorAuthPresent": true }] };
  writeFileSync(office, JSON.stringify({ scenarios }));
});

describe("verdict audit matrix", () => {
  it("writes every cell as `check` decides it, in each format the same", async () => {
    const out = fresh();
    for (const format of ["parquet", "csv", "jsonl"]) {
      const { code, err } = await verdict([...asked, "--out", join(out, `m.${format}`), "--json"]);
      expect({ code, err }).toEqual({
        code: 2,
        err: expect.stringMatching(/^\S.*m\.\w+: \d+ cells could not be decided/),
      });
    }
    const rows = jsonRows(join(out, "m.jsonl"));
    expect(await parquetRows(join(out, "m.parquet"))).toEqual(rows);
    const csv = readFileSync(join(out, "m.csv"), "utf8").split("\n");
    expect(csv[0]).toBe("principal,action,resource,scenario,decision");
    expect(csv.slice(1, -1).map((line) => line.replaceAll(",", "|"))).toEqual(rows);
    const engine = await acmeEngine();
    const contexts = new Map([
      ["office", new Map([["aws:SourceIp", ["10.1.2.3"]]])],
      [
        "mfa",
        new Map([
          ["aws:SourceIp", ["10.1.2.3"]],
          ["aws:MultiFactorAuthPresent", ["true"]],
        ]),
      ],
    ]);
    for (const row of rows) {
      const [principal = "", action = "", resource = "", scenario = "", decision] = row.split("|");
      const context = contexts.get(scenario) ?? new Map<string, string[]>();
      const answer = engine.decide({ principal, action, resource, context, ...none });
      expect("error" in answer ? "error" : answer.decision, row).toBe(decision);
    }
    expect(new Set(rows.map((row) => row.split("|")[4]))).toEqual(
      new Set(["allowed", "explicitDeny", "implicitDeny", "error"]),
    );
    expect(rows.length).toBeGreaterThan(10_000);
  });

  it("says with --reason what decided", async () => {
    const out = fresh();
    const given = ["--principals", "arn:aws:iam::*:user/*", "--actions", "s3:GetObject", "--resources", "arn:*"];
    for (const format of ["parquet", "csv", "jsonl"]) {
      const path = join(out, `m.${format}`);
      const run = ["audit", "matrix", "--policies", acme, "--time", time, ...given, "--reason", "--out", path];
      expect((await verdict(run)).code).toBe(0);
    }
    const rows = jsonRows(join(out, "m.jsonl"));
    expect(await parquetRows(join(out, "m.parquet"))).toEqual(rows);
    const engine = await acmeEngine();
    for (const row of rows) {
      const [principal = "", action = "", resource = "", , decision, layer, statement] = row.split("|");
      const answer = engine.decide({ principal, action, resource, context: new Map(), ...none });
      if ("error" in answer) throw new Error(`${row}: ${answer.error}`);
      const { allowed, blockedBy, matchedStatements } = answer;
      const allowing = [...new Set(matchedStatements.map(({ policyType }) => policyType))];
      const named = matchedStatements.map(({ policy, sid, statement: index }) =>
        sid === undefined ? `${policy}[${index}]` : `${policy}/${sid}`,
      );
      expect([decision, layer, statement], row).toEqual([
        answer.decision,
        (allowed ? allowing : blockedBy).join("; "),
        named.join("; "),
      ]);
    }
    expect(rows.filter((row) => !row.endsWith("|")).length).toBeGreaterThan(10);
    expect(readFileSync(join(out, "m.csv"), "utf8")).toMatch(/^principal,.*,decision,layer,statement\n/);
  });

  it("is the same with any number of workers, and its shards make the whole in any order", async () => {
    const out = fresh();
    for (const format of ["parquet", "csv", "jsonl"]) {
      const inside = join(out, format);
      mkdirSync(join(inside, "two"), { recursive: true });
      const whole = join(inside, `whole.${format}`);
      await verdict([...asked, "--workers", "1", "--out", whole]);
      await verdict([...asked, "--workers", "3", "--out", join(inside, "two", `whole.${format}`)]);
      expect(readFileSync(join(inside, "two", `whole.${format}`)).equals(readFileSync(whole))).toBe(true);
      const shards = [2, 0, 3, 1].map((index) => join(out, `${format}-${index}.${format}`));
      for (const [at, index] of [2, 0, 3, 1].entries()) {
        mkdirSync(join(out, `${format}-${index}`));
        shards[at] = join(out, `${format}-${index}`, `part.${format}`);
        await verdict([...asked, "--workers", "2", "--shard", `${index}/4`, "--out", shards[at] ?? ""]);
      }
      mkdirSync(join(inside, "merged"));
      const merged = join(inside, "merged", `whole.${format}`);
      const have = await verdict(["audit", "merge", merged, ...shards]);
      expect(have).toMatchObject({ code: 0, err: "" });
      expect(readdirSync(join(inside, "merged")).sort()).toEqual(readdirSync(join(inside, "two")).sort());
      for (const name of readdirSync(join(inside, "merged"))) {
        const [one, other] = ["merged", "two"].map((place) => readFileSync(join(inside, place, name)));
        expect(one?.equals(other ?? Buffer.alloc(0)), `${format}: ${name}`).toBe(true);
      }
    }
  });

  it("writes a matrix of one cell and one of none", async () => {
    const out = fresh();
    const empty = join(out, "none.txt");
    writeFileSync(empty, "# nobody\n\n");
    const given = ["--actions", "s3:GetObject", "--resources", "*", "--policies", acme, "--time", time];
    for (const format of ["parquet", "csv", "jsonl"]) {
      const one = join(out, `one-${format}`, `m.${format}`);
      const none = join(out, `none-${format}`, `m.${format}`);
      mkdirSync(join(out, `one-${format}`));
      mkdirSync(join(out, `none-${format}`));
      const root = ["--principals", "arn:aws:iam::111111111111:root"];
      expect((await verdict(["audit", "matrix", ...root, ...given, "--out", one])).code).toBe(0);
      expect((await verdict(["audit", "matrix", "--principals", `@${empty}`, ...given, "--out", none])).code).toBe(0);
      if (format === "parquet") {
        expect(await parquetRows(one)).toEqual(["arn:aws:iam::111111111111:root|s3:GetObject|*|default|allowed"]);
        expect(await parquetRows(none)).toEqual([]);
      } else expect(readFileSync(none, "utf8").split("\n").length).toBe(format === "csv" ? 2 : 1);
    }
  });

  it("names principals that the directory does not know, and decides them as `check` does", async () => {
    const out = join(fresh(), "m.jsonl");
    const nobody = "arn:aws:iam::111111111111:user/nobody";
    const given = ["--principals", nobody, "--actions", "s3:GetObject", "--resources", "*", "--out", out];
    const have = await verdict(["audit", "matrix", "--policies", acme, "--time", time, ...given]);
    expect(have.code).toBe(0);
    expect(have.err).toBe(`the policy set does not know ${nobody}: decided without identity policies\n`);
    expect(jsonRows(out)).toEqual([`${nobody}|s3:GetObject|*|default|implicitDeny`]);
  });

  const base = { principals: "anonymous", actions: "s3:GetObject", resources: "*" };
  it.each([
    [
      { principals: "arn:aws:iam::*:user/zz*" },
      "--principals: `arn:aws:iam::*:user/zz*` matches no principal of the directory",
    ],
    [{ principals: "alice" }, "--principals: `alice` is no ARN of a principal, no service and not `anonymous` (IN-2)"],
    [{ actions: "s3:Nothing*" }, "--actions: `s3:Nothing*` matches no action of the catalogue or the set"],
    [{ actions: "GetObject" }, "--actions: `GetObject` is not of the form `service:Name` (ACT-1)"],
    [{ resources: "bucket" }, "--resources: `bucket` is neither an ARN of six fields nor `*` (IN-6)"],
    [{ resources: "arn:aws:s3:::none/*" }, "--resources: `arn:aws:s3:::none/*` matches no known resource of the set"],
    [
      { resources: "arn:aws:s3:::${aws:username}" },
      "--resources: `arn:aws:s3:::${aws:username}` has a variable, which has no value here",
    ],
    [
      { principals: "@/nowhere/list.txt" },
      "--principals: `/nowhere/list.txt` cannot be read: no such file or directory",
    ],
    [{ out: "matrix.xlsx" }, "--out: `matrix.xlsx` ends with none of .parquet, .csv and .jsonl"],
    [{ out: "/nowhere/matrix.csv" }, "--out: `/nowhere/matrix.csv` cannot be written: no such file or directory"],
    [{ shard: "4/4" }, "--shard: `4/4` is no part such as 0/4 of 0/4 to 3/4"],
    [{ shard: "1" }, "--shard: `1` is no part such as 0/4 of 0/4 to 3/4"],
    [{ workers: "0" }, "--workers: `0` is no number from 1 to 256"],
    [{ time: "noon" }, "--time: `noon` is no date such as 2026-03-01T09:00:00Z"],
  ] as const)("refuses %j", async (change, message) => {
    const options = { ...base, out: join(fresh(), "m.csv"), time, ...change };
    const flags = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
    const have = await verdict(["audit", "matrix", "--policies", acme, ...flags]);
    expect(have).toEqual({ code: 2, out: "", err: `${message}\n` });
    expect(existsSync(options.out)).toBe(false);
  });

  it("overwrites nothing, keeps what is whole with --resume, and no other matrix", async () => {
    const out = join(fresh(), "m.csv");
    const given = ["audit", "matrix", "--policies", acme, "--time", time, "--actions", "s3:GetObject", "--out", out];
    const ask = (...more: readonly string[]) => verdict([...given, "--principals", "*", ...more]);
    const written = await ask("--resources", "*");
    expect(written.code).toBe(0);
    const bytes = readFileSync(out);
    expect(await ask("--resources", "*")).toMatchObject({
      code: 2,
      err: `--out: \`${out}\` is there already: remove it, or keep it with --resume\n`,
    });
    expect(await ask("--resources", "*", "--resume")).toEqual(written);
    expect(await ask("--resources", "arn:*", "--resume")).toMatchObject({
      code: 2,
      err: `--out: \`${out}\` is another matrix, or another part of it: remove it, or choose another name\n`,
    });
    expect(readFileSync(out).equals(bytes)).toBe(true);
  });
});
