// One server process over `examples/minimal`, a witness that asks it, and the laws of every attack: others are answered rightly,
// the process lives, and ends with 0 in the end. The long form also holds times and resident memory to a baseline of the same run.
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { minimal } from "../kit/run-verdict.js";
import { type ServeProcess, startServe } from "../kit/serve-process.js";
import { until } from "../kit/serving.js";
import { extent, isFull } from "./extent.js";
import { besideNeighbour, highestMebibytes, maxGrowthMebibytes, residentMebibytes, Witness } from "./witness.js";

/** A server that is about to be attacked. */
export class Attacked {
  private quiet = 0;
  private quietSockets = 0;

  private constructor(
    readonly output: ServeProcess["output"],
    readonly address: string,
    private readonly witness: Witness,
  ) {}

  /** Starts one, warms it up and finds out how long it takes when nothing else happens. */
  static async start(...args: readonly string[]): Promise<Attacked> {
    const { output, address } = await startServe(["--policies", minimal, ...args]);
    const attacked = new Attacked(output, address, new Witness(address));
    await attacked.witness.quietly(extent(100, 1000));
    if (isFull) attacked.quiet = await besideNeighbour(() => attacked.witness.quietly(10_000));
    await until(() => attacked.followsFiles(), "the process that looks at files, which has sockets of its own");
    attacked.quietSockets = attacked.sockets();
    return attacked;
  }

  /** The port of its gRPC listener. */
  get port(): number {
    return Number(this.address.split(":").at(-1));
  }

  /** Does something hostile, and holds the server to the laws. Gives what the attack gives. */
  async survives<T>(name: string, attack: () => Promise<T>): Promise<T> {
    const before = residentMebibytes(this.output.pid);
    const { result: seen, most } = await highestMebibytes(this.output.pid, () => this.witness.during(attack));
    const { result, answers, errors, p99 } = seen;
    const grown = most - before;
    console.log(
      `faults: ${name}: ${answers} other answers, p99 ${p99.toFixed(1)} ms (beside a busy neighbour ${this.quiet.toFixed(1)} ms), ${grown.toFixed(0)} MiB more`,
    );
    expect(errors).toEqual([]);
    expect(answers).toBeGreaterThan(0);
    if (isFull) {
      expect(p99).toBeLessThan(2 * this.quiet);
      expect(grown).toBeLessThan(maxGrowthMebibytes);
    }
    return result;
  }

  /** Waits until the connections of those who have gone are gone here as well. */
  async isRidOfOthers(): Promise<void> {
    await until(() => this.sockets() <= this.quietSockets, "the end of connections that nobody has any more", 40_000);
  }

  /** Ends it in order. */
  async stop(): Promise<void> {
    this.witness.close();
    this.output.kill("SIGTERM");
    expect(await this.output.code).toBe(0);
  }

  private followsFiles(): boolean {
    const { pid } = this.output;
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean);
    return children.some((child) => {
      try {
        return readFileSync(`/proc/${child}/cmdline`, "utf8").includes("looking-process");
      } catch {
        // It has ended.
        return false;
      }
    });
  }

  private sockets(): number {
    const folder = `/proc/${this.output.pid}/fd`;
    const isSocket = (name: string): boolean => {
      try {
        return readlinkSync(join(folder, name)).startsWith("socket:");
      } catch {
        // It was closed meanwhile.
        return false;
      }
    };
    return readdirSync(folder).filter(isSocket).length;
  }
}
