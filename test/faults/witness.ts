// A caller that has nothing to do with what goes wrong: over a connection of its own it asks a fixed set of questions all the
// time. Every answer has to be right or an error, never a wrong one, and during what is no fault of its own it hears no errors.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { AuthorizationClient } from "../kit/grpc-client.js";
import { alice } from "../kit/run-verdict.js";

const office = { "aws:SourceIp": { values: ["10.1.2.3"] } };
const withMfa = { ...office, "aws:MultiFactorAuthPresent": { values: ["true"] } };
const read = { principal: alice, action: "s3:GetObject", resource: "arn:aws:s3:::reports/q3.csv" };
const publisher = "arn:aws:iam::111111111111:role/Publisher";

/** Questions over `examples/minimal` and what is right. */
const questions: readonly (readonly [object, string])[] = [
  [{ ...read, context: office }, "ALLOWED"],
  [{ ...read, context: { "aws:SourceIp": { values: ["192.0.2.1"] } } }, "IMPLICIT_DENY"],
  [{ ...read, resource: "arn:aws:s3:::reports/secret/x", context: office }, "EXPLICIT_DENY"],
  [{ ...read, resource: "arn:aws:s3:::reports/secret/x", context: withMfa }, "ALLOWED"],
  [{ ...read, action: "s3:PutObject", context: office }, "IMPLICIT_DENY"],
  [{ principal: publisher, action: "s3:PutObject", resource: "arn:aws:s3:::reports/q4.csv" }, "ALLOWED"],
  [{ principal: publisher, action: "s3:PutObject", resource: "arn:aws:s3:::reports/secret/x" }, "EXPLICIT_DENY"],
];
const batch = { requests: questions.map(([question]) => question), detail: "OUTCOME" };
const wanted = questions.map(([, outcome]) => outcome);

/** What a witness has seen while something went on. */
export interface Testimony<T> {
  readonly result: T;
  readonly answers: number;
  readonly errors: readonly string[];
  /** The median of the 99th percentiles of short windows, in milliseconds: what the scheduler does once is no finding. */
  readonly p99: number;
}

const windowMs = 500;

/** The witness of one server over `examples/minimal`. */
export class Witness {
  private readonly client: AuthorizationClient;

  constructor(address: string) {
    this.client = new AuthorizationClient(address, { "grpc.use_local_subchannel_pool": 1 });
  }

  /** Asks until some work is done. Fails at the first answer that is wrong. */
  async during<T>(work: () => Promise<T>): Promise<Testimony<T>> {
    let isOver = false;
    const errors: string[] = [];
    const windows: number[][] = [];
    const startedAt = performance.now();
    const asking = (async (): Promise<void> => {
      for (let turn = 0; !isOver; turn++) {
        const before = performance.now();
        const problem = await this.ask(turn);
        if (problem !== undefined) errors.push(problem);
        const window = Math.floor((before - startedAt) / windowMs);
        windows[window] = [...(windows[window] ?? []), performance.now() - before];
      }
    })();
    try {
      const result = await work();
      isOver = true;
      await asking;
      const p99 = median(windows.filter((times) => times !== undefined).map((times) => quantile(times, 0.99)));
      return { result, answers: windows.flat().length - errors.length, errors, p99 };
    } finally {
      isOver = true;
    }
  }

  /** Asks for some time and no other purpose than to know how long answers take. */
  async quietly(durationMs: number): Promise<number> {
    const { p99 } = await this.during(() => new Promise((resolve) => setTimeout(resolve, durationMs)));
    return p99;
  }

  close(): void {
    this.client.close();
  }

  /** Gives an error if that is the answer. */
  private async ask(turn: number): Promise<string | undefined> {
    const asksBatch = turn % (questions.length + 1) === questions.length;
    const [question, outcome] = questions[turn % questions.length] ?? [{}, "none"];
    const answer = asksBatch
      ? await this.client.call("BatchAuthorize", batch)
      : await this.client.call("Authorize", question);
    if ("code" in answer) return JSON.stringify(answer);
    if (asksBatch) expect(answer).toMatchObject({ outcomes: wanted });
    else expect(answer).toMatchObject({ outcome });
    return undefined;
  }
}

/**
 * Does some work while another process computes without a pause: whoever attacks from the same machine takes at least as much
 * of its processors, so this is the baseline that times during an attack are compared with.
 */
export async function besideNeighbour<T>(work: () => Promise<T>): Promise<T> {
  const neighbour = spawn(process.execPath, ["-e", "for (;;);"], { stdio: "ignore" });
  try {
    return await work();
  } finally {
    neighbour.kill("SIGKILL");
  }
}

/** How much resident memory a process may take on during an attack, in the long form. */
export const maxGrowthMebibytes = 256;

/** The resident memory of a process. */
export function residentMebibytes(pid: number): number {
  const [, kibibytes = "0"] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kibibytes) / 1024;
}

/** The most resident memory of a process over some time, looked at every few milliseconds. */
export async function highestMebibytes<T>(pid: number, work: () => Promise<T>): Promise<{ result: T; most: number }> {
  let most = residentMebibytes(pid);
  const timer = setInterval(() => {
    most = Math.max(most, residentMebibytes(pid));
  }, 20);
  try {
    const result = await work();
    return { result, most: Math.max(most, residentMebibytes(pid)) };
  } finally {
    clearInterval(timer);
  }
}

function quantile(values: readonly number[], share: number): number {
  return [...values].sort((left, right) => left - right)[Math.floor(values.length * share)] ?? Number.NaN;
}

function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}
