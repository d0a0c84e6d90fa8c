/** Documents alone, both ways; what is public by requests and by S3's rule about texts. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CheckResult, DocumentChecks } from "../../src/prove/document-checks.js";
import { resourceTypeNames } from "../../src/prove/public-resources.js";
import { replayCase, replayCommand } from "../../src/prove/replay-case.js";
import type { PolicyType } from "../../src/question/layers.js";
import { readSimulationCase } from "../../src/simulate/simulation-case.js";
import { Simulator } from "../../src/simulate/simulator.js";
import { readJson } from "../../src/text/json-reader.js";
import { sourceText } from "../../src/text/source-text.js";
import { loadCatalogue } from "../../src/validate/catalogue/load-catalogue.js";
import { parse } from "../kit/policy-text.js";

let checks: DocumentChecks;
beforeAll(async () => {
  checks = await DocumentChecks.start({
    catalogue: await loadCatalogue(["s3", "sqs", "sts"]),
    budget: 200_000,
    nowMs: 0,
  });
});
afterAll(async () => checks.close());

function documentOf(statements: object | readonly object[], type: PolicyType) {
  const { document, findings } = parse({ Version: "2012-10-17", Statement: statements }, type);
  if (document === undefined) throw new Error(JSON.stringify(findings));
  return document;
}

const newAccess = (old: object, now: object, type: PolicyType = "identity"): CheckResult =>
  checks.checkNoNewAccess(documentOf(old, type), documentOf(now, type), type);
const s3 = { Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::b/*" };
const shared = { ...s3, Principal: { AWS: "arn:aws:iam::111122223333:role/x" } };

describe("no new access", () => {
  it.each([
    ["the same in other words", [s3], [{ ...s3, Resource: "arn:aws:s3:::b/a*" }, s3], "PASS"],
    ["a further Deny", [s3], [s3, { ...s3, Effect: "Deny" }], "PASS"],
    ["a wider action", [s3], [{ ...s3, Action: "s3:GetObject*" }], "FAIL"],
    [
      "an action that does not exist yet",
      [{ ...s3, Action: ["s3:GetObject", "s3:GetObjectAcl"] }],
      [{ ...s3, Action: "s3:GetObject?cl*" }],
      "FAIL",
    ],
    [
      "a weaker Deny",
      [s3, { ...s3, Effect: "Deny", Action: "s3:*" }],
      [s3, { ...s3, Effect: "Deny", Resource: "arn:aws:s3:::b/k" }],
      "FAIL",
    ],
    ["a condition dropped", [{ ...s3, Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } } }], [s3], "FAIL"],
    [
      "a tag of whoever bears it",
      [{ ...s3, Condition: { StringEquals: { "aws:PrincipalTag/t": "a" } } }],
      [{ ...s3, Condition: { StringLike: { "aws:PrincipalTag/t": "a*" } } }],
      "FAIL",
    ],
    [
      "keys of actions of AWS, where the key policy is not there",
      [s3],
      [{ ...s3, Action: "kms:Decrypt", Resource: "*" }],
      "FAIL",
    ],
    ["a folder of one's own for all", [s3], [{ ...s3, Resource: "arn:aws:s3:::b/home/${aws:username}/*" }], "PASS"],
    ["all for a folder of one's own", [{ ...s3, Resource: "arn:aws:s3:::b/home/${aws:username}/*" }], [s3], "FAIL"],
    [
      "another's folder for one's own",
      [{ ...s3, Resource: "arn:aws:s3:::b/home/${aws:username}/*" }],
      [{ ...s3, Resource: "arn:aws:s3:::b/home/x/*" }],
      "FAIL",
    ],
    [
      "a folder that a Deny kept for one name",
      [s3, { ...s3, Effect: "Deny", Resource: "arn:aws:s3:::b/home/alice/*" }],
      [{ ...s3, Resource: "arn:aws:s3:::b/home/${aws:username}/*" }],
      "FAIL",
    ],
    [
      "a name that is one's own, or none",
      [{ ...s3, Condition: { StringEquals: { "aws:username": "${aws:username}" } } }],
      [s3],
      "FAIL",
    ],
    [
      "a further action in a folder of one's own",
      [{ ...s3, Resource: "arn:aws:s3:::b/home/${aws:username}/*" }],
      [{ ...s3, Action: "s3:*", Resource: "arn:aws:s3:::b/home/${aws:username}/*" }],
      "FAIL",
    ],
  ])("is told of %s", (_, old, now, result) => {
    expect(newAccess(old, now).result).toBe(result);
  });

  it.each([
    [
      "a principal more",
      [shared],
      [{ ...shared, Principal: { AWS: ["arn:aws:iam::111122223333:role/x", "arn:aws:iam::111122223333:user/y"] } }],
      "FAIL",
    ],
    ["an account for a role of it", [shared], [{ ...shared, Principal: { AWS: "111122223333" } }], "FAIL"],
    ["a role for its account", [{ ...shared, Principal: { AWS: "111122223333" } }], [shared], "PASS"],
    ["a canonical user", [shared], [{ ...shared, Principal: { CanonicalUser: "a".repeat(64) } }], "FAIL"],
    ["a service", [shared], [shared, { ...shared, Principal: { Service: "logs.amazonaws.com" } }], "FAIL"],
    [
      "an organization for everybody",
      [{ ...shared, Principal: "*" }],
      [{ ...shared, Principal: "*", Condition: { StringEquals: { "aws:PrincipalOrgID": "o-aaaaaaaaaa" } } }],
      "PASS",
    ],
    [
      "everybody for an organization",
      [{ ...shared, Principal: "*", Condition: { StringEquals: { "aws:PrincipalOrgID": "o-aaaaaaaaaa" } } }],
      [{ ...shared, Principal: "*" }],
      "FAIL",
    ],
  ])("of resource policies is told of %s", (_, old, now, result) => {
    expect(newAccess(old, now, "resource").result).toBe(result);
  });

  it.each(["aws:userid", "aws:ResourceAccount", "aws:PrincipalArn", "aws:PrincipalTag/t", "aws:SourceArn"])(
    "of resource policies sees that conditions on %s got weaker",
    (key) => {
      const tied = (value: string) => ({ ...shared, Principal: "*", Condition: { StringLike: { [key]: value } } });
      expect(newAccess([tied("arn:aws:iam::1*:role/x")], [tied("arn:aws:iam::*:role/x")], "resource").result).toBe(
        "FAIL",
      );
      expect(newAccess([tied("arn:aws:iam::*:role/x")], [tied("arn:aws:iam::1*:role/x")], "resource").result).toBe(
        "PASS",
      );
    },
  );

  describe.each(["identity", "scp", "boundary", "session", "resource", "trust", "endpoint"] as const)(
    "of %s",
    (type) => {
      const isNamed = type === "resource" || type === "trust" || type === "endpoint";
      const statement = {
        Effect: "Allow",
        Action: type === "trust" ? "sts:AssumeRole" : "s3:GetObject",
        ...(type === "trust" ? {} : { Resource: "*" }),
        ...(isNamed ? { Principal: "*" } : {}),
      };

      it.each([
        ["aws:username", "FAIL"],
        ["aws:userid", "FAIL"],
        ["aws:PrincipalTag/t", "FAIL"],
        ["aws:PrincipalOrgID", "FAIL"],
        // Anonymous callers have no such keys; whoever bears a document has.
        ["aws:PrincipalArn", isNamed ? "FAIL" : "PASS"],
        ["aws:PrincipalIsAWSService", isNamed ? "FAIL" : "PASS"],
        ["aws:ResourceAccount", "PASS"],
      ])("knows whether %s may be missing", (key, want) => {
        const present = { ...statement, Condition: { Null: { [key]: "false" } } };
        expect(newAccess([present], [statement], type).result).toBe(want);
        expect(newAccess([statement], [present], type).result).toBe("PASS");
      });
    },
  );

  it.each(["user", "role"])("decides by a %s whether a name is there", (kind) => {
    const named = { ...s3, Condition: { Null: { "aws:username": kind === "user" ? "false" : "true" } } };
    const { result, witness } = newAccess([{ ...s3, Effect: "Deny" }], [named]);
    expect([result, witness?.principal]).toEqual(["FAIL", `arn:aws:iam::000000000000:${kind}/verdict`]);
    expect(witness?.context.has("aws:username")).toBe(kind === "user");
  });

  it("tells actions apart service by service, however many patterns there are", () => {
    const services = Array.from({ length: 300 }, (_, index) => `service${index}`);
    const wide = { ...s3, Action: services.flatMap((one) => [`${one}:Get*`, `${one}:List*`, `${one}:?escribe*s`]) };
    const narrow = { ...s3, Action: services.flatMap((one) => [`${one}:GetA*`, `${one}:List?*`, `${one}:Describes`]) };
    expect(newAccess([wide], [narrow]).result).toBe("PASS");
    const { result, witness } = newAccess([narrow], [wide]);
    expect([result, witness?.action]).toEqual(["FAIL", "service0:get"]);
  });

  it("asks about actions whose service has wildcards, and about those that nobody has invented", () => {
    const named = (Action: string | string[]) => [{ ...s3, Action }];
    expect(newAccess(named(["s3:*", "s3-*:Get*"]), named("s3*:GetObject")).result).toBe("FAIL");
    expect(newAccess(named("s*:Get*"), named(["s3:Get*", "sqs:GetQueue?*"])).result).toBe("PASS");
    expect(newAccess(named("*:Get*"), named("s3:Get*")).result).toBe("PASS");
    expect(newAccess(named("s3:Get*"), named("*:Get*")).witness?.action).toMatch(/^(?!s3:)[^:]+:get/i);
    // The one name that a pattern is left with is a document's.
    const spelt = [..."abcdefghijklmnopqrstuvwxyz0123456789"].map((unit) => `s3:zz${unit}`);
    expect(newAccess(named(["s3:zz?", "s3:yy"]), named([...spelt, "s3:yy"])).result).toBe("PASS");
    expect(newAccess(named(spelt), named("s3:zz?")).result).toBe("FAIL");
  });

  it("of RCPs sees a Deny that is gone", () => {
    const deny = { Effect: "Deny", Principal: "*", Action: "s3:*", Resource: "*" };
    expect(newAccess([deny], [{ ...deny, Action: "s3:GetObject" }], "rcp").result).toBe("FAIL");
    expect(newAccess([{ ...deny, Action: "s3:GetObject" }], [deny], "rcp").result).toBe("PASS");
  });

  it("names the statements by index and Sid", () => {
    const { reasons, message } = newAccess(
      [s3],
      [
        { ...s3, Sid: "Same" },
        { ...s3, Sid: "New", Action: "s3:PutObject" },
        { ...s3, Action: "sqs:SendMessage", Resource: "*" },
      ],
    );
    expect(message).toBe("The modified permissions grant new access compared to your existing policy.");
    expect(reasons).toEqual([
      { description: "New access in the statement with sid: New.", statementIndex: 1, statementId: "New" },
      { description: "New access in the statement with index: 2.", statementIndex: 2 },
    ]);
  });
});

describe("not granted", () => {
  const document = documentOf(
    [s3, { Effect: "Deny", Action: "s3:*", Resource: "arn:aws:s3:::b/secret/*" }],
    "identity",
  );

  it.each([
    [{ actions: ["s3:GetObject"] }, "FAIL"],
    [{ actions: ["s3:PutObject"] }, "PASS"],
    [{ resources: ["arn:aws:s3:::b/secret/*"] }, "PASS"],
    [{ actions: ["s3:Get*"], resources: ["arn:aws:s3:::b/secre*"] }, "FAIL"],
    [{ actions: ["sqs:*"], resources: ["*"] }, "PASS"],
  ])("is told of %j", (access, result) => {
    expect(checks.checkAccessNotGranted(document, "identity", [access]).result).toBe(result);
  });
});

describe("public", () => {
  const open = { ...s3, Principal: "*" };
  const withTest = (operator: string, key: string, value: string) => ({
    ...open,
    Condition: { [operator]: { [key]: value } },
  });

  it.each([
    [open, "FAIL", "FAIL"],
    [shared, "PASS", "PASS"],
    [withTest("StringEquals", "aws:PrincipalOrgID", "o-aaaaaaaaaa"), "PASS", "PASS"],
    [withTest("StringLike", "aws:SourceVpce", "vpce-*"), "FAIL", "FAIL"],
    [withTest("StringEquals", "aws:SourceAccount", "111122223333"), "PASS", "PASS"],
    [withTest("IpAddress", "aws:SourceIp", "11.0.0.0/8"), "FAIL", "PASS"],
    [withTest("IpAddress", "aws:SourceIp", "0.0.0.0/1"), "FAIL", "FAIL"],
    [withTest("StringLike", "aws:userid", "AROAEXAMPLE:*"), "FAIL", "FAIL"],
    [withTest("StringEquals", "aws:PrincipalAccount", "111122223333"), "PASS", "FAIL"],
    [withTest("ArnLike", "s3:DataAccessPointArn", "arn:aws:s3:us-east-1:111122223333:accesspoint/*"), "FAIL", "PASS"],
    [{ ...open, Principal: { Federated: "graph.facebook.com" } }, "PASS", "FAIL"],
  ])("is told of %j", (statement, semantic, syntactic) => {
    const document = documentOf(statement, "resource");
    expect([
      checks.checkNoPublicAccess(document, "AWS::S3::Bucket").result,
      checks.checkNoPublicAccess(document, "AWS::S3::Bucket", "s3-bpa").result,
    ]).toEqual([semantic, syntactic]);
  });

  it("knows 26 types, trust policies among them", () => {
    expect(resourceTypeNames).toHaveLength(26);
    const trust = documentOf({ Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" }, "trust");
    expect(checks.checkNoPublicAccess(trust, "AWS::IAM::AssumeRolePolicyDocument").result).toBe("FAIL");
  });
});

describe("a request that is shown", () => {
  const homes = {
    ...s3,
    Action: "s3:Get*",
    Resource: "arn:aws:s3:::b/${aws:username}/*",
    Condition: { StringLike: { "aws:PrincipalTag/team": "r*" } },
  };
  const queue = {
    Effect: "Allow",
    Principal: "*",
    Action: "sqs:*",
    Resource: "*",
    Condition: { StringLike: { "aws:PrincipalOrgID": "o-1*" } },
  };
  const trust = {
    Effect: "Allow",
    Principal: { Federated: "accounts.google.com" },
    Action: "sts:AssumeRoleWithWebIdentity",
  };
  const named = { ...s3, Principal: { AWS: "arn:aws:sts::111122223333:federated-user/x" } };

  it.each<readonly [title: string, old: object, now: object, type: PolicyType]>([
    ["of a policy of somebody's", [s3], [homes], "identity"],
    ["of a policy of a resource", [shared], [shared, queue], "resource"],
    ["of a federated user", [shared], [named], "resource"],
    ["of a provider", [], [trust], "trust"],
  ])("is decided again by a simulation case: %s", async (_title, old, now, type) => {
    const { witness } = newAccess(old, now, type);
    if (witness === undefined) throw new Error("no request is shown");
    const simulator = await Simulator.start();
    const decided = [old, now].map((Statement) => {
      const json = JSON.stringify(replayCase("it", { Version: "2012-10-17", Statement }, type, witness));
      const source = sourceText("case.json", json);
      const node = readJson(source, []);
      const one = node && readSimulationCase(node, source);
      if (one === undefined || "error" in one) throw new Error(JSON.stringify(one));
      const decision = simulator.decide(one);
      return "error" in decision ? decision.error : decision.allowed;
    });
    expect(decided).toEqual([false, true]);
  });

  it("comes with the words that have it decided", () => {
    const { witness } = newAccess([s3], [homes]);
    if (witness === undefined) throw new Error("no request is shown");
    const command = replayCommand(["old.json", "it's new.json"], "identity", witness);
    expect(command).toContain("for file in old.json 'it'\\''s new.json'; do jq -cn --arg file");
    expect(command).toContain('"policies":{"identity":[{"name":$file,"document":$document[0]}]}');
    expect(command).toMatch(/; done \| verdict simulate$/);
  });
});
