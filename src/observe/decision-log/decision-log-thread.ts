/**
 * The decision log's thread: takes chunks of decided calls, turns them into lines and writes them. Here because decoding and
 * writing would cost the front end more than deciding does.
 */

import { parentPort, workerData } from "node:worker_threads";
import { errorText } from "../../text/error-text.js";
import { readCalls } from "./call-chunk.js";
import { CallLines } from "./call-lines.js";
import { LineBlock } from "./line-block.js";
import type { LogOrder, LogReport, LogThreadSetup } from "./log-message.js";
import { FileSink, StreamSink } from "./log-sink.js";
import { LogWriter } from "./log-writer.js";
import { SpillFile } from "./spill-file.js";

const STANDARD_OUTPUT = 1;
const IDLE_MS = 500;

if (parentPort !== null) run(parentPort, workerData);

function run(port: NonNullable<typeof parentPort>, setup: LogThreadSetup): void {
  const tell = (report: LogReport): void => port.postMessage(report);
  const note = (text: string): void => tell({ kind: "note", text });
  let sink: FileSink | StreamSink;
  let writer: LogWriter;
  try {
    const { destination, maxFileBytes, keepFiles, policy, spillPath, maxSpillBytes } = setup;
    sink =
      destination === "-"
        ? new StreamSink(STANDARD_OUTPUT)
        : new FileSink(destination, { maxBytes: maxFileBytes, keep: keepFiles }, note);
    const spill = policy === "spill" && spillPath !== undefined ? new SpillFile(spillPath, maxSpillBytes) : undefined;
    writer = new LogWriter({ sink, policy, spill, onNote: note });
  } catch (error: unknown) {
    tell({ kind: "refused", reason: errorText(error) });
    return;
  }
  let failed = 0;
  const lines = new CallLines(setup.terms, Math.random);
  const block = new LineBlock();
  const writeChunk = async (bytes: Uint8Array<ArrayBuffer>): Promise<void> => {
    failed += await writeCalls(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), lines, block, writer);
    const { byteLength, buffer } = bytes;
    const report: LogReport = { kind: "done", bytes: byteLength, chunk: buffer, counts: writer.counts, failed };
    port.postMessage(report, [buffer]);
  };
  // Spilled lines go home even when no new ones come.
  let last: Promise<void> = Promise.resolve();
  const idle = setInterval(() => {
    last = last.then(() => writer.moveSpilled());
  }, IDLE_MS);
  port.on("message", (order: LogOrder) => {
    if (order.kind === "chunk") last = last.then(() => writeChunk(order.bytes));
    else if (order.kind === "reopen") sink.reopen();
    else {
      clearInterval(idle);
      const patience = setTimeout(() => writer.abandon(), order.patienceMs);
      void last
        .then(() => writer.close())
        .then(() => {
          clearTimeout(patience);
          tell({ kind: "closed", counts: writer.counts });
          port.close();
        });
    }
  });
  tell({ kind: "opened" });
}

/** Gives how many calls could not be put into words. */
async function writeCalls(chunk: Buffer, lines: CallLines, block: LineBlock, writer: LogWriter): Promise<number> {
  let failed = 0;
  for (const call of readCalls(chunk)) {
    try {
      for (const _full of lines.appendTo(block, call)) await writeBlock(block, writer);
    } catch {
      failed++;
    }
  }
  if (block.length > 0) await writeBlock(block, writer);
  return failed;
}

async function writeBlock(block: LineBlock, writer: LogWriter): Promise<void> {
  await writer.write(block.lines);
  if (writer.isBehind) block.renew();
  else block.clear();
}
