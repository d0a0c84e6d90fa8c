/**
 * The records of CloudTrail out of files as AWS delivers them (`{"Records": […]}`, compressed), of lists, of JSON Lines, of
 * `lookup-events` and of EventBridge. A file is told by its content, never by its name.
 */
import { isUtf8 } from "node:buffer";
import { open } from "node:fs/promises";
import { fileFailure } from "../../files/file-failure.js";
import { isPiped, openInput, standardInput } from "../../files/piped-source.js";
import { findSources } from "../../files/sources.js";
import { isUtf16, utf16Trouble } from "../../files/utf16.js";
import { logBytes, TruncatedLogError } from "../../observe/decision-log/log-bytes.js";
import { isJsonObject, type JsonObject } from "../../text/json-object.js";
import { memberAt } from "./event.js";
import { peekInput, recordsIn } from "./peek.js";
import { endOfValue, isRecord, RecordPicker } from "./record-picker.js";

/** What reading comes upon. */
export type ReadEvents =
  /** Some records, one after the other: of those of AWS's calls, the members that are looked at. */
  | { readonly kind: "events"; readonly events: readonly JsonObject[] }
  /** A file, or a line of one, that holds no records. */
  | { readonly kind: "unreadable"; readonly file: string; readonly line?: number; readonly cause: string };

/** A file whose records stand neither in a list nor on lines of their own is read as a whole: no larger than this when inflated, in bytes. */
const LARGEST_DOCUMENT = 64 << 20;

/** Files are read in pieces of so many bytes. */
const PIECE = 256 << 10;

/** Longer lines are no records. */
const LONGEST_LINE = 16 << 20;

/** The records at a path: standard input, a file, or every file below a directory, in the order of their names. */
export async function* readEvents(path: string): AsyncGenerator<ReadEvents> {
  if (path === standardInput) {
    yield* readEventsOf("<stdin>", openInput(path));
    return;
  }
  const { files, failures } = await recordFiles(path);
  yield* failures;
  for (const file of files) yield* readEventsOf(file, piecesOf(file));
}

/** The bytes of a file, piece by piece, each in the room of the one before: a new one each is work for the collector. */
async function* piecesOf(file: string): AsyncGenerator<Buffer> {
  const handle = await open(file);
  try {
    const room = Buffer.allocUnsafeSlow(PIECE);
    for (;;) {
      const { bytesRead } = await handle.read(room, 0, PIECE);
      if (bytesRead === 0) return;
      yield room.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

/** The file at a path, or every file below a directory that may hold records. */
export async function recordFiles(path: string): Promise<{
  readonly files: readonly string[];
  readonly failures: readonly Extract<ReadEvents, { readonly kind: "unreadable" }>[];
}> {
  const failures: Extract<ReadEvents, { readonly kind: "unreadable" }>[] = [];
  const refuse = (file: string, cause: string): void => {
    failures.push({ kind: "unreadable", file, cause });
  };
  const { folders, files: found } = await findSources(path, refuse, () => true);
  const files: string[] = [];
  for (const file of found)
    if (folders.length === 0 || usualEnding.test(file) || (await holdsRecords(file))) files.push(file);
  return { files, failures };
}

/** Names that files of records have. */
const usualEnding = /\.(?:json|jsonl|ndjson|log)(?:\.gz)?$|\.gz$/i;

/** Whether a file whose name says nothing begins with records, as objects of a bucket do that somebody has saved under other names. */
async function holdsRecords(file: string): Promise<boolean> {
  try {
    return !(await isPiped(file)) && recordsIn((await peekInput(file)).head) !== undefined;
  } catch {
    // Nothing says that it is anything of ours.
    return false;
  }
}

/** The records of one input. A piece of it is done with when the next one is asked for. */
export async function* readEventsOf(file: string, stream: AsyncIterable<unknown>): AsyncGenerator<ReadEvents> {
  const reader = new BytesReader(file);
  try {
    for await (const bytes of logBytes(stream)) {
      yield* reader.add(bytes);
      if (reader.isOver) break;
    }
  } catch (error: unknown) {
    const cause = error instanceof TruncatedLogError ? "breaks off" : `cannot be read: ${fileFailure(error)}`;
    yield { kind: "unreadable", file, cause };
    if (!(error instanceof TruncatedLogError)) return;
    reader.breaksOff = true;
  }
  yield* reader.end();
}

/** Whether a text lists its records, as AWS delivers them or bare, which are then taken one by one. */
const listStart = /^\ufeff?\s*(?:\{\s*"(Records|Events)"\s*:\s*)?\[\s*(?=\{)/;
/** So much of a text tells how it is written, in bytes. */
const HEAD = 1024;

/**
 * The records of bytes as they come. A list is read record by record, whatever it comes to; of a text whose first line is JSON each line is
 * one; any other is read as a whole.
 */
class BytesReader {
  private readonly picker = new RecordPicker();
  private rest = Buffer.alloc(0);
  private room = Buffer.alloc(0);
  private parts: Buffer[] = [];
  private length = 0;
  private line = 1;
  private mode: "unknown" | "first line" | "list" | "lines" | "document" | "behind" = "unknown";
  /** The member that the list stands in. */
  private wrapper: string | undefined;
  /** Records that are not UTF-8: texts in them would be other ones, of other callers and resources, if they were taken. */
  private unclean = 0;
  /** Nothing that follows counts. */
  isOver = false;
  /** What is left at the end was said to be incomplete. */
  breaksOff = false;

  constructor(private readonly file: string) {}

  *add(bytes: Buffer): Generator<ReadEvents> {
    if (this.mode === "unknown") {
      this.rest = Buffer.concat([this.rest, bytes]);
      if (this.rest.length < HEAD) return;
      const head = this.rest;
      this.rest = Buffer.alloc(0);
      yield* this.begin(head);
    } else if (this.mode === "list" || this.mode === "behind") yield* this.list(this.joined(bytes));
    else yield* this.pieces(bytes);
  }

  *end(): Generator<ReadEvents> {
    if (this.mode === "unknown") yield* this.begin(this.rest);
    const { file } = this;
    yield* this.rests();
    if (this.unclean > 0) {
      const cause = `${this.unclean} ${this.unclean === 1 ? "record is" : "records are"} not UTF-8 and left out`;
      yield { kind: "unreadable", file, cause };
    }
  }

  /** What has to be said and read when nothing more comes. */
  private *rests(): Generator<ReadEvents> {
    if (this.isOver) return;
    const { file } = this;
    if (this.breaksOff && !this.endsWithRecord()) return;
    if (this.mode === "list") yield { kind: "unreadable", file, cause: "is no JSON" };
    else if (this.mode === "behind") {
      const tail = `${this.wrapper === undefined ? "[]" : '{"Records":[]'}${this.rest.toString("utf8")}`;
      if (parse(tail) === undefined) yield { kind: "unreadable", file, cause: "is no JSON" };
    } else {
      const bytes = Buffer.concat(this.parts);
      const text = bytes.toString("utf8");
      if (text.trim() === "") return;
      if (!isUtf8(bytes)) {
        if (this.mode === "lines") this.unclean++;
        else yield { kind: "unreadable", file, cause: "is not UTF-8" };
      } else if (this.mode === "lines") yield* recordsOfLine({ text, line: this.line }, file);
      else yield* recordsOfDocument(text, file);
    }
  }

  /** Of what breaks off the last line may be whole; nothing else is. */
  private endsWithRecord(): boolean {
    return this.mode === "lines" && parse(Buffer.concat(this.parts).toString("utf8")) !== undefined;
  }

  private *begin(head: Buffer): Generator<ReadEvents> {
    if (isUtf16(head)) {
      yield { kind: "unreadable", file: this.file, cause: utf16Trouble };
      this.isOver = true;
      return;
    }
    const found = listStart.exec(head.subarray(0, HEAD).toString("utf8"));
    if (found === null) {
      this.mode = "first line";
      yield* this.pieces(head);
      return;
    }
    this.mode = "list";
    this.wrapper = found[1];
    yield* this.list(head.subarray(Buffer.byteLength(found[0])));
  }

  /** What was left, and what came: in a room that is used again, since what is taken out of it is copied. */
  private joined(bytes: Buffer): Buffer {
    const { rest } = this;
    if (rest.length === 0) return bytes;
    const length = rest.length + bytes.length;
    if (this.room.length < length) this.room = Buffer.allocUnsafeSlow(length * 2);
    rest.copy(this.room);
    bytes.copy(this.room, rest.length);
    return this.room.subarray(0, length);
  }

  private *list(bytes: Buffer): Generator<ReadEvents> {
    const events: JsonObject[] = [];
    const { picker, file } = this;
    let at = 0;
    let cause: string | undefined;
    // False also where a piece ends within a character: then records are looked at one by one.
    const isClean = isUtf8(bytes);
    while (this.mode === "list" && at < bytes.length) {
      const byte = bytes[at] ?? 0;
      if (byte === COMMA || isSpace(byte)) {
        at++;
        continue;
      }
      if (byte === CLOSE_LIST) {
        this.mode = "behind";
        at++;
        break;
      }
      // What looking up tells of a record stands around it.
      const isRecordItself = byte === OPEN && this.wrapper !== "Events";
      const picked = isRecordItself ? picker.pick(bytes, at, bytes.length) : "odd";
      if (picked === "picked") {
        if (!isClean && !isUtf8(bytes.subarray(at, picker.end))) this.unclean++;
        else if (isRecord(picker.event)) events.push(picker.event);
        at = picker.end;
        continue;
      }
      const end = picked === "incomplete" ? -1 : endOfValue(bytes, at, bytes.length);
      if (end === -1) break;
      const value = end < 0 || byte !== OPEN ? undefined : parse(bytes.toString("utf8", at, end));
      if (!isJsonObject(value)) {
        cause = "is no JSON";
        break;
      }
      if (!isClean && !isUtf8(bytes.subarray(at, end))) this.unclean++;
      else events.push(...eventsOf(value));
      at = end;
    }
    // What is left of a chunk would keep all of it.
    this.rest = Buffer.from(bytes.subarray(at));
    if (events.length > 0) yield { kind: "events", events };
    if (this.rest.length > LONGEST_LINE)
      cause = `a record has more than ${LONGEST_LINE} bytes: nothing behind it is read`;
    if (cause === undefined) return;
    yield { kind: "unreadable", file, cause };
    this.isOver = true;
  }

  private *pieces(bytes: Buffer): Generator<ReadEvents> {
    const { picker, file } = this;
    let events: JsonObject[] = [];
    let start = 0;
    while (this.mode !== "document") {
      const end = bytes.indexOf(0x0a, start);
      if (end < 0) break;
      const isWhole = this.parts.length === 0;
      const text = isWhole ? bytes : Buffer.concat([...this.parts, bytes.subarray(start, end)]);
      const [from, to] = isWhole ? [start, end] : [0, text.length];
      // Whether a text has a record a line is known once its first line was read: either that is JSON by itself, or the whole text is.
      if (this.mode === "first line" && text.toString("utf8", from, to).trim() !== "") {
        if (parse(text.toString("utf8", from, to)) === undefined) {
          this.mode = "document";
          break;
        }
        this.mode = "lines";
      }
      this.parts = [];
      this.length = 0;
      const isUnclean = !isUtf8(text.subarray(from, to));
      if (isUnclean) this.unclean++;
      const isPicked =
        !isUnclean && text[from] === OPEN && picker.pick(text, from, to) === "picked" && isBlank(text, picker.end, to);
      if (isPicked && isRecord(picker.event)) events.push(picker.event);
      else if (!isUnclean && !isBlank(text, from, to)) {
        if (events.length > 0) yield { kind: "events", events };
        events = [];
        yield* recordsOfLine({ text: text.toString("utf8", from, to), line: this.line }, file);
      }
      this.line++;
      start = end + 1;
    }
    if (events.length > 0) yield { kind: "events", events };
    const rest = bytes.subarray(start);
    this.parts.push(Buffer.from(rest));
    this.length += rest.length;
    if (rest.length === 0) this.parts.pop();
    if (this.length <= (this.mode === "lines" ? LONGEST_LINE : LARGEST_DOCUMENT)) return;
    yield { kind: "unreadable", file, cause: `more than ${LARGEST_DOCUMENT} bytes that are not JSON Lines` };
    this.isOver = true;
  }
}

const COMMA = 0x2c;
const OPEN = 0x7b;
const CLOSE_LIST = 0x5d;

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function isBlank(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (!isSpace(bytes[at] ?? 0)) return false;
  return true;
}

interface Line {
  readonly text: string;
  readonly line: number;
}

function* recordsOfLine({ text, line }: Line, file: string): Generator<ReadEvents> {
  const value = parse(text);
  const events = value === undefined ? undefined : recordsOf(value);
  if (events === undefined) yield { kind: "unreadable", file, line, cause: "no record of CloudTrail" };
  else yield { kind: "events", events };
}

function* recordsOfDocument(text: string, file: string): Generator<ReadEvents> {
  const value = parse(text);
  const events = value === undefined ? undefined : recordsOf(value);
  if (events === undefined) {
    const cause = value === undefined ? "is no JSON" : "holds no records of CloudTrail";
    yield { kind: "unreadable", file, cause };
  } else yield { kind: "events", events };
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
  return isRecord(value) ? [value] : [];
}
