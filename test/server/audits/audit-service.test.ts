/** AuditService over gRPC: the answers of the command, bounds, refusals, and ends that end the work. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AccessGate } from "../../../src/access/access-gate.js";
import { Engine } from "../../../src/engine/engine.js";
import type { EndedAudit } from "../../../src/observe/log-audit.js";
import { auditServiceName } from "../../../src/server/audits/audit-lines.js";
import { auditService } from "../../../src/server/audits/audit-service.js";
import { type AuditBounds, Audits } from "../../../src/server/audits/audits.js";
import { auditMethods } from "../../../src/server/audits/read-audit.js";
import type { GrpcListener } from "../../../src/server/grpc/grpc-listener.js";
import { lineOf } from "../../kit/audit-lines.js";
import { example, examplePolicies, policySet } from "../../kit/http-server.js";
import { ProtoClient } from "../../kit/proto-client.js";
import { folder, verdict } from "../../kit/run-verdict.js";
import { serveServices } from "../../kit/serving.js";

const carol = "arn:aws:iam::222222222222:user/people/carol";
const everything = { principal: carol };
const bounds: AuditBounds = { atOnce: 1, timeoutMs: 300_000, maxBytes: 1 << 28, memoryMegabytes: 1024 };
/** A user who may read what is tagged, and another one who may more. */
const small = (...actions: readonly string[]) => ({
  users: [
    {
      arn: "arn:aws:iam::111111111111:user/ann",
      inlinePolicies: [
        {
          name: "own",
          document: {
            Version: "2012-10-17",
            Statement: {
              Effect: "Allow",
              Action: actions,
              Resource: "arn:aws:s3:::data/*",
              Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } },
            },
          },
        },
      ],
    },
  ],
});

interface Answer {
  readonly lines: readonly object[];
  readonly metadata: Metadata | undefined;
  readonly code: number;
  readonly details: string;
}

/** A listener with the service, and ways to ask it. */
class Scene {
  readonly audited: EndedAudit[] = [];
  readonly problems: unknown[] = [];
  readonly asked: string[] = [];
  mayExplain = true;

  private constructor(
    private readonly audits: Audits,
    private readonly listener: GrpcListener,
    private readonly client: ProtoClient,
    watch: { told: (scene: Scene) => void },
  ) {
    watch.told(this);
  }

  static async start(engine: Engine, changed: Partial<AuditBounds> = {}): Promise<Scene> {
    let scene: Scene | undefined;
    const audits = new Audits({ ...bounds, ...changed });
    const gate: AccessGate = {
      admit: (service) => {
        scene?.asked.push(service);
        return { name: "anonymous", mayExplain: scene?.mayExplain ?? false };
      },
    };
    const service = auditService({
      engine,
      gate,
      audits,
      budget: 200_000,
      onInternalError: (error) => scene?.problems.push(error),
      onAudited: (audit) => scene?.audited.push(audit),
    });
    const listener = await serveServices([service]);
    const client = new ProtoClient("verdict/v1/audit.proto", auditServiceName, listener.address);
    return new Scene(audits, listener, client, {
      told: (one) => {
        scene = one;
      },
    });
  }

  open(method: string, request: object, options: object = {}) {
    return this.client.serverStream(method, request, options);
  }

  ask(method: string, request: object, options: object = {}): Promise<Answer> {
    const lines: object[] = [];
    let metadata: Metadata | undefined;
    const call = this.open(method, request, options);
    return new Promise((resolve) => {
      call.on("metadata", (given: Metadata) => {
        metadata = given;
      });
      call.on("data", (line: object) => lines.push(line));
      call.on("error", ({ code, details }: ServiceError) => resolve({ lines, metadata, code, details }));
      call.on("end", () => resolve({ lines, metadata, code: status.OK, details: "" }));
    });
  }

  /** Bytes that may be no message. */
  send(method: string, bytes: Buffer): Promise<object> {
    return this.client.send(method, bytes);
  }

  async close(): Promise<void> {
    this.client.close();
    await this.listener.stop();
    await this.audits.close();
  }
}

let engine: Engine;
let scene: Scene;
beforeAll(async () => {
  engine = await Engine.start({ workers: 0, keepArchives: true });
  engine.publish(await examplePolicies("acme"));
  engine.publish(policySet(small("s3:GetObject")), "old");
  engine.publish(policySet(small("s3:GetObject", "s3:PutObject")), "new");
  scene = await Scene.start(engine);
});
afterAll(async () => {
  await scene.close();
  await engine.close();
});

describe("AuditService", () => {
  it.each(auditMethods)("tells a caller of %s that bytes are no message, and goes on", async (method) => {
    const code = status.INVALID_ARGUMENT;
    const details = `message: is no verdict.v1.${method}Request`;
    expect(await scene.send(method, Buffer.from([0xff, 0xff, 0xff, 0xff, 1]))).toEqual({ code, details });
    expect(scene.problems).toEqual([]);
  });
});

describe("Prove", () => {
  const assertions = (...list: readonly object[]) => JSON.stringify({ assertions: list });
  const principals = { patterns: ["arn:aws:iam::*:user/*"] };
  const nobodyDeletes = {
    id: "nobody-deletes",
    never: "allowed",
    actions: ["s3:DeleteObject"],
    principals,
    why: "contract",
  };
  const nobodyReads = {
    id: "nobody-reads",
    never: "allowed",
    actions: ["s3:GetObject"],
    principals,
  };

  it("answers each assertion as the command does, with over what and what breaks it", async () => {
    const text = assertions(nobodyDeletes, nobodyReads);
    const have = await scene.ask("Prove", { policySet: "old", assertions: text });
    expect(have).toMatchObject({ code: status.OK, details: "" });
    const file = join(folder, "assertions.json");
    const set = join(folder, "old.json");
    writeFileSync(file, text);
    writeFileSync(set, JSON.stringify(small("s3:GetObject")));
    const { out } = await verdict(["prove", "--policies", set, file, "--json"]);
    const printed = out
      .trimEnd()
      .split("\n")
      .map((line): object => JSON.parse(line));
    const common = ({ id, result, classes, reason }: Record<string, unknown>) => ({
      id,
      result,
      classes: Number(classes),
      reason,
    });
    // Files of loaded sets are named as the sets see them.
    const bare = (line: object) =>
      JSON.parse(JSON.stringify(line).replaceAll(set, "set.json").replaceAll("old.json", "set.json"));
    expect(have.lines.map((line) => common(bare(line)))).toEqual(printed.map((line) => common(bare(line))));
    expect(have.lines).toMatchObject([
      { id: "nobody-deletes", result: "holds", why: "contract", counterexample: null, over: { keys: "open" }, line: 1 },
      { id: "nobody-reads", result: "fails", counterexample: { action: "s3:GetObject" } },
    ]);
  });

  it("compares sets in force, each by its name", async () => {
    const gains = { id: "nobody-gains", noNewAccess: { than: "old" } };
    const same = { id: "same", equivalent: { to: "new" } };
    const text = assertions(gains, same);
    const have = await scene.ask("Prove", { policySet: "new", assertions: text, otherPolicySets: ["old", "new"] });
    expect(have.lines).toMatchObject([
      { id: "nobody-gains", result: "fails", counterexample: { action: "s3:PutObject" } },
      { id: "same", result: "holds" },
    ]);
    expect(have.metadata?.get("policy-set-digest")).toEqual([engine.published("new")?.digest]);
  });

  it.each<[string, object, string]>([
    ["no file", {}, "assertions: missing"],
    ["no YAML", { assertions: "{" }, "assertions:1:"],
    ["a file of more than 1 MiB", { assertions: "#".repeat((1 << 20) + 1) }, "assertions: a text of 1048577 bytes"],
    ["an unknown member", { assertions: assertions({ ...nobodyDeletes, action: "x" }) }, "unknown member `action`"],
    [
      "a set that is not listed, before anything is proved",
      { assertions: assertions(nobodyDeletes, { id: "a", noNewAccess: { than: "old" } }) },
      "`old` is none of `other_policy_sets`",
    ],
    ["too many sets", { assertions: "x", otherPolicySets: [..."123456789"] }, "other_policy_sets: 9 names, at most 8"],
  ])("refuses %s with its place", async (_, request, message) => {
    const have = await scene.ask("Prove", request);
    expect(have).toMatchObject({ lines: [], code: status.INVALID_ARGUMENT, details: expect.stringContaining(message) });
  });
});

describe("lines", () => {
  const printed = async (args: readonly string[]): Promise<readonly object[]> => {
    const { out, err } = await verdict(["audit", ...args, "--json"]);
    expect(err).toBe("");
    return out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
  };
  const read = ["--policies", example("acme")];

  it.each([
    [
      "WhoCan",
      { action: "s3:DeleteBucket", region: { outside: true } },
      ["who-can", "s3:DeleteBucket", "--outside", ...read],
    ],
    [
      "WhoCan",
      { action: "s3:GetObject", resource: "arn:aws:s3:::acme-invoices/*", all: true, budget: 5000 },
      ["who-can", "s3:GetObject", "arn:aws:s3:::acme-invoices/*", "--all", "--budget", "5000", ...read],
    ],
    [
      "WhatCan",
      {
        principal: "arn:aws:iam::222222222222:user/people/*",
        region: {
          actions: ["orders:*"],
          context: { "aws:MultiFactorAuthPresent": { values: ["true"] } },
          without: ["aws:SourceIp"],
        },
      },
      [
        "what-can",
        "arn:aws:iam::222222222222:user/people/*",
        ...["--action", "orders:*", "--context", "aws:MultiFactorAuthPresent=true", "--without", "aws:SourceIp"],
        ...read,
      ],
    ],
    [
      "WhichResources",
      { principal: carol, action: "s3:GetObject" },
      ["which-resources", carol, "s3:GetObject", ...read],
    ],
  ] as const)("of %s are those of the command: %j", async (method, request, args) => {
    const { code, lines, metadata } = await scene.ask(method, request);
    expect(code).toBe(status.OK);
    const wanted = await printed(args);
    expect(wanted.length).toBeGreaterThan(1);
    expect(lines.map(lineOf)).toEqual(wanted);
    expect(metadata?.get("policy-set-digest")).toEqual([engine.published()?.digest]);
    expect(metadata?.get("policy-set-generation")).toEqual(["1"]);
    const { method: told, policySets, counts, failure } = scene.audited.at(-1) ?? {};
    expect([told, policySets, failure]).toEqual([method, [""], undefined]);
    expect(Object.values(counts ?? {}).reduce((sum, count) => sum + count, 0)).toBe(lines.length);
    expect(scene.asked.at(-1)).toBe("audits");
  });

  it("of Diff are those of the command, with their summary at the end", async () => {
    const files = ["old", "new"].map((name) => join(folder, `${name}.json`));
    writeFileSync(files[0] ?? "", JSON.stringify(small("s3:GetObject")));
    writeFileSync(files[1] ?? "", JSON.stringify(small("s3:GetObject", "s3:PutObject")));
    const { code, lines, metadata } = await scene.ask("Diff", { oldPolicySet: "old", newPolicySet: "new" });
    expect(code).toBe(status.OK);
    const wanted = await printed(["diff", ...files]);
    expect(wanted.at(-1)).toEqual({ summary: { gained: 1, lost: 0, conditions: 0, unknown: 0 } });
    const place = (line: object) => JSON.parse(JSON.stringify(line).replaceAll(/"file":"[^"]*"/g, '"file":""'));
    expect(lines.map(lineOf).map(place)).toEqual(wanted.map(place));
    expect(metadata?.get("policy-set-digest")).toEqual([engine.published("new")?.digest]);
    expect(metadata?.get("old-policy-set-digest")).toEqual([engine.published("old")?.digest]);
    expect(scene.audited.at(-1)).toMatchObject({ method: "Diff", policySets: ["old", "new"] });
  });

  it("follow the policy set that is in force", async () => {
    const ann = "arn:aws:iam::111111111111:user/ann";
    const ask = async () => {
      const request = { policySet: "moving", action: "s3:PutObject", region: { principals: [ann] } };
      return (await scene.ask("WhoCan", request)).lines.length;
    };
    engine.publish(policySet(small("s3:PutObject")), "moving");
    expect(await ask()).toBe(1);
    engine.publish(policySet(small("s3:GetObject")), "moving");
    expect(await ask()).toBe(0);
  });
});

describe("an audit is refused", () => {
  it.each([
    ["WhoCan", {}, "action: missing"],
    [
      "WhoCan",
      { action: "s3" },
      "action: `s3` is no action such as s3:GetObject, and no pattern of actions (ACT-1, ACT-5)",
    ],
    [
      "WhoCan",
      { action: "s3:GetObject", resource: "prod" },
      "resource: `prod` is no ARN, no pattern of ARNs and not `*` (RES-1)",
    ],
    [
      "WhoCan",
      { action: "s3:GetObject", region: { resources: ["prod"] } },
      "resource: `prod` is no ARN, no pattern of ARNs and not `*` (RES-1)",
    ],
    [
      "WhoCan",
      { action: "s3:GetObject", resource: "*", region: { resources: ["*"] } },
      "resource: give it here or in the region, not both",
    ],
    ["WhatCan", {}, "principal: missing"],
    ["WhatCan", { principal: "carol" }, `principal: \`carol\` is no principal (IN-2): did you mean \`${carol}\`?`],
    [
      "WhichResources",
      { principal: "arn:aws:iam::*:user/zoe", action: "s3:GetObject" },
      "principal: no principal of the policy set matches `arn:aws:iam::*:user/zoe`",
    ],
    [
      "WhoCan",
      { action: "s3:GetObject", region: { context: { "aws:SourceIp": { values: ["10.0.0.1:443"] } } } },
      'context["aws:SourceIp"]: `10.0.0.1:443` is no IP address (CTX-16)',
    ],
    [
      "WhoCan",
      { action: "s3:GetObject", region: { context: { "aws:CurrentTime": { values: ["now"] } } } },
      'context["aws:CurrentTime"]: `now` is no date such as 2026-03-01T09:00:00Z',
    ],
    [
      "WhoCan",
      { action: "s3:GetObject", region: { context: { a: { values: [] }, A: { values: [] } } } },
      "context: `A` is given twice, but for case (COND-7)",
    ],
    [
      "WhoCan",
      { action: "s3:GetObject", region: { without: ["aws:username"] } },
      "without: `aws:username` follows from principal or resource, and is there or not (CTX-1)",
    ],
    ["WhoCan", { action: "s3:GetObject", budget: 200_001 }, "budget: 200001 steps for one line, at most 200000"],
    [
      "WhoCan",
      { action: "s3:GetObject", region: { principals: Array.from({ length: 1001 }, () => "*") } },
      "region: 1001 texts and keys, at most 1000",
    ],
    ["WhoCan", { action: `s3:${"x".repeat(4096)}` }, "action: a text of 4099 bytes, at most 4096"],
  ])("%s %j", async (method, request, details) => {
    expect(await scene.ask(method, request)).toMatchObject({ lines: [], code: status.INVALID_ARGUMENT, details });
    expect(scene.problems).toEqual([]);
  });

  it("by policy sets that are not in force", async () => {
    const details = 'policy_set: no policy set "none" is published';
    const failed = { lines: [], code: status.FAILED_PRECONDITION, details };
    expect(await scene.ask("WhoCan", { policySet: "none", action: "s3:GetObject" })).toMatchObject(failed);
    expect(await scene.ask("Diff", { oldPolicySet: "none" })).toMatchObject(failed);
    expect(await scene.ask("Diff", { newPolicySet: "none" })).toMatchObject(failed);
    expect(await scene.ask("Prove", { assertions: "x", otherPolicySets: ["none"] })).toMatchObject(failed);
  });

  it("to callers that may have outcomes only (OUT-8)", async () => {
    scene.mayExplain = false;
    try {
      expect(await scene.ask("WhoCan", { action: "s3:GetObject" })).toMatchObject({
        lines: [],
        code: status.PERMISSION_DENIED,
        details: "caller: may have outcomes only, and audits tell more (OUT-8)",
      });
    } finally {
      scene.mayExplain = true;
    }
  });
});

describe("an audit ends", () => {
  /** The first line of everything that a principal can do. */
  const begun = (call: ReturnType<Scene["open"]>): Promise<void> =>
    new Promise((resolve) => {
      call.on("error", () => {});
      call.once("data", () => resolve());
    });

  it("with its call, and leaves its place to the next one", async () => {
    const call = scene.open("WhatCan", everything);
    await begun(call);
    call.cancel();
    // There is one place: whoever has it keeps everybody else waiting.
    expect(await scene.ask("WhoCan", { policySet: "old", action: "s3:GetObject" })).toMatchObject({ code: status.OK });
    expect(scene.problems).toEqual([]);
  });

  it("with the deadline of its call", async () => {
    const late = await scene.ask("WhatCan", everything, { deadline: Date.now() + 500 });
    expect(late.code).toBe(status.DEADLINE_EXCEEDED);
    expect(await scene.ask("WhoCan", { policySet: "old", action: "s3:GetObject" })).toMatchObject({ code: status.OK });
  });

  it.each([
    [{ maxBytes: 1000 }, status.RESOURCE_EXHAUSTED, "audit: the answer has more than 1000 bytes: narrow the region"],
    [{ timeoutMs: 1 }, status.DEADLINE_EXCEEDED, "audit: took longer than 0.001 s: narrow the region"],
  ])("beyond a bound: %j", async (bound, code, details) => {
    const narrow = await Scene.start(engine, bound);
    const answer = await narrow.ask("WhoCan", { action: "s3:GetObject" });
    await narrow.close();
    expect(answer).toMatchObject({ code, details });
  });

  it("before it begins where too many wait", async () => {
    const first = scene.open("WhatCan", everything);
    await begun(first);
    const waiting = Array.from({ length: 16 }, () => scene.open("WhatCan", everything));
    for (const call of waiting) call.on("error", () => {});
    const details = "audits: too many at once: ask again later";
    const asked = { policySet: "old", action: "s3:GetObject" };
    expect(await scene.ask("WhoCan", asked)).toMatchObject({ lines: [], code: status.RESOURCE_EXHAUSTED, details });
    for (const call of [...waiting, first]) call.cancel();
    // The server hears of it a moment later.
    let answer: Answer;
    do answer = await scene.ask("WhoCan", asked);
    while (answer.code === status.RESOURCE_EXHAUSTED);
    expect(answer.code).toBe(status.OK);
  });

  it("no sooner than its reader has taken what was sent", async () => {
    const { archive, digest, generation } = engine.published() ?? {};
    if (archive === undefined || digest === undefined || generation === undefined) throw new Error("no archive");
    const audits = new Audits(bounds);
    let loads = 0;
    let open = 0;
    const { counts } = await audits.run(
      {
        sets: [{ archive, digest, generation }],
        question: { kind: "whoCan", action: "s3:*", resources: ["*"], all: true },
        region: {
          principals: ["*"],
          actions: ["*"],
          resources: ["*"],
          context: new Map(),
          without: [],
          closed: true,
          outside: false,
        },
        budget: 2000,
        nowMs: 0,
      },
      "caller",
      new AbortController().signal,
      async () => {
        loads++;
        expect(++open).toBe(1);
        await engine.decide({ principal: carol, action: "s3:GetObject", resource: "*" });
        open--;
      },
    );
    await audits.close();
    expect(loads).toBeGreaterThan(0);
    expect(counts.always).toBe(0);
  });
});

it("keeps nobody from a decision", async () => {
  const call = scene.open("WhatCan", everything);
  let hasEnded = false;
  call.on("error", () => {
    hasEnded = true;
  });
  call.on("end", () => {
    hasEnded = true;
  });
  await new Promise<void>((resolve) => call.once("data", () => resolve()));
  for (let asked = 0; asked < 200; asked++) {
    const answer = engine.decide({ principal: carol, action: "s3:GetObject", resource: "arn:aws:s3:::acme-press/x" });
    expect(answer).toHaveProperty("decision");
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(hasEnded).toBe(false);
  call.cancel();
});
