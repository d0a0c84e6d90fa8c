/** Lines of answers: their order, and what lines that are alike have in common. */
import { describe, expect, it } from "vitest";
import { ActionIndex } from "../../src/audit/action-index.js";
import type { AuditAnswer } from "../../src/audit/decided-again.js";
import { LineTexts } from "../../src/audit/line-texts.js";
import { type AccessLine, accessLineJson } from "../../src/audit/lines.js";
import { everything } from "../../src/audit/region.js";
import { buildPolicySet } from "../../src/policy/formats/load-policy-set.js";
import { compareUtf8 } from "../../src/text/compare-texts.js";
import { sourceText } from "../../src/text/source-text.js";
import { loadCatalogue } from "../../src/validate/catalogue/load-catalogue.js";

const request = {
  principal: "arn:aws:iam::111122223333:user/é",
  resource: "*",
  context: new Map(),
  resourceTags: [],
  sessionPolicies: [],
  sessionTags: [],
  whatIf: false,
};

function lineOf(action: string, accessLevel: string | null, alike: object | undefined): AccessLine {
  const answer: AuditAnswer = {
    access: "sometimes",
    when: [],
    whenIsPartial: true,
    witness: { ...request, action },
    counterexample: { ...request, action },
    decidedBy: [],
    reason: undefined,
  };
  return { principal: request.principal, action, resource: "*", accessLevel, alike, answer };
}

describe("LineTexts", () => {
  it("writes lines that are alike as it writes each by itself", () => {
    const alike = {};
    const texts = new LineTexts(JSON.stringify);
    for (const [action, level] of [
      ["s3:GetObject", "Read"],
      ["s3:ListBucket", "List"],
      ["x:y", null],
      ['x:"\\é\n', "Permissions management"],
    ] as const) {
      const line = lineOf(action, level, alike);
      const text = texts.of(line);
      const pieces = typeof text === "string" ? [text] : text;
      const bytes = Buffer.concat(pieces.map((piece) => Buffer.from(piece as string)));
      expect(JSON.parse(bytes.toString())).toEqual(JSON.parse(JSON.stringify(accessLineJson(line))));
      expect(bytes.toString()).toBe(JSON.stringify(accessLineJson(line)));
    }
  });
});

describe("ActionIndex", () => {
  it("orders names of the catalogue and of the set as the bytes of UTF-8 do", async () => {
    const catalogue = await loadCatalogue(["a4b", "account", "account-access", "s3"]);
    const own = ["a4b:aaa", "account-b:C", "s3:Zzz", "s3:get*", "s3:\u{1f600}", "s3:\uff5e", "zz:Top", "A:B"];
    const document = { Version: "2012-10-17", Statement: { Effect: "Allow", Action: own, Resource: "*" } };
    const users = [{ arn: "arn:aws:iam::111122223333:user/a", inlinePolicies: [{ name: "own", document }] }];
    const built = buildPolicySet([sourceText("set.json", JSON.stringify({ users }))]);
    if (!built.ok) throw new Error("the set cannot be built");
    const index = new ActionIndex(built.policySet, catalogue);
    const whole = index.inOrder(everything.actions);
    const names = [...index.inRegion(everything.actions).values()];
    expect(whole.map(({ text }) => text)).toEqual([...names, "s3:get*", "*"].sort(compareUtf8));
    for (const { text, place, level } of whole) {
      expect(place).toBe(names.includes(text) ? names.indexOf(text) : undefined);
      expect(level).toBe(index.accessLevel(text));
    }
    expect(index.inOrder(["*:*"]).map(({ text }) => text)).toEqual(whole.map(({ text }) => text));
  });
});
