// The vectors of the semantics and what AWS answered against the matcher, as a release and as a debug build, through the real compiler.
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readSimulationCase } from "../../src/simulate/simulation-case.js";
import { Simulator } from "../../src/simulate/simulator.js";
import { readJson } from "../../src/text/json-reader.js";
import { sourceText } from "../../src/text/source-text.js";

interface Vector {
  readonly id: string;
  readonly note: string;
  readonly strict?: string;
  /** None for a document that AWS refuses to store (VEC-5). */
  readonly expect?: string;
  readonly detail?: {
    readonly blockedBy: readonly string[];
    readonly matched: readonly string[];
    readonly missing: readonly string[];
    readonly allowedByOrganizations: boolean | null;
    readonly allowedByPermissionsBoundary: boolean | null;
  };
}

const vectors = ["iam-vectors.json", "aws-recorded.json"].flatMap(readCorpus);
const NOW_MS = Date.UTC(2026, 0, 15, 12, 0, 0);

describe.each(["release", "debug"] as const)("vectors against the %s matcher", (flavour) => {
  let simulator: Simulator;
  beforeAll(async () => {
    simulator = await Simulator.start({ matcher: flavour, nowMs: () => NOW_MS });
  });
  afterAll(() => simulator.close());

  it.each(vectors)("$id $note", ({ read: readCase, strict, expect: wanted, detail }) => {
    const read = readCase();
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

/** The cases of a file, each with what the reader makes of it. */
function readCorpus(name: string) {
  const text = readFileSync(new URL(`../corpus/${name}`, import.meta.url), "utf8");
  const vectors: readonly Vector[] = JSON.parse(text);
  const source = sourceText(name, text);
  const tree = readJson(source, []);
  const nodes = tree?.kind === "array" ? tree.items : [];
  return vectors.map((vector, i) => ({
    ...vector,
    read: () => {
      const node = nodes[i];
      if (node === undefined) throw new Error(`no case ${i}`);
      return readSimulationCase(node, source);
    },
  }));
}
