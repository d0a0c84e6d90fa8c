// The vectors of the semantics against the matcher, as a release and as a debug build, through the real compiler.
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Simulator } from "../src/engine/simulator.js";
import { readJson } from "../src/policy/json-reader.js";
import { readSimulationCase } from "../src/policy/simulation-case.js";
import { sourceText } from "../src/policy/source-text.js";

interface Vector {
  readonly id: string;
  readonly note: string;
  readonly strict?: string;
  readonly expect: string;
  readonly detail?: {
    readonly blockedBy: readonly string[];
    readonly matched: readonly string[];
    readonly missing: readonly string[];
    readonly allowedByOrganizations: boolean | null;
    readonly allowedByPermissionsBoundary: boolean | null;
  };
}

const text = readFileSync(new URL("./corpus/iam-vectors.json", import.meta.url), "utf8");
const vectors: readonly Vector[] = JSON.parse(text);
const source = sourceText("iam-vectors.json", text);
const tree = readJson(source, []);
const nodes = tree?.kind === "array" ? tree.items : [];
const NOW_MS = Date.UTC(2026, 0, 15, 12, 0, 0);

describe.each(["release", "debug"] as const)("vectors against the %s matcher", (flavour) => {
  let simulator: Simulator;
  beforeAll(async () => {
    simulator = await Simulator.start({ matcher: flavour, nowMs: () => NOW_MS });
  });
  afterAll(() => simulator.close());

  it.each(vectors.map((vector, i) => ({ i, ...vector })))("$id $note", ({ i, strict, expect: wanted, detail }) => {
    const node = nodes[i];
    if (node === undefined) throw new Error(`no case ${i}`);
    const read = readSimulationCase(node, source);
    if (strict !== undefined) {
      expect(read).toHaveProperty("error");
      return;
    }
    if ("error" in read) throw new Error(read.error);
    const have = simulator.decide(read);
    if ("error" in have) throw new Error(have.error);
    expect(have.decision).toBe(wanted);
    if (detail === undefined) return;
    expect({
      blockedBy: have.blockedBy,
      matched: have.matchedStatements.map(({ policyType, sid }) => `${policyType}/${sid}`),
      missing: have.missingContextKeys,
      allowedByOrganizations: have.allowedByOrganizations ?? null,
      allowedByPermissionsBoundary: have.allowedByPermissionsBoundary ?? null,
    }).toEqual(detail);
  });
});
