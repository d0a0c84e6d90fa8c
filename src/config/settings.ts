/** All settings of `verdict serve`, group by group. */
import { accessSettings } from "./access-settings.js";
import { limitSettings } from "./limit-settings.js";
import { listenerSettings } from "./listener-settings.js";
import { logSettings } from "./log-settings.js";
import { policySettings } from "./policy-settings.js";
import type { Setting, ValueOf } from "./setting.js";

/** The table. */
export const settings = {
  ...policySettings,
  ...listenerSettings,
  ...accessSettings,
  ...limitSettings,
  ...logSettings,
} as const;

/** What `verdict serve` runs with; durations are in milliseconds. */
export type Config = { readonly [Name in keyof typeof settings]: ValueOf<(typeof settings)[Name]> };

/** What a first server needs is told first, then the groups. */
const first = ["policies", "listen", "http", "tlsCert", "tlsKey", "decisionLog"] as const;

/** The settings in the order of help, under headings. */
export const settingGroups = [
  { heading: "First of all:", settings: first.map((name) => settings[name]) },
  { heading: "Policy sets:", settings: others(policySettings) },
  { heading: "Listeners:", settings: others(listenerSettings) },
  { heading: "Who may call:", settings: others(accessSettings) },
  { heading: "Limits:", settings: others(limitSettings) },
  { heading: "Logs and traces:", settings: others(logSettings) },
] as const;

function others(group: Readonly<Record<string, Setting<unknown>>>): readonly Setting<unknown>[] {
  return Object.values(group).filter(({ name }) => !first.some((told) => told === name));
}
