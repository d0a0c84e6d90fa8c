/** How the steps of one check are shared out among ways to ask. */
import { describe, expect, it } from "vitest";
import { SharedSteps } from "../../src/prove/seek.js";

/** Ways of which each takes all the steps that it gets, until none are left. */
function hardWays(steps: SharedSteps): readonly number[] {
  const shares: number[] = [];
  while (!steps.areUsedUp) {
    steps.spend((work) => {
      shares.push(work.left);
      work.left = 0;
    });
  }
  return shares;
}

describe("SharedSteps", () => {
  it("gives hard ways less and less, and those of five together", () => {
    const shares = hardWays(new SharedSteps(200_000));
    expect(shares[0]).toBe(200_000);
    expect(shares).toEqual([...shares].sort((one, other) => other - one));
    const all = shares.reduce((sum, one) => sum + one, 0);
    expect(all).toBeGreaterThanOrEqual(1_000_000);
    expect(all).toBeLessThan(1_001_000);
    expect(shares.length).toBeGreaterThan(20);
  });

  it("leaves ways that take little as many as they need", () => {
    const steps = new SharedSteps(200_000);
    for (let way = 0; way < 10_000; way++) steps.spend((work) => (work.left -= 50));
    expect(steps.areUsedUp).toBe(false);
  });

  it("keeps those of one way where the check is answered", () => {
    const steps = new SharedSteps(200_000);
    steps.settle();
    const all = hardWays(steps).reduce((sum, one) => sum + one, 0);
    expect(all).toBeGreaterThanOrEqual(200_000);
    expect(all).toBeLessThan(201_000);
  });

  it("counts what a way takes beyond its share", () => {
    const steps = new SharedSteps(1_000);
    steps.spend((work) => (work.left -= 6_000));
    expect(steps.areUsedUp).toBe(true);
  });
});
