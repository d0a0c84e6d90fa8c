/**
 * Standard output and standard error. Whatever is printed stays on its line and cannot steer a
 * terminal: control and invisible characters are escaped here, for every command.
 */
import { once } from "node:events";
import { styleText } from "node:util";
import { fileFailure } from "../files/file-failure.js";

/** A text in a colour; plain where the output is no terminal. */
export interface Coloured {
  readonly text: string;
  readonly colour: "red" | "green" | "yellow" | "dim" | "bold";
}

/** A piece of a line. */
export type Piece = string | Coloured;

let closed = false;

/** Lets a reader of standard output go away early (`| head`). Any other failure of it is told, and ends with exit code 2. */
export function tolerateClosedOutput(): void {
  process.stdout.on("error", (error: Error) => {
    if (closed) return;
    closed = true;
    if ("code" in error && error.code === "EPIPE") return;
    printError(`standard output: cannot be written: ${fileFailure(error)}`);
    // Whatever the exit code of the command would say, what it says it about is not there.
    process.on("exit", () => {
      process.exitCode = 2;
    });
  });
  // There is nobody to tell, and a server goes on without its log.
  process.stderr.on("error", () => {});
}

/** Whether standard output goes nowhere any more. */
export function isOutputClosed(): boolean {
  return closed;
}

/** Prints one line on standard output; resolves when more may be written. */
export async function printLine(...pieces: readonly Piece[]): Promise<void> {
  await write(`${pieces.map((piece) => painted(piece, process.stdout)).join("")}\n`);
}

/** Prints a value as one line of JSON on standard output. */
export async function printJson(value: unknown): Promise<void> {
  await write(`${jsonLine(value)}\n`);
}

/** Prints a text of several lines on standard output, in which nothing is left to escape. */
export async function printText(text: string): Promise<void> {
  await write(`${text}\n`, isAscii(text) ? "latin1" : "utf8");
}

/** Prints such a text as bytes, which nobody changes any more; its last line is ended. */
export async function printBytes(bytes: Uint8Array): Promise<void> {
  await write(bytes);
}

/** Such a text is copied as it is; as UTF-8 each character would be looked at. */
function isAscii(text: string): boolean {
  return !/[\x80-\uffff]/.test(text);
}

/** Prints one line on standard error. */
export function printError(...pieces: readonly Piece[]): void {
  process.stderr.write(`${pieces.map((piece) => painted(piece, process.stderr)).join("")}\n`);
}

/** JSON in which every control and invisible character is escaped, also those that JSON lets pass. */
export function jsonLine(value: unknown): string {
  return JSON.stringify(value).replace(unsafe, (character) =>
    character
      .split("")
      .map((unit) => unitEscape(unit.charCodeAt(0)))
      .join(""),
  );
}

/** The text on one line, with control and invisible characters escaped. */
export function escaped(text: string): string {
  return text.replace(unsafe, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code > 0xffff ? `\\u{${code.toString(16)}}` : unitEscape(code);
  });
}

const unsafe = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

function unitEscape(code: number): string {
  return `\\u${code.toString(16).padStart(4, "0")}`;
}

/** When texts are coloured: `auto` is on a terminal. */
export const colourUses = ["auto", "always", "never"] as const;

let colourUse = "auto";

/** From here on colours are used so; `always` and `never` win over the environment. */
export function colourWhen(use: string): void {
  colourUse = use;
}

/** In colour on a terminal, unless `NO_COLOR` is set; `FORCE_COLOR` colours whatever it is written to. */
function painted(piece: Piece, stream: NodeJS.WriteStream): string {
  if (typeof piece === "string" || colourUse === "never")
    return escaped(typeof piece === "string" ? piece : piece.text);
  const text = escaped(piece.text);
  return styleText(piece.colour, text, colourUse === "always" ? { validateStream: false } : { stream });
}

async function write(output: string | Uint8Array, encoding?: BufferEncoding): Promise<void> {
  if (closed || process.stdout.write(output, encoding)) return;
  // Either may come: a full pipe empties, or its reader goes away. The other is not waited for any longer.
  const waiting = new AbortController();
  const { signal } = waiting;
  await Promise.race([once(process.stdout, "drain", { signal }), once(process.stdout, "close", { signal })]).catch(
    () => {},
  );
  waiting.abort();
}
