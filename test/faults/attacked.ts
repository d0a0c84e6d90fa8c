// One server process over `examples/minimal`, a witness that asks it, and the laws of every attack: others are answered rightly,
// the process lives, and ends with 0 in the end. The long form also holds resident memory, and times to those beside the same attack on
// somebody else.
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { minimal } from "../kit/run-verdict.js";
import { type ServeProcess, startServe } from "../kit/serve-process.js";
import { until } from "../kit/serving.js";
import { extent, isFull } from "./extent.js";
import { highestMebibytes, maxGrowthMebibytes, residentMebibytes, Witness } from "./witness.js";

/** So long, in the long form, an attack goes on that is over sooner: the p99 of a second is that of a hundred answers. */
const leastMs = extent(0, 6000);

/** Where an attack goes. */
export interface Target {
  readonly address: string;
  readonly port: number;
}

/** A server that is about to be attacked. */
export class Attacked {
  private quietSockets = 0;
  /** The p99 of the witness while nobody attacks anybody. */
  private quietMs = 0;

  private constructor(
    readonly output: ServeProcess["output"],
    readonly address: string,
    private readonly witness: Witness,
    /** A server like it that nobody asks, in the long form. */
    private readonly other: ServeProcess | undefined,
  ) {}

  /** Starts one and warms it up. */
  static async start(...args: readonly string[]): Promise<Attacked> {
    const { output, address } = await startServe(["--policies", minimal, ...args]);
    const other = isFull ? await startServe(["--policies", minimal, ...args]) : undefined;
    const attacked = new Attacked(output, address, new Witness(address), other);
    await attacked.witness.quietly(extent(100, 1000));
    attacked.quietMs = await attacked.witness.quietly(extent(0, 4000));
    await until(() => attacked.followsFiles(), "the process that looks at files, which has sockets of its own");
    attacked.quietSockets = attacked.sockets();
    return attacked;
  }

  /** The port of its gRPC listener. */
  get port(): number {
    return portOf(this.address);
  }

  /** Does something hostile, and holds the server to the laws. Gives what the attack gives at last. */
  async survives<T>(name: string, attack: (target: Target) => Promise<T>): Promise<T> {
    const earlier = await this.besideAnother(attack);
    const before = residentMebibytes(this.output.pid);
    const { result: seen, most } = await highestMebibytes(this.output.pid, () =>
      this.witness.during(() => goOn(attack, this)),
    );
    const { result, answers, errors, p99 } = seen;
    const later = await this.besideAnother(attack);
    const elsewhere =
      earlier === undefined || later === undefined ? undefined : Math.max((earlier + later) / 2, this.quietMs);
    const grown = most - before;
    console.log(
      `faults: ${name}: ${answers} other answers, p99 ${p99.toFixed(1)} ms (${earlier?.toFixed(1) ?? "?"} and ${later?.toFixed(1) ?? "?"} ms where another server is attacked, ${this.quietMs.toFixed(1)} where none is), ${grown.toFixed(0)} MiB more`,
    );
    expect(errors).toEqual([]);
    expect(answers).toBeGreaterThan(0);
    if (elsewhere !== undefined) {
      expect(p99).toBeLessThan(2 * elsewhere);
      expect(grown).toBeLessThan(maxGrowthMebibytes);
    }
    return result;
  }

  /**
   * The p99 of the witness while the same attack goes to another server of this machine, in the long form: what attacker and
   * attacked take of its processors is part of it, and what is lost beyond that is lost for sharing a server with the attacker.
   * Measured before and after: a machine is not as fast in one minute as in the next. Where the witness waits longer while nobody attacks,
   * that counts: processors that sleep wake up late (seen: 5 ms, and 4 while somebody kept them busy).
   */
  private async besideAnother(attack: (target: Target) => Promise<unknown>): Promise<number | undefined> {
    if (this.other === undefined) return undefined;
    const { address } = this.other;
    const { p99 } = await this.witness.during(() => goOn(attack, { address, port: portOf(address) }));
    return p99;
  }

  /** Waits until the connections of those who have gone are gone here as well. */
  async isRidOfOthers(): Promise<void> {
    await until(() => this.sockets() <= this.quietSockets, "the end of connections that nobody has any more", 40_000);
  }

  /** Ends it in order. */
  async stop(): Promise<void> {
    this.witness.close();
    this.other?.output.kill("SIGKILL");
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

/** Attacks once, and again until it has been long enough. */
async function goOn<T>(attack: (target: Target) => Promise<T>, target: Target): Promise<T> {
  const startedAt = performance.now();
  let result = await attack(target);
  while (performance.now() - startedAt < leastMs) result = await attack(target);
  return result;
}

function portOf(address: string): number {
  return Number(address.split(":").at(-1));
}
