// Evidence out of files: each told by its content, with its account and its day; hostile ones are bounded and said.
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import type { Evidence } from "../../src/evidence/sources/evidence.js";
import { inputLine, mixturesOf, toldInputs } from "../../src/evidence/sources/input-lines.js";
import { jsonValues } from "../../src/evidence/sources/json-values.js";
import { readEvidence } from "../../src/evidence/sources/read-evidence.js";
import { csvCell, readCsv } from "../../src/files/csv.js";
import { reportColumns } from "../kit/posture-world.js";

const folder = mkdtempSync(join(tmpdir(), "verdict-sources-"));
afterAll(() => rmSync(folder, { recursive: true }));

let count = 0;
async function read(files: Readonly<Record<string, string | Buffer | object>>): Promise<Evidence> {
  const below = join(folder, `${count++}`);
  mkdirSync(below);
  for (const [name, content] of Object.entries(files)) {
    const file = join(below, name);
    writeFileSync(file, typeof content === "string" || Buffer.isBuffer(content) ? content : JSON.stringify(content));
    utimesSync(file, 1_790_000_000, 1_790_000_000);
  }
  return readEvidence([{ path: below }]);
}

const header = reportColumns.join(",");
const rowOf = (cells: Partial<Record<(typeof reportColumns)[number], string>>): string =>
  reportColumns.map((name) => cells[name] ?? "N/A").join(",");
const rootRow = rowOf({ user: "<root_account>", arn: "arn:aws:iam::111111111111:root", mfa_active: "true" });
const annRow = rowOf({ user: "ann", arn: "arn:aws:iam::111111111111:user/ann", mfa_active: "true" });
const document = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: "arn:aws:s3:::bbb/*" }],
};
const queue = "arn:aws:sqs:eu-west-1:111111111111:q";
const secret = "arn:aws:secretsmanager:eu-west-1:111111111111:secret:s-abc";

describe("evidence", () => {
  it.each<[string, string, object | string, object]>([
    ["credential report", "a.csv", `${header}\n${rootRow}`, { accounts: ["111111111111"], entries: 1 }],
    [
      "credential report",
      "a.json",
      {
        Content: Buffer.from(`${header}\n${annRow}`).toString("base64"),
        GeneratedTime: "2026-03-01T10:00:00+00:00",
      },
      { date: "2026-03-01T10:00:00Z", datedBy: "content" },
    ],
    [
      "account summary",
      "s-111111111111-20260301.json",
      { SummaryMap: { Users: 1 } },
      { accounts: ["111111111111"], date: "2026-03-01T00:00:00Z", datedBy: "name" },
    ],
    ["password policy", "p.json", { PasswordPolicy: { MinimumPasswordLength: 8 }, Whatever: 1 }, { entries: 1 }],
    [
      "password policy",
      "p.txt",
      "\nAn error occurred (NoSuchEntity) when calling the GetAccountPasswordPolicy operation: The Password Policy with domain name 111111111111 cannot be found.",
      { entries: 0, accounts: ["111111111111"] },
    ],
    [
      "virtual MFA devices",
      "m.json",
      { VirtualMFADevices: [{ User: { Arn: "arn:aws:iam::111111111111:root" } }] },
      { accounts: ["111111111111"] },
    ],
    ["server certificates", "c.json", { ServerCertificateMetadataList: [] }, { entries: 0 }],
    [
      "service last accessed",
      "l.json",
      { JobCompletionDate: "2026-03-02T00:00:00Z", ServicesLastAccessed: [{ ServiceNamespace: "s3" }] },
      { date: "2026-03-02T00:00:00Z" },
    ],
    [
      "organization",
      "roots.json",
      { Roots: [{ Id: "r-abcd", Arn: "arn:aws:organizations::999999999999:root/o-x/r-abcd" }] },
      { accounts: ["999999999999"] },
    ],
    ["organization", "units-r-abcd.json", { OrganizationalUnits: [] }, { entries: 0 }],
    [
      "organization policy",
      "d.json",
      { Policy: { PolicySummary: { Id: "p-1", Type: "SERVICE_CONTROL_POLICY" }, Content: JSON.stringify(document) } },
      { entries: 1 },
    ],
    ["resource policy", "b.json", { Policy: JSON.stringify(document) }, { entries: 1 }],
    [
      "resource policy",
      "q.json",
      { Attributes: { QueueArn: queue, Policy: JSON.stringify(document) } },
      { accounts: ["111111111111"] },
    ],
    [
      "resource policy",
      "x.json",
      { ARN: secret, Name: "s", ResourcePolicy: JSON.stringify(document) },
      { accounts: ["111111111111"] },
    ],
    [
      "public access block",
      "bucket-bbb.json",
      { PublicAccessBlockConfiguration: { RestrictPublicBuckets: true } },
      { entries: 1 },
    ],
    [
      "resource tags",
      "t.json",
      { ResourceTagMappingList: [{ ResourceARN: queue, Tags: [{ Key: "a", Value: "b" }] }] },
      { entries: 1 },
    ],
    [
      "AWS Config",
      "r.json",
      {
        Results: [
          JSON.stringify({ resourceType: "AWS::S3::Bucket", arn: "arn:aws:s3:::bbb", accountId: "111111111111" }),
        ],
      },
      { accounts: ["111111111111"] },
    ],
    ["CloudTrail", "trail.json", { Records: [] }, {}],
  ])("tells %s by its content (%s)", async (kind, name, content, more) => {
    const { inputs, problems } = await read({ [name]: content });
    expect(problems).toEqual([]);
    expect(inputs).toMatchObject([{ kind, ...more }]);
  });

  it("reads compressed files, lines of JSON and pages one after the other alike", async () => {
    const item = (name: string) =>
      JSON.stringify({ resourceType: "AWS::S3::Bucket", ARN: `arn:aws:s3:::${name}`, awsAccountId: "111111111111" });
    const { inputs, resources } = await read({ "rows.jsonl.gz": gzipSync(`${item("a")}\n${item("b")}\n`) });
    expect(inputs).toMatchObject([{ kind: "AWS Config", entries: 2 }]);
    expect(resources.map(({ arn }) => arn)).toEqual(["arn:aws:s3:::a", "arn:aws:s3:::b"]);
    expect(jsonValues('{"a":"}\\\\"}\n[1]{"b":2}')).toEqual([{ a: "}\\" }, [1], { b: 2 }]);
    expect(jsonValues('{"a":1} x')).toBeUndefined();
  });

  it("finds the policy of a key by its file's name, and says where nothing tells whose a policy is", async () => {
    const key = {
      ...document,
      Statement: [
        { Effect: "Allow", Principal: { AWS: "arn:aws:iam::111111111111:root" }, Action: "kms:*", Resource: "*" },
      ],
    };
    const id = "11111111-2222-3333-4444-555555555555";
    const { resources } = await read({ [`kms-eu-west-1-${id}.json`]: { Policy: JSON.stringify(key) } });
    expect(resources.map(({ arn }) => arn)).toEqual([`arn:aws:kms:eu-west-1:111111111111:key/${id}`]);
    const { problems } = await read({ "policy.json": { Policy: JSON.stringify(key) } });
    expect(problems).toMatchObject([{ kind: "incomplete", text: expect.stringContaining("name the file after it") }]);
  });

  it("takes an export for incomplete only where no page is the last", async () => {
    const page = (IsTruncated: boolean) => ({
      UserDetailList: [{ Arn: "arn:aws:iam::111111111111:user/ann" }],
      IsTruncated,
    });
    expect((await read({ "1.json": page(true), "2.json": page(false) })).problems).toEqual([]);
    expect((await read({ "1.json": page(true) })).problems).toMatchObject([
      {
        kind: "incomplete",
        account: "111111111111",
        text: "says that more follows, and no file has the rest: an export that is not complete",
      },
    ]);
  });

  it("says what it cannot read, and what it does not know", async () => {
    const { problems } = await read({
      "broken.json": '{"SummaryMap":',
      "deep.json": "[".repeat(100_000),
      "other.json": { hello: 1 },
      "powershell.json": Buffer.from(`\ufeff${JSON.stringify({ SummaryMap: { Users: 1 } })}`, "utf16le"),
      "quote.csv": `${header}\n"ann,x`,
      "half.json.gz": gzipSync(JSON.stringify({ SummaryMap: { Users: 1 } })).subarray(0, 20),
    });
    expect(problems.map(({ file, kind, text }) => [file.split("/").at(-1), kind, text])).toEqual([
      ["broken.json", "unreadable", "is no JSON"],
      ["deep.json", "unreadable", "is no JSON"],
      ["half.json.gz", "unreadable", "breaks off"],
      ["other.json", "unknown", "holds nothing that is known"],
      ["powershell.json", "unreadable", "is written in UTF-16: save it as UTF-8"],
      ["quote.csv", "unreadable", "is no CSV: a quoted cell does not end"],
    ]);
  });

  it("keeps from inflating without end", async () => {
    const { problems } = await read({ "bomb.json.gz": gzipSync(Buffer.alloc(80 << 20, " ")) });
    expect(problems).toMatchObject([
      { kind: "unreadable", text: "holds more than 67108864 bytes, which no report or listing does" },
    ]);
  });

  it("says what is of several accounts and days, and what does not say its own", async () => {
    const { inputs } = await read({
      "a-111111111111-2026-03-01.json": { SummaryMap: {} },
      "b-222222222222-2026-03-20.json": { SummaryMap: {} },
      "c-2026-03-20.json": { PasswordPolicy: {} },
    });
    expect(mixturesOf(inputs)).toEqual([
      "the inputs are of 2 accounts, each judged by its own: 111111111111, 222222222222",
      expect.stringMatching(/c-2026-03-20\.json: does not say which of them it is of/),
      "the inputs are of different days, from 2026-03-01 to 2026-03-20: each is judged at its own",
    ]);
  });
});

describe("toldInputs()", () => {
  it("tells the files of a trail as one, with the folder that they lie in", async () => {
    const digest = { awsAccountId: "111111111111", digestStartTime: "2026-03-01T00:00:00Z" };
    const trails = Object.fromEntries(
      [1, 2, 3, 4, 5].map((day) => [
        `111111111111_CloudTrail_eu-west-1_2026030${day}T1000Z_a.json.gz`,
        gzipSync('{"Records":[]}'),
      ]),
    );
    const { inputs, problems } = await read({
      ...trails,
      "digest-2026-03-06.json": digest,
      "s-111111111111.json": { SummaryMap: {} },
    });
    expect(problems).toEqual([]);
    expect(toldInputs(inputs).map(inputLine)).toEqual([
      expect.stringMatching(/s-111111111111\.json: account summary/),
      expect.stringMatching(/\/ \(6 files\): CloudTrail, 111111111111, 2026-03-06T00:00:00Z by its name$/),
    ]);
    expect(mixturesOf(inputs).some((line) => line.includes("does not say"))).toBe(false);
  });
});

describe("csv", () => {
  it("reads quoted cells with commas, quotes and line ends, and counts lines", () => {
    expect(readCsv('a,b\r\n"x, ""y""","1\n2"\nz,\n')).toEqual([
      { line: 1, cells: ["a", "b"] },
      { line: 2, cells: ['x, "y"', "1\n2"] },
      { line: 4, cells: ["z", ""] },
    ]);
    expect(readCsv("a,")).toEqual([{ line: 1, cells: ["a", ""] }]);
  });

  it.each([
    ["=1+1", `"'=1+1"`],
    ["@x", `"'@x"`],
    [" x", '" x"'],
    ['a,"b', '"a,""b"'],
    ["plain", "plain"],
  ])("writes %s so that no spreadsheet computes or splits it", (value, want) => {
    expect(csvCell(value)).toBe(want);
  });
});
