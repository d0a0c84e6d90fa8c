/** What is said of inputs: each with its account and its day, and what was put together that may not belong together. */
import { compareTexts } from "../../text/compare-texts.js";
import type { EvidenceInput } from "./evidence.js";
import { someOf } from "./some-of.js";

/** Inputs of one account that are further apart than this are of different states of it, in milliseconds. */
const farApart = 2 * 86_400_000;

/** One line about an input. */
export function inputLine({ file, kind, accounts, date, datedBy }: EvidenceInput): string {
  const some = accounts.length > 3 ? `${accounts.length} accounts` : accounts.join(", ");
  const how = datedBy === "content" ? "" : datedBy === "name" ? " by its name" : " by the file's time";
  return `${file}: ${kind}, ${accounts.length === 0 ? "no account told" : some}, ${date}${how}`;
}

/** So many files of records are told one by one. */
const mostRecords = 5;

/** The inputs as they are told: of a trail or a log, which is delivered in thousands of files, all that lie below one folder as one. */
export function toldInputs(inputs: readonly EvidenceInput[]): readonly EvidenceInput[] {
  const told = inputs.filter(({ kind }) => !isOfRecords(kind));
  for (const wanted of ["CloudTrail", "decision log"] as const) {
    const files = inputs.filter(({ kind }) => kind === wanted);
    const [first, ...rest] = files;
    if (first === undefined || files.length <= mostRecords) told.push(...files);
    else {
      const dates = files.map(({ date }) => date).sort(compareTexts);
      told.push({
        ...first,
        file: `${rest.reduce((folder, { file }) => commonFolder(folder, file), first.file)} (${files.length} files)`,
        accounts: [...new Set(files.flatMap(({ accounts }) => accounts))].sort(compareTexts),
        date: dates.at(-1) ?? first.date,
        datedBy: files.every(({ datedBy }) => datedBy === "name") ? "name" : "file",
      });
    }
  }
  return told;
}

/** Records say themselves whose they are. */
function isOfRecords(kind: EvidenceInput["kind"]): boolean {
  return kind === "CloudTrail" || kind === "decision log";
}

function commonFolder(folder: string, file: string): string {
  let length = 0;
  while (length < folder.length && folder[length] === file[length]) length++;
  return length === 0 ? "" : folder.slice(0, folder.lastIndexOf("/", length - 1) + 1);
}

/** Sentences about mixtures; none if there is none. */
export function mixturesOf(inputs: readonly EvidenceInput[]): readonly string[] {
  const lines: string[] = [];
  const accounts = new Map<string, number>();
  for (const input of inputs)
    for (const account of input.accounts) accounts.set(account, (accounts.get(account) ?? 0) + 1);
  if (accounts.size > 1) {
    const names = [...accounts.keys()].sort(compareTexts);
    lines.push(`the inputs are of ${accounts.size} accounts, each judged by its own: ${someOf(names, 6)}`);
    const silent = inputs.filter(
      (input) => input.accounts.length === 0 && input.kind !== "organization" && !isOfRecords(input.kind),
    );
    for (const { file } of silent)
      lines.push(`${file}: does not say which of them it is of: put the account's id into its name`);
  }
  for (const kind of ["credential report", "account summary", "password policy"] as const) {
    const seen = new Set<string>();
    for (const account of inputs.filter((input) => input.kind === kind).flatMap((input) => input.accounts)) {
      if (seen.has(account)) lines.push(`several inputs are a ${kind} of ${account}: the latest one counts`);
      seen.add(account);
    }
  }
  const times = inputs.map(({ date }) => Date.parse(date)).filter((time) => !Number.isNaN(time));
  const [first, last] = [Math.min(...times), Math.max(...times)];
  if (times.length > 1 && last - first > farApart) {
    const days = [first, last].map((time) => new Date(time).toISOString().slice(0, 10));
    lines.push(`the inputs are of different days, from ${days.join(" to ")}: each is judged at its own`);
  }
  return lines;
}
