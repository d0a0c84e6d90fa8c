/** Policy files that go wrong under load: callers see whole policy sets and no errors. Rows 31 and 32 of the battery. */
import { appendFileSync, mkdirSync, renameSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { AuthorizationClient } from "../kit/grpc-client.js";
import { folder, jsonLines } from "../kit/run-verdict.js";
import { type ServeProcess, startServe } from "../kit/serve-process.js";
import { alice, allowing, broken } from "../kit/supply-fixture.js";
import { extent, isFull } from "./extent.js";

const callers = 16;
const rounds = extent(3, 20);
/** Calls a second in all, as far as the machine lets them. */
const rate = 2000;

describe("verdict serve under load", () => {
  it(`answers from whole sets through ${rounds} rounds of broken and half-written files`, async () => {
    const place = join(folder, "under load");
    mkdirSync(place);
    const file = join(place, "set.json");
    writeFileSync(file, allowing("always", "version-0"));
    const flags = ["--http", "127.0.0.1:0", "--policies", place, "--watch-quiet", "700ms"];
    const { output: run, address, url } = await startServe(flags);
    const get = async (path: string): Promise<string> => (await fetch(`${url}${path}`)).text();
    const client = new AuthorizationClient(address);
    const load = new Load(client);
    try {
      for (let round = 1; round <= rounds; round++) {
        writeFileSync(file, broken);
        await logged(run, (entry) => entry.reason === "invalid", round);
        expect(await get("/metrics")).toContain(`verdict_snapshot_load_failures_total{reason="invalid"} ${round}\n`);
        expect(JSON.parse(await get("/readyz"))).toEqual({
          status: "ready",
          warnings: ["policy set default: invalid"],
        });
        const text = allowing("always", `version-${round}`);
        if (round % 2 === 0) {
          writeFileSync(join(place, ".next"), text);
          renameSync(join(place, ".next"), file);
        } else {
          truncateSync(file);
          for (let at = 0; at < text.length; at += 40) {
            appendFileSync(file, text.slice(at, at + 40));
            await wait(20);
          }
        }
        await logged(run, ({ generation }) => typeof generation === "number" && generation > 1, round);
        expect(JSON.parse(await get("/readyz"))).toEqual({ status: "ready" });
      }
    } finally {
      await load.stop();
      client.close();
      run.kill("SIGTERM");
    }
    expect(await run.code).toBe(0);
    expect([...load.answers.keys()]).toEqual(["ALLOWED"]);
    expect(load.answers.get("ALLOWED")).toBeGreaterThan(isFull ? rounds * 200 : 0);
    const entries = jsonLines(run.err());
    // Each round tells of one broken set and one good one: nothing in between was ever taken for a set.
    expect(entries.filter(({ level }) => level === "error").length).toBe(rounds);
    expect(entries.filter(({ generation }) => typeof generation === "number").length).toBe(rounds);
  });
});

type Entry = Readonly<Record<string, unknown>>;

/** Waits until so many log lines are of a kind. */
async function logged(run: ServeProcess["output"], isMeant: (entry: Entry) => boolean, count: number): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (jsonLines(wholeLines(run.err())).filter(isMeant).length < count) {
    if (performance.now() > deadline) throw new Error(`waited in vain; the log says: ${run.err()}`);
    await wait(20);
  }
}

function wholeLines(text: string): string {
  return text.slice(0, text.lastIndexOf("\n") + 1);
}

/** Callers that ask the same question all the time, and count what they hear. */
class Load {
  readonly answers = new Map<unknown, number>();
  private isOver = false;
  private readonly running: readonly Promise<void>[];

  constructor(private readonly client: AuthorizationClient) {
    this.running = Array.from({ length: callers }, () => this.ask());
  }

  async stop(): Promise<void> {
    this.isOver = true;
    await Promise.all(this.running);
  }

  private async ask(): Promise<void> {
    const question = { principal: alice, action: "s3:GetObject", resource: "arn:aws:s3:::always/x" };
    const pauseMs = (callers / rate) * 1000;
    while (!this.isOver) {
      const startedAt = performance.now();
      const answer = await this.client.call("Authorize", question);
      const heard = "outcome" in answer ? answer.outcome : JSON.stringify(answer);
      this.answers.set(heard, (this.answers.get(heard) ?? 0) + 1);
      await wait(Math.max(0, pauseMs - (performance.now() - startedAt)));
    }
  }
}
