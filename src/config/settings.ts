/** All settings of `verdict serve`, group by group. */
import { accessSettings } from "./access-settings.js";
import { limitSettings } from "./limit-settings.js";
import { listenerSettings } from "./listener-settings.js";
import { logSettings } from "./log-settings.js";
import { policySettings } from "./policy-settings.js";
import type { ValueOf } from "./setting.js";

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
