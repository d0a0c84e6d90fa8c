// The lines of the decision log, exactly: every way in which a question may travel gives the same record.
import { describe, expect, it } from "vitest";
import { parseLogMask } from "../../src/observe/decision-log/log-mask.js";
import { ann, asking, contextOf, digest, facts, linesOf, object, recorder, terms } from "../kit/logged-calls.js";

const { lines, decide } = await recorder();
const inside = { context: contextOf({ "aws:SourceIp": ["10.0.0.7"] }) };
const statement = (sid: string, line: number, index: number, effect = "Allow") => ({
  policyType: "identity",
  policy: "own",
  statement: index,
  sid,
  effect,
  file: "set.yaml",
  line,
  column: 15,
});
const reasons = { blockedBy: [], matchedStatements: [], missingContextKeys: [], unknownPrincipal: false };
const policySet = { digest, generation: 1 };

/** What every record has. */
function usual(action: string, id = "p-z") {
  return {
    decision_id: id,
    timestamp: "2026-11-22T12:30:15.250Z",
    clock: "2026-11-22T12:30:15.250Z",
    labels: { app: "verdict", id: "p", version: "9.9.9" },
    bundles: { default: { revision: digest, generation: 1 } },
    path: "verdict.v1.AuthorizationService/Authorize",
    transport: "grpc",
    requested_by: "1.2.3.4:5",
    caller: "spiffe://acme/a",
    metrics: { timer_decide_ns: 250_000 },
    eventSource: "s3.amazonaws.com",
    eventName: action.slice(3),
    userIdentity: { arn: ann },
    resources: [{ ARN: object }],
  };
}

async function records(...args: Parameters<typeof lines>): Promise<unknown[]> {
  return (await lines(...args)).map((line) => {
    expect(line).toMatch(/^[ -~]+\n$/);
    return JSON.parse(line);
  });
}

describe("a decision record", () => {
  it("of an allow holds the question and the answer", async () => {
    expect(await records("Authorize", asking("s3:GetObject", inside))).toEqual([
      {
        ...usual("s3:GetObject"),
        input: { principal: ann, action: "s3:GetObject", resource: object, context: { "aws:SourceIp": "10.0.0.7" } },
        result: {
          decision: "allowed",
          allowed: true,
          ...reasons,
          matchedStatements: [statement("Read", 10, 0)],
          policySet,
        },
      },
    ]);
  });

  it("of a denial says so in CloudTrail's words", async () => {
    const message = `${ann} is not authorized to perform: s3:DeleteObject on resource: ${object} with an explicit deny in an identity-based policy`;
    expect(await records("Authorize", asking("s3:DeleteObject"))).toEqual([
      {
        ...usual("s3:DeleteObject"),
        input: { principal: ann, action: "s3:DeleteObject", resource: object },
        result: {
          decision: "explicitDeny",
          allowed: false,
          ...reasons,
          blockedBy: ["identity"],
          matchedStatements: [statement("Keep", 12, 2, "Deny")],
          policySet,
        },
        errorCode: "AccessDenied",
        errorMessage: message,
      },
    ]);
  });

  it("of an answer without reasons has none", async () => {
    expect(await records("Authorize", asking("s3:ListBucket", { detail: "OUTCOME" }))).toMatchObject([
      {
        result: { decision: "implicitDeny", allowed: false, policySet },
        errorMessage: `${ann} is not authorized to perform: s3:ListBucket on resource: ${object}`,
      },
    ]);
  });

  it("of a question that could not be decided holds the error", async () => {
    const [have] = await records("Authorize", asking("no colon"));
    expect(have).toEqual({
      ...usual("no colon"),
      eventSource: "",
      eventName: "no colon",
      input: { principal: ann, action: "no colon", resource: object },
      result: { error: expect.stringContaining("action") },
      errorCode: "ValidationError",
      errorMessage: expect.stringContaining("action"),
    });
  });

  it("of an explained answer holds the explanation", async () => {
    const context = contextOf({ "aws:SourceIp": ["192.0.2.1"] });
    const [have] = await records("Authorize", asking("s3:GetObject", { context, detail: "EXPLAIN" }));
    expect(have).toMatchObject({
      result: {
        decision: "implicitDeny",
        layers: [{ policyType: "identity", verdict: "silent" }],
        statements: expect.arrayContaining([
          {
            statement: statement("Read", 10, 0),
            applies: false,
            failedElement: "condition",
            operator: "IpAddress",
            key: "aws:SourceIp",
            requestValues: ["192.0.2.1"],
            keyMissing: false,
            wantedValues: [{ written: "10.0.0.0/8" }],
          },
        ]),
      },
    });
  });

  it("has the id that its caller was told", async () => {
    const told = { ...facts, decisionId: "0b6e8f4e-7a3f-4a7e-9d0a-2f6f7a1c9d11" };
    const have = await records("Authorize", asking("s3:GetObject"), {}, told);
    expect(have).toMatchObject([{ decision_id: told.decisionId, caller: facts.caller.name }]);
  });

  it("takes the trace context of its call", async () => {
    const [trace, span] = ["4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"];
    const traced = { ...facts, traceparent: `00-${trace}-${span}-01` };
    expect(await records("Authorize", asking("s3:GetObject"), {}, traced)).toMatchObject([
      { trace_id: trace, span_id: span },
    ]);
    const [bad] = await lines("Authorize", asking("s3:GetObject"), {}, { ...facts, traceparent: "00-x" });
    expect(bad).not.toContain("trace_id");
  });

  it("names the service of a team's own resources by its prefix", async () => {
    const own = { principal: ann, action: "orders:Refund", resource: "arn:acme:orders:eu:t:order/1" };
    expect(await records("Authorize", own)).toMatchObject([{ eventSource: "orders", eventName: "Refund" }]);
  });

  it("stays one line of plain text whatever the question holds", async () => {
    const principal = 'x\n{"decision_id":"forged"}\r\u001b[31m\u2028\u202e\u0085\u0000';
    const [line = ""] = await lines("Authorize", { principal, action: "s3:GetObject", resource: object });
    expect(line).toMatch(/^[ -~]+\n$/);
    expect(JSON.parse(line)).toMatchObject({ input: { principal } });
  });

  it("keeps keys that objects treat specially", async () => {
    const [line = ""] = await lines(
      "Authorize",
      asking("s3:GetObject", { resourceTags: JSON.parse('{"__proto__":"a","constructor":"b"}') }),
    );
    expect(line).toContain('"resourceTags":{"__proto__":"a","constructor":"b"}');
  });

  it("marks what is no UTF-8", async () => {
    const { request, ...call } = await decide("Authorize", asking("s3:GetObject"));
    const broken = Buffer.from(request);
    const at = broken.indexOf("user/ann");
    broken[at] = 0xff;
    const [line = ""] = linesOf({ ...call, request: broken }, terms);
    expect(JSON.parse(line)).toMatchObject({ malformed: true, input: { action: "s3:GetObject" } });
  });
});

describe("the records of a batch", () => {
  it("have the defaults filled in, and the question's own words win", async () => {
    const have = await records("BatchAuthorize", {
      defaults: {
        principal: ann,
        resource: object,
        context: contextOf({ "AWS:sourceip": ["10.9.9.9"], "aws:TagKeys": ["a", "b"] }),
        resourceTags: { team: "blue" },
        sessionTags: { s: "1" },
        endpoint: "vpce-1",
        resourceAccount: "111111111111",
      },
      requests: [
        { action: "s3:GetObject", context: contextOf({ "aws:SourceIp": ["10.0.0.7"] }) },
        { action: "s3:PutObject", resourceTags: { own: "1" }, resource: "arn:aws:s3:::other/k" },
      ],
    });
    const shared = { principal: ann, resourceAccount: "111111111111", sessionTags: { s: "1" }, endpoint: "vpce-1" };
    expect(have).toMatchObject([
      {
        decision_id: "p-z.0",
        req_id: "p-z",
        path: "verdict.v1.AuthorizationService/BatchAuthorize",
        metrics: { timer_decide_ns: 250_000, batch_size: 2 },
        input: {
          ...shared,
          action: "s3:GetObject",
          resource: object,
          resourceTags: { team: "blue" },
          context: { "aws:SourceIp": "10.0.0.7", "aws:TagKeys": ["a", "b"] },
        },
      },
      {
        decision_id: "p-z.1",
        req_id: "p-z",
        input: {
          ...shared,
          action: "s3:PutObject",
          resource: "arn:aws:s3:::other/k",
          resourceTags: { own: "1" },
          context: { "AWS:sourceip": "10.9.9.9", "aws:TagKeys": ["a", "b"] },
        },
      },
    ]);
    expect((have[0] as { input: { context: object } }).input.context).not.toHaveProperty("AWS:sourceip");
  });

  it.each(["REASON", "OUTCOME"])("say the same of the rows of a table (%s)", async (detail) => {
    const have = await records("BatchAuthorize", {
      requests: [asking("s3:PutObject")],
      table: {
        principals: [ann, "arn:aws:iam::111111111111:user/bob"],
        actions: ["s3:GetObject", "s3:DeleteObject"],
        resources: [object],
        contexts: [{ entries: contextOf({ "aws:SourceIp": ["10.0.0.7"] }) }],
        rows: [0, 0, 0, 1, 0, 1, 0, 0, 1, 0, 0, 0, 0, 9, 0, 0],
      },
      detail,
    });
    const of = (record: unknown) => {
      const { input, result, malformed } = record as {
        input: Record<string, unknown>;
        result: { decision?: string };
        malformed?: true;
      };
      return [input.principal, input.action, input.context, result.decision ?? "error", malformed];
    };
    expect(have.map(of)).toEqual([
      [ann, "s3:PutObject", undefined, "allowed", undefined],
      [ann, "s3:GetObject", { "aws:SourceIp": "10.0.0.7" }, "allowed", undefined],
      [ann, "s3:DeleteObject", undefined, "explicitDeny", undefined],
      ["arn:aws:iam::111111111111:user/bob", "s3:GetObject", undefined, "implicitDeny", undefined],
      [ann, "", undefined, "error", true],
    ]);
  });

  it("mark a question that names another policy set than its batch", async () => {
    const have = await records("BatchAuthorize", { requests: [asking("s3:PutObject", { policySet: "other" })] });
    expect(have).toMatchObject([{ malformed: true, result: { error: expect.any(String) } }]);
  });

  it("are bounded however often a table repeats its texts", async () => {
    const rows = Array.from({ length: 2000 }, () => [0, 0, 0, 1]).flat();
    const have = await lines("BatchAuthorize", {
      table: {
        principals: [ann],
        actions: ["s3:PutObject"],
        resources: [object],
        contexts: [{ entries: contextOf({ "aws:UserAgent": ["x".repeat(20_000)] }) }],
        rows,
      },
    });
    expect(have.length).toBe(2000);
    expect(have.join("").length).toBeLessThan(2000 * 4096);
    expect(JSON.parse(have.at(-1) ?? "")).toMatchObject({
      oversized: true,
      erased: ["input", "result", "errorMessage"],
      input: { principal: ann, action: "s3:PutObject", resource: object },
      result: { decision: "allowed", allowed: true },
    });
  });
});

describe("sampling", () => {
  it.each([
    ["nothing of the allows", 0, ["explicitDeny", "implicitDeny", "error"]],
    ["the allows that it hits", 0.6, ["allowed", "explicitDeny", "implicitDeny", "error"]],
    ["none that it misses", 0.4, ["explicitDeny", "implicitDeny", "error"]],
  ])("leaves %s", async (_, allowSampleRate, want) => {
    const requests = ["s3:PutObject", "s3:DeleteObject", "s3:ListBucket", "bad"].map((action) => asking(action));
    const call = await decide("BatchAuthorize", { requests });
    const have = linesOf(call, { ...terms, allowSampleRate }, () => 0.5).map((line) => JSON.parse(line));
    expect(have.map(({ result }) => result.decision ?? "error")).toEqual(want);
    for (const { metrics } of have) expect(metrics.allow_sample_rate).toBe(allowSampleRate);
  });
});

describe("masks", () => {
  const masked = async (paths: readonly string[], message: object) => {
    const masks = paths.map((path) => parseLogMask(path)).filter((mask) => mask !== undefined);
    expect(masks.length).toBe(paths.length);
    const [line = ""] = await lines("Authorize", message, { masks });
    return { line, record: JSON.parse(line) };
  };

  it("erase a context key in any spelling, and every echo of its value", async () => {
    const context = contextOf({ "AWS:sourceIP": ["192.0.2.1"], "aws:UserAgent": ["curl"] });
    const message = asking("s3:GetObject", { context, detail: "EXPLAIN" });
    const { line, record } = await masked(["input.context.aws:SourceIp"], message);
    expect(line).not.toContain("192.0.2.1");
    expect(record.input.context).toEqual({ "aws:UserAgent": "curl" });
    const erased = ["input.context.AWS:sourceIP", "errorMessage", "result.message", "result.statements.requestValues"];
    expect(erased).toEqual(expect.arrayContaining(record.erased));
    expect(record.erased.length).toBeGreaterThanOrEqual(3);
    expect(record.result.statements.length).toBeGreaterThan(0);
  });

  it.each([
    ["input.principal", ann],
    ["input.resource", object],
    ["input.resourceTags.secret", "tag-value"],
    ["input.resourceTags", "tag-value"],
    ["input.sessionTags.s", "session-value"],
    ["input.endpoint", "vpce-77"],
    ["input.context", "agent-value"],
    ["input.resourceAccount", "222222222222"],
    ["requested_by", "1.2.3.4:5"],
    ["caller", "spiffe://acme/a"],
  ])("erase %s everywhere in the record", async (path, value) => {
    const message = asking("s3:DeleteObject", {
      context: contextOf({ "aws:UserAgent": ["agent-value"] }),
      resourceTags: { secret: "tag-value" },
      sessionTags: { s: "session-value" },
      endpoint: "vpce-77",
      resourceAccount: "222222222222",
      detail: "EXPLAIN",
    });
    const open = await masked([], message);
    expect(open.line).toContain(value);
    expect(open.record).not.toHaveProperty("erased");
    const { line, record } = await masked([path], message);
    expect(line).not.toContain(value);
    expect(record.erased[0]).toBe(path);
  });

  it("erase error texts, which quote the question", async () => {
    const { line, record } = await masked(["input.principal"], { principal: "who?", action: "s3:A", resource: object });
    expect(line).not.toContain("who?");
    expect(record).toMatchObject({ result: { error: "erased" }, errorCode: "ValidationError" });
  });

  it("leave records alone that have no such part", async () => {
    const { record } = await masked(["input.context.aws:SourceIp", "input.endpoint"], asking("s3:PutObject"));
    expect(record).not.toHaveProperty("erased");
  });

  it.each(["", "input", "input.action", "result", "input.context.", "input.nothing", "bundles", "input.principal.x"])(
    "refuse the path `%s`",
    (path) => {
      expect(parseLogMask(path)).toBeUndefined();
    },
  );
});
