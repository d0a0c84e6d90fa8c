/** The questions beside the example policy sets, which a newcomer reads as documentation. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Engine } from "../../src/engine/engine.js";
import { loadPolicySet } from "../../src/policy/formats/load-policy-set.js";
import { parseQuestion } from "../../src/question/authorization-question.js";
import type { Finding } from "../../src/text/finding.js";
import { readJson } from "../../src/text/json-reader.js";
import { sourceText } from "../../src/text/source-text.js";

interface ExampleQuestion {
  readonly id: string;
  readonly request: object;
  readonly now?: string;
  readonly expect: string;
  readonly blockedBy?: readonly string[];
  readonly decidedBy?: readonly string[];
}

describe.each(["minimal", "acme"])("examples/%s", (name) => {
  const folder = new URL("../../examples/", import.meta.url);
  const questions: readonly ExampleQuestion[] = JSON.parse(
    readFileSync(new URL(`${name}.questions.json`, folder), "utf8"),
  );
  let engine: Engine;

  beforeAll(async () => {
    const loaded = await loadPolicySet(fileURLToPath(new URL(name, folder)));
    expect(loaded.findings).toEqual([]);
    if (!loaded.ok) return;
    engine = await Engine.start({ workers: 0 });
    engine.publish(loaded.policySet);
  });

  afterAll(() => engine.close());

  it.each(questions)("answers $id", ({ request, now, ...want }) => {
    const findings: Finding[] = [];
    const source = sourceText(`${name}.questions.json`, JSON.stringify(request));
    const node = readJson(source, findings);
    const question = node && parseQuestion(node, source, findings);
    expect(findings).toEqual([]);
    if (question === undefined) return;
    const have = engine.decide(question, now === undefined ? {} : { nowMs: Date.parse(now) });
    if ("error" in have) throw new Error(have.error);
    expect(have.decision).toBe(want.expect);
    expect(have.blockedBy).toEqual(want.blockedBy ?? (have.allowed ? [] : have.blockedBy));
    const matched = have.matchedStatements.map(({ policy, sid }) => `${policy}/${sid ?? ""}`);
    expect(matched).toEqual(expect.arrayContaining([...(want.decidedBy ?? [])]));
  });
});
