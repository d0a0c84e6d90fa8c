/**
 * One setting out of flags and environment: flags over environment over default. The only reader of `process.env`; knows no files.
 */
import { quote } from "../text/quote.js";
import { isRefusal, type Setting } from "./setting.js";

/** Settings that cannot be used: one line a problem, place first. */
export class ConfigError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(problems.join("\n"));
    this.name = "ConfigError";
  }
}

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What the command line gave, by setting name; a switch is `true`, a list an array. */
export type Flags = Readonly<Record<string, unknown>>;

/** The environment of this process. */
export function ownEnvironment(): Environment {
  return process.env;
}

/** Settles one setting without a file, for commands that need no other. */
export function readSetting<T>(one: Setting<T>, flags: Flags, environment: Environment = ownEnvironment()): T {
  const problems: string[] = [];
  const value = settle(one, givenBy(one, flags, environment, new Map()), problems);
  if (problems.length > 0) throw new ConfigError(problems);
  return value;
}

/** Where the file itself is named; not a key of the file. */
export const configFile = { name: "config", flag: "--config", variable: "VERDICT_CONFIG" } as const;

/** Texts with the place that gave them, as messages show it. */
export interface Given {
  readonly texts: readonly string[];
  readonly place: string;
}

/** What some source gives a setting, or undefined. */
export function givenBy<T>(
  { name, flag, variable, isList }: Setting<T>,
  flags: Flags,
  environment: Environment,
  members: ReadonlyMap<string, Given>,
): Given | undefined {
  const value = flags[name];
  if (value !== undefined) return { texts: (Array.isArray(value) ? value : [value]).map(String), place: flag };
  const text = environment[variable];
  if (text === undefined) return members.get(name);
  return { texts: isList ? text.split(",").map((one) => one.trim()) : [text], place: variable };
}

/** A setting's value out of what was given, else its default; what is wrong becomes a problem. */
export function settle<T>(one: Setting<T>, source: Given | undefined, problems: string[]): T {
  if (source === undefined) return one.defaultValue();
  const value = one.parse(source.texts);
  if (!isRefusal(value)) return value;
  problems.push(`${source.place}: ${quote(value.text ?? source.texts.at(-1) ?? "")} ${value.refusal}`);
  return one.defaultValue();
}
