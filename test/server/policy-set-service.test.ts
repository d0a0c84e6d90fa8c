/** PolicySetService over gRPC: loading, validating, listing, taking away, and who may. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { status } from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AccessError, type AccessGate, openGate } from "../../src/access/access-gate.js";
import { policySetProto } from "../../src/artifacts.js";
import type { GrpcListener } from "../../src/server/grpc/grpc-listener.js";
import { policySetService, policySetServiceName } from "../../src/server/services/policy-set-service.js";
import { ProtoClient } from "../kit/proto-client.js";
import { limits, serveServices } from "../kit/serving.js";
import { allowing, broken, scratchFolder, until, type World, world } from "../kit/supply-fixture.js";

const scratch = scratchFolder();

describe("PolicySetService", () => {
  let have: World;
  let listener: GrpcListener;
  let client: ProtoClient;
  let problems: unknown[];

  beforeEach(async () => {
    const place = join(scratch, "configured.json");
    writeFileSync(place, allowing("three"));
    have = await world({ places: [{ name: "configured", place }] });
    await have.supply.start();
    await serve(openGate);
  });

  afterEach(async () => {
    client.close();
    await listener.stop();
    await have.close();
  });

  async function serve(gate: AccessGate): Promise<void> {
    client?.close();
    await listener?.stop();
    problems = [];
    const service = policySetService(have.supply, gate, (problem) => problems.push(problem));
    listener = await serveServices([service]);
    client = new ProtoClient(policySetProto, policySetServiceName, listener.address);
  }

  const call = (name: string, request: object): Promise<object> => client.call(name, request);

  it("puts a set in force under its name", async () => {
    expect(await load("blue", allowing("one"))).toMatchObject({
      loaded: true,
      policySet: {
        name: "blue",
        origin: "POLICY_SET_ORIGIN_SERVICE",
        place: "PolicySetService: anonymous",
        digest: have.engine.published("blue")?.digest,
        generation: 2,
        principals: 1,
        statements: 1,
        failureReason: "",
      },
      findings: { findings: [], total: 0 },
    });
    expect(have.buckets(undefined, "blue")).toEqual(["one"]);
    await load("blue", allowing("two"));
    expect(have.buckets(undefined, "blue")).toEqual(["two"]);
  });

  it("refuses a set with findings and keeps what was in force", async () => {
    await load("blue", allowing("one"));
    expect(await load("blue", broken)).toMatchObject({
      loaded: false,
      policySet: null,
      findings: { findings: [{ severity: "SEVERITY_ERROR", file: "set.json", line: 1 }], total: 1 },
    });
    expect(have.buckets(undefined, "blue")).toEqual(["one"]);
    expect(await call("DescribePolicySet", { name: "blue" })).toMatchObject({
      policySet: { generation: 2, failureReason: "invalid" },
      failure: {
        reason: "invalid",
        message: expect.stringContaining("the policy set in force stays"),
        findings: { total: 1 },
      },
    });
    expect(await load("green", broken)).toMatchObject({ loaded: false });
    expect(await call("DescribePolicySet", { name: "green" })).toMatchObject({ code: status.NOT_FOUND });
  });

  it("validates without putting anything in force", async () => {
    const digest = have.engine.published("configured")?.digest;
    const files = [file("set.json", allowing("three"))];
    expect(await call("ValidatePolicySet", { files })).toMatchObject({ valid: true, digest, findings: { total: 0 } });
    expect(await call("ValidatePolicySet", { files: [file("set.json", broken)] })).toMatchObject({
      valid: false,
      digest: "",
      findings: { total: 1 },
    });
    expect(have.engine.names()).toEqual(["configured"]);
  });

  it("reads files as a directory would hold them", async () => {
    const document = {
      Version: "2012-10-17",
      Statement: { Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::one/*" },
    };
    const set = {
      accounts: [{ id: "111111111111" }],
      users: [{ arn: "arn:aws:iam::111111111111:user/alice", managedPolicies: ["Read"] }],
    };
    const files = [file("set.yaml", JSON.stringify(set)), file("policies/Read.json", JSON.stringify(document))];
    expect(await call("LoadPolicySet", { name: "blue", files })).toMatchObject({
      loaded: true,
      policySet: { policies: 1 },
    });
    expect(have.buckets(undefined, "blue")).toEqual(["one"]);
  });

  it("says where a file is no UTF-8", async () => {
    const files = [{ path: "set.yaml", content: Buffer.from("a: b\nc: \xff", "latin1") }];
    expect(await call("ValidatePolicySet", { files })).toMatchObject({
      valid: false,
      findings: {
        findings: [
          {
            rule: "SET-ENCODING",
            file: "set.yaml",
            line: 2,
            message: "the line is not valid UTF-8: save the file as UTF-8",
            helpUri: "src/validate/README.md#SET-ENCODING",
          },
        ],
      },
    });
  });

  it("lists every set, those of the configuration first", async () => {
    await load("blue", allowing("one"));
    expect(await call("ListPolicySets", {})).toMatchObject({
      policySets: [
        {
          name: "configured",
          origin: "POLICY_SET_ORIGIN_PATH",
          place: join(scratch, "configured.json"),
          generation: 1,
        },
        { name: "blue", origin: "POLICY_SET_ORIGIN_SERVICE", generation: 2 },
      ],
    });
  });

  it("takes away what it loaded", async () => {
    await load("blue", allowing("one"));
    expect(await call("UnloadPolicySet", { name: "blue" })).toEqual({});
    expect(have.engine.names()).toEqual(["configured"]);
    expect(await call("UnloadPolicySet", { name: "blue" })).toEqual({
      code: status.NOT_FOUND,
      details: "name: no policy set `blue`",
    });
  });

  it.each<[string, string, object, number, string]>([
    [
      "a set of the configuration",
      "LoadPolicySet",
      { name: "configured", files: [file("a.json", "{}")] },
      status.FAILED_PRECONDITION,
      "name: policy set `configured` is supplied by the configuration",
    ],
    [
      "taking one away",
      "UnloadPolicySet",
      { name: "configured" },
      status.FAILED_PRECONDITION,
      "name: policy set `configured` is supplied by the configuration",
    ],
    ["no name", "LoadPolicySet", { files: [file("a.json", "{}")] }, status.INVALID_ARGUMENT, "name: `` is no name"],
    [
      "a path as a name",
      "LoadPolicySet",
      { name: "../x", files: [file("a.json", "{}")] },
      status.INVALID_ARGUMENT,
      "name: `../x` is no name",
    ],
    ["no files", "ValidatePolicySet", {}, status.INVALID_ARGUMENT, "files: there are none"],
    [
      "a way up",
      "ValidatePolicySet",
      { files: [file("../a.json", "{}")] },
      status.INVALID_ARGUMENT,
      "files[0].path: `../a.json` is no relative path",
    ],
    [
      "an absolute path",
      "ValidatePolicySet",
      { files: [file("/a.json", "{}")] },
      status.INVALID_ARGUMENT,
      "files[0].path: `/a.json` is no relative path",
    ],
    [
      "a file that nobody reads",
      "ValidatePolicySet",
      { files: [file("a.txt", "{}")] },
      status.INVALID_ARGUMENT,
      "files[0].path: `a.txt` is no .json, .yaml or .yml file",
    ],
    [
      "a file twice",
      "ValidatePolicySet",
      { files: [file("a.json", "{}"), file("./a.json", "{}")] },
      status.INVALID_ARGUMENT,
      "files[1].path: `./a.json` is there twice",
    ],
  ])("refuses %s", async (_, name, request, code, details) => {
    expect(await call(name, request)).toEqual({ code, details });
    expect(have.buckets(["three"], "configured")).toEqual(["three"]);
  });

  it("refuses messages that are too large", async () => {
    const files = [file("a.json", " ".repeat(limits.maxMessageBytes))];
    expect(await call("ValidatePolicySet", { files })).toMatchObject({ code: status.RESOURCE_EXHAUSTED });
  });

  it("lets the set go that was used least recently when there are too many", async () => {
    for (const name of ["a", "b", "c"]) await load(name, allowing("one"));
    const loadedAt = Date.now();
    await until(() => Date.now() > loadedAt + 1, have.story);
    expect(have.buckets(["one"], "a")).toEqual(["one"]);
    expect(have.buckets(["one"], "c")).toEqual(["one"]);
    await load("d", allowing("one"));
    expect(have.engine.names()).toEqual(["configured", "a", "c", "d"]);
    expect(have.events.at(-1)).toMatchObject({ kind: "evicted", because: "leastRecentlyUsed", status: { name: "b" } });
  });

  it("does nothing for callers that the gate does not let in", async () => {
    const asked: string[] = [];
    await serve({
      admit(service) {
        asked.push(service);
        throw new AccessError("forbidden", "not you");
      },
    });
    for (const name of [
      "LoadPolicySet",
      "ValidatePolicySet",
      "UnloadPolicySet",
      "DescribePolicySet",
      "ListPolicySets",
    ]) {
      const request = { name: "configured", files: [file("a.json", allowing("one"))] };
      expect(await call(name, request)).toEqual({ code: status.PERMISSION_DENIED, details: "not you" });
    }
    expect(new Set(asked)).toEqual(new Set(["policySets"]));
    expect(have.engine.names()).toEqual(["configured"]);
    expect(problems).toEqual([]);
  });

  function load(name: string, text: string): Promise<object> {
    return call("LoadPolicySet", { name, files: [file("set.json", text)] });
  }
});

function file(path: string, text: string): object {
  return { path, content: Buffer.from(text) };
}
