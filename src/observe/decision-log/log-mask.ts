/**
 * What a decision log must not show: paths into a record, such as `input.context.aws:SourceIp`. What a path names is erased and
 * listed, together with every other part of the record that could repeat it.
 */
import type { StatementExplanation } from "../../question/decision.js";
import { foldText } from "../../text/fold.js";
import type { DecisionRecord } from "./decision-record.js";

/** A path, taken apart. */
export interface LogMask {
  readonly path: string;
  readonly place: Place;
}

type Place =
  | { readonly kind: "member"; readonly member: (typeof recordMembers)[number] }
  | { readonly kind: "input"; readonly member: (typeof inputMembers)[number] }
  | { readonly kind: "key"; readonly member: (typeof mapMembers)[number]; readonly key: string };

const recordMembers = ["requested_by", "caller"] as const;
const mapMembers = ["context", "resourceTags", "sessionTags"] as const;
const inputMembers = [
  ...mapMembers,
  "principal",
  "resource",
  "resourceAccount",
  "endpoint",
  "sessionPolicies",
] as const;

/** Reads a path; undefined if records have no such place, or none that may be erased. */
export function parseLogMask(path: string): LogMask | undefined {
  const ofRecord = recordMembers.find((name) => name === path);
  if (ofRecord !== undefined) return { path, place: { kind: "member", member: ofRecord } };
  const [, name, key] = /^input\.([A-Za-z]+)(?:\.(.+))?$/s.exec(path) ?? [];
  const map = mapMembers.find((member) => member === name);
  if (key !== undefined) return map && { path, place: { kind: "key", member: map, key: foldText(key) } };
  const ofInput = inputMembers.find((member) => member === name);
  return ofInput && { path, place: { kind: "input", member: ofInput } };
}

/** Erases in the record what the masks name. */
export function maskRecord(record: DecisionRecord, masks: readonly LogMask[]): void {
  const erased: string[] = [];
  for (const { path, place } of masks) {
    if (place.kind === "member") {
      if (record[place.member] === undefined) continue;
      delete record[place.member];
      erased.push(path);
    } else if (place.kind === "input") {
      if (record.input[place.member] === undefined) continue;
      delete record.input[place.member];
      erased.push(path);
    } else erased.push(...eraseKey(record, place.member, place.key));
  }
  if (erased.some((path) => path.startsWith("input."))) eraseEchoes(record, erased);
  if (erased.length > 0) record.erased = erased;
}

function eraseKey({ input }: DecisionRecord, member: (typeof mapMembers)[number], key: string): string[] {
  const map = input[member];
  if (map === undefined) return [];
  const names = Object.keys(map).filter((name) => foldText(name) === key);
  for (const name of names) delete map[name];
  return names.map((name) => `input.${member}.${name}`);
}

/** Error texts quote the question, and explanations list values of the request, so they go with what they may repeat. */
function eraseEchoes(record: DecisionRecord, erased: string[]): void {
  if (erased.includes("input.principal")) delete record.userIdentity;
  if (erased.includes("input.resource")) delete record.resources;
  if (record.errorMessage !== undefined) {
    delete record.errorMessage;
    erased.push("errorMessage");
  }
  const { result } = record;
  if ("error" in result) {
    record.result = { ...result, error: "erased" };
    erased.push("result.error");
    return;
  }
  const { message, statements, ...rest } = result;
  if (message === undefined && statements === undefined) return;
  record.result = {
    ...rest,
    ...(statements === undefined ? {} : { statements: statements.map(withoutEchoes) }),
  };
  if (message !== undefined) erased.push("result.message");
  if (statements !== undefined) erased.push("result.statements.requestValues");
  const isFilled = statements?.some(({ wantedValues = [] }) => wantedValues.some(({ filled }) => filled !== undefined));
  if (isFilled === true) erased.push("result.statements.wantedValues.filled");
}

/** What the policy wanted stays as it is written: its variables were filled in with values of the request. */
function withoutEchoes({ requestValues: _, wantedValues, ...explained }: StatementExplanation): StatementExplanation {
  if (wantedValues === undefined) return explained;
  return { ...explained, wantedValues: wantedValues.map(({ written }) => ({ written })) };
}
