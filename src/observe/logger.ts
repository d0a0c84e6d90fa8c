/**
 * The log for operators: one JSON line an event on standard error. The library behind it is loaded with the first line, so that
 * a quiet start pays nothing; lines keep their order.
 */
import type { Logger as PinoLogger } from "pino";
import { safeJsonLine } from "../text/json-text.js";
import type { LogLevel } from "./log-level.js";

/** Parts of a line beside its message. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Takes lines of one level each. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** A logger whose lines go somewhere. */
export interface OpenLogger extends Logger {
  /** Resolves when every line is written. */
  close(): Promise<void>;
}

/** Where lines go, each with its LF. */
export type LineWriter = (line: string) => void;

type Level = keyof Logger;

const order: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3, silent: 4 };

/** Opens the log of a process. */
export function openLogger(level: LogLevel, write: LineWriter = (line) => void process.stderr.write(line)): OpenLogger {
  let library: Promise<PinoLogger> | undefined;
  let pino: PinoLogger | undefined;
  let last: Promise<void> = Promise.resolve();
  const put = (at: Level, message: string, fields: LogFields): void => {
    if (order[at] < order[level]) return;
    if (pino !== undefined) {
      pino[at](fields, message);
      return;
    }
    const time = new Date().toISOString();
    library ??= loadPino(level, write);
    last = library.then((loaded) => {
      pino = loaded;
      loaded[at]({ ...fields, time }, message);
    });
  };
  return {
    debug: (message, fields = {}) => put("debug", message, fields),
    info: (message, fields = {}) => put("info", message, fields),
    warn: (message, fields = {}) => put("warn", message, fields),
    error: (message, fields = {}) => put("error", message, fields),
    close: () => last,
  };
}

async function loadPino(level: LogLevel, write: LineWriter): Promise<PinoLogger> {
  const { pino } = await import("pino");
  return pino(
    {
      level,
      base: { pid: process.pid },
      messageKey: "message",
      timestamp: false,
      formatters: { level: (label) => ({ level: label }) },
      mixin: (fields) => ("time" in fields ? {} : { time: new Date().toISOString() }),
      serializers: { error: pino.stdSerializers.err },
    },
    { write: (line) => write(safeJsonLine(line)) },
  );
}
