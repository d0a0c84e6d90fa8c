/** What the name of a file tells, where its content does not: whose it is, of which day, and what was asked about. */
import { isoTime } from "../cloudtrail/time.js";
import type { EvidenceInput, FromInput } from "./evidence.js";

/** A file that is read. */
export interface Origin {
  readonly file: string;
  /** When it was changed last, in milliseconds since 1970. */
  readonly changedAt: number;
}

/** The parts of the path behind the last folder, and that folder. */
function nearName(file: string): string {
  return file.split("/").slice(-2).join("/");
}

/** The account that the name of a file, or else of its folder, has in it. */
export function accountOfName(file: string): string | undefined {
  const [folder = "", name = ""] = file.includes("/") ? file.split("/").slice(-2) : ["", file];
  for (const part of [name, folder]) {
    const found = [...part.matchAll(/(?<![0-9])[0-9]{12}(?![0-9])/g)].map(([id]) => id);
    if (found.length === 1) return found[0];
  }
  return undefined;
}

/** The day that a name has in it, as in `2026-11-29` or `20261129`, with a time behind it or not. */
export function dateOfName(file: string): number | undefined {
  const match =
    /(?<![0-9])(20[0-9]{2})-?([01][0-9])-?([0-3][0-9])(?:[T_-]?([0-2][0-9])[:-]?([0-5][0-9])[:-]?([0-5][0-9])?Z?)?(?![0-9])/.exec(
      nearName(file),
    );
  if (match === null) return undefined;
  const [, year, month, day, hour = "00", minute = "00", second = "00"] = match;
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(time) ? undefined : time;
}

/** An id of an organization's root, unit, policy or account that a name has in it. */
export function organizationIdOfName(file: string): string | undefined {
  const name = file.split("/").at(-1) ?? "";
  const ids =
    /(?<![a-z0-9])(ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}|r-[0-9a-z]{4,32}|p-[0-9a-zA-Z_]{8,128}|[0-9]{12})(?![0-9a-zA-Z])/;
  return ids.exec(name)?.[1];
}

/** The stem of a file's name: without folders and endings. */
export function stemOf(file: string): string {
  return (file.split("/").at(-1) ?? "").replace(/\.gz$/, "").replace(/\.(?:json|jsonl|ndjson|csv|txt|log)$/, "");
}

/** The time of an input, and where it is from. `told`: what the content says. */
export function dated(
  { file, changedAt }: Origin,
  told: number | undefined,
): Pick<EvidenceInput, "date" | "datedBy"> & Pick<FromInput, "at"> {
  const named = dateOfName(file);
  const at = told ?? named ?? changedAt;
  const datedBy = told !== undefined ? "content" : named !== undefined ? "name" : "file";
  return { at, date: isoTime(at), datedBy };
}
