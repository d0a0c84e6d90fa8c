/** What is new and what is gone since an earlier report. */
import { isJsonObject } from "../text/json-object.js";
import type { ReportData } from "./report-data.js";

/** One kind of things. */
export interface SinceRow {
  readonly what: string;
  readonly fresh: readonly string[];
  readonly gone: readonly string[];
}

/** The comparison. */
export interface Since {
  readonly generatedAt: string;
  readonly rows: readonly SinceRow[];
}

/** An earlier report out of its text; undefined if it is none. */
export function readEarlier(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) && value.format === "verdict-report/1" ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Compares with it. What the earlier one does not tell is not compared. */
export function compareWith(earlier: unknown, now: ReportData): Since {
  const before = thingsOf(earlier);
  const after = thingsOf(now);
  const at = isJsonObject(earlier) ? earlier.generatedAt : undefined;
  const rows = [...after].flatMap(([what, things]) => {
    const old = before.get(what);
    if (old === undefined) return [];
    return [
      {
        what,
        fresh: [...things].flatMap(([id, text]) => (old.has(id) ? [] : [text])),
        gone: [...old].flatMap(([id, text]) => (things.has(id) ? [] : [text])),
      },
    ];
  });
  return { generatedAt: typeof at === "string" ? at : "an unknown day", rows };
}

type Things = ReadonlyMap<string, string>;

/** What can be compared, each kind by what tells its members apart. */
function thingsOf(report: unknown): ReadonlyMap<string, Things> {
  const found = new Map<string, Things>();
  const posture = member(report, "posture");
  const escalation = member(report, "escalation");
  const take = (what: string, list: unknown, of: (one: unknown) => readonly [string, string]): void => {
    if (Array.isArray(list)) found.set(what, new Map(list.map(of)));
  };
  take("findings", member(posture, "findings"), (one) => [
    textOf(one, "fingerprint"),
    `${textOf(one, "id")}: ${textOf(one, "subject")}`,
  ]);
  take("administrators", member(escalation, "administrators"), (one) => [
    textOf(one, "principal"),
    textOf(one, "principal"),
  ]);
  take("ways to become an administrator", member(escalation, "chains"), (one) => [
    textOf(one, "principal"),
    textOf(one, "principal"),
  ]);
  take("access from outside", member(report, "outside"), (one) => {
    const text = `${textOf(one, "who")} on ${textOf(one, "resource")}: ${textsOf(one, "actions").join(",")}`;
    return [text, text];
  });
  return found;
}

function member(value: unknown, name: string): unknown {
  return isJsonObject(value) ? value[name] : undefined;
}

function textsOf(value: unknown, name: string): readonly string[] {
  const texts = member(value, name);
  return Array.isArray(texts) ? texts.filter((one) => typeof one === "string") : [];
}

function textOf(value: unknown, name: string): string {
  const text = member(value, name);
  return typeof text === "string" ? text : "";
}
