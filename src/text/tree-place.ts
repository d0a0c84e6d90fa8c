/**
 * Reading exact types out of a parsed tree: a place is one node of one file under its path. Every
 * mistake becomes a finding at its line and column; nothing here knows what the members mean. What is called `read…` may refuse:
 * it reports and gives nothing, or less.
 */
import { didYouMean, likelyName } from "./closest-name.js";
import { below, type ElementPath, pathText } from "./element-path.js";
import type { Finding, Severity, SourcePosition } from "./finding.js";
import { quote } from "./quote.js";
import type { SourceText } from "./source-text.js";
import type { Tag } from "./tag.js";
import type { TreeNode } from "./tree.js";

/** One node of one file, with the path that findings name and the list they go to. */
export interface TreePlace {
  readonly source: SourceText;
  readonly findings: Finding[];
  readonly node: TreeNode;
  readonly path: ElementPath;
}

/** The members of an object by name. */
export type Members = ReadonlyMap<string, TreePlace>;

/** A text with the place it was written at, so that whoever resolves it can report there. */
export interface Reference {
  readonly text: string;
  readonly place: TreePlace;
}

/** The file, line and column of a place. */
export function positionOf(place: TreePlace): SourcePosition {
  return place.source.positionAt(place.node.offset);
}

/** Adds a finding about a place. */
export function report(
  place: TreePlace,
  rule: string,
  message: string,
  severity: Severity = "error",
  fix?: string,
): void {
  const advice = fix === undefined ? {} : { fix };
  place.findings.push({ ...positionOf(place), rule, severity, message: at(place.path, message), ...advice });
}

/** The members of an object; unknown ones, of the given severity, and anything but an object are findings. */
export function readMembers(
  place: TreePlace,
  known: readonly string[],
  unknown: "error" | "warning" = "error",
): Members | undefined {
  if (place.node.kind !== "object") return wrongKind(place, "an object");
  const members = new Map<string, TreePlace>();
  for (const member of place.node.members) {
    if (known.includes(member.key)) {
      members.set(member.key, { ...place, node: member.value, path: below(place.path, member.key) });
    } else {
      place.findings.push({
        ...place.source.positionAt(member.keyOffset),
        rule: "SET-FORMAT",
        severity: unknown,
        message: at(place.path, `unknown member ${quote(member.key)}${suggestion(member.key, known, unknown)}`),
      });
    }
  }
  return members;
}

/** What AWS adds to its exports is nobody's mistake, and `known` no list of what may stand there. */
function suggestion(key: string, known: readonly string[], severity: "error" | "warning"): string {
  const meant = likelyName(key, known);
  if (meant !== undefined) return didYouMean(meant);
  return severity === "error" && known.length > 0 && known.length <= MOST_LISTED ? ` (known: ${known.join(", ")})` : "";
}

/** Names that one line has room for. */
const MOST_LISTED = 12;

/** A member that has to be there. */
export function requireMember(place: TreePlace, members: Members, name: string): TreePlace | undefined {
  const member = members.get(name);
  if (member === undefined) report(place, "SET-FORMAT", `missing member \`${name}\``);
  return member;
}

/** The items of a list; an absent list has none. */
export function readItems(place: TreePlace | undefined): readonly TreePlace[] {
  if (place === undefined) return [];
  if (place.node.kind !== "array") return wrongKind(place, "a list") ?? [];
  return place.node.items.map((node, index) => ({ ...place, node, path: below(place.path, index) }));
}

/** The entries of an object whose keys are free. */
export function readEntries(place: TreePlace | undefined): readonly (readonly [string, TreePlace])[] {
  if (place === undefined) return [];
  if (place.node.kind !== "object") return wrongKind(place, "an object") ?? [];
  return place.node.members.map((member) => [
    member.key,
    { ...place, node: member.value, path: below(place.path, member.key) },
  ]);
}

/** A text that is not empty. */
export function readText(place: TreePlace | undefined): string | undefined {
  if (place === undefined) return undefined;
  const { node } = place;
  if (node.kind === "number") {
    report(place, "SET-FORMAT", `must be a string, not a number: write ${quote(`"${node.text}"`)}`);
    return undefined;
  }
  if (node.kind !== "string") return wrongKind(place, "a string");
  if (node.value === "") {
    report(place, "SET-FORMAT", "must not be empty");
    return undefined;
  }
  return node.value;
}

/** A text that may be empty. */
export function readAnyText(place: TreePlace): string | undefined {
  return place.node.kind === "string" && place.node.value === "" ? "" : readText(place);
}

/** A boolean. */
export function readBoolean(place: TreePlace | undefined): boolean | undefined {
  if (place === undefined) return undefined;
  return place.node.kind === "boolean" ? place.node.value : wrongKind(place, "true or false");
}

/** A text together with its place. */
export function readReference(place: TreePlace | undefined): Reference | undefined {
  const text = readText(place);
  return place === undefined || text === undefined ? undefined : { text, place };
}

/** A list of texts, each with its place. */
export function readReferences(place: TreePlace | undefined): readonly Reference[] {
  return readItems(place).flatMap((item) => readReference(item) ?? []);
}

/** Tags written as an object. Keys that differ only in case are ambiguous (CTX-11). */
export function readTags(place: TreePlace | undefined): readonly Tag[] {
  const tags = readEntries(place).flatMap(([key, value]) => {
    const text = readAnyText(value);
    return text === undefined ? [] : [{ key, value: text, place: value }];
  });
  return distinctTags(tags);
}

/** Drops the places of tags again after the warning about keys that differ only in case (CTX-11). */
export function distinctTags(tags: readonly (Tag & { readonly place: TreePlace })[]): readonly Tag[] {
  const seen = new Map<string, string>();
  return tags.map(({ key, value, place }) => {
    const folded = key.toLowerCase();
    const earlier = seen.get(folded);
    if (earlier === undefined) seen.set(folded, key);
    else report(place, "CTX-11", `tag key ${quote(key)} differs from ${quote(earlier)} only in case`, "warning");
    return { key, value };
  });
}

/** Reports a node of the wrong kind; gives `undefined` so that callers can return it. */
export function wrongKind(place: TreePlace, wanted: string): undefined {
  report(place, "SET-FORMAT", `must be ${wanted}, not ${KIND_NAMES[place.node.kind]}`);
  return undefined;
}

/** A position as messages write it. */
export function placeText(position: SourcePosition): string {
  return `${position.file}:${position.line}:${position.column}`;
}

function at(path: ElementPath, message: string): string {
  return path === undefined ? message : `${pathText(path)}: ${message}`;
}

const KIND_NAMES = {
  object: "an object",
  array: "a list",
  string: "a string",
  number: "a number",
  boolean: "a boolean",
  null: "null",
} as const;
