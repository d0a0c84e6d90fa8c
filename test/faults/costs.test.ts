/** What hostile work costs as it grows, as ratios of one run: compared in the long form only, since times belong to a machine. */
import { describe, expect, it } from "vitest";
import { Engine } from "../../src/engine/engine.js";
import { HeaderMemory } from "../../src/node-workarounds/header-memory.js";
import { buildPolicySet } from "../../src/policy/formats/load-policy-set.js";
import { plainQuestion } from "../../src/policy/sample-questions.js";
import type { Finding } from "../../src/text/finding.js";
import { readJson } from "../../src/text/json-reader.js";
import { sourceText } from "../../src/text/source-text.js";
import { encodeQuestion } from "../../src/wire/encode-question.js";
import { decodeResponse } from "../../src/wire/given-answers.js";
import { alice } from "../kit/run-verdict.js";
import { isFull } from "./extent.js";

/** The shortest of some runs, in milliseconds: what the work costs where nothing disturbs it. */
function milliseconds(work: () => void, runs = 15): number {
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < runs; run++) {
    const startedAt = performance.now();
    work();
    best = Math.min(best, performance.now() - startedAt);
  }
  return best;
}

/** Reading a text so many times over, where all that was read is kept, as it is of a text so many times as long. */
function readingOf(text: string, times: number): number {
  const findings: Finding[] = [];
  const source = sourceText("p.json", text);
  const ms = milliseconds(() => Array.from({ length: times }, () => readJson(source, findings)), 5);
  expect(findings).toEqual([]);
  return ms;
}

async function decidingOf(statements: readonly object[], resource: string, want: boolean): Promise<number> {
  const engine = await Engine.start({ workers: 0 });
  try {
    const document = { Version: "2012-10-17", Statement: statements };
    const set = { users: [{ arn: alice, inlinePolicies: [{ name: "p", document }] }] };
    const built = buildPolicySet([sourceText("set.json", JSON.stringify(set))]);
    if (!built.ok) throw new Error(JSON.stringify(built.findings));
    engine.publish(built.policySet);
    const bytes = encodeQuestion(plainQuestion({ principal: alice, action: "s3:GetObject", resource }), "outcome");
    const ms = milliseconds(() => engine.authorize(bytes), 50);
    expect(decodeResponse(engine.authorize(bytes))).toMatchObject({ allowed: want });
    return ms;
  } finally {
    await engine.close();
  }
}

const statement = (resource: string | readonly string[]): object => ({
  Effect: "Allow",
  Action: "s3:GetObject",
  Resource: resource,
});

describe.runIf(isFull)("what work costs", { timeout: 600_000 }, () => {
  it.each([
    ["statements", (count: number) => `{"Statement":[${'{"Effect":"Allow"},'.repeat(count)}{}]}`],
    [
      "members",
      (count: number) => `{${Array.from({ length: count }, (_, index) => `"key${index}":${index}`).join(",")}}`,
    ],
  ])("grows with the number of %s that are read, and no faster", (_, text) => {
    const small = readingOf(text(20_000), 10);
    const large = readingOf(text(200_000), 1);
    expect(large / small).toBeLessThan(2);
  });

  it("grows with pattern times text, and no faster (1, 2)", async () => {
    const deciding = (size: number): Promise<number> =>
      decidingOf(
        [statement(`arn:aws:s3:::depot/${"*a".repeat(size / 512)}*b`)],
        `arn:aws:s3:::depot/${"a".repeat(size)}`,
        false,
      );
    const small = await deciding(1024);
    const large = await deciding(4096);
    expect(large / small).toBeLessThan(2 * 16);
  });

  it("hardly grows with statements that cannot matter (6)", async () => {
    const few = await decidingOf([statement("arn:aws:s3:::b1/k")], "arn:aws:s3:::b1/k", true);
    const many = Array.from({ length: 20_000 }, (_, i) => statement(`arn:aws:s3:::b${i}/k`));
    const one = await decidingOf([many[19_999] ?? {}, ...many.slice(0, 19_999)], "arn:aws:s3:::b19999/k", true);
    // Twenty thousand times the statements.
    expect(one / few).toBeLessThan(2000);
  });

  it("is no resident memory where the heap is made to be collected", async () => {
    const litter = new HeaderMemory();
    const round = async (): Promise<number> => {
      for (let call = 0; call < 16_384; call++) litter.add();
      await new Promise((resolve) => setTimeout(resolve, 50));
      return process.memoryUsage.rss();
    };
    const first = await round();
    let last = first;
    for (let count = 0; count < 10; count++) last = await round();
    expect(last / first).toBeLessThan(1.2);
  });
});
