/** Connections of a target that are opened together. */

interface Lane {
  connect(): Promise<void>;
}

/** Opens them. Throws where nobody answers, with all of them closed. */
export async function connectAll(lanes: readonly Lane[], close: () => Promise<void>): Promise<void> {
  try {
    await Promise.all(lanes.map((lane) => lane.connect()));
  } catch (error: unknown) {
    await close();
    throw error;
  }
}

/** Opens them again. A server that is gone in the middle of a load test is part of what is measured: each goes on trying by itself. */
export async function reconnectAll<L extends Lane>(lanes: readonly L[], goOnTrying: (lane: L) => void): Promise<void> {
  await Promise.all(lanes.map((lane) => lane.connect().catch(() => goOnTrying(lane))));
}
