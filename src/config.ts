/**
 * All settings of `verdict serve` in one table, and how flags, environment and a file become one
 * frozen `Config`: flags over environment over file over default. The only reader of `process.env`.
 */
import { availableParallelism } from "node:os";
import { closestName } from "./policy/closest-name.js";
import type { Finding } from "./policy/finding.js";
import { parseSource } from "./policy/load-policy-set.js";
import { quote } from "./policy/quote.js";
import { isDirectory, readSources } from "./policy/sources.js";
import type { TreePlace } from "./policy/tree-place.js";
import { membersOf, placeText, positionOf } from "./policy/tree-place.js";
import { isLocal, type ListenAddress, parseListenAddress } from "./server/listen-address.js";

/** One setting: its name is the YAML key; the flag and the variable are spelled after it. */
export interface Setting<T> {
  readonly name: string;
  /** As `--max-message-bytes`. */
  readonly flag: string;
  /** As `VERDICT_MAX_MESSAGE_BYTES`. */
  readonly variable: string;
  /** What stands for the value in help; absent for switches. */
  readonly placeholder?: string;
  /** As documents show it. */
  readonly defaultText: string;
  readonly description: string;
  readonly defaultValue: () => T;
  /** Takes the text of any source, or says what is wrong with it. */
  readonly parse: (text: string) => NoInfer<T> | Refusal;
}

/** Why a text is no value of a setting: the end of a sentence that begins with the text. */
export interface Refusal {
  readonly refusal: string;
}

/** What `verdict serve` runs with. */
export interface Config {
  readonly policies: string;
  readonly listen: ListenAddress;
  readonly workers: number;
  readonly allowWhatIf: boolean;
  readonly maxMessageBytes: number;
  readonly maxBatchRequests: number;
  readonly maxConcurrentStreams: number;
  readonly maxSessionMemoryMegabytes: number;
  readonly drainTimeoutMs: number;
}

/** Settings that cannot be used: one line a problem, place first. */
export class ConfigError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(problems.join("\n"));
    this.name = "ConfigError";
  }
}

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What the command line gave, by setting name; a switch is `true`. */
export type Flags = Readonly<Record<string, unknown>>;

/** The table. */
export const settings = {
  policies: setting("policies", {
    placeholder: "path",
    defaultText: "./policies",
    description: "policy set: a file or a directory",
    defaultValue: () => "./policies",
    parse: (text) => (text === "" ? { refusal: "is empty" } : text),
  }),
  listen: setting<ListenAddress>("listen", {
    placeholder: "address",
    defaultText: "127.0.0.1:50051",
    description: "gRPC listener: host:port or unix:PATH",
    defaultValue: () => ({ kind: "tcp", host: "127.0.0.1", port: 50_051 }),
    parse: (text) => parseListenAddress(text) ?? { refusal: "is neither host:port nor unix:PATH" },
  }),
  http: setting<undefined>("http", {
    placeholder: "address",
    defaultText: "off",
    description: "HTTP listener (not available yet)",
    defaultValue: () => undefined,
    parse: () => ({ refusal: "is refused: the HTTP listener is not available yet" }),
  }),
  insecure: switchSetting("insecure", "allow a listener that other machines can reach without TLS"),
  workers: countSetting("workers", 1, 1024, {
    placeholder: "count",
    defaultText: "processors - 1",
    description: "threads that decide large batches",
    defaultValue: () => Math.max(1, availableParallelism() - 1),
  }),
  allowWhatIf: switchSetting("allowWhatIf", "let callers set derived context keys with what_if"),
  maxMessageBytes: limitSetting("maxMessageBytes", 1024, 1 << 30, 16 << 20, "bytes of one request message"),
  maxBatchRequests: limitSetting("maxBatchRequests", 1, 10_000_000, 100_000, "questions of one message"),
  maxConcurrentStreams: limitSetting("maxConcurrentStreams", 1, 1_000_000, 128, "calls in flight on one connection"),
  maxSessionMemoryMegabytes: limitSetting("maxSessionMemoryMegabytes", 1, 65_536, 64, "memory of one connection"),
  drainTimeoutMs: limitSetting("drainTimeoutMs", 0, 3_600_000, 10_000, "how long a stop waits for calls in flight"),
} as const;

/** Settles every setting, or throws a `ConfigError` with everything that is wrong. */
export async function readConfig(flags: Flags, environment: Environment = process.env): Promise<Config> {
  const problems = unknownVariables(environment);
  const file = flags[configFile.name] ?? environment[configFile.variable];
  const members = typeof file === "string" ? await readConfigFile(file, problems) : new Map<string, Given>();
  const read = <T>(one: Setting<T>): T => settle(one, given(one, flags, environment, members), problems);
  const insecure = read(settings.insecure);
  read(settings.http);
  const config: Config = {
    policies: read(settings.policies),
    listen: read(settings.listen),
    workers: read(settings.workers),
    allowWhatIf: read(settings.allowWhatIf),
    maxMessageBytes: read(settings.maxMessageBytes),
    maxBatchRequests: read(settings.maxBatchRequests),
    maxConcurrentStreams: read(settings.maxConcurrentStreams),
    maxSessionMemoryMegabytes: read(settings.maxSessionMemoryMegabytes),
    drainTimeoutMs: read(settings.drainTimeoutMs),
  };
  if (!isLocal(config.listen) && !insecure) {
    const { place } = given(settings.listen, flags, environment, members) ?? { place: settings.listen.flag };
    problems.push(`${place}: other machines can reach this listener, and it has no TLS: add --insecure to allow it`);
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.freeze(config);
}

/** Settles one setting without a file, for commands that need no other. */
export function readSetting<T>(one: Setting<T>, flags: Flags, environment: Environment = process.env): T {
  const problems: string[] = [];
  const value = settle(one, given(one, flags, environment, new Map()), problems);
  if (problems.length > 0) throw new ConfigError(problems);
  return value;
}

/** Where the file itself is named; not a key of the file. */
export const configFile = { name: "config", flag: "--config", variable: "VERDICT_CONFIG" } as const;

/** A text with the place that gave it, as messages show it. */
interface Given {
  readonly text: string;
  readonly place: string;
}

function given<T>(
  { name, flag, variable }: Setting<T>,
  flags: Flags,
  environment: Environment,
  members: ReadonlyMap<string, Given>,
): Given | undefined {
  const value = flags[name];
  if (value !== undefined) return { text: String(value), place: flag };
  const text = environment[variable];
  return text === undefined ? members.get(name) : { text, place: variable };
}

function settle<T>(one: Setting<T>, source: Given | undefined, problems: string[]): T {
  if (source === undefined) return one.defaultValue();
  const value = one.parse(source.text);
  if (!isRefusal(value)) return value;
  problems.push(`${source.place}: ${quote(source.text)} ${value.refusal}`);
  return one.defaultValue();
}

function isRefusal(value: unknown): value is Refusal {
  return typeof value === "object" && value !== null && "refusal" in value;
}

async function readConfigFile(path: string, problems: string[]): Promise<ReadonlyMap<string, Given>> {
  const findings: Finding[] = [];
  const members = new Map<string, Given>();
  if (await isDirectory(path)) {
    problems.push(`${configFile.flag}: ${quote(path)} is a directory`);
    return members;
  }
  for (const source of await readSources(path, findings)) {
    const node = parseSource(source, findings);
    if (node === undefined) continue;
    for (const [name, place] of membersOf({ source, findings, node, path: "" }, Object.keys(settings)) ?? []) {
      const text = scalarText(place);
      if (text === undefined) problems.push(`${placeText(positionOf(place))}: ${name}: must be a single value`);
      else members.set(name, { text, place: `${placeText(positionOf(place))}: ${name}` });
    }
  }
  for (const finding of findings) problems.push(`${placeText(finding)}: ${finding.message}`);
  return members;
}

function scalarText({ node }: TreePlace): string | undefined {
  if (node.kind === "string") return node.value;
  if (node.kind === "number") return node.text;
  return node.kind === "boolean" ? String(node.value) : undefined;
}

/** A misspelt variable must not leave a limit at its default unnoticed. */
function unknownVariables(environment: Environment): string[] {
  const known: readonly string[] = [configFile, ...Object.values(settings)].map(({ variable }) => variable);
  return Object.keys(environment)
    .filter((name) => name.startsWith("VERDICT_") && !known.includes(name) && !serviceLink.test(name))
    .map((name) => {
      const meant = closestName(name, known);
      return `${quote(name)}: unknown setting${meant === undefined ? "" : `: did you mean ${meant}?`}`;
    });
}

// Kubernetes sets these in every pod when a service is called `verdict` or `verdict-…`.
const serviceLink = /_SERVICE_(HOST|PORT(_[A-Z0-9_]+)?)$|_PORT(_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?$/;

type SettingParts<T> = Omit<Setting<T>, "name" | "flag" | "variable">;

function setting<T>(name: string, parts: SettingParts<T>): Setting<T> {
  const words = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return { name, flag: `--${words}`, variable: `VERDICT_${words.replaceAll("-", "_").toUpperCase()}`, ...parts };
}

function switchSetting(name: string, description: string): Setting<boolean> {
  return setting(name, {
    defaultText: "false",
    description,
    defaultValue: () => false,
    parse: (text) => (text === "true" || text === "false" ? text === "true" : { refusal: "is neither true nor false" }),
  });
}

function limitSetting(name: string, least: number, most: number, usual: number, description: string): Setting<number> {
  const parts = { placeholder: "number", defaultText: String(usual), description, defaultValue: () => usual };
  return countSetting(name, least, most, parts);
}

function countSetting(
  name: string,
  least: number,
  most: number,
  parts: Omit<SettingParts<number>, "parse">,
): Setting<number> {
  return setting(name, {
    ...parts,
    parse(text) {
      const value = /^[0-9]{1,12}$/.test(text) ? Number(text) : Number.NaN;
      return value >= least && value <= most ? value : { refusal: `is no whole number from ${least} to ${most}` };
    },
  });
}
