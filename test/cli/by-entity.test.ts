/** Resources of one principal in a table: users and roles with one answer are told together. */
import { describe, expect, it } from "vitest";
import type { AccessLine } from "../../src/audit/lines.js";
import type { Access } from "../../src/classes/answer.js";
import { byEntity, entityNames } from "../../src/cli/audit/by-entity.js";

function line(resource: string, access: Access): AccessLine {
  const none = { witness: undefined, counterexample: undefined, reason: undefined };
  const answer = { access, when: [], whenIsPartial: false, decidedBy: [], ...none };
  return { principal: "arn:aws:iam::1:user/a", action: "iam:PassRole", resource, accessLevel: "Write", answer };
}

const role = (name: string): string => `arn:aws:iam::1:role/${name}`;

describe("resources in a table", () => {
  it("are one group where roles of one account have one answer", () => {
    const groups = byEntity([
      line("*", "sometimes"),
      line(role("a"), "always"),
      line(role("b"), "sometimes"),
      line(role("path/c"), "always"),
      line(role("d"), "always"),
      line("arn:aws:iam::2:role/a", "always"),
    ]);
    expect(groups.map(({ resources }) => resources)).toEqual([
      ["*"],
      [role("a"), role("path/c"), role("d")],
      [role("b")],
      ["arn:aws:iam::2:role/a"],
    ]);
    expect(groups.map(entityNames)).toEqual([
      undefined,
      ["arn:aws:iam::1:role/... (3 roles)", "a, path/c, d"],
      undefined,
      undefined,
    ]);
  });

  it("are told one by one if they are few, or no users and roles", () => {
    const buckets = ["a", "b", "c"].map((name) => line(`arn:aws:s3:::${name}`, "always"));
    expect(byEntity(buckets).map(entityNames)).toEqual([undefined, undefined, undefined]);
    expect(byEntity([line(role("a"), "always"), line(role("b"), "always")]).map(entityNames)).toEqual([undefined]);
  });
});
