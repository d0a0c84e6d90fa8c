// `verdict audit last-accessed` on records that are made from what it has to find.
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "vitest";
import { Random } from "../kit/random.js";
import { type Run, verdict } from "../kit/run-verdict.js";

const user = "arn:aws:iam::111111111111:user/eng/alice";
const role = "arn:aws:iam::111111111111:role/jobs/Nightly";
const policy = (...Action: string[]) => ({
  name: "own",
  document: { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action, Resource: "*" }] },
});
const trustPolicy = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { AWS: "111111111111" }, Action: "sts:AssumeRole" }],
};
const set = {
  users: [{ arn: user, inlinePolicies: [policy("s3:GetObject", "s3:PutObject", "sqs:SendMessage")] }],
  roles: [{ arn: role, trustPolicy, inlinePolicies: [policy("sqs:SendMessage", "sqs:ReceiveMessage")] }],
};

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "verdict-last-"));
  writeFileSync(join(folder, "set.json"), JSON.stringify(set));
});

interface Call {
  readonly by: "user" | "role";
  readonly action: string;
  readonly time: string;
  readonly denied?: boolean;
  readonly address?: string;
  readonly category?: string;
}

const identities = {
  user: { type: "IAMUser", arn: user, accountId: "111111111111" },
  role: { type: "AssumedRole", arn: "arn:aws:sts::111111111111:assumed-role/Nightly/run", accountId: "111111111111" },
};

function trail(name: string, calls: readonly Call[]): string {
  const lines = calls.map(({ by, action, time, denied = false, address = "203.0.113.9", category }, index) => {
    const [service, eventName] = action.split(":");
    return JSON.stringify({
      eventID: `${name}-${index}`,
      eventTime: time,
      eventType: "AwsApiCall",
      eventCategory: category,
      eventSource: `${service}.amazonaws.com`,
      eventName,
      awsRegion: "eu-west-1",
      recipientAccountId: "111111111111",
      sourceIPAddress: address,
      userIdentity: identities[by],
      requestParameters: { bucketName: "b", key: "k", queueUrl: "https://sqs/111111111111/q" },
      ...(denied ? { errorCode: "AccessDenied" } : {}),
    });
  });
  const file = join(folder, `${name}.jsonl`);
  writeFileSync(file, `${lines.join("\n")}\n`);
  return file;
}

async function run(file: string, ...rest: readonly (string | Run)[]) {
  const more = rest.filter((one) => typeof one === "string");
  const how = rest.find((one) => typeof one !== "string");
  const args = ["audit", "last-accessed", "--evidence", file, "--policies", join(folder, "set.json"), "--json"];
  const { code, out, err } = await verdict([...args, ...more], how);
  return {
    code,
    err,
    lines: out
      .split("\n")
      .filter(Boolean)
      .map((line): unknown => JSON.parse(line)),
  };
}

describe("audit last-accessed", () => {
  it("counts what was made, whatever its order: dates, counts, allowed and denied (seed 20261129)", async () => {
    const random = new Random(20261129);
    const truth = new Map<string, { lastUsed: string; count: number; allowed: number; denied: number }>();
    const calls = Array.from({ length: 300 }, (): Call => {
      const by = random.below(2) === 0 ? "user" : "role";
      const action = ["s3:GetObject", "s3:PutObject", "sqs:SendMessage"][random.below(3)] ?? "";
      const denied = random.below(4) === 0;
      const time = new Date(Date.UTC(2026, 2, 1) + random.below(86_400 * 20) * 1000)
        .toISOString()
        .replace(".000Z", "Z");
      const key = `${by === "user" ? user : role} ${action}`;
      const known = truth.get(key) ?? { lastUsed: "", count: 0, allowed: 0, denied: 0 };
      truth.set(key, known);
      known.count++;
      known[denied ? "denied" : "allowed"]++;
      if (time > known.lastUsed) known.lastUsed = time;
      return { by, action, time, denied };
    });
    const { code, lines } = await run(trail("random", calls));
    expect(code).toBe(0);
    const want = [...truth]
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([key, counts]) => {
        const [principal = "", action = ""] = key.split(" ");
        return { principal, service: action.split(":")[0], action, ...counts };
      });
    expect(lines).toEqual(want);
  });

  it("lists permissions that were not used since a date, and says what the records cannot show", async () => {
    const file = trail("unused", [
      { by: "user", action: "s3:GetObject", time: "2026-03-10T00:00:00Z" },
      { by: "user", action: "s3:PutObject", time: "2026-03-01T00:00:00Z" },
      { by: "role", action: "sqs:SendMessage", time: "2026-03-06T00:00:00Z" },
    ]);
    const { err, lines } = await run(file, "--unused-since", "2026-03-05");
    expect(lines).toEqual([
      {
        principal: role,
        service: "sqs",
        action: "sqs:ReceiveMessage",
        lastUsed: null,
        count: 0,
        allowed: 0,
        denied: 0,
      },
      {
        principal: user,
        service: "s3",
        action: "s3:PutObject",
        lastUsed: "2026-03-01T00:00:00Z",
        count: 1,
        allowed: 1,
        denied: 0,
      },
      { principal: user, service: "sqs", action: "sqs:SendMessage", lastUsed: null, count: 0, allowed: 0, denied: 0 },
    ]);
    expect(err).toContain("records from 2026-03-01T00:00:00Z to 2026-03-10T00:00:00Z");
    expect(err).toContain("such as data events, count as not made");
    expect(err).not.toContain("categories");
    const call = { by: "user", action: "s3:GetObject", time: "2026-03-10T00:00:00Z" } as const;
    const managed = trail("managed", [{ ...call, category: "Management" }]);
    const told = await run(managed, "--unused-since", "2026-03-05");
    expect(told.err).toContain("categories of events seen: Management, no data events\n");
    const both = trail("both", [
      { ...call, category: "Management" },
      { ...call, category: "Data" },
    ]);
    expect((await run(both, "--unused-since", "2026-03-05")).err).toContain("seen: Data, Management\n");
    const later = await run(file, "--unused-since", "2026-01-01");
    expect(later.err).toContain("nothing is known of the time from 2026-01-01T00:00:00Z to 2026-03-01T00:00:00Z");
  });

  it("tells what was done for the first time, and denials that came in bursts", async () => {
    const file = trail("unusual", [
      { by: "user", action: "s3:GetObject", time: "2026-03-01T08:00:00Z" },
      { by: "user", action: "s3:PutObject", time: "2026-03-10T23:00:00Z", address: "198.51.100.7" },
      ...Array.from({ length: 5 }, (_, index): Call => {
        return { by: "user", action: "s3:GetObject", time: `2026-03-11T08:0${index}:00Z`, denied: true };
      }),
      { by: "role", action: "sqs:SendMessage", time: "2026-03-12T08:00:00Z" },
    ]);
    const { lines } = await run(file, "--first-seen-since", "2026-03-05");
    const time = "2026-03-10T23:00:00Z";
    expect(lines).toEqual([
      {
        principal: role,
        firstSeen: "action",
        value: "sqs:SendMessage",
        time: "2026-03-12T08:00:00Z",
        event: "unusual-7",
      },
      { principal: role, firstSeen: "principal", value: role, time: "2026-03-12T08:00:00Z", event: "unusual-7" },
      { principal: user, firstSeen: "action", value: "s3:PutObject", time, event: "unusual-1" },
      { principal: user, firstSeen: "hour", value: "23:00", time, event: "unusual-1" },
      { principal: user, firstSeen: "network", value: "198.51.100.0/24", time, event: "unusual-1" },
      {
        principal: user,
        burst: { from: "2026-03-11T08:00:00Z", to: "2026-03-11T08:04:00Z", denied: 5 },
        events: [2, 3, 4, 5, 6].map((index) => `unusual-${index}`),
      },
    ]);
  });

  it("keeps to the principals that are asked for", async () => {
    const file = trail("both", [
      { by: "user", action: "s3:GetObject", time: "2026-03-10T00:00:00Z" },
      { by: "role", action: "sqs:SendMessage", time: "2026-03-06T00:00:00Z" },
    ]);
    const { lines } = await run(file, "--principal", "arn:aws:iam::*:role/*");
    expect(lines).toMatchObject([{ principal: role }]);
  });

  const decided = `${JSON.stringify({
    decision_id: "d-1",
    bundles: { main: {} },
    clock: "2026-03-01T08:00:00.000Z",
    input: { principal: user, action: "s3:GetObject", resource: "arn:aws:s3:::b/k" },
    result: { decision: "allowed" },
  })}\n`;
  const ofLog = [
    {
      principal: user,
      service: "s3",
      action: "s3:GetObject",
      lastUsed: "2026-03-01T08:00:00.000Z",
      count: 1,
      allowed: 1,
      denied: 0,
    },
  ];

  it.each([
    ["plain", Buffer.from(decided)],
    ["compressed", gzipSync(decided)],
  ])("takes a decision log on standard input for what it is, %s", async (_, input) => {
    const { code, err, lines } = await run("-", { input });
    expect({ code, err, lines }).toEqual({
      code: 0,
      err: "records from 2026-03-01T08:00:00.000Z to 2026-03-01T08:00:00.000Z\n",
      lines: ofLog,
    });
  });

  it("tells decision logs and trails of one folder apart, and passes over what holds no records", async () => {
    const mixed = mkdtempSync(join(folder, "mixed-"));
    writeFileSync(join(mixed, "decisions.jsonl"), decided);
    writeFileSync(join(mixed, "summary.json"), JSON.stringify({ SummaryMap: { Users: 1 } }));
    const { code, err, lines } = await run(mixed);
    expect({ code, lines }).toEqual({ code: 0, lines: ofLog });
    expect(err).toContain("1 records passed over: files without records");
  });

  it("passes over calls of no time, which are neither before nor after anything, and reads other forms of times", async () => {
    const call = { by: "user", action: "s3:GetObject" } as const;
    const times = ["never", "", "2026-13-01T00:00:00Z", "2026-03-01T10:00:00+02:00", "2026-03-01T07:00:00Z"];
    const file = trail(
      "times",
      times.map((time) => ({ ...call, time })),
    );
    const { code, err, lines } = await run(file);
    expect(code).toBe(0);
    expect(err).toBe("records from 2026-03-01T07:00:00Z to 2026-03-01T08:00:00Z\n3 records passed over: no time\n");
    expect(lines).toMatchObject([{ action: "s3:GetObject", lastUsed: "2026-03-01T08:00:00Z", count: 2 }]);
  });

  it("finds records in a folder whatever their files are called, and says nothing of what else lies there", async () => {
    const mixed = mkdtempSync(join(folder, "names-"));
    const calls = ["s3:GetObject", "s3:PutObject", "sqs:SendMessage"].map((action, index) => {
      const name = `named-${index}`;
      return readFileSync(trail(name, [{ by: "user", action, time: "2026-03-01T08:00:00Z" }]));
    });
    const [one = "", two = "", three = ""] = calls;
    writeFileSync(join(mixed, "TRAIL.JSON"), one);
    writeFileSync(join(mixed, "saved object"), two);
    writeFileSync(join(mixed, "part.bin"), gzipSync(three));
    writeFileSync(join(mixed, "notes.html"), "# [{ notes");
    writeFileSync(join(mixed, "picture.png"), Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 2]));
    const { code, err, lines } = await run(mixed);
    expect({ code, err }).toEqual({
      code: 0,
      err: "records from 2026-03-01T08:00:00Z to 2026-03-01T08:00:00Z\n",
    });
    expect(lines).toHaveLength(3);
    writeFileSync(join(mixed, "shell.json"), Buffer.from('{"Records":[]}', "utf16le"));
    const wide = await run(mixed);
    expect(wide.code).toBe(2);
    expect(wide.err).toContain(`${join(mixed, "shell.json")}: is written in UTF-16: save it as UTF-8\n`);
  });

  it("takes the export among the evidence for the policy set where none is named, and does without one", async () => {
    const own = mkdtempSync(join(folder, "export-"));
    const file = trail("exported", [{ by: "role", action: "sqs:SendMessage", time: "2026-03-01T08:00:00Z" }]);
    const ask = async (...args: readonly string[]) => {
      const { code, out, err } = await verdict(["audit", "last-accessed", "--json", ...args], { cwd: own });
      return { code, err: err.split("\n")[0], principals: out.match(/"principal":"[^"]*"/g) };
    };
    const bare = "arn:aws:iam::111111111111:role/Nightly";
    expect(await ask("--evidence", file)).toEqual({
      code: 0,
      err: "no policies are named and no account's export lies among the evidence: names are as records have them",
      principals: [`"principal":"${bare}"`],
    });
    const refused = await ask("--evidence", file, "--unused-since", "2026-01-01");
    expect(refused).toMatchObject({ code: 2, principals: null });
    const RolePolicyList = [
      { PolicyName: "own", PolicyDocument: policy("sqs:SendMessage", "sqs:ReceiveMessage").document },
    ];
    const Nightly = {
      RoleName: "Nightly",
      Path: "/jobs/",
      Arn: role,
      AssumeRolePolicyDocument: trustPolicy,
      RolePolicyList,
    };
    const details = { UserDetailList: [], GroupDetailList: [], RoleDetailList: [Nightly], Policies: [] };
    writeFileSync(join(own, "details.json"), JSON.stringify(details));
    expect(await ask("--evidence", file, "--evidence", own)).toMatchObject({
      code: 0,
      principals: [`"principal":"${role}"`],
    });
    const unused = await ask("--evidence", file, "--evidence", own, "--unused-since", "2026-01-01");
    expect(unused).toMatchObject({ code: 0, principals: [`"principal":"${role}"`] });
    const { code, out } = await verdict(["generate", role, "--evidence", file, "--evidence", own], { cwd: own });
    expect({ code, document: JSON.parse(out) }).toMatchObject({
      code: 0,
      document: { Statement: [{ Action: ["sqs:SendMessage"] }] },
    });
  });

  it("refuses what is no date, and exits 2 where no record tells of a use", async () => {
    const file = trail("none", []);
    const refused = await run(file, "--unused-since", "yesterday");
    expect(refused).toMatchObject({ code: 2, err: "--unused-since: `yesterday` is no date such as 2026-03-01\n" });
    const nothing = await run(file);
    expect(nothing).toMatchObject({ code: 2, err: "no record tells of a use\n" });
  });
});
