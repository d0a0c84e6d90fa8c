// Work that waits goes round the callers, and who has most gives way where there is no room.
import { describe, expect, it } from "vitest";
import { CallerTurns } from "../../../src/server/http/caller-turns.js";

const refusal = () => new Error("no room");

/** Turns whose work ends when it is told to, and what became of it. */
function waitingRoom(mostWaiting: number, atOnce = 1) {
  const turns = new CallerTurns({ atOnce, mostWaiting, refusal });
  const begun: string[] = [];
  const refused: string[] = [];
  const ends: (() => void)[] = [];
  const ask = (name: string, signal = new AbortController().signal): Promise<void> => {
    const [share = ""] = name;
    const work = (): Promise<void> => {
      begun.push(name);
      return new Promise((resolve) => ends.push(resolve));
    };
    return turns.run(share, signal, work).catch((error: Error) => void refused.push(`${name}: ${error.message}`));
  };
  const end = async (): Promise<void> => {
    ends.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { turns, begun, refused, ask, end };
}

describe("CallerTurns", () => {
  it("goes round the callers, each in its own order", async () => {
    const room = waitingRoom(10);
    for (const name of ["a1", "a2", "a3", "a4", "b1", "b2", "c1"]) void room.ask(name);
    for (let i = 0; i < 7; i++) await room.end();
    expect(room.begun).toEqual(["a1", "a2", "b1", "c1", "a3", "b2", "a4"]);
    expect(room.turns.queueLength).toBe(0);
  });

  it("does as many at once as it may", async () => {
    const room = waitingRoom(10, 2);
    for (const name of ["a1", "a2", "a3", "b1"]) void room.ask(name);
    expect(room.begun).toEqual(["a1", "a2"]);
    await room.end();
    expect(room.begun).toEqual(["a1", "a2", "a3"]);
  });

  it("takes the last one of whoever has most where there is no room for a caller that has less", async () => {
    const room = waitingRoom(3);
    for (const name of ["a1", "a2", "a3", "a4"]) void room.ask(name);
    void room.ask("a5");
    void room.ask("b1");
    void room.ask("b2");
    await room.end();
    await room.end();
    expect(room.refused).toEqual(["a5: no room", "a4: no room", "b2: no room"]);
    expect(room.begun).toEqual(["a1", "a2", "b1"]);
  });

  it("forgets who leaves", async () => {
    const room = waitingRoom(1);
    const leaving = new AbortController();
    void room.ask("a1");
    void room.ask("b1", leaving.signal);
    leaving.abort(new Error("gone"));
    void room.ask("c1");
    await room.end();
    expect(room.begun).toEqual(["a1", "c1"]);
    expect(room.refused).toEqual(["b1: gone"]);
    await room.ask("d1", AbortSignal.abort(new Error("gone before")));
    expect(room.refused).toEqual(["b1: gone", "d1: gone before"]);
  });

  it("goes on after work that fails", async () => {
    const { turns } = waitingRoom(1);
    const { signal } = new AbortController();
    const failed = turns.run("a", signal, () => Promise.reject(new Error("broken")));
    await expect(failed).rejects.toThrow("broken");
    await expect(turns.run("a", signal, () => "done")).resolves.toBe("done");
  });
});
