// How long the fault suite runs: `npm run test:faults` runs its long form, `npm test` a short one with the same assertions.

/** Whether the long form is asked for. */
export const isFull = process.env.VERDICT_FAULTS === "full";

/** The number for the form that runs. */
export function extent(short: number, full: number): number {
  return isFull ? full : short;
}

/** The seed of everything random, printed so that a failure can be repeated. */
export const seed = Number(process.env.VERDICT_SEED ?? 20261122);
console.log(`faults: ${isFull ? "full" : "short"} form, seed ${seed}`);
