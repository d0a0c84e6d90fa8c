// The client in C (`client.c`): built when it is first wanted, its files, a turn of it. It needs a C compiler named `cc`.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

/** What one run of the client came to. */
export interface ClientTurn {
  /** Calls that were answered as is due while the clock ran. */
  readonly calls: number;
  /** All calls from the beginning on. */
  readonly ended: number;
  readonly seconds: number;
  /** Calls without a whole answer, from the beginning on. */
  readonly failed: number;
  /** Calls with another answer than is due, from the beginning on. */
  readonly wrong: number;
  /** Of the client, while the clock ran. */
  readonly processorSeconds: number;
  readonly p50: number;
  readonly p99: number;
}

/** What a run sends where. */
export interface ClientLoad {
  /** `127.0.0.1:PORT` or `unix:PATH`. */
  readonly address: string;
  readonly path: string;
  /** A file of records. */
  readonly messages: string;
  readonly connections: number;
  /** Calls in flight on each connection. */
  readonly streams: number;
}

const here = dirname(fileURLToPath(import.meta.url));
const source = join(here, "..", "..", "..", "bench", "rows", "client.c");
const binary = join(here, "client");

/** Compiles the client. */
export function buildClient(): void {
  mkdirSync(here, { recursive: true });
  execFileSync("cc", ["-O2", "-o", binary, source], { stdio: "inherit" });
}

/** Writes records: length as four little-endian bytes, then so many bytes. */
export function writeRecords(file: string, records: readonly Uint8Array[]): void {
  const pieces = records.flatMap((record) => {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(record.length);
    return [length, record];
  });
  writeFileSync(file, Buffer.concat(pieces));
}

/** Reads what `writeRecords` wrote. */
export function readRecords(file: string): readonly Buffer[] {
  const bytes = readFileSync(file);
  const records: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 4 + bytes.readUInt32LE(at);
    records.push(bytes.subarray(at + 4, end));
    at = end;
  }
  return records;
}

/** Asks every message once and writes the answers to a file, in order. */
export async function saveAnswers(load: ClientLoad, answers: string): Promise<void> {
  const { failed } = await run({ ...load, connections: 1 }, ["0", "0", "save", answers]);
  if (failed > 0) throw new Error(`${load.path}: ${failed} calls failed`);
}

/** Sends for some seconds and compares every answer with those of a file; one that differs ends the bench. */
export async function timedTurn(load: ClientLoad, warm: number, seconds: number, answers: string): Promise<ClientTurn> {
  const turn = await run(load, [`${warm}`, `${seconds}`, "compare", answers]);
  if (turn.failed > 0 || turn.wrong > 0) {
    throw new Error(`${load.address}${load.path}: ${turn.failed} calls failed, ${turn.wrong} were answered wrongly`);
  }
  return turn;
}

async function run(
  { address, path, messages, connections, streams }: ClientLoad,
  rest: readonly string[],
): Promise<ClientTurn> {
  const child = spawn(binary, [address, path, messages, `${connections}`, `${streams}`, ...rest], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line, [code]] = await Promise.all([text(child.stdout), once(child, "exit")]);
  if (code !== 0) throw new Error(`client: ended with ${code}`);
  return JSON.parse(line);
}
