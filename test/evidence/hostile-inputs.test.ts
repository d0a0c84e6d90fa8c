// Evidence that is broken, hostile or of another shape: an error with its place or a finding, never a crash, never a silent "all fine".
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { constants, createGzip, gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { readEvents } from "../../src/evidence/cloudtrail/read-events.js";
import { mixturesOf } from "../../src/evidence/sources/input-lines.js";
import { readEvidence } from "../../src/evidence/sources/read-evidence.js";
import { readCsv } from "../../src/files/csv.js";
import { compareWith, readEarlier } from "../../src/report/since.js";
import { faults } from "../kit/posture-faults.js";
import { account, allow, postureOf, reportColumns, soundWorld, type World } from "../kit/posture-world.js";
import { Random } from "../kit/random.js";
import { verdict } from "../kit/run-verdict.js";

const SEED = 20261130;
const folder = mkdtempSync(join(tmpdir(), "verdict-hostile-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Files = Readonly<Record<string, string | Uint8Array | object>>;

let count = 0;
function below(files: Files): string {
  const own = join(folder, `${++count}`);
  mkdirSync(own);
  for (const [name, content] of Object.entries(files)) {
    const isPlain = typeof content === "string" || content instanceof Uint8Array;
    writeFileSync(join(own, name), isPlain ? content : JSON.stringify(content));
  }
  return own;
}

const ann = {
  UserName: "ann",
  Arn: `arn:aws:iam::${account}:user/ann`,
  Path: "/",
  GroupList: [],
  AttachedManagedPolicies: [],
  UserPolicyList: [{ PolicyName: "own", PolicyDocument: allow("*") }],
};
const page = { UserDetailList: [ann], GroupDetailList: [], RoleDetailList: [], Policies: [] };
const row = (cells: Partial<Record<(typeof reportColumns)[number], string>>): string =>
  reportColumns.map((name) => cells[name] ?? "N/A").join(",");
const report = [
  reportColumns.join(","),
  row({ user: "<root_account>", arn: `arn:aws:iam::${account}:root`, mfa_active: "false" }),
  row({ user: "ann", arn: ann.Arn, password_enabled: "true", mfa_active: "false" }),
].join("\n");

/** What is said of some files, by their names. */
async function said(files: Files): Promise<readonly (readonly [string | undefined, string, string])[]> {
  const { problems } = await readEvidence([{ path: below(files) }]);
  return problems.map(({ file, kind, text }) => [file.split("/").at(-1), kind, text]);
}

const deep = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);

describe("hostile evidence", () => {
  it("is refused by name where it breaks off, comes to too much, or is nested too deeply", async () => {
    const bomb = gzipSync(Buffer.alloc(70 << 20, 0x20));
    const organization = `{"Policy":{"PolicySummary":{"Id":"p-12345678","Type":"SERVICE_CONTROL_POLICY"},"Content":`;
    const have = await said({
      "bomb.json.gz": bomb,
      "cut.json.gz": gzipSync(JSON.stringify(page)).subarray(0, 60),
      "deep.json": deep(100_000),
      "deep-policy.json": `{"Policy":{"Statement":${deep(100_000)}}}`,
      "deep-scp.json": `${organization}{"Statement":${deep(1000)}}}}`,
      "deep-scp-text.json": `${organization}${JSON.stringify(`{"Statement":${deep(100_000)}}`)}}}`,
      "odd.json.gz": Buffer.concat([Buffer.from([0x1f, 0x8b]), Buffer.alloc(100, 7)]),
    });
    expect(have).toEqual([
      ["bomb.json.gz", "unreadable", "holds more than 67108864 bytes, which no report or listing does"],
      ["cut.json.gz", "unreadable", "breaks off"],
      ["deep-policy.json", "unreadable", "is nested deeper than 100, which nothing of AWS's is"],
      ["deep-scp-text.json", "incomplete", "`Policy.Content` is a text, not a policy document: it is left out"],
      ["deep-scp.json", "unreadable", "is nested deeper than 100, which nothing of AWS's is"],
      ["deep.json", "unreadable", "is nested deeper than 100, which nothing of AWS's is"],
      ["odd.json.gz", "unreadable", expect.stringMatching(/^cannot be read: /)],
    ]);
  });

  it("is told where bytes are no UTF-8", async () => {
    const latin = Buffer.from(`{\n"SummaryMap": {}, "x": "Jos\u00e9"}`, "latin1");
    expect(await said({ "latin.json": latin })).toEqual([
      ["latin.json", "unreadable", "line 2: the line is not valid UTF-8: save the file as UTF-8"],
    ]);
  });

  it("is read once where a link leads back, and told where a link leads nowhere", async () => {
    const own = below({ "page.json": page });
    symlinkSync(".", join(own, "self"));
    symlinkSync("/nonexistent/file", join(own, "gone.json"));
    const { inputs, problems } = await readEvidence([{ path: own }]);
    expect(inputs).toHaveLength(1);
    expect(problems).toMatchObject([{ kind: "unreadable", text: "cannot be read: no such file or directory" }]);
  });

  it("changes no prototype", async () => {
    await readEvidence([
      {
        path: below({
          "summary.json": `{"SummaryMap":{"__proto__":{"polluted":1},"Users":1}}`,
          "passwords.json": `{"PasswordPolicy":{"__proto__":{"polluted":1}}}`,
          "config.json": `{"configurationItems":[{"resourceType":"AWS::IAM::User","configuration":{"__proto__":{"polluted":1},"arn":"${ann.Arn}"}}]}`,
          "tags.json": `{"ResourceTagMappingList":[{"ResourceARN":"arn:aws:s3:::__proto__","Tags":[{"Key":"__proto__","Value":"1"}]}]}`,
        }),
      },
    ]);
    expect(Reflect.get({}, "polluted")).toBeUndefined();
  });

  it("has no time that no calendar has", async () => {
    const { inputs } = await readEvidence([
      {
        path: below({
          "credentials-2026-11-01.json": { Content: Buffer.from(report).toString("base64"), GeneratedTime: 1e300 },
          "accessed-2026-11-01.json": { ServicesLastAccessed: [], JobCompletionDate: 1e308 },
        }),
      },
    ]);
    expect(inputs.map(({ date }) => date)).toEqual(["2026-11-01T00:00:00Z", "2026-11-01T00:00:00Z"]);
  });

  it("takes a credential report with a mark of byte order and line ends of Windows for what it says", async () => {
    const { credentialReports, problems } = await readEvidence([
      { path: below({ "report.csv": `\ufeff${report.replaceAll("\n", "\r\n")}\r\n` }) },
    ]);
    expect(problems).toEqual([]);
    expect(credentialReports[0]?.rows.map(({ user, line, cells }) => [user, line, cells.get("mfa_active")])).toEqual([
      ["<root_account>", 2, "false"],
      ["ann", 3, "false"],
    ]);
  });

  it("tells cells of a credential report that say nothing", async () => {
    const columns = reportColumns.filter((name) => name !== "mfa_active");
    const cut = [columns.join(","), columns.map((name) => (name === "user" ? "ann" : "N/A")).join(",")].join("\n");
    const odd = [
      reportColumns.join(","),
      row({ user: "a\0b", mfa_active: "yes", access_key_1_last_rotated: "9999999-99-99" }),
      "ann,arn",
    ].join("\n");
    expect(await said({ "cut.csv": cut, "odd.csv": odd })).toEqual([
      ["cut.csv", "incomplete", "has no column `mfa_active`: what it says is not known"],
      ["odd.csv", "incomplete", "line 3: breaks off after 2 of 22 cells"],
      ["odd.csv", "incomplete", "line 2: `mfa_active` is `yes`, neither `true` nor `false`"],
      ["odd.csv", "incomplete", "line 2: `access_key_1_last_rotated` is `9999999-99-99`, which is no time"],
    ]);
    expect(readCsv('a,"b')).toBeUndefined();
  });

  it("says that of two reports of one account the latest counts", async () => {
    const { inputs } = await readEvidence([{ path: below({ "a.csv": report, "b.csv": report }) }]);
    expect(mixturesOf(inputs)).toEqual([`several inputs are a credential report of ${account}: the latest one counts`]);
  });

  it("tells a resource's policy that is none, instead of taking the resource for one without", async () => {
    const item = (policyText: string) => ({
      resourceType: "AWS::S3::Bucket",
      ARN: "arn:aws:s3:::data",
      awsAccountId: account,
      supplementaryConfiguration: { BucketPolicy: { policyText } },
    });
    const text = "the policy of `arn:aws:s3:::data` is no policy document: it is left out";
    expect(
      await said({
        "cut.json": { configurationItems: [item('{"Statement":[{"Effect":"Allow"')] },
        "deep.json": { configurationItems: [item(`{"Statement":${deep(100_000)}}`)] },
      }),
    ).toEqual([
      ["cut.json", "incomplete", text],
      ["deep.json", "incomplete", text],
    ]);
  });

  it("loses no finding silently by a member of another kind", async () => {
    const random = new Random(SEED);
    const wanted = ["root-access-key", "root-without-mfa", "root-mfa-not-hardware", "password-policy-length"];
    wanted.push("server-certificate-expired", "service-unused", "instance-without-role", "role-unused");
    const planted = (): World => {
      const world = soundWorld();
      for (const { id, plant } of faults) if (wanted.includes(id)) plant(world);
      return world;
    };
    const { findings } = await postureOf(planted());
    const sound = new Set(findings.map(({ id }) => id));
    const lost: unknown[] = [];
    const names = [
      "export",
      "summary",
      "passwords",
      "devices",
      "certificates",
      "services",
      "config",
      "accounts",
    ] as const;
    let mutations = 0;
    for (const name of names) {
      for (const path of pathsOf(planted()[name])) {
        // Every other place keeps the test short.
        if (random.chance(0.5)) continue;
        const world = planted();
        const value = replaced(world[name], path, random);
        mutations++;
        try {
          const after = await postureOf(world);
          const ids = new Set(after.findings.map(({ id }) => id));
          if (ids.has("export-incomplete")) continue;
          const unchecked = new Set(after.notChecked.map(({ notChecked }) => notChecked));
          for (const id of sound) if (!ids.has(id) && !unchecked.has(id)) lost.push([SEED, name, path, value, id]);
        } catch (error: unknown) {
          // A set that is refused says why.
          if (error instanceof TypeError || error instanceof RangeError) throw error;
        }
      }
    }
    expect(mutations).toBeGreaterThan(20);
    expect(lost).toEqual([]);
  }, 120_000);
});

/** Every place in a value. */
function pathsOf(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  const own = path.length > 0 ? [path] : [];
  if (typeof value !== "object" || value === null) return own;
  return [...own, ...Object.entries(value).flatMap(([name, one]) => pathsOf(one, [...path, name]))];
}

/** Puts a value of another kind at a place, and gives it. */
function replaced(root: unknown, path: readonly string[], random: Random): unknown {
  const holder = path.slice(0, -1).reduce<unknown>((value, name) => Reflect.get(Object(value), name), root);
  const name = path.at(-1) ?? "";
  const kind = (value: unknown): string => (Array.isArray(value) ? "list" : typeof value);
  const old = kind(Reflect.get(Object(holder), name));
  const value = random.pick([5, "x", [], {}, true].filter((one) => kind(one) !== old));
  Reflect.set(Object(holder), name, value);
  return value;
}

describe("hostile records", () => {
  const record = { eventName: "GetObject", eventType: "AwsApiCall", eventSource: "s3.amazonaws.com", eventID: "1" };

  it("are read one by one out of what looking them up prints, whatever it comes to", async () => {
    const Events = Array.from({ length: 3000 }, (_, index) => ({
      EventId: `${index}`,
      EventName: "GetObject",
      CloudTrailEvent: JSON.stringify({ ...record, eventID: `${index}` }),
    }));
    const own = below({ "a.json": JSON.stringify({ Events, NextToken: null }, undefined, 4) });
    let found = 0;
    for await (const read of readEvents(own)) {
      if (read.kind === "unreadable") throw new Error(read.cause);
      found += read.events.length;
    }
    expect(found).toBe(3000);
  });

  it("are refused where a file of blanks never gets to one", async () => {
    const file = join(folder, `${++count}.json.gz`);
    const gzip = createGzip({ level: 1, flush: constants.Z_NO_FLUSH });
    const parts: Buffer[] = [];
    gzip.on("data", (part: Buffer) => parts.push(part));
    const ended = new Promise((resolve) => gzip.once("end", resolve));
    gzip.write('{"Records":[');
    for (let written = 0; written < 80; written++) gzip.write(Buffer.alloc(1 << 20, 0x20));
    gzip.end();
    await ended;
    writeFileSync(file, Buffer.concat(parts));
    const causes: string[] = [];
    for await (const read of readEvents(file)) if (read.kind === "unreadable") causes.push(read.cause);
    expect(causes).toEqual(["more than 67108864 bytes that are not JSON Lines"]);
  });
});

describe("an earlier report", () => {
  it("is compared as far as it says something, whatever it holds", () => {
    const odd = { toString: 1, valueOf: 1 };
    const text = JSON.stringify({
      format: "verdict-report/1",
      generatedAt: odd,
      posture: { findings: [odd, 5, null, { fingerprint: odd, id: [odd] }] },
      escalation: { administrators: odd, chains: [[odd]] },
      outside: [
        { who: "a", resource: "b", actions: odd },
        { who: "a", resource: "b", actions: [odd, "x"] },
      ],
    });
    const nested = `{"format":"verdict-report/1","outside":[{"who":"a","actions":${deep(100_000)}}]}`;
    const now = { escalation: {}, posture: {}, outside: [] };
    for (const earlier of [text, nested]) {
      const { rows, generatedAt } = compareWith(readEarlier(earlier), now as never);
      expect(generatedAt).toBe("an unknown day");
      expect(rows.map(({ what }) => what)).toEqual(["access from outside"]);
    }
    expect(readEarlier("{")).toBeUndefined();
    expect(readEarlier("[]")).toBeUndefined();
  });
});

describe("a report on hostile names", () => {
  const markup = "</script><script>alert(1)</script><!--<script>";
  const evil = `${markup}\u202e\u001b[31m`;

  it("has them as text only, and so have the lines of the command", async () => {
    const own = below({
      [`${evil.replaceAll("/", "_")}.json`]: { SummaryMap: { AccountMFAEnabled: 0, AccountAccessKeysPresent: 1 } },
      "page.json": {
        ...page,
        UserDetailList: [
          {
            ...ann,
            Arn: `arn:aws:iam::${account}:user/${markup}`,
            UserPolicyList: [{ PolicyName: evil, PolicyDocument: allow("*") }],
          },
        ],
      },
      "bucket-data.json": {
        Policy: JSON.stringify({
          Version: "2012-10-17",
          Statement: [
            { Sid: evil, Effect: "Allow", Principal: "*", Action: "s3:*", Resource: [`arn:aws:s3:::data/${evil}`] },
          ],
        }),
      },
    });
    const out = join(folder, `${++count}.html`);
    const told = await verdict(["audit", "report", "--evidence", own, "--out", out]);
    const listed = await verdict(["audit", "posture", "--evidence", own]);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    for (const { out: text, err } of [told, listed]) expect(text + err).not.toMatch(/\u001b|\u202e/);
    expect(told.err + listed.err).toBe("");
    const html = readFileSync(out, "utf8");
    expect(html).not.toContain("<script>alert");
    expect(html).not.toContain("\u001b");
    expect(html.match(/<script/g)).toHaveLength(html.match(/<\/script>/g)?.length ?? 0);
  });

  it("is a set in which a policy of the organization without a readable text or an ARN allows nothing", async () => {
    const own = below({
      "page.json": page,
      "organization.json": { Organization: { Id: "o-example1234", MasterAccountId: "999999999999" } },
      "roots.json": { Roots: [{ Id: "r-abcd", Name: "Root" }] },
      "accounts-r-abcd.json": { Accounts: [{ Id: account, Status: "ACTIVE" }] },
      "policies-r-abcd.json": { Policies: [{ Id: "p-12345678", Type: "SERVICE_CONTROL_POLICY", Name: "fence" }] },
      "policy.json": `{"Policy":{"PolicySummary":{"Id":"p-12345678","Name":"fence","Type":"SERVICE_CONTROL_POLICY"},"Content":"{"}}`,
    });
    const out = join(folder, `${++count}`);
    const { code, err } = await verdict(["import", "aws", own, "--out", out]);
    expect(err).toContain("`Policy.Content` is a text, not a policy document");
    expect(err).toContain("the text of policy `fence` cannot be read: it allows nothing");
    expect(code).toBe(1);
    const asked = ["--action", "s3:GetObject", "--resource", "arn:aws:s3:::data/x"];
    const { out: told } = await verdict(["check", "--policies", out, "--principal", ann.Arn, ...asked]);
    expect(told).toContain("implicitDeny");
  });

  it("is not written of an export that breaks off, which is told first", async () => {
    const own = below({ "page.json.gz": gzipSync(JSON.stringify(page)).subarray(0, 60) });
    const { code, err } = await verdict(["audit", "posture", "--evidence", own]);
    expect(code).toBe(2);
    expect(err.split("\n")[0]).toBe(`${join(own, "page.json.gz")}: breaks off`);
  });
});
