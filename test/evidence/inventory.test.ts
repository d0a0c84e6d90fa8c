/** What evidence tells beside a policy set: which resource holds which role, which versions of policies are not in force. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  account,
  allow,
  arn,
  document,
  type EscalationLine,
  escalationEdges,
  inline,
} from "../kit/escalation-evidence.js";

const functionArn = (name: string): string => `arn:aws:lambda:eu-west-1:${account}:function:${name}`;
const instanceArn = (name: string): string => `arn:aws:ec2:eu-west-1:${account}:instance/${name}`;
const trusting = (service: string) =>
  document({ Effect: "Allow", Principal: { Service: `${service}.amazonaws.com` }, Action: "sts:AssumeRole" });
const item = (resourceType: string, ARN: string, configuration: object) => ({
  resourceType,
  ARN,
  awsAccountId: account,
  configurationItemCaptureTime: "2026-03-01T00:00:00Z",
  configuration,
});

const user = (name: string, ...statements: readonly object[]) => ({
  UserName: name,
  Arn: arn(`user/${name}`),
  UserPolicyList: inline(...statements),
});
const role = (name: string, service: string, profile?: string) => ({
  RoleName: name,
  Arn: arn(`role/${name}`),
  AssumeRolePolicyDocument: trusting(service),
  RolePolicyList: inline(allow("*")),
  InstanceProfileList: profile === undefined ? [] : [{ Arn: arn(`instance-profile/${profile}`), Roles: [] }],
});
const exported = {
  UserDetailList: [
    user("coder", allow("lambda:UpdateFunctionCode")),
    user("narrow", allow("lambda:UpdateFunctionCode", functionArn("plain"))),
    user("operator", allow("ssm:StartSession", "arn:aws:ec2:*:*:instance/*")),
  ],
  GroupDetailList: [],
  RoleDetailList: [role("held", "lambda"), role("free", "lambda"), role("machine", "ec2", "web"), role("spare", "ec2")],
  Policies: [],
};
const functions = [
  item("AWS::Lambda::Function", functionArn("nightly"), { role: arn("role/held") }),
  item("AWS::Lambda::Function", functionArn("plain"), { role: arn("role/elsewhere") }),
];
const instance = (profile: string) =>
  item("AWS::EC2::Instance", instanceArn("i-1"), { iamInstanceProfile: { arn: arn(`instance-profile/${profile}`) } });

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "verdict-inventory-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const edgesOf = (name: string, files: Readonly<Record<string, object>>, args: readonly string[] = []) =>
  escalationEdges(join(folder, name), files, args);

const ends = (edges: readonly EscalationLine[], path: string) =>
  edges
    .filter((edge) => edge.path === path)
    .map(({ from = "", to = "" }) => [from, to].map((one) => one.split("/")[1]));

describe("ways through what is there, with evidence of what holds which role", () => {
  it("end at the roles that functions hold, with the function, and suppose nothing", async () => {
    const { edges, err } = await edgesOf("functions", {
      "d.json": exported,
      "c.json": { configurationItems: functions },
    });
    const path = "lambda-update-function-code";
    expect(ends(edges, path)).toEqual([["coder", "held"]]);
    const edge = edges.find((one) => one.path === path);
    expect(edge).toMatchObject({ by: functionArn("nightly") });
    expect(edge).not.toHaveProperty("supposes");
    expect(edge?.steps?.[0]).toMatchObject({ action: "lambda:UpdateFunctionCode", resource: functionArn("nightly") });
    expect(err).toContain(`${account}: 2 of AWS::Lambda::Function, with 2 roles`);
    // Nobody listed instances: what runs there is supposed.
    expect(ends(edges, "ssm-start-session")).toEqual([
      ["operator", "machine"],
      ["operator", "spare"],
    ]);
  });

  it("suppose that something holds the role where nobody told", async () => {
    const { edges } = await edgesOf("nothing", { "d.json": exported });
    expect(ends(edges, "lambda-update-function-code")).toEqual([
      ["coder", "free"],
      ["coder", "held"],
      ["narrow", "free"],
      ["narrow", "held"],
    ]);
    expect(edges.find(({ path }) => path === "lambda-update-function-code")).toMatchObject({
      supposes: "a function that runs as the role exists",
    });
  });

  it("find the role of an instance by its profile, and say that the instance has to be managed", async () => {
    const items = { configurationItems: [instance("web")] };
    const { edges } = await edgesOf("instances", { "d.json": exported, "c.json": items });
    expect(ends(edges, "ssm-start-session")).toEqual([["operator", "machine"]]);
    expect(edges.find(({ path }) => path === "ssm-start-session")).toMatchObject({
      by: instanceArn("i-1"),
      supposes: "the instance is managed by Systems Manager",
    });
  });

  it("suppose the rest where a profile is unknown or an export goes on, and say so", async () => {
    const items = { configurationItems: [instance("gone")] };
    const unknown = await edgesOf("unknown", { "d.json": exported, "c.json": items });
    expect(ends(unknown.edges, "ssm-start-session")).toHaveLength(2);
    expect(unknown.err).toContain(`which role ${arn("instance-profile/gone")} stands for is in no input`);
    const cut = { configurationItems: functions, nextToken: "more" };
    const { edges } = await edgesOf("cut", { "d.json": exported, "c.json": cut });
    const found = edges.filter(({ path, from }) => path === "lambda-update-function-code" && from?.endsWith("/coder"));
    expect(found.map(({ to, supposes }) => [to?.split("/")[1], supposes])).toEqual([
      ["free", "a function that runs as the role exists"],
      ["held", undefined],
    ]);
  });

  it("go away with a Deny on the function, and with the trust of the role", async () => {
    const denied = { Effect: "Deny", Action: "lambda:*", Resource: functionArn("nightly") };
    const users = [user("coder", allow("lambda:UpdateFunctionCode"), denied)];
    const items = { configurationItems: functions };
    const one = await edgesOf("denied", { "d.json": { ...exported, UserDetailList: users }, "c.json": items });
    expect(ends(one.edges, "lambda-update-function-code")).toEqual([]);
    const roles = [role("held", "ec2")];
    const two = await edgesOf("untrusting", { "d.json": { ...exported, RoleDetailList: roles }, "c.json": items });
    expect(ends(two.edges, "lambda-update-function-code")).toEqual([]);
  });
});
