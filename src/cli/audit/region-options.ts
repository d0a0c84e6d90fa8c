/** The part of all requests that a question is about, out of the options of a command. */
import { checkAction, checkResource, RegionRefusal, readRegion } from "../../audit/read-region.js";
import type { Region } from "../../audit/region.js";
import { refuse } from "../../terminal/command-error.js";
import { contextOf } from "../../terminal/key-value.js";

/** What the command line gave. */
export interface RegionOptions {
  readonly policies?: string;
  readonly principal?: readonly string[];
  readonly action?: readonly string[];
  readonly resource?: readonly string[];
  readonly context?: readonly string[];
  readonly without?: readonly string[];
  readonly closed?: boolean;
  readonly outside?: boolean;
  readonly budget?: number;
  readonly workers?: number;
}

/** The region that options name. Throws what refuses them. */
export function regionOf(options: RegionOptions): Region {
  const { principal = [], action = [], resource = [], context = [], without = [], closed, outside } = options;
  return told(() =>
    readRegion({
      principals: principal,
      actions: action,
      resources: resource,
      context: contextOf("--context", context),
      without,
      closed: closed === true,
      outside: outside === true,
    }),
  );
}

/** Refuses what is no action and no pattern of actions. */
export function requireAction(text: string): void {
  told(() => checkAction(text));
}

/** Refuses what is no resource and no pattern of resources. */
export function requireResource(text: string): void {
  told(() => checkResource(text));
}

function told<T>(read: () => T): T {
  try {
    return read();
  } catch (error: unknown) {
    if (!(error instanceof RegionRefusal)) throw error;
    throw refuse(`${places[error.place](error.key)}: ${error.message}`, error);
  }
}

const places: Readonly<Record<RegionRefusal["place"], (key?: string) => string>> = {
  action: () => "verdict",
  resource: () => "verdict",
  context: (key) => (key === undefined ? "--context" : `--context ${key}`),
  without: () => "--without",
};
