/**
 * What a setting is, and the kinds of settings there are. Takes texts from any source (flag, variable, file) and gives a
 * value or says what is wrong; knows no particular setting.
 */
import { type ListenAddress, parseListenAddress } from "../access/listen-address.js";

/** One setting: its name is the YAML key; the flag and the variable are spelled after it. */
export interface Setting<T> {
  readonly name: string;
  /** As `--max-message-bytes`. */
  readonly flag: string;
  /** As `VERDICT_MAX_MESSAGE_BYTES`. */
  readonly variable: string;
  /** What stands for the value in help; absent for switches. */
  readonly placeholder?: string;
  /** Whether it holds several values: the flag is repeated, a variable has commas, the file has a list. */
  readonly isList: boolean;
  /** Of each of its texts. */
  readonly shape: SettingShape;
  /** As documents show it. */
  readonly defaultText: string;
  readonly description: string;
  readonly defaultValue: () => T;
  /** Takes the texts of any source, or says what is wrong with them. A setting that is no list is given one text. */
  readonly parse: (texts: readonly string[]) => NoInfer<T> | ValueRefusal;
}

/** What can be said of the texts of a setting before they are parsed: for schemas, which say no more than that. */
export type SettingShape =
  | { readonly kind: "text" }
  | { readonly kind: "boolean" }
  | { readonly kind: "duration" }
  | { readonly kind: "word"; readonly words: readonly string[] }
  | { readonly kind: "count"; readonly least: number; readonly most: number };

/** The type of a setting's value. */
export type ValueOf<S> = S extends Setting<infer T> ? T : never;

/** Why a text is no value of a setting: the end of a sentence that begins with the text. */
export interface ValueRefusal {
  readonly refusal: string;
  /** The text that is meant, where a list holds others. */
  readonly text?: string;
}

/** Whether a parser refused. */
export function isRefusal(value: unknown): value is ValueRefusal {
  return typeof value === "object" && value !== null && "refusal" in value;
}

/** What a setting of one text is made of. */
export interface SettingParts<T> {
  readonly placeholder?: string;
  readonly defaultText: string;
  readonly description: string;
  /** Default: any text. */
  readonly shape?: SettingShape;
  readonly defaultValue: () => T;
  readonly parse: (text: string) => NoInfer<T> | ValueRefusal;
}

const anyText: SettingShape = { kind: "text" };

/** A setting of one text. */
export function setting<T>(name: string, parts: SettingParts<T>): Setting<T> {
  return {
    ...spellings(name),
    isList: false,
    shape: anyText,
    ...parts,
    parse: (texts) => parts.parse(texts.at(-1) ?? ""),
  };
}

/** A setting of any number of texts. */
export function listSetting<T>(
  name: string,
  parts: Omit<SettingParts<readonly T[]>, "parse"> & { readonly parse: (text: string) => T | ValueRefusal },
): Setting<readonly T[]> {
  return {
    ...spellings(name),
    isList: true,
    shape: anyText,
    ...parts,
    parse(texts) {
      const values: T[] = [];
      for (const text of texts) {
        const value = parts.parse(text);
        if (isRefusal(value)) return { text, ...value };
        values.push(value);
      }
      return values;
    },
  };
}

/** A switch that is off unless it is given. */
export function switchSetting(name: string, description: string): Setting<boolean> {
  const { placeholder: _, ...parts } = booleanParts(description, false);
  return setting(name, parts);
}

/** A switch with a value, for what is on by default. */
export function booleanSetting(name: string, usual: boolean, description: string): Setting<boolean> {
  return setting(name, booleanParts(description, usual));
}

function booleanParts(description: string, usual: boolean): SettingParts<boolean> {
  return {
    placeholder: "boolean",
    defaultText: String(usual),
    description,
    shape: { kind: "boolean" },
    defaultValue: () => usual,
    parse: (text) => (text === "true" || text === "false" ? text === "true" : { refusal: "is neither true nor false" }),
  };
}

/** A text that may be absent: a path, a name, a URL. */
export function textSetting(name: string, placeholder: string, description: string): Setting<string | undefined> {
  return setting<string | undefined>(name, {
    placeholder,
    defaultText: "none",
    description,
    defaultValue: () => undefined,
    parse: (text) => (text === "" ? { refusal: "is empty" } : text),
  });
}

/** One of a few words. */
export function choiceSetting<const W extends string>(
  name: string,
  words: readonly W[],
  usual: NoInfer<W>,
  description: string,
): Setting<W> {
  return setting<W>(name, {
    placeholder: "word",
    defaultText: usual,
    description: `${description}: ${words.join(", ")}`,
    shape: { kind: "word", words },
    defaultValue: () => usual,
    parse: (text) => words.find((word) => word === text) ?? { refusal: `is none of ${words.join(", ")}` },
  });
}

/** A whole number with a fixed default. */
export function limitSetting(
  name: string,
  least: number,
  most: number,
  usual: number,
  description: string,
): Setting<number> {
  const parts = { placeholder: "number", defaultText: String(usual), description, defaultValue: () => usual };
  return countSetting(name, least, most, parts);
}

/** A whole number. */
export function countSetting(
  name: string,
  least: number,
  most: number,
  parts: Omit<SettingParts<number>, "parse">,
): Setting<number> {
  return setting(name, {
    ...parts,
    shape: { kind: "count", least, most },
    parse(text) {
      const value = /^[0-9]{1,12}$/.test(text) ? Number(text) : Number.NaN;
      return value >= least && value <= most ? value : { refusal: `is no whole number from ${least} to ${most}` };
    },
  });
}

const durationUnits = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

/** A time span such as `500ms`, `30s`, `5m` or `1h`; its value is in milliseconds. */
export function durationSetting(name: string, usual: string, description: string): Setting<number> {
  const read = (text: string): number | undefined => {
    const [, digits = "", unit] = /^([0-9]{1,9})(ms|s|m|h)$/.exec(text) ?? [];
    const known = unit === "ms" || unit === "s" || unit === "m" || unit === "h";
    return known ? Number(digits) * durationUnits[unit] : undefined;
  };
  return setting(name, {
    placeholder: "duration",
    defaultText: usual,
    description,
    shape: { kind: "duration" },
    defaultValue: () => read(usual) ?? 0,
    parse: (text) => {
      const value = read(text);
      return value !== undefined && value <= 0x7fff_ffff
        ? value
        : { refusal: "is no duration such as 500ms, 30s or 5m" };
    },
  });
}

/** A listener that is off unless it is given. */
export function addressSetting(name: string, description: string): Setting<ListenAddress | undefined> {
  return setting<ListenAddress | undefined>(name, {
    placeholder: "address",
    defaultText: "off",
    description,
    defaultValue: () => undefined,
    parse: parseAddress,
  });
}

/** Reads `host:port`, a port or `unix:PATH`. */
export function parseAddress(text: string): ListenAddress | ValueRefusal {
  return parseListenAddress(text) ?? { refusal: "is neither host:port nor unix:PATH" };
}

function spellings(name: string): Pick<Setting<unknown>, "name" | "flag" | "variable"> {
  const words = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return { name, flag: `--${words}`, variable: `VERDICT_${words.replaceAll("-", "_").toUpperCase()}` };
}
