// Questions and answers by hand against protobufjs, which reads the .proto file.
import { describe, expect, it } from "vitest";
import { Engine } from "../../src/engine/engine.js";
import type { AuthorizationQuestion } from "../../src/question/authorization-question.js";
import { HealthService } from "../../src/server/grpc/health-service.js";
import { Readiness } from "../../src/server/readiness.js";
import { authorizationServiceDefinition } from "../../src/server/services/authorization-service.js";
import { encodeQuestion } from "../../src/wire/encode-question.js";
import { decodeResponse } from "../../src/wire/given-answers.js";
import { examplePolicies } from "../kit/http-server.js";
import { authorization, authorizationMethod, health, methodsOf } from "../kit/proto-file.js";

describe("encodeQuestion()", () => {
  it("writes every field as protobufjs reads it", () => {
    const question: AuthorizationQuestion = {
      principal: "arn:aws:iam::111111111111:user/alice",
      action: "s3:GetObject",
      resource: `arn:aws:s3:::reports/${"q".repeat(20_000)}`,
      context: new Map([
        ["aws:SourceIp", ["10.1.2.3"]],
        ["empty", []],
        ["__proto__", ["ä", "😀", ""]],
      ]),
      resourceAccount: "111111111111",
      resourceTags: [{ key: "class", value: "" }],
      sessionPolicies: ["{}", '{"Version":"2012-10-17"}'],
      sessionTags: [
        { key: "team", value: "blue" },
        { key: "", value: "x" },
      ],
      endpoint: "vpce-1",
      whatIf: true,
    };
    const have = authorizationMethod("Authorize").requestDeserialize(
      Buffer.from(encodeQuestion(question, "explain", "blue")),
    );
    expect(JSON.parse(JSON.stringify(have))).toEqual({
      principal: question.principal,
      action: question.action,
      resource: question.resource,
      context: JSON.parse(
        '{"aws:SourceIp":{"values":["10.1.2.3"]},"empty":{"values":[]},"__proto__":{"values":["ä","😀",""]}}',
      ),
      resourceAccount: "111111111111",
      resourceTags: { class: "" },
      sessionPolicies: question.sessionPolicies,
      sessionTags: { team: "blue", "": "x" },
      endpoint: "vpce-1",
      detail: "EXPLAIN",
      policySet: "blue",
      whatIf: true,
    });
  });

  it("writes half a surrogate pair as something that is refused, never as another text", async () => {
    const engine = await Engine.start({ workers: 0 });
    engine.publish(await examplePolicies("minimal"));
    const [principal, action] = ["arn:aws:iam::111111111111:user/alice", "s3:GetObject"];
    const rest = { context: new Map(), resourceTags: [], sessionPolicies: [], sessionTags: [], whatIf: false };
    const have = engine.decide({ principal, action, resource: "arn:aws:s3:::reports/\ud800", ...rest });
    await engine.close();
    expect(have).toHaveProperty("error");
  });
});

describe("decodeResponse()", () => {
  const statement = {
    policyType: "identity",
    policy: "p",
    statement: 3,
    sid: "Read",
    effect: "Deny",
    file: "a.yaml",
    line: 300,
    column: 5,
  };
  const decision = {
    outcome: "EXPLICIT_DENY",
    blockedBy: ["scp", "rcp"],
    matchedStatements: [statement],
    missingContextKeys: ["aws:SourceIp"],
    unknownPrincipal: true,
    allowedByOrganizations: false,
    allowedByPermissionsBoundary: true,
    layers: [{ policyType: "scp", verdict: "deny" }],
    statements: [
      { statement, applies: true },
      { statement, applies: false, failedElement: "action" },
      { statement, failedElement: "condition", operator: "Bool", key: "k", requestValues: ["a"], keyMissing: false },
    ],
    message: "no",
  };
  const policySet = { digest: "sha256:0", generation: 70_000 };

  it("reads every field as protobufjs writes it", () => {
    const bytes = authorizationMethod("Authorize").responseSerialize({ policySet, outcome: "EXPLICIT_DENY", decision });
    const [applies, action, condition] = decision.statements;
    expect(decodeResponse(bytes)).toEqual({
      ...{ ...decision, outcome: undefined },
      decision: "explicitDeny",
      allowed: false,
      policySet,
      statements: [applies, action, { ...condition, applies: false }],
    });
  });

  it("reads an outcome without reasons, and an error", () => {
    const { responseSerialize } = authorizationMethod("Authorize");
    expect(decodeResponse(responseSerialize({ policySet, outcome: "ALLOWED" }))).toEqual({
      decision: "allowed",
      allowed: true,
      blockedBy: [],
      matchedStatements: [],
      missingContextKeys: [],
      unknownPrincipal: false,
      policySet,
    });
    const failed = { outcome: "ERROR", decision: { outcome: "ERROR", error: "principal: empty" } };
    expect(decodeResponse(responseSerialize(failed))).toEqual({ error: "principal: empty" });
    expect(decodeResponse(Buffer.alloc(0))).toHaveProperty("error");
  });
});

describe("service definitions with bytes for messages", () => {
  const healthService = new HealthService([], new Readiness());
  it.each([
    [authorization[1], methodsOf(...authorization), authorizationServiceDefinition()],
    [health[1], methodsOf(...health), healthService.definition],
  ])("%s has the methods of its .proto file", (_, want, have) => {
    const shape = (definition: object): unknown =>
      Object.entries(definition).map(([key, { path, requestStream, responseStream }]) => [
        key,
        { path, requestStream, responseStream },
      ]);
    expect(shape(have)).toEqual(shape(want));
  });
});
