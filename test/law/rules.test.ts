// Every rule of the semantics that concerns a decision or its explanation is cited by a test or by a case of the corpus. What
// only explains code (the oracle, the generators) cites rules as well and does not count.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { isOwnRule, OWN_RULES } from "../../src/validate/rules/help-uri.js";
import { ruleDescriptions } from "../../src/validate/rules/rules.js";

const folder = fileURLToPath(new URL("..", import.meta.url));
const LIST = "decision-rules.json";
const list: {
  readonly rules: Readonly<Record<string, readonly string[]>>;
  readonly omitted: Readonly<Record<string, string>>;
} = JSON.parse(readFileSync(join(folder, "corpus", LIST), "utf8"));
const rules = Object.values(list.rules).flat();

/** The rules that a text names, ranges as `OUT-9 to OUT-12` by their ends only. */
function citedIn(text: string): readonly string[] {
  return text.match(/(?<![A-Za-z0-9-])[A-Z]+-\d+(?!\d)/g) ?? [];
}

describe("the rules that are ours", () => {
  it("stand in the README of the validator as in its table", () => {
    const readme = readFileSync(join(folder, "..", OWN_RULES), "utf8");
    const have = [...readme.matchAll(/^\| <a id="(.+)"><\/a>`(.+)` \| (.+) \|$/gm)].map(([, anchor, ...row]) => {
      expect(anchor).toBe(row[0]);
      return row;
    });
    expect(have.sort()).toEqual(
      Object.entries(ruleDescriptions)
        .filter(([id]) => isOwnRule(id))
        .sort(),
    );
  });
});

describe("the rules of the semantics", () => {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(
    (name) =>
      name.endsWith(".test.ts") || (name.endsWith(".json") && name.startsWith("corpus") && !name.endsWith(LIST)),
  );
  const cited = new Set(files.flatMap((name) => citedIn(readFileSync(join(folder, name), "utf8"))));

  it("are each cited by a test", () => {
    expect(rules.filter((rule) => !cited.has(rule))).toEqual([]);
  });

  it("are listed once each, under their family, or left out for a reason", () => {
    expect(new Set(rules).size).toBe(rules.length);
    expect(rules.length + Object.keys(list.omitted).length).toBe(260);
    for (const [family, ids] of Object.entries(list.rules)) {
      for (const id of ids) expect(id.replace(/-\d+$/, "")).toBe(family);
    }
    for (const [id, reason] of Object.entries(list.omitted)) {
      expect(rules).not.toContain(id);
      expect(reason).not.toBe("");
    }
  });

  it("are the only ones that cases cite", () => {
    const known = new Set([...rules, ...Object.keys(list.omitted)]);
    for (const name of ["iam-vectors.json", "rule-cases.json"]) {
      const cases: readonly { readonly rule: readonly string[] }[] = JSON.parse(
        readFileSync(join(folder, "corpus", name), "utf8"),
      );
      expect(cases.flatMap(({ rule }) => rule).filter((rule) => !known.has(rule))).toEqual([]);
    }
  });
});
