/** What is remembered of answers about demands: the answer, and what it took. */
import { describe, expect, it } from "vitest";
import { FoundBefore } from "../../src/classes/found-before.js";

const [one, other] = [{}, {}];
const demands = [
  { test: one, holds: true },
  { test: other, holds: false },
];

function asked(steps: number) {
  const before = new FoundBefore<string>();
  let searches = 0;
  const ask = (kind: string, of: typeof demands, left: number): readonly [string, number, number] => {
    const work = { left };
    const answer = before.answer(kind, of, work, "beyond", (own) => {
      own.left -= steps;
      return `found ${++searches}`;
    });
    return [answer, work.left, searches];
  };
  return ask;
}

describe("FoundBefore", () => {
  it("searches once, and takes as many steps of everybody", () => {
    const ask = asked(10);
    expect(ask("", demands, 25)).toEqual(["found 1", 15, 1]);
    expect(ask("", demands, 15)).toEqual(["found 1", 5, 1]);
    expect(ask("", demands, 5)).toEqual(["beyond", -5, 1]);
  });

  it("takes them once of each who counts", () => {
    const before = new FoundBefore<string>();
    const work = { left: 25 };
    const find = (own: { left: number }): string => {
      own.left -= 10;
      return "found";
    };
    for (let time = 0; time < 3; time++) expect(before.answer("", demands, work, "beyond", find)).toBe("found");
    expect(work.left).toBe(15);
    // Another kind of answers about the same demands is another matter.
    expect(new FoundBefore<string>().answer("", demands, work, "beyond", find)).toBe("found");
    expect(work.left).toBe(5);
  });

  it("keeps nothing that a budget has cut short", () => {
    const ask = asked(10);
    expect(ask("", demands, 5)).toEqual(["found 1", -5, 1]);
    expect(ask("", demands, 25)).toEqual(["found 2", 15, 2]);
  });

  it("tells apart tests, which of them hold, their order and their kind", () => {
    const ask = asked(0);
    const turned = demands.map(({ test, holds }) => ({ test, holds: !holds }));
    const all = [demands, turned, [...demands].reverse(), demands.slice(1), []].map((of) => ask("", of, 1)[0]);
    expect(new Set([...all, ask("Date", demands, 1)[0]]).size).toBe(6);
  });
});
