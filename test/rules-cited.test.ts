// Citations can be followed, and every rule that concerns a decision is where it has to be: in the matcher, in the oracle, in a case.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { OWN_RULES, SEMANTICS } from "../src/validate/rules/help-uri.js";
import { ruleDescriptions } from "../src/validate/rules/rules.js";
import { semanticRules } from "../src/validate/rules/semantics.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const LIST = "test/corpus/decision-rules.json";

interface NotCited {
  readonly reason: string;
  /** They are settled on the host, whose source has to cite them instead. */
  readonly citedBySource?: true;
  readonly rules: readonly string[];
}

const list: {
  readonly rules: Readonly<Record<string, readonly string[]>>;
  readonly omitted: Readonly<Record<string, string>>;
  readonly notCited: Readonly<Record<string, readonly NotCited[]>>;
} = JSON.parse(text(LIST));
const decisionRules = Object.values(list.rules).flat();
const law = new Set(semanticRules(text(SEMANTICS)).map(({ id }) => id));
const families = new Set([...law].map(familyOf));
/** Texts of the shape of an id that are none: encodings, digests, licences, names of curves, ids that tests invent. */
const OTHER_FAMILIES = new Set(["AGPL", "FNV", "OWN", "P", "R", "SHA", "UTF"]);
const FOLDERS = ["src", "assembly", "proto", "test", "bench", "examples", ".ci"];
const files = [...FOLDERS.flatMap((folder) => filesBelow(folder)), "README.md"].filter((file) => file !== SEMANTICS);

describe("citations", () => {
  it("of the law name rules that it has", () => {
    const unknown = files.flatMap((file) =>
      [...citedIn(text(file))]
        .filter((id) => !law.has(id) && !OTHER_FAMILIES.has(familyOf(id)))
        .map((id) => `${file}: ${id}`),
    );
    expect(unknown).toEqual([]);
    expect([...families].filter((family) => OTHER_FAMILIES.has(family))).toEqual([]);
  });

  it("of rules of ours name rules of the table", () => {
    const unknown = files.flatMap((file) =>
      [...text(file).matchAll(/(?<![A-Za-z0-9-])(?:LINT|SET|MAP)-[A-Z]+(?:-[A-Z]+)*(?![A-Za-z0-9-])/g)]
        .filter(([id]) => !(id in ruleDescriptions))
        .map(([id]) => `${file}: ${id}`),
    );
    expect(unknown).toEqual([]);
  });

  it("of findings lead to an anchor", () => {
    const anchors = new Set([...text(OWN_RULES).matchAll(/<a id="([^"]+)">/g)].map(([, id = ""]) => id));
    expect(Object.keys(ruleDescriptions).filter((id) => !law.has(id) && !anchors.has(id))).toEqual([]);
  });
});

describe("the law", () => {
  it("has each rule once, listed as one of decisions or left out for a reason", () => {
    const all = semanticRules(text(SEMANTICS)).map(({ id }) => id);
    expect(all.length).toBe(law.size);
    expect([...decisionRules, ...Object.keys(list.omitted)].sort()).toEqual([...law].sort());
  });

  it("gives every rule a title, and a text without its anchor", () => {
    for (const { id, title, text: words } of semanticRules(text(SEMANTICS))) {
      expect(title, id).not.toBe("");
      expect(words, id).not.toContain("<a id=");
      expect(words.replace(/^- /, ""), id).toMatch(new RegExp(`^\\*\\*${id}\\b`));
    }
  });
});

describe("every rule of decisions", () => {
  const source = citedBy(files.filter((file) => file.startsWith("src/")));
  const tests = citedBy(files.filter((file) => file.endsWith(".test.ts")));
  const holders = {
    matcher: files.filter((file) => file.startsWith("assembly/")),
    oracle: files.filter((file) => file.startsWith("test/oracle/")),
    cases: files.filter((file) => file.startsWith("test/corpus/") && file.endsWith(".json") && file !== LIST),
  };

  it.each(Object.entries(holders))("is cited by the %s, or listed with the reason why not", (holder, holding) => {
    // A range says what a file or a function is about; where a rule is kept, it is cited by itself.
    const cited = singlyCitedBy(holding);
    const excused = list.notCited[holder] ?? [];
    const ids = excused.flatMap(({ rules }) => rules);
    expect(decisionRules.filter((id) => !cited.has(id) && !ids.includes(id))).toEqual([]);
    expect(ids.filter((id) => cited.has(id) || !decisionRules.includes(id))).toEqual([]);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { reason } of excused) expect(reason).not.toBe("");
    const onHost = excused.filter(({ citedBySource }) => citedBySource).flatMap(({ rules }) => rules);
    expect(onHost.filter((id) => !source.has(id))).toEqual([]);
    // What no case can say, tests say.
    if (holder === "cases") expect(ids.filter((id) => !tests.has(id))).toEqual([]);
  });
});

function citedBy(holding: readonly string[]): ReadonlySet<string> {
  return new Set(holding.flatMap((file) => [...citedIn(text(file))]));
}

function singlyCitedBy(holding: readonly string[]): ReadonlySet<string> {
  return new Set(holding.flatMap((file) => [...citedIn(text(file).replaceAll(range, ""))]));
}

const range = /\b([A-Z]+)-\d+(?: to | … )\1-\d+\b/g;

/** The ids that a text names; of a range such as `DATE-1 to DATE-5` all of them. */
function citedIn(words: string): ReadonlySet<string> {
  const found = new Set<string>();
  const id = /(?<![A-Za-z0-9-])([A-Z]+)-(\d+)(?![\d-])(?:(?: to | … )\1-(\d+)(?![\d-]))?/g;
  for (const [, family = "", first = "", last = first] of words.matchAll(id)) {
    for (let number = Number(first); number <= Number(last); number++) found.add(`${family}-${number}`);
  }
  return found;
}

function familyOf(id: string): string {
  return id.replace(/-\d+$/, "");
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true, encoding: "utf8" })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath.slice(root.length)}/${entry.name}`)
    .filter((name) => !name.includes("/node_modules/"));
}

function text(file: string): string {
  return readFileSync(join(root, file), "utf8");
}
