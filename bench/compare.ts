// How often `verdict load --compare` is right on this machine: a set against itself, and against itself with a tenth more work planted.
// `npm run bench:compare [-- 20]`: so many runs of each.
import { type Asker, compareTimes, timeKinds } from "../src/load/compare/compare-sets.js";
import { USUAL_MARGIN, usualLooks } from "../src/load/compare/paired.js";
import { releaseAsker } from "../src/load/profile/calibrate.js";
import { buildPolicySet } from "../src/policy/formats/load-policy-set.js";
import { plainQuestion, sampleQuestions } from "../src/policy/sample-questions.js";
import { synthFile } from "../src/synth/synth-files.js";
import { presets } from "../src/synth/synth-options.js";
import { planSynth } from "../src/synth/synth-plan.js";
import { sourceText } from "../src/text/source-text.js";
import { machineLine, printTable } from "./measure.js";

const NOW_MS = Date.UTC(2026, 10, 30);

async function main(runs: number): Promise<void> {
  console.log(machineLine());
  const set = synthesised();
  const traffic = {
    questions: sampleQuestions(set, 500).map((sample) => ({ question: plainQuestion(sample) })),
    order: Uint32Array.from({ length: 500 }, (_, index) => index),
    nowMs: NOW_MS,
  };
  const [old, same, planted] = [
    releaseAsker(set, NOW_MS),
    releaseAsker(set, NOW_MS),
    tenthMore(releaseAsker(set, NOW_MS)),
  ];
  const rows: string[][] = [];
  for (const [name, side] of [
    ["itself", same],
    ["a tenth more", planted],
  ] as const) {
    const said = new Map<string, Map<string, number>>();
    const pairs = new Map<string, number>();
    for (let run = 0; run < runs; run++) {
      const judged = await compareTimes(old, side, traffic, { margin: USUAL_MARGIN, looks: usualLooks });
      for (const [index, kind] of timeKinds.entries()) {
        const { answer, ratio, pairs: taken } = judged[index] ?? { answer: "undecided", ratio: 1, pairs: 0 };
        const counts = said.get(kind) ?? new Map<string, number>();
        said.set(kind, counts.set(answer, (counts.get(answer) ?? 0) + 1));
        pairs.set(kind, (pairs.get(kind) ?? 0) + taken);
        console.log(`${name} ${run}, ${kind}: ${answer} ${ratio.toFixed(4)} (${taken} pairs)`);
      }
    }
    for (const [kind, counts] of said)
      rows.push([
        name,
        kind,
        [...counts].map(([answer, count]) => `${answer} ${count}`).join(", "),
        ((pairs.get(kind) ?? 0) / runs).toFixed(0),
      ]);
  }
  printTable(["against", "kind", `answers of ${runs} runs`, "pairs a run"], rows);
}

/** Decides every tenth question twice. */
function tenthMore(ask: Asker): Asker {
  let asked = 0;
  return (message) => {
    if (++asked % 10 === 0) ask(message);
    return ask(message);
  };
}

function synthesised() {
  const plan = planSynth({ ...presets, statements: 2_000, principals: 200, accounts: 2 });
  if (typeof plan === "string") throw new Error(plan);
  const loaded = buildPolicySet([sourceText("synth.json", [...synthFile(plan).pieces].join(""))]);
  if (!loaded.ok) throw new Error("the set was refused");
  return loaded.policySet;
}

await main(Number(process.argv[2] ?? 20));
