/** The work of `verdict synth`: files are written piece by piece, each whole or not at all. */
import { createHash, type Hash } from "node:crypto";
import { type FileHandle, open, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileFailure } from "../../files/file-failure.js";
import { makeFolder } from "../../files/make-folder.js";
import { isDirectory } from "../../files/sources.js";
import { type SynthFile, synthFile, synthFiles } from "../../synth/synth-files.js";
import type { SynthOptions } from "../../synth/synth-options.js";
import { planSynth, type SynthPlan } from "../../synth/synth-plan.js";
import { CommandError, refuse } from "../../terminal/command-error.js";
import { counted } from "../../terminal/print-findings.js";
import { isOutputClosed, jsonLine, printError, printLine, printText } from "../../terminal/terminal.js";
import { quote } from "../../text/quote.js";
import { untilInterrupted } from "../audit/until-interrupted.js";

/** As given; what is not given follows from the number of statements. */
export interface SynthCommandOptions extends Omit<SynthOptions, "principals" | "accounts"> {
  readonly principals?: number;
  readonly accounts?: number;
  readonly out: string;
  readonly json?: boolean;
}

/** Names of files in a folder that this command writes, those of a run that was killed among them. */
const ownName = /^(?:organization|account-[0-9]{12})\.json(?:\.[0-9]+\.new)?$/;
/** Pieces are joined before they are written. */
const WRITE_CHARACTERS = 1 << 18;

interface Written {
  readonly files: number;
  readonly bytes: number;
  readonly sha256: string;
}

/** Runs the command. */
export async function synth({ out, json, ...given }: SynthCommandOptions): Promise<void> {
  const accounts = given.accounts ?? Math.ceil(given.statements / 10_000);
  const principals = given.principals ?? Math.max(accounts, Math.ceil(given.statements / 10));
  const plan = planSynth({ ...given, accounts, principals });
  if (typeof plan === "string") throw refuse(`verdict: ${plan}`);
  const written = await untilInterrupted((signal) => write(plan, out, signal));
  if (written === undefined) return;
  await tell(plan, out, written, json === true);
}

/** Undefined if somebody stopped it, or reads no more. */
async function write(plan: SynthPlan, out: string, signal: AbortSignal): Promise<Written | undefined> {
  const hash = createHash("sha256");
  if (out === "-") return print(synthFile(plan), hash, signal);
  const isFile = out.endsWith(".json") && !(await isDirectory(out));
  try {
    if (!isFile && (await isRegularFile(out)))
      throw refuse(`${out}: is a file: name a folder, or a file whose name ends with .json`);
    if (isFile) return finished(1, await writeFile(out, synthFile(plan), hash, signal), hash);
    await makeFolder(out);
    const before = await readdir(out);
    const strange = before.find((name) => !ownName.test(name));
    if (strange !== undefined)
      throw refuse(`${out}: holds ${quote(strange)}, which this command has not written: name a new folder`);
    const names = new Set<string>();
    let bytes = 0;
    for (const file of synthFiles(plan)) {
      bytes += await writeFile(join(out, file.name), file, hash, signal);
      names.add(file.name);
    }
    for (const name of before) if (!names.has(name)) await rm(join(out, name));
    return finished(names.size, bytes, hash);
  } catch (error: unknown) {
    if (signal.aborted) return stopped();
    if (error instanceof CommandError) throw error;
    throw refuse(`${out}: cannot be written: ${fileFailure(error)}`, error);
  }
}

async function isRegularFile(path: string): Promise<boolean> {
  const facts = await stat(path).catch(() => undefined);
  return facts !== undefined && !facts.isDirectory();
}

function stopped(): undefined {
  printError("stopped before the set was whole");
  process.exitCode = 2;
  return undefined;
}

function finished(files: number, bytes: number, hash: Hash): Written {
  return { files, bytes, sha256: hash.digest("hex") };
}

async function writeFile(path: string, file: SynthFile, hash: Hash, signal: AbortSignal): Promise<number> {
  const beside = `${path}.${process.pid}.new`;
  let handle: FileHandle | undefined;
  try {
    handle = await open(beside, "w");
    let bytes = 0;
    for (const text of joined(file.pieces)) {
      signal.throwIfAborted();
      const block = Buffer.from(text);
      hash.update(block);
      await handle.writeFile(block);
      bytes += block.length;
    }
    await handle.close();
    handle = undefined;
    await rename(beside, path);
    return bytes;
  } catch (error: unknown) {
    await handle?.close();
    await rm(beside, { force: true });
    throw error;
  }
}

/** Standard output; undefined once nobody reads it. */
async function print(file: SynthFile, hash: Hash, signal: AbortSignal): Promise<Written | undefined> {
  let bytes = 0;
  let held = "";
  for (const text of joined(file.pieces)) {
    const whole = held + text;
    // A line ends what is printed, so the last one is held back.
    const end = whole.lastIndexOf("\n");
    await printText(whole.slice(0, end));
    if (isOutputClosed()) return undefined;
    if (signal.aborted) return stopped();
    held = whole.slice(end + 1);
    hash.update(whole.slice(0, end + 1));
    bytes += end + 1;
  }
  return finished(1, bytes, hash);
}

function* joined(pieces: Iterable<string>): Generator<string, void> {
  let parts: string[] = [];
  let length = 0;
  for (const piece of pieces) {
    parts.push(piece);
    length += piece.length;
    if (length < WRITE_CHARACTERS) continue;
    yield parts.join("");
    parts = [];
    length = 0;
  }
  if (length > 0) yield parts.join("");
}

/** What was made: on standard output, or beside the set where that goes there. */
async function tell(plan: SynthPlan, out: string, written: Written, asJson: boolean): Promise<void> {
  const { options, organization } = plan;
  const say = async (line: string): Promise<void> => (out === "-" ? printError(line) : printLine(line));
  if (asJson) return say(jsonLine({ ...options, nodes: organization?.nodes ?? 0, ...written }));
  const parts = [
    counted(options.statements, "statement"),
    counted(options.principals, "principal"),
    counted(options.accounts, "account"),
    ...(organization === undefined ? [] : [`an organization of ${counted(organization.nodes, "node")}`]),
  ];
  await say(`${out}: ${parts.join(", ")}`);
  await say(
    `${counted(written.files, "file")}, ${written.bytes} bytes, seed ${options.seed}, sha256 ${written.sha256}`,
  );
}
