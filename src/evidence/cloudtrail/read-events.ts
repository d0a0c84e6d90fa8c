/**
 * The records of CloudTrail out of files as AWS delivers them (`{"Records": […]}`, compressed), of lists, of JSON Lines, of
 * `lookup-events` and of EventBridge. A file is told by its content, never by its name.
 */
import { createReadStream } from "node:fs";
import { fileFailure } from "../../files/file-failure.js";
import { openInput, standardInput } from "../../files/piped-source.js";
import { findSources } from "../../files/sources.js";
import { logBytes, TruncatedLogError } from "../../observe/decision-log/log-bytes.js";
import { isJsonObject, type JsonObject } from "../../text/json-object.js";
import { memberAt } from "./event.js";

/** What reading comes upon. */
export type ReadEvent =
  | { readonly kind: "event"; readonly event: JsonObject }
  /** A file, or a line of one, that holds no records. */
  | { readonly kind: "unreadable"; readonly file: string; readonly line?: number; readonly cause: string };

/** A file whose records do not stand on lines of their own is read as a whole: no larger than this when inflated, in bytes. */
const LARGEST_DOCUMENT = 512 << 20;

/** Longer lines are no records. */
const LONGEST_LINE = 16 << 20;

/** The records at a path: standard input, a file, or every file below a directory, in the order of their names. */
export async function* readEvents(path: string): AsyncGenerator<ReadEvent> {
  if (path === standardInput) {
    yield* readEventsOf("<stdin>", openInput(path));
    return;
  }
  const { files, failures } = await recordFiles(path);
  yield* failures;
  for (const file of files) yield* readEventsOf(file, createReadStream(file));
}

/** The file at a path, or every file below a directory that may hold records. */
export async function recordFiles(path: string): Promise<{
  readonly files: readonly string[];
  readonly failures: readonly Extract<ReadEvent, { readonly kind: "unreadable" }>[];
}> {
  const failures: Extract<ReadEvent, { readonly kind: "unreadable" }>[] = [];
  const refuse = (file: string, cause: string): void => {
    failures.push({ kind: "unreadable", file, cause });
  };
  const { files } = await findSources(path, refuse, (name) => /\.(?:json|jsonl|ndjson|log)(?:\.gz)?$|\.gz$/.test(name));
  return { files, failures };
}

/** The records of one input. */
export async function* readEventsOf(file: string, stream: AsyncIterable<unknown>): AsyncGenerator<ReadEvent> {
  const text = new PieceReader();
  try {
    for await (const bytes of logBytes(stream)) {
      for (const line of text.add(bytes)) yield* recordsOfLine(line, file);
      if (text.isTooLong) break;
    }
  } catch (error: unknown) {
    const cause = error instanceof TruncatedLogError ? "breaks off" : `cannot be read: ${fileFailure(error)}`;
    yield { kind: "unreadable", file, cause };
    if (!(error instanceof TruncatedLogError)) return;
  }
  if (text.isTooLong) {
    yield { kind: "unreadable", file, cause: `more than ${LARGEST_DOCUMENT} bytes that are not JSON Lines` };
    return;
  }
  const rest = text.end();
  if (rest === undefined) return;
  if (rest.line > 1) yield* recordsOfLine(rest, file);
  else yield* recordsOfDocument(rest.text, file);
}

interface Line {
  readonly text: string;
  readonly line: number;
}

/** Whether a text has a record a line is known once its first line was read: either that is JSON by itself, or the whole text is. */
class PieceReader {
  private parts: Buffer[] = [];
  private length = 0;
  private line = 1;
  private mode: "unknown" | "lines" | "document" = "unknown";

  get isTooLong(): boolean {
    return this.length > LARGEST_DOCUMENT;
  }

  *add(bytes: Buffer): Generator<Line> {
    let start = 0;
    while (this.mode !== "document") {
      const end = bytes.indexOf(0x0a, start);
      if (end < 0) break;
      const text = Buffer.concat([...this.parts, bytes.subarray(start, end)]).toString("utf8");
      if (this.mode === "unknown" && text.trim() !== "") {
        if (parse(text) === undefined) {
          this.mode = "document";
          break;
        }
        this.mode = "lines";
      }
      this.parts = [];
      this.length = 0;
      if (text.trim() !== "") yield { text, line: this.line };
      this.line++;
      start = end + 1;
    }
    const rest = bytes.subarray(start);
    this.parts.push(rest);
    this.length += rest.length;
    if (this.mode === "lines" && this.length > LONGEST_LINE) this.length = LARGEST_DOCUMENT + 1;
  }

  /** What is left; its line is 1 if it is the whole text. */
  end(): Line | undefined {
    const text = Buffer.concat(this.parts).toString("utf8");
    if (text.trim() === "") return undefined;
    return { text, line: this.mode === "lines" ? this.line : 1 };
  }
}

function* recordsOfLine({ text, line }: Line, file: string): Generator<ReadEvent> {
  const value = parse(text);
  const records = value === undefined ? undefined : recordsOf(value);
  if (records === undefined) yield { kind: "unreadable", file, line, cause: "no record of CloudTrail" };
  else for (const event of records) yield { kind: "event", event };
}

function* recordsOfDocument(text: string, file: string): Generator<ReadEvent> {
  const value = parse(text);
  const records = value === undefined ? undefined : recordsOf(value);
  if (records === undefined) {
    const cause = value === undefined ? "is no JSON" : "holds no records of CloudTrail";
    yield { kind: "unreadable", file, cause };
  } else for (const event of records) yield { kind: "event", event };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
  } catch {
    return undefined;
  }
}

/** Undefined for what holds no records; none for a digest of other files. */
function recordsOf(value: unknown): readonly JsonObject[] | undefined {
  if (Array.isArray(value)) return value.length > 0 && value.every(isJsonObject) ? value.flatMap(eventsOf) : undefined;
  if (!isJsonObject(value)) return undefined;
  if (Object.hasOwn(value, "digestStartTime")) return [];
  const records = memberAt(value, "Records");
  if (Array.isArray(records)) return records.filter(isJsonObject).flatMap(eventsOf);
  const looked = memberAt(value, "Events");
  if (Array.isArray(looked)) return looked.filter(isJsonObject).flatMap(eventsOf);
  const events = eventsOf(value);
  return events.length > 0 ? events : undefined;
}

/** The record itself, that of `lookup-events`, which is a text, or that which EventBridge wraps. */
function eventsOf(value: JsonObject): readonly JsonObject[] {
  const told = memberAt(value, "CloudTrailEvent");
  if (typeof told === "string") {
    const event = parse(told);
    return isJsonObject(event) ? [event] : [];
  }
  const detail = memberAt(value, "detail");
  if (isJsonObject(detail) && typeof detail.eventName === "string") return [detail];
  return typeof value.eventName === "string" || typeof value.eventType === "string" ? [value] : [];
}
