// What hostile names, other people's shards and damaged files make of a matrix.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { describe, expect, it } from "vitest";
import { jsonRows, parquetRows } from "../kit/matrix-files.js";
import { folder, minimal, verdict } from "../kit/run-verdict.js";

const fresh = (): string => mkdtempSync(join(folder, "hostile-"));
const names = [
  "=cmd|' /C calc'!A1",
  "+1",
  "-1",
  "@SUM(1)",
  'a"b',
  "a,b",
  "a\nb",
  "\t",
  "'quoted'",
  "é\u202e\u{1F600}",
  "O'Brien; DROP",
];

function setWith(sid: string): string {
  const path = join(fresh(), "set.json");
  const document = { Version: "2012-10-17", Statement: { Sid: sid, Effect: "Allow", Action: "s3:*", Resource: "*" } };
  const user = { arn: "arn:aws:iam::111111111111:user/ann", inlinePolicies: [{ name: "own", document }] };
  writeFileSync(path, JSON.stringify({ accounts: [{ id: "111111111111" }], users: [user] }));
  return path;
}

async function ask(
  set: string,
  out: string,
  ...more: readonly string[]
): Promise<{ code: number | null; err: string }> {
  const axes = ["--principals", "*", "--actions", "s3:GetObject", "--resources", "arn:aws:s3:::b/k"];
  return verdict(["audit", "matrix", "--policies", set, ...axes, "--out", out, ...more]);
}

describe("names in a matrix", () => {
  it("stay what they are in Parquet and JSON Lines, and run in no spreadsheet", async () => {
    const place = fresh();
    const scenarios = join(place, "scenarios.json");
    writeFileSync(scenarios, JSON.stringify({ scenarios: Object.fromEntries(names.map((name) => [name, {}])) }));
    for (const format of ["parquet", "csv", "jsonl"]) {
      const have = await ask(minimal, join(place, `m.${format}`), "--scenarios", scenarios);
      expect(have).toMatchObject({ code: 0, err: "" });
    }
    const rows = jsonRows(join(place, "m.jsonl"));
    expect(await parquetRows(join(place, "m.parquet"))).toEqual(rows);
    expect(new Set(rows.map((row) => row.split("|").slice(3, -1).join("|")))).toEqual(new Set(names));
    const cells = csvCells(readFileSync(join(place, "m.csv"), "utf8"));
    expect(cells.every((row) => row.length === 5)).toBe(true);
    const read = new Set(cells.slice(1).map((row) => row[3] ?? ""));
    expect(read).toEqual(new Set(names.map((name) => (/^[=+\-@\t]/.test(name) ? `'${name}` : name))));
  });

  it("are joined to ids by DuckDB, with views.sql as it is", async () => {
    const place = join(fresh(), "O'Brien");
    mkdirSync(place);
    const out = join(place, "it's.parquet");
    expect((await ask(minimal, out, "--reason")).code).toBe(0);
    const connection = await (await DuckDBInstance.create(":memory:")).connect();
    await connection.run(`SET file_search_path = '${place.replaceAll("'", "''")}'`);
    await connection.run(readFileSync(join(place, "views.sql"), "utf8"));
    const read = await connection.runAndReadAll("SELECT * FROM matrix ORDER BY ALL");
    expect(read.getRowsJson().map((row) => row.join("|"))).toEqual([...(await parquetRows(out))].sort());
    const allowed = await connection.runAndReadAll("SELECT count(*)::INT FROM allowed");
    expect(allowed.getRowsJson()).toEqual([
      [(await parquetRows(out)).filter((row) => row.includes("|allowed|")).length],
    ]);
  });

  it("that are no text are refused with their place", async () => {
    const place = fresh();
    const scenarios = join(place, "s.json");
    writeFileSync(scenarios, '{ "scenarios": { "a\\ud800": {} } }');
    const have = await ask(minimal, join(place, "m.csv"), "--scenarios", scenarios);
    expect(have.code).toBe(2);
    expect(have.err).toBe(`${scenarios}:1:20: error DOC-1 lone surrogate \`\\ud800\` in a string\n`);
    writeFileSync(scenarios, '{ "scenarios": {} }');
    expect((await ask(minimal, join(place, "m.csv"), "--scenarios", scenarios)).err).toMatch(
      /must not be empty: nothing would be asked\n$/,
    );
  });
});

/** A reader of RFC 4180. */
function csvCells(text: string): readonly (readonly string[])[] {
  const rows: string[][] = [[]];
  for (const [, quoted, plain = "", end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n)/g)) {
    rows.at(-1)?.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === "\n") rows.push([]);
  }
  return rows.slice(0, -1);
}

describe("verdict audit merge", () => {
  async function shardsOf(format: string, set: string, count: number, ...more: readonly string[]): Promise<string[]> {
    const place = fresh();
    const paths = Array.from({ length: count }, (_, index) => join(place, `part-${index}.${format}`));
    for (const [index, path] of paths.entries()) {
      expect((await ask(set, path, "--shard", `${index}/${count}`, ...more)).code).toBe(0);
    }
    return paths;
  }

  it("names every shard that is missing, there twice or foreign, and writes nothing", async () => {
    const [zero = "", one = "", two = "", three = ""] = await shardsOf("csv", minimal, 4);
    const [other = ""] = await shardsOf("csv", setWith("Changed"), 1);
    const [reasoned = ""] = await shardsOf("csv", minimal, 1, "--reason");
    const out = join(fresh(), "m.csv");
    expect(await verdict(["audit", "merge", out, three, zero, zero])).toEqual({
      code: 2,
      out: "",
      err: `${zero}: is shard 0/4 again, as ${zero}\nshard 1/4 is missing\nshard 2/4 is missing\n`,
    });
    const foreign = await verdict(["audit", "merge", out, zero, one, two, three, other, reasoned]);
    expect(foreign.err.replaceAll(/sha256:\w+/g, "SET").split("\n")).toEqual([
      `${other}: is of another matrix than ${zero}: decided by policy set SET, not SET`,
      `${reasoned}: is of another matrix than ${zero}: with and without --reason`,
      "",
    ]);
    expect(readdirSync(join(out, ".."))).toEqual([]);
    expect((await verdict(["audit", "merge", out, zero, one, two, three])).code).toBe(0);
    expect((await verdict(["audit", "merge", out, zero, one, two, three])).err).toBe(`${out}: is there already\n`);
  });

  it.each(["csv", "parquet"])("finds what is damaged in %s", async (format) => {
    const [path = ""] = await shardsOf(format, minimal, 1);
    const out = join(fresh(), `m.${format}`);
    const bytes = readFileSync(path);
    const middle = format === "csv" ? 60 : 10;
    bytes[middle] = (bytes[middle] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    expect((await verdict(["audit", "merge", out, path])).err).toBe(`${path}: block 0 is damaged\n`);
    writeFileSync(path, bytes.subarray(0, bytes.length - 9));
    expect((await verdict(["audit", "merge", out, path])).err).toMatch(
      /: (has \d+ bytes where its plan has \d+|is no matrix of `verdict audit matrix`, or only a part of one)\n$/,
    );
    expect((await verdict(["audit", "merge", out, minimal])).err).toMatch(
      /ends with none of \.parquet, \.csv and \.jsonl\n$/,
    );
    expect(existsSync(out)).toBe(false);
  });

  it("refuses names of another matrix beside its file", async () => {
    const place = fresh();
    expect((await ask(minimal, join(place, "one.parquet"))).code).toBe(0);
    const have = await ask(setWith("Other"), join(place, "two.parquet"));
    expect(have).toMatchObject({
      code: 2,
      err: `\`${join(place, "principals.parquet")}\` belongs to another matrix: choose a folder for each, or remove it\n`,
    });
    expect(readdirSync(place).filter((name) => name.startsWith("two"))).toEqual([]);
  });

  it("refuses a second matrix in a folder before it decides a cell of it, and no part stays", async () => {
    const place = fresh();
    expect((await ask(minimal, join(place, "one.parquet"))).code).toBe(0);
    const refused = {
      code: 2,
      err: `\`${join(place, "views.sql")}\` belongs to another matrix: choose a folder for each, or remove it\n`,
    };
    expect(await ask(minimal, join(place, "two.parquet"))).toMatchObject(refused);
    const shards = await shardsOf("parquet", minimal, 2);
    expect(await verdict(["audit", "merge", join(place, "two.parquet"), ...shards])).toMatchObject(refused);
    expect(readdirSync(place).filter((name) => name.startsWith("two"))).toEqual([]);
  });
});

describe("a place that cannot be written", () => {
  it("is told with its reason", async () => {
    const file = join(fresh(), "file");
    writeFileSync(file, "");
    const have = await ask(minimal, join(file, "m.csv"));
    expect(have).toMatchObject({
      code: 2,
      err: `--out: \`${join(file, "m.csv")}\` cannot be written: not a directory\n`,
    });
  });
});
