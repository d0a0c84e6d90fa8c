/** Log lines for a person at a terminal: what a line of JSON has, in the order of reading. */
import { safeJsonLine } from "../text/json-text.js";

/** `text` or `json`, or `auto`: text where somebody looks on. */
export const logFormats = ["auto", "text", "json"] as const;
/** One of them. */
export type LogFormat = (typeof logFormats)[number];

/** The time of day (UTC), the level, the message, then what else there is; each finding of a policy set on a line of its own. */
export function textLogLine(json: string): string {
  const { time, level, message, pid: _, findings, ...fields }: Record<string, unknown> = JSON.parse(json);
  const head = [String(time).slice(11, 23), String(level).padEnd(5), shown(message)];
  const rest = Object.entries(fields).map(([name, value]) => `${name}=${inQuotes(value)}`);
  const lines = [[...head, ...rest].join(" ")];
  if (Array.isArray(findings)) for (const finding of findings) lines.push(`  ${shown(finding)}`);
  return lines.map((line) => `${line}\n`).join("");
}

/** On one line, with whatever steers a terminal escaped. */
function shown(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return safeJsonLine(JSON.stringify(text) ?? '""')
    .slice(1, -1)
    .replaceAll('\\"', '"')
    .replaceAll("\\\\", "\\");
}

function inQuotes(value: unknown): string {
  const text = shown(value);
  return typeof value === "string" && /[\s"=]|^$/.test(value) ? JSON.stringify(text) : text;
}
