/** `verdict audit escalation` and `verdict audit report` as somebody types them: output, files, exit codes. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { verdict } from "../kit/run-verdict.js";

const arn = (rest: string): string => `arn:aws:iam::111111111111:${rest}`;
const allow = (name: string, Action: string, Resource: string) => ({
  name,
  document: { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action, Resource }] },
});
const trustPolicy = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { AWS: arn("user/ann") }, Action: "sts:AssumeRole" }],
};

let folder = "";
const at = (name: string): string => join(folder, name);
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "verdict-report-"));
  const users = [
    { arn: arn("user/ann"), inlinePolicies: [allow("become", "sts:AssumeRole", arn("role/top"))] },
    { arn: arn("user/bob"), inlinePolicies: [allow("read", "s3:GetObject", "*")] },
  ];
  const roles = [{ arn: arn("role/top"), trustPolicy, inlinePolicies: [allow("all", "*", "*")] }];
  writeFileSync(at("set.json"), JSON.stringify({ users, roles }));
  writeFileSync(at("later.json"), JSON.stringify({ users: users.slice(1), roles }));
});
afterAll(() => rmSync(folder, { recursive: true }));

const json = (out: string): Record<string, unknown>[] =>
  out
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));

describe("verdict audit escalation", () => {
  it("prints administrators, edges, chains and numbers as JSON, and every step is allowed when it is asked again", async () => {
    const { code, out } = await verdict(["audit", "escalation", "--policies", at("set.json"), "--json"]);
    const lines = json(out);
    expect(code).toBe(0);
    expect(lines.filter(({ administrator }) => administrator === true)).toMatchObject([{ principal: arn("role/top") }]);
    const chain = lines.find(({ becomes }) => becomes !== undefined);
    expect(chain).toMatchObject({ principal: arn("user/ann"), hops: 1, certain: true });
    const edge = lines.find(({ from }) => from === arn("user/ann"));
    expect(edge).toMatchObject({ to: arn("role/top"), path: "sts-assume-role" });
    expect(lines.at(-1)).toHaveProperty("summary");
    const steps: unknown = edge?.steps;
    const questions = (Array.isArray(steps) ? steps : []).map((step) => JSON.stringify(step));
    writeFileSync(at("steps.jsonl"), questions.join("\n"));
    expect(questions.length).toBeGreaterThan(0);
    const again = await verdict(["check", "--policies", at("set.json"), "--questions", at("steps.jsonl"), "--json"]);
    expect(again.code).toBe(0);
  });

  it("draws for Graphviz, and ends with 2 where nothing can be read", async () => {
    const { code, out } = await verdict(["audit", "escalation", "--policies", at("set.json"), "--dot"]);
    expect(code).toBe(0);
    expect(out).toMatch(/^digraph /);
    expect(out).toContain('"arn:aws:iam::111111111111:user/ann" -> "arn:aws:iam::111111111111:role/top"');
    expect(await verdict(["audit", "escalation", "--policies", at("none.json")])).toMatchObject({ code: 2, out: "" });
  });
});

describe("verdict audit report", () => {
  it("writes the page and its data, and says next time what is new and gone", async () => {
    const first = await verdict([
      "audit",
      "report",
      "--policies",
      at("set.json"),
      "--out",
      at("one.html"),
      "--data",
      at("one.json"),
    ]);
    expect(first).toMatchObject({ code: 0, out: expect.stringContaining(`wrote ${at("one.html")} (`) });
    const data: { readonly format: string; readonly escalation: { readonly chains: readonly unknown[] } } = JSON.parse(
      readFileSync(at("one.json"), "utf8"),
    );
    expect(data.format).toBe("verdict-report/1");
    expect(data.escalation.chains).toHaveLength(1);
    expect(readFileSync(at("one.html"), "utf8")).toContain("no earlier report was given");
    const second = await verdict([
      "audit",
      "report",
      "--policies",
      at("later.json"),
      "--out",
      at("two.html"),
      "--since",
      at("one.json"),
    ]);
    expect(second.code).toBe(0);
    expect(readFileSync(at("two.html"), "utf8")).toContain("ways to become an administrator: 0 new, 1 gone");
  });

  it("refuses what it cannot write or compare before the work", async () => {
    const args = ["audit", "report", "--policies", at("set.json"), "--out"];
    const nowhere = await verdict([...args, at("no/such/report.html")]);
    expect(nowhere).toMatchObject({ code: 2, err: expect.stringContaining("cannot be written") });
    const other = await verdict([...args, at("three.html"), "--since", at("set.json")]);
    expect(other).toMatchObject({ code: 2, err: expect.stringContaining("is no report") });
    expect(existsSync(at("three.html"))).toBe(false);
  });
});
