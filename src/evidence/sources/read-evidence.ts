/**
 * Evidence out of files and folders: each file is told by its content, never by its name, and gives its account and its day. What cannot be
 * read, is incomplete or unknown is said; nothing is joined silently.
 */
import { stat } from "node:fs/promises";
import { fileFailure } from "../../files/file-failure.js";
import { inputName, isPiped, standardInput } from "../../files/piped-source.js";
import { decodeUtf8, findSources, isDirectory, maxFileBytes } from "../../files/sources.js";
import { isUtf16, utf16Trouble } from "../../files/utf16.js";
import { logBytes, TruncatedLogError } from "../../observe/decision-log/log-bytes.js";
import { isJsonObject } from "../../text/json-object.js";
import { peekInput, recordsIn } from "../cloudtrail/peek.js";
import {
  absentPasswordPolicy,
  accountSummary,
  authorizationDetails,
  certificates,
  passwordPolicy,
  requestDetails,
  serviceLastAccessed,
  virtualMfa,
} from "./account-files.js";
import { configItems } from "./config-items.js";
import { credentialReport, isCredentialReport, wrappedCredentialReport } from "./credential-report.js";
import { type Evidence, noEvidence } from "./evidence.js";
import { deepestJson, jsonValues } from "./json-values.js";
import { describedOrganization, describedPolicy, organizationListing } from "./organization-files.js";
import { accountOfName, dated, type Origin, organizationIdOfName } from "./origin.js";
import type { Recognised, Recogniser } from "./recognised.js";
import { publicAccessBlock, resourcePolicy, resourceTags } from "./resource-files.js";
import { shapeProblems } from "./shapes.js";

/** In the order in which they are tried: the first that knows a value takes it. */
const recognisers: readonly Recogniser[] = [
  authorizationDetails,
  requestDetails,
  wrappedCredentialReport,
  accountSummary,
  passwordPolicy,
  virtualMfa,
  certificates,
  serviceLastAccessed,
  describedPolicy,
  describedOrganization,
  organizationListing,
  configItems,
  publicAccessBlock,
  resourceTags,
  resourcePolicy,
];

/** Names that files of AWS have; below a folder others count only for what they are known to hold. */
const endings = /\.(?:json|jsonl|ndjson|csv|log|txt)(?:\.gz)?$|\.gz$/i;

/** Reads everything at some paths. `quiet`: a path that may hold anything else, of which only what is known counts. */
export async function readEvidence(
  paths: readonly { readonly path: string; readonly quiet?: boolean }[],
): Promise<Evidence> {
  const evidence = noEvidence();
  const lists: Lists = new Map();
  const seen = new Set<string>();
  for (const { path, quiet = false } of paths) {
    const isFolder = await isDirectory(path);
    const refuse = (file: string, text: string): void => {
      if (!quiet) evidence.problems.push({ file, kind: "unreadable", text });
    };
    const { files } = await findSources(path, refuse, () => true);
    for (const file of files) {
      if (seen.has(file)) continue;
      seen.add(file);
      const isOdd = isFolder && !endings.test(file);
      if (isOdd && !(await mayBeKnown(file))) continue;
      await readFile(file, evidence, { isNamed: !isFolder, isOdd, quiet, lists });
    }
  }
  for (const { file, account, isWhole } of lists.values()) {
    if (isWhole) continue;
    const text = "says that more follows, and no file has the rest: an export that is not complete";
    evidence.problems.push({ file, kind: "incomplete", account, text });
  }
  return evidence;
}

/** Whether a file begins as something of AWS's does, compressed or not; of whatever else lies there nobody wants to hear. */
async function mayBeKnown(file: string): Promise<boolean> {
  try {
    if (await isPiped(file)) return false;
    const { head } = await peekInput(file);
    return /^\ufeff?\s*[{[]/.test(head) || isCredentialReport(head);
  } catch {
    // A file that nothing says anything about, and that cannot be read.
    return false;
  }
}

/** Lists that come in pages: whether any page of one says that it is the last. */
type Lists = Map<string, { readonly file: string; readonly account: string | undefined; readonly isWhole: boolean }>;

interface HowFile {
  readonly lists: Lists;
  /** It was given by name, not found in a folder. */
  readonly isNamed: boolean;
  /** Its name says nothing: what is wrong with it is no failure. */
  readonly isOdd: boolean;
  readonly quiet: boolean;
}

async function readFile(path: string, evidence: Evidence, { isNamed, isOdd, quiet, lists }: HowFile): Promise<void> {
  const file = inputName(path);
  const fail = (text: string): void => {
    if (!quiet) evidence.problems.push({ file, kind: isOdd ? "unknown" : "unreadable", text });
  };
  try {
    if (!isNamed && (await isPiped(path))) {
      evidence.problems.push({ file, kind: "unknown", text: "not a regular file" });
      return;
    }
    const origin = { file, changedAt: path === standardInput ? Date.now() : (await stat(path)).mtimeMs };
    const { head, bytes } = await peekInput(path);
    const records = recordsIn(head);
    if (records !== undefined) {
      evidence.records.push({ file: path, kind: records });
      const accounts = accountOfName(file);
      const { date, datedBy } = dated(origin, undefined);
      evidence.inputs.push({
        file,
        kind: records,
        accounts: accounts === undefined ? [] : [accounts],
        date,
        datedBy,
        entries: 0,
      });
      return;
    }
    const text = await wholeText(bytes);
    if (isNamed && text.trim() === "") throw new Unusable("is empty");
    const failure = takeText(text, origin, evidence, lists);
    if (failure === undefined || quiet) return;
    const kind = isNamed || (failure.isBroken && !isOdd) ? "unreadable" : "unknown";
    evidence.problems.push({ file, kind, text: failure.text });
  } catch (error: unknown) {
    if (error instanceof Unusable) fail(error.message);
    else fail(error instanceof TruncatedLogError ? "breaks off" : `cannot be read: ${fileFailure(error)}`);
  }
}

/** What no report or listing is like. */
class Unusable extends Error {}

/** The text of a report or a listing, compressed or not. Rejects with Unusable, with TruncatedLogError, or as the input does. */
export async function wholeText(stream: AsyncIterable<unknown>): Promise<string> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const bytes of logBytes(stream)) {
    length += bytes.length;
    if (length > maxFileBytes)
      throw new Unusable(`holds more than ${maxFileBytes} bytes, which no report or listing does`);
    parts.push(bytes);
  }
  const whole = Buffer.concat(parts);
  if (isUtf16(whole)) throw new Unusable(utf16Trouble);
  const text = decodeUtf8(whole, (message, line) => {
    throw new Unusable(`line ${line}: ${message}`);
  });
  return text ?? "";
}

/** Takes what a text says; otherwise tells why not. */
function takeText(
  text: string,
  origin: Origin,
  evidence: Evidence,
  lists: Lists,
): { readonly isBroken: boolean; readonly text: string } | undefined {
  if (isCredentialReport(text)) {
    const report = credentialReport(text, undefined, evidence);
    if (report === undefined) return { isBroken: true, text: "is no CSV: a quoted cell does not end" };
    take(report, origin, evidence, lists);
    return undefined;
  }
  if (!/^\s*[{[]/.test(text.replace(/^\ufeff/, ""))) {
    const accounts = absentPasswordPolicy(text.slice(0, 4096));
    if (accounts === undefined) return { isBroken: false, text: "holds nothing that is known" };
    const absent: Recognised = {
      kind: "password policy",
      accounts,
      entries: 0,
      take: (from) => evidence.passwordPolicies.push({ ...from, policy: undefined }),
    };
    take(absent, origin, evidence, lists);
    return undefined;
  }
  const values = jsonValues(text);
  if (values === undefined) return { isBroken: true, text: "is no JSON" };
  if (values === "too deep")
    return { isBroken: true, text: `is nested deeper than ${deepestJson}, which nothing of AWS's is` };
  let taken = 0;
  for (const value of values.flatMap((one): readonly unknown[] => (Array.isArray(one) ? one : [one]))) {
    if (!isJsonObject(value)) continue;
    const found = recognise(value, origin, evidence);
    if (found === undefined) continue;
    take(found, origin, evidence, lists);
    tell(shapeProblems(found.kind, value), origin, evidence);
    taken++;
  }
  return taken > 0 ? undefined : { isBroken: false, text: "holds nothing that is known" };
}

function recognise(
  value: Readonly<Record<string, unknown>>,
  origin: Origin,
  evidence: Evidence,
): Recognised | undefined {
  for (const recogniser of recognisers) {
    const found = recogniser(value, origin, evidence);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Says what is wrong with the input that was taken last. */
function tell(texts: readonly string[], { file }: Origin, { problems, inputs }: Evidence): void {
  const [account, second] = inputs.at(-1)?.accounts ?? [];
  const only = second === undefined ? account : undefined;
  for (const text of texts) problems.push({ file, kind: "incomplete", account: only, text });
}

function take(found: Recognised, origin: Origin, evidence: Evidence, lists: Lists): void {
  const { file } = origin;
  const named = accountOfName(file);
  const accounts = found.accounts.length > 0 || named === undefined ? found.accounts : [named];
  const { at, date, datedBy } = dated(origin, found.told);
  const [account, second] = accounts;
  const only = second === undefined ? account : undefined;
  const before = evidence.inputs.at(-1);
  // Rows of one export are one input.
  if (before?.file === file && before.kind === found.kind && before.entries > 0 && found.kind === "AWS Config") {
    const all = [...new Set([...before.accounts, ...accounts])];
    evidence.inputs[evidence.inputs.length - 1] = { ...before, accounts: all, entries: before.entries + found.entries };
  } else {
    evidence.inputs.push({ file, kind: found.kind, accounts, date, datedBy, entries: found.entries });
  }
  found.take({ file, account: only, at });
  tell(found.troubles ?? [], origin, evidence);
  if (found.isTruncated === undefined) return;
  const list = `${found.kind}\n${only ?? ""}\n${organizationIdOfName(file) ?? ""}`;
  const isWhole = !found.isTruncated || (lists.get(list)?.isWhole ?? false);
  lists.set(list, { file, account: only, isWhole });
}
