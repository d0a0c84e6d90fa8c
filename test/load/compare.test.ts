// Comparisons: the statistics on samples of which the truth is known, and costs of statements that moved.
import { describe, expect, it } from "vitest";
import { changedStatements } from "../../src/load/compare/compare-costs.js";
import { isRegression } from "../../src/load/compare/compare-lines.js";
import { type ComparedServer, compareServers } from "../../src/load/compare/compare-servers.js";
import {
  type Answer,
  answerOf,
  judgePairs,
  ratioInterval,
  studentDistribution,
  studentQuantile,
  USUAL_MARGIN,
  usualLooks,
} from "../../src/load/compare/paired.js";
import type { CountedStatement } from "../../src/load/profile/counters.js";
import { Random } from "../../src/synth/random.js";
import { FakeTime, simulatedServer } from "../kit/load-world.js";

describe("studentQuantile()", () => {
  // Of printed tables.
  it.each([
    [0.975, 1, 12.7062],
    [0.975, 2, 4.3027],
    [0.975, 9, 2.2622],
    [0.975, 19, 2.093],
    [0.995, 39, 2.7079],
    [0.95, 120, 1.6577],
  ])("of %f with %i degrees of freedom is %f", (probability, freedom, want) => {
    expect(studentQuantile(probability, freedom)).toBeCloseTo(want, 3);
    expect(studentDistribution(studentQuantile(probability, freedom), freedom)).toBeCloseTo(probability, 9);
  });
});

describe("ratioInterval()", () => {
  it("has the ratio of the sides, and an interval by hand", () => {
    // Logs 0.1 and 0.3: mean 0.2, standard error 0.1, t of one degree of freedom 12.706.
    const { ratio, low, high, pairs } = ratioInterval([
      [1, Math.exp(0.1)],
      [2, 2 * Math.exp(0.3)],
    ]);
    expect([Math.log(ratio), Math.log(low), Math.log(high), pairs]).toEqual([
      expect.closeTo(0.2, 9),
      expect.closeTo(0.2 - 1.27062, 4),
      expect.closeTo(0.2 + 1.27062, 4),
      2,
    ]);
  });

  it.each([
    [1.04, 1.2, "slower"],
    [0.8, 0.96, "faster"],
    [0.98, 1.02, "no difference"],
    [0.98, 1.04, "undecided"],
    [1.02, 1.04, "undecided"],
    [0.5, 2, "undecided"],
  ] as const)("from %f to %f is %s", (low, high, want) => {
    expect(answerOf({ ratio: 1, low, high, pairs: 20 }, USUAL_MARGIN)).toBe(want);
  });
});

describe("judgePairs()", () => {
  it("measures both sides in turns, the first of a pair changing", async () => {
    const sides: string[] = [];
    const terms = { margin: 0.03, looks: [4] };
    const judged = await judgePairs((side) => {
      sides.push(side === "old" ? "A" : "B");
      return [1 + sides.length / 1e6];
    }, terms);
    expect(sides.join("")).toBe("ABBAABBA");
    expect(judged).toMatchObject([{ answer: "no difference", pairs: 4 }]);
  });

  it("judges kinds of numbers apart, and goes on for those without an answer", async () => {
    let slices = 0;
    const judged = await judgePairs(
      (side) => [side === "next" ? 1.2 : 1, slices++ % 3 === 0 ? 1.5 : 1, side === "next" ? 0.8 : 1],
      { margin: 0.03, looks: [4, 8, 12] },
    );
    expect(judged.map(({ answer, pairs }) => [answer, pairs])).toEqual([
      ["slower", 4],
      ["undecided", 12],
      ["faster", 4],
    ]);
  });

  it("says of a side and itself that there is no difference, in 19 of 20 runs at least, and never that there is one", async () => {
    const answers = await simulated(1, 200);
    expect(answers.filter((one) => one === "slower" || one === "faster")).toEqual([]);
    expect(answers.filter((one) => one === "no difference").length).toBeGreaterThanOrEqual(190);
  });

  it.each([
    [1.1, "slower"],
    [1 / 1.1, "faster"],
  ] as const)("finds a ratio of %f in 19 of 20 runs at least", async (ratio, want) => {
    const answers = await simulated(ratio, 200);
    expect(answers.filter((one) => one === want).length).toBeGreaterThanOrEqual(190);
    expect(new Set(answers.filter((one) => one !== want && one !== "undecided")).size).toBe(0);
  });

  it("does not decide about a difference as large as the margin", async () => {
    const answers = await simulated(1 + USUAL_MARGIN, 100);
    expect(answers.filter((one) => one === "undecided").length).toBeGreaterThanOrEqual(90);
  });
});

describe("changedStatements()", () => {
  const zero = {
    scanned: 0,
    considered: 0,
    principalsTested: 0,
    actionTested: 0,
    actionMatched: 0,
    resourcesTested: 0,
  };
  const none = { patternSteps: 0, conditionsTested: 0, conditionsFailed: 0, conditionSteps: 0, applied: 0, decided: 0 };
  const counted = (sid: string | undefined, line: number, work: number, statement = 0): CountedStatement => ({
    place: { policy: "P", sid, effect: "Allow", file: "f.json", line, column: 1, statement },
    ...zero,
    ...none,
    work,
    wasted: 0,
    most: work,
    mostAt: 0,
  });

  it("knows statements that moved by their Sids, else by their index; the largest change comes first", () => {
    const old = [counted("A", 1, 100), counted("B", 2, 50), counted(undefined, 3, 7, 2), counted("Gone", 4, 10)];
    const next = [counted("A", 11, 100), counted("B", 12, 80), counted(undefined, 13, 8, 2), counted("New", 14, 1_000)];
    expect(changedStatements(old, next).map(({ place, old: a, next: b }) => [place.sid, place.line, a, b])).toEqual([
      ["New", 14, undefined, 1_000],
      ["B", 12, 50, 80],
      ["Gone", 4, 10, undefined],
      [undefined, 13, 7, 8],
    ]);
  });
});

describe("isRegression()", () => {
  const same = { kind: "time", ratio: 1, low: 0.99, high: 1.01, pairs: 20, answer: "no difference" as const };
  const times = [same, { ...same, kind: "p99" }];
  const costs = { decisions: 1, oldWork: 100, nextWork: 111, statements: [], answers: 0, answersAt: [] };

  it("is one by times that are slower for certain, or by steps, unless answers differ", () => {
    expect(isRegression({ costs: undefined, times, margin: 0.03 }, 0.1)).toBe(false);
    expect(isRegression({ costs: undefined, times: [same, { ...same, low: 1.11 }], margin: 0.03 }, 0.1)).toBe(true);
    expect(isRegression({ costs, times, margin: 0.03 }, 0.1)).toBe(true);
    expect(isRegression({ costs: { ...costs, nextWork: 109 }, times, margin: 0.03 }, 0.1)).toBe(false);
    expect(isRegression({ costs: { ...costs, answers: 1 }, times, margin: 0.03 }, 0.1)).toBe(false);
  });
});

describe("compareServers()", () => {
  const compared = async (serviceMs: readonly [number, number], rate: number | undefined, coldUntilMs = 0) => {
    const time = new FakeTime();
    const [old, next] = serviceMs.map((ms) => ({
      target: simulatedServer(time, {
        get serviceMs() {
          return time.nowMs() < coldUntilMs ? 10 * ms : ms;
        },
      }),
      time: () => ({ cpuS: time.nowMs() / 1000, waitS: 0 }),
    })) as [ComparedServer, ComparedServer];
    const looks = [6];
    return await time.until(
      compareServers(old, next, { margin: 0.03, looks, rate, arrivals: "uniform", seed: "1", mostInFlight: 100 }, time),
    );
  };

  it("asks both at seven tenths of what the slower one can do", async () => {
    const { rate, failed, judged, kinds } = await compared([0.5, 1], undefined);
    // Its capacity, and what a second has of the calls that were under way at its end.
    expect(Math.abs(rate / 700 - 1)).toBeLessThan(0.03);
    expect(failed).toBe(0);
    expect(kinds).toEqual(["latency of a call", "p99 of a call", "processor time of a call"]);
    expect(judged.map(({ answer }) => answer)).toEqual(["slower", "slower", "no difference"]);
    expect(judged[0]?.ratio).toBeCloseTo(2, 1);
  });

  it("asks at what a server can do that is warm", async () => {
    const { rate } = await compared([0.5, 1], undefined, 1500);
    expect(Math.abs(rate / 700 - 1)).toBeLessThan(0.03);
  });

  it("finds no difference of a server and itself", async () => {
    const { judged } = await compared([0.5, 0.5], 1000);
    expect(judged.map(({ answer }) => answer)).toEqual(["no difference", "no difference", "no difference"]);
  });
});

/** Runs over slices of a small machine: noise of 3 %, drift that the next slice remembers, and one slice in 50 that something held up. */
async function simulated(ratio: number, runs: number): Promise<readonly Answer[]> {
  const answers: Answer[] = [];
  for (let run = 0; run < runs; run++) {
    const random = new Random(run, Math.round(ratio * 1000));
    let drift = 0;
    const [judged] = await judgePairs(
      (side) => {
        drift = 0.95 * drift + 0.02 * normal(random);
        const held = random.chance(0.02) ? 0.15 * random.below(100) * 0.01 : 0;
        return [1000 * Math.exp(drift + 0.03 * normal(random) + held) * (side === "next" ? ratio : 1)];
      },
      { margin: USUAL_MARGIN, looks: usualLooks },
    );
    answers.push(judged?.answer ?? "undecided");
  }
  return answers;
}

/** About a standard normal: twelve uniform numbers, less six. */
function normal(random: Random): number {
  let sum = -6;
  for (let draw = 0; draw < 12; draw++) sum += random.below(1_000_000) / 1_000_000;
  return sum;
}
