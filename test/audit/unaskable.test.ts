/** Texts of policies that are longer than a request may have them: no request shows what they say, and audits say so. */
import { describe, expect, it } from "vitest";
import type { AuditAnswer } from "../../src/audit/decided-again.js";
import { diffLineJson, diffSets } from "../../src/audit/diff.js";
import { checkAction, checkResource } from "../../src/audit/read-region.js";
import { whatCan } from "../../src/audit/what-can.js";
import { whichResources } from "../../src/audit/which-resources.js";
import { whoCan } from "../../src/audit/who-can.js";
import { type Proved, provedSet } from "../prove/prove-kit.js";

const ann = "arn:aws:iam::111122223333:user/ann";
const short = "arn:aws:s3:::b/short/*";
const long = `arn:aws:s3:::b/${"a".repeat(70_000)}*`;
const why = "what would show it is larger than a request may be (resource: longer than 65536 bytes)";

function annReads(...resources: readonly string[]): Promise<Proved> {
  const statements = resources.map((Resource) => ({ Effect: "Allow", Action: "s3:GetObject", Resource }));
  const inlinePolicies = [{ name: "own", document: { Version: "2012-10-17", Statement: statements } }];
  return provedSet({ users: [{ arn: ann, inlinePolicies: resources.length === 0 ? [] : inlinePolicies }] });
}

function annIn({ auditor }: Proved, resources: readonly string[]) {
  return auditor.within({ ...auditor.terms.region, principals: [ann], actions: ["s3:GetObject"], resources });
}

const told = (answer: AuditAnswer | undefined) => answer && [answer.access, answer.reason, answer.witness];

describe("a text that is longer than a request may have it", () => {
  it("leaves lines unknown, with why", async () => {
    const within = annIn(await annReads(short, long), ["arn:aws:s3:::b/aaa*"]);
    const [asker] = within.askers();
    if (asker === undefined) throw new Error("nobody asks");
    const questions = [
      whoCan(within, "s3:GetObject", ["arn:aws:s3:::b/aaaa*"], true),
      whatCan(within, asker, ["arn:aws:s3:::b/aaaa*"], true),
    ];
    for (const { lines } of questions)
      expect([...lines].map((line) => told(line?.answer))).toContainEqual(["unknown", why, undefined]);
    const have = [...whichResources(within, asker, "s3:GetObject", false).lines].flatMap((line) =>
      line === undefined ? [] : [[line.resource, ...(told(line.answer) ?? [])]],
    );
    expect(have).toEqual([[long, "unknown", why, undefined]]);
  });

  it("hides no line that can be asked", async () => {
    const within = annIn(await annReads(short, long), ["*"]);
    const [asker] = within.askers();
    if (asker === undefined) throw new Error("nobody asks");
    const have = [...whichResources(within, asker, "s3:GetObject", false).lines].map((line) => [
      line?.resource,
      line?.answer.access,
    ]);
    expect(have).toContainEqual([short, "always"]);
  });

  it("leaves changes unknown, with why, and tells the others", async () => {
    const [none, one, both] = [await annReads(), await annReads(short), await annReads(short, long)];
    const changes = (old: Proved, now: Proved) =>
      [...diffSets(annIn(old, ["*"]), annIn(now, ["*"])).lines].flat().map((line) => {
        const { change, resource, reason } = diffLineJson(line);
        return [change, resource, reason];
      });
    expect(changes(one, both)).toEqual([["unknown", long, why]]);
    expect(changes(both, one)).toEqual([["unknown", long, why]]);
    expect(changes(none, both)).toEqual([
      ["unknown", long, why],
      ["gained", short, undefined],
    ]);
  });
});

describe("checkResource()", () => {
  it("refuses what no request can be about", () => {
    const message = "a resource of more than 65536 bytes, which no request is about";
    expect(() => checkResource(long)).toThrow(message);
    expect(() => checkResource(`arn:aws:s3:::${"é".repeat(33_000)}`)).toThrow(message);
    expect(() => checkResource(`arn:aws:s3:::b/${"a".repeat(65_536 - 15)}*`)).not.toThrow();
    expect(() => checkResource(`arn:aws:s3:::b/${"*".repeat(70_000)}`)).not.toThrow();
  });
});

describe("checkAction()", () => {
  it("refuses what no request can be for", () => {
    expect(() => checkAction(`s3:${"a".repeat(4096)}`)).toThrow(
      "an action of more than 4096 bytes, which no request is for",
    );
    expect(() => checkAction(`s3:${"a".repeat(4093)}*`)).not.toThrow();
  });
});
