/** Holds every schema and the reader of its format together: neither takes what the other refuses for its shape. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv } from "ajv";
import { afterAll, describe, expect, it } from "vitest";
import { readConfig } from "../../src/config/read-config.js";
import { ConfigError } from "../../src/config/settle-setting.js";
import { isTestFile } from "../../src/files/sources.js";
import { readScenarioFile } from "../../src/matrix/read-scenarios.js";
import { parsePolicyDocument } from "../../src/policy/document/parse-document.js";
import { parseSource } from "../../src/policy/formats/build-policy-set.js";
import { buildPolicySet } from "../../src/policy/formats/load-policy-set.js";
import { readTestFile } from "../../src/policy-tests/read-test-file.js";
import { treeJson } from "../../src/policy-tests/tree-json.js";
import { readAssertions } from "../../src/prove/read-assertions.js";
import { type SchemaName, schemaNames } from "../../src/schemas/schema-names.js";
import { schemaOf } from "../../src/schemas/schemas.js";
import { buildAuthzenMapping } from "../../src/server/authzen/authzen-mapping.js";
import { buildMapping } from "../../src/server/ext-authz/read-mapping.js";
import { readSimulationCase } from "../../src/simulate/simulation-case.js";
import type { Finding } from "../../src/text/finding.js";
import { readJson } from "../../src/text/json-reader.js";
import { type SourceText, sourceText } from "../../src/text/source-text.js";
import type { TreeNode } from "../../src/text/tree.js";
import { Random } from "../kit/random.js";
import { root } from "../kit/run-verdict.js";
import { samples } from "./samples.js";

const folder = mkdtempSync(join(tmpdir(), "verdict schemas "));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ajv = new Ajv({
  strict: true,
  strictRequired: false,
  strictTypes: false,
  allowMatchingProperties: true,
  allErrors: true,
});
const validators = Object.fromEntries(schemaNames.map((name) => [name, ajv.compile(schemaOf(name))]));

function problemsOf(name: SchemaName, value: unknown): readonly string[] {
  const validate = validators[name];
  if (validate === undefined || validate(value)) return [];
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

/** What the reader of a format says of a text; advice is no matter of shape. */
const readers: Readonly<Record<SchemaName, (source: SourceText) => Promise<readonly string[]>>> = {
  "policy-document": async (source) =>
    said(source, (node, findings) => parsePolicyDocument(node, source, "any", findings)),
  "policy-set": async (source) => texts(buildPolicySet([source]).findings),
  tests: async (source) => said(source, (node, findings) => readTestFile(node, source, findings)),
  scenarios: async (source) => said(source, (node, findings) => readScenarioFile(node, source, findings)),
  assertions: async (source) => said(source, (node, findings) => readAssertions(node, source, findings)),
  cases: async (source) =>
    said(source, (node, findings) => {
      const read = readSimulationCase(node, source);
      if ("error" in read) findings.push(...read.findings);
    }),
  "ext-authz": async (source) => texts(buildMapping(source).findings),
  authzen: async (source) => texts(buildAuthzenMapping(source).findings),
  config: async ({ text }) => {
    const file = join(folder, "config.json");
    writeFileSync(file, text);
    return readConfig({ config: file }, {}).then(
      () => [],
      (error: unknown) => {
        if (error instanceof ConfigError) return error.problems;
        throw error;
      },
    );
  },
};

function said(source: SourceText, read: (node: TreeNode, findings: Finding[]) => unknown): readonly string[] {
  const findings: Finding[] = [];
  const node = readJson(source, findings);
  if (node !== undefined) read(node, findings);
  return texts(findings);
}

function texts(findings: readonly Finding[]): readonly string[] {
  return findings.filter(({ severity }) => severity === "error").map(({ rule, message }) => `${rule} ${message}`);
}

/** What a reader refuses without knowing what the values mean. */
const shape = new RegExp(
  [
    "unknown member|missing member|`document` is given as well|unknown profile|a policy document is an object",
    "must be (a string|a list|an object|true or false|condition keys|a value|a single value|a policy document)|must not be empty",
    "DOC-(3|4|5|7|8|10|11) |COND-[12] |NULL-2 |NPR-5 |PRN-1 .*(must be|unknown member|not be empty)",
    "unknown decision|unknown policy type|an override names|` is none of",
    "must be `allowed`|must be `everyone`|must be `organization`|is no condition key|has one claim|needs a claim|must be a whole number|must be `plain`|there is no route|must have one of `jwt`",
    "is neither true nor false|is no duration|is no whole number",
  ].join("|"),
);

describe.each(schemaNames)("the schema %s", (name) => {
  it("takes its samples, as the reader does", async () => {
    for (const sample of samples[name]) {
      expect(problemsOf(name, sample)).toEqual([]);
      expect(await readers[name](sourceText("sample.json", JSON.stringify(sample)))).toEqual([]);
    }
  });

  it("takes what the reader takes, and refuses what it refuses for its shape", async () => {
    const seed = 20_261_129;
    const random = new Random(seed);
    const tally = { refused: 0, accepted: 0 };
    for (let round = 0; round < 600; round++) {
      const value = structuredClone(random.pick(samples[name]));
      mutate(value, random);
      const text = JSON.stringify(value);
      const reader = await readers[name](sourceText("sample.json", text));
      const schema = problemsOf(name, value);
      const where = `seed ${seed}, round ${round}: ${text}`;
      if (reader.length === 0) {
        tally.accepted++;
        expect(schema, where).toEqual([]);
      } else if (reader.some((one) => shape.test(one))) {
        tally.refused++;
        expect(schema.length, `${where}: ${reader.join("; ")}`).toBeGreaterThan(0);
      }
    }
    expect(tally.refused).toBeGreaterThan(120);
    expect(tally.accepted).toBeGreaterThan(5);
  });
});

const strange = [null, true, 7, "", "word", [], {}, ["word"], { word: 1 }, [[]]];

/** Changes one place: takes a member or an item away, calls it otherwise, or puts another kind of value there. */
function mutate(value: unknown, random: Random): void {
  const places: { holder: object; key: string }[] = [];
  const visit = (one: unknown): void => {
    if (typeof one !== "object" || one === null) return;
    for (const [key, inner] of Object.entries(one)) {
      places.push({ holder: one, key });
      visit(inner);
    }
  };
  visit(value);
  const { holder, key } = random.pick(places);
  const kind = random.below(4);
  const replacement = structuredClone(random.pick(strange));
  if (Array.isArray(holder)) {
    if (kind === 0) holder.splice(Number(key), 1);
    else holder[Number(key)] = replacement;
    return;
  }
  const old: unknown = Reflect.get(holder, key);
  if (kind < 3) Reflect.deleteProperty(holder, key);
  if (kind === 1) Reflect.set(holder, `${key}s`, old);
  if (kind === 2) Reflect.set(holder, key, replacement);
  if (kind === 3) Reflect.set(holder, key, [old]);
}

describe("the examples", () => {
  const files = readdirSync(join(root, "examples"), { recursive: true, encoding: "utf8" }).filter(
    (file) => /\.(ya?ml|json)$/.test(file) && !file.includes("node_modules"),
  );
  const known = files.flatMap((file) => {
    const source = sourceText(file, readFileSync(join(root, "examples", file), "utf8"));
    const node = parseSource(source, []);
    const name = node && schemaFor(file, node);
    return node === undefined || name === undefined ? [] : [{ file, name, node, text: source.text }];
  });

  it.each(known)("$file is of the schema $name", ({ name, node }) => {
    expect(problemsOf(name, JSON.parse(treeJson(node)))).toEqual([]);
  });

  it("are of every kind of file that people write but for settings and cases", () => {
    expect(new Set(known.map(({ name }) => name))).toEqual(
      new Set(["policy-document", "policy-set", "tests", "scenarios", "ext-authz", "authzen"]),
    );
  });

  it.each(known.filter(({ file }) => /\.ya?ml$/.test(file)))(
    "$file tells editors its schema",
    ({ file, name, text }) => {
      const up = "../".repeat(file.split("/").length);
      expect(text.split("\n")[0]).toBe(`# yaml-language-server: $schema=${up}dist/schemas/${name}.json`);
    },
  );
});

/** By what is in a file, as the readers tell files apart. */
function schemaFor(file: string, node: TreeNode): SchemaName | undefined {
  const has = (...names: string[]) => node.kind === "object" && node.members.some(({ key }) => names.includes(key));
  if (isTestFile(file)) return "tests";
  // Kubernetes has lists of resources as well.
  if (has("apiVersion", "kind")) return undefined;
  if (has("extAuthz")) return "ext-authz";
  if (has("scenarios")) return "scenarios";
  if (has("subjects")) return "authzen";
  if (has("Statement")) return "policy-document";
  return has("users", "roles", "resources", "organization", "policies") ? "policy-set" : undefined;
}

describe("the vectors", () => {
  it("are cases, but for those whose documents are refused", () => {
    const all: readonly Readonly<Record<string, unknown>>[] = JSON.parse(
      readFileSync(join(root, "test", "corpus", "iam-vectors.json"), "utf8"),
    );
    const accepted = all.filter(({ strict }) => strict === undefined);
    expect(accepted.length).toBeGreaterThan(250);
    expect(problemsOf("cases", accepted)).toEqual([]);
  });
});
