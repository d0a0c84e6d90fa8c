/** Session policies and session tags of requesters that have no session are an error, whichever way they are asked (IN-7). */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Engine } from "../../src/engine/engine.js";
import { AuthorizationClient } from "../kit/grpc-client.js";
import { policySet, startHttp, type TestHttpServer } from "../kit/http-server.js";
import { recorder } from "../kit/logged-calls.js";
import { folder, verdict } from "../kit/run-verdict.js";
import { atEnd, serveEngine } from "../kit/serving.js";

const account = "111111111111";
const all = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] };
const narrow = JSON.stringify({ Version: "2012-10-17", Statement: [{ ...all.Statement[0], Action: "s3:List*" }] });
const inlinePolicies = [{ name: "own", document: all }];
const linked = `arn:aws:iam::${account}:role/aws-service-role/a.amazonaws.com/Linked`;
const content = {
  accounts: [{ id: account }],
  users: [{ arn: `arn:aws:iam::${account}:user/ann`, inlinePolicies }],
  roles: [
    { arn: `arn:aws:iam::${account}:role/App`, inlinePolicies },
    { arn: linked, inlinePolicies },
  ],
  resources: [
    { arn: "arn:aws:s3:::b", account, policy: { ...all, Statement: [{ ...all.Statement[0], Principal: "*" }] } },
  ],
};
const ann = `arn:aws:iam::${account}:user/ann`;
const session = `arn:aws:sts::${account}:assumed-role/App/one`;
const asked = { action: "s3:GetObject", resource: "arn:aws:s3:::c/k", resourceAccount: account };
const unbound = "session_policies, session_tags: the requester can have none (IN-7)";
/** Who has no session (EVAL-3). */
const sessionless: readonly string[] = [
  ann,
  `arn:aws:iam::${account}:user/nobody`,
  `arn:aws:iam::${account}:root`,
  "s3.amazonaws.com",
  "anonymous",
  linked,
  `arn:aws:sts::${account}:assumed-role/Linked/one`,
];
const facts: readonly object[] = [{ sessionPolicies: [narrow] }, { sessionTags: { team: "blue" } }];

describe("session facts over gRPC", () => {
  let client: AuthorizationClient;
  beforeAll(async () => {
    const engine = await Engine.start({
      workers: 0,
      allowWhatIf: true,
      maxMessageBytes: 1 << 18,
      maxBatchRequests: 100,
    });
    engine.publish(policySet(content));
    const { address } = await serveEngine(engine, { maxMessageBytes: 1 << 18 });
    client = new AuthorizationClient(address);
    atEnd(() => client.close());
  });

  it.each(sessionless)("of %s are an error, also in a what-if call (IN-7)", async (principal) => {
    for (const given of facts) {
      for (const whatIf of [false, true]) {
        const have = await client.call("Authorize", { principal, ...asked, ...given, whatIf });
        expect(have).toMatchObject({ outcome: "ERROR", decision: { error: unbound } });
      }
    }
  });

  it("spoil the items of a batch that carry them, and no others (IN-7)", async () => {
    const requests = [ann, session].flatMap((principal) =>
      [{}, ...facts].map((given) => ({ principal, ...asked, ...given })),
    );
    const have = await client.call("BatchAuthorize", { requests, detail: "REASON" });
    const outcomes = ["ALLOWED", "ERROR", "ERROR", "ALLOWED", "IMPLICIT_DENY", "ALLOWED"];
    expect(have).toMatchObject({ decisions: outcomes.map((outcome) => ({ outcome })) });
  });

  it("that cannot be read are an error, whoever sends them (IN-7)", async () => {
    for (const [policy, cause] of [
      ["", "session[0]:1:1: the text ends where a value belongs"],
      ["{", "session[0]:1:2: the text ends where a member name in double quotes belongs"],
      [narrow.replace('"Allow"', '"allow"'), "session[0]"],
    ] as const) {
      const of = (principal: string) => client.call("Authorize", { principal, ...asked, sessionPolicies: [policy] });
      expect(await of(session)).toMatchObject({
        outcome: "ERROR",
        decision: { error: expect.stringContaining(`session_policies: ${cause}`) },
      });
      expect(await of(ann)).toMatchObject({ outcome: "ERROR", decision: { error: unbound } });
    }
  });
});

describe("session facts over HTTP", () => {
  let server: TestHttpServer;
  beforeAll(async () => {
    server = await startHttp({ policySets: { default: policySet(content) } });
  });
  afterAll(() => server.close());

  it.each(sessionless)("of %s are an error (IN-7)", async (principal) => {
    for (const given of facts) {
      const { json } = await server.post("/v1/authorize", { principal, ...asked, ...given });
      expect(json).toMatchObject({ error: expect.stringContaining(unbound) });
      expect(json).not.toMatchObject({ allowed: true });
    }
  });

  it("of a session narrow it", async () => {
    const { json } = await server.post("/v1/authorize", { principal: session, ...asked, ...facts[0] });
    expect(json).toMatchObject({ decision: "implicitDeny", blockedBy: ["session"] });
  });
});

describe("session facts in commands", () => {
  const set = join(folder, "set.json");
  const policy = join(folder, "narrow.json");
  const check = ["check", "--policies", set, "--action", asked.action, "--resource", asked.resource];
  const owner = ["--resource-account", account];
  beforeAll(() => {
    writeFileSync(set, JSON.stringify(content));
    writeFileSync(policy, narrow);
  });

  it("of a user end `check` with an error (IN-7)", async () => {
    for (const given of [
      ["--session-policy", policy],
      ["--session-tag", "team=blue"],
    ]) {
      const have = await verdict([...check, ...owner, "--principal", ann, ...given]);
      expect(have).toEqual({ code: 2, out: "", err: `${unbound}\n` });
    }
  });

  it("of a session narrow it in `check`", async () => {
    const have = await verdict([...check, ...owner, "--principal", session, "--session-policy", policy]);
    expect(have).toMatchObject({ code: 1, out: expect.stringMatching(/^implicitDeny: /) });
  });

  it("of a user are the same error in `replay` (IN-7)", async () => {
    const { lines } = await recorder(false, JSON.stringify(content));
    const log = join(folder, "calls.jsonl");
    const recorded = await Promise.all(
      facts.map((given) => lines("Authorize", { principal: ann, ...asked, ...given })),
    );
    expect(recorded.flat().join("")).toContain(unbound);
    writeFileSync(log, recorded.flat().join(""));
    const have = await verdict(["replay", log, "--policies", set, "--reasons"]);
    expect(have).toEqual({ code: 0, out: "2 the same, 0 would differ\n", err: "" });
  });
});
