/**
 * Statements as words of the image: flags, counts and lists, wherever they will lie. Patterns, tests and principal entries that they
 * refer to are written as they come, each once.
 */
import {
  ENTRY_SIZE,
  EntryKind,
  STATEMENT_DENY,
  STATEMENT_NO_RESOURCE,
  STATEMENT_NOT_ACTION,
  STATEMENT_NOT_PRINCIPAL,
  STATEMENT_NOT_RESOURCE,
  STATEMENT_PRINCIPAL,
  STATEMENT_WIDE,
} from "../../assembly/layout.js";
import type { DocumentVersion, PrincipalEntry, Statement } from "../policy/document.js";
import type { NumberedActions } from "./action-patterns.js";
import type { ByteWriter } from "./byte-writer.js";
import { testWriter } from "./condition-tests.js";
import type { ContextKeys } from "./context-keys.js";
import { encodePattern, type Program, probeOf, resourceProgram, variableToken, writeEncoded } from "./pattern.js";
import type { Survey, SurveyStart } from "./survey.js";
import type { WordList } from "./word-list.js";

/** Turns statements into words. */
export interface StatementEncoder {
  readonly memoCount: number;
  /** Appends a statement to `words`; `start` says where the numbers of its patterns run on from. */
  encode(words: WordList, statement: Statement, version: DocumentVersion, detailAt: number, start: SurveyStart): void;
  /** A resource pattern of the image's own rules (GEN-6). */
  resourcePattern(text: string): number;
}

const ENTRY_KINDS: Readonly<Record<PrincipalEntry["kind"], EntryKind>> = {
  everyone: EntryKind.Everyone,
  account: EntryKind.Account,
  user: EntryKind.User,
  role: EntryKind.Role,
  session: EntryKind.Session,
  federatedUser: EntryKind.FederatedUser,
  uniqueId: EntryKind.UniqueId,
  service: EntryKind.Service,
  federated: EntryKind.Federated,
  canonicalUser: EntryKind.CanonicalUser,
};

/** An encoder with an empty memory of patterns, tests and entries. */
export function statementEncoder(
  writer: ByteWriter,
  survey: Survey,
  actions: NumberedActions,
  keys: ContextKeys,
): StatementEncoder {
  // By the number of a resource pattern: where it is, 0 while it is nowhere, and its probe.
  const patternAt = new Uint32Array(survey.resourceTexts.length);
  const probes = new Uint32Array(survey.resourceTexts.length);
  const valuePatterns = new Map<string, number>();
  const entries = new Map<string, number>();
  const ids: number[] = [];

  const variable = (key: string, fallback: string | undefined, inField: boolean): readonly number[] =>
    // The text "" is stored as well: a default may be empty (VAR-6).
    variableToken(keys.slotOf(key), fallback === undefined ? 0 : writer.text(fallback), inField);
  const patternOf = (program: Program, cacheKey: string): number => {
    const known = valuePatterns.get(cacheKey);
    if (known !== undefined) return known;
    const at = writeEncoded(writer, encodePattern(program, variable));
    valuePatterns.set(cacheKey, at);
    return at;
  };
  const tests = testWriter({ writer, slotOf: keys.slotOf, patternOf });

  const writeResource = (number: number): void => {
    const resource = survey.resourceTexts[number];
    if (resource === undefined || patternAt[number] !== 0) return;
    const encoded = encodePattern(resourceProgram(resource.text, resource.version), variable);
    patternAt[number] = writeEncoded(writer, encoded);
    probes[number] = probeOf(encoded);
  };

  const entryOf = (entry: PrincipalEntry): number => {
    const cacheKey = JSON.stringify(entry);
    const known = entries.get(cacheKey);
    if (known !== undefined) return known;
    const [text, partition] = entryTexts(entry);
    const textAt = writer.optionalText(text);
    const partitionAt = writer.optionalText(partition);
    const at = writer.reserve(ENTRY_SIZE);
    writer.setWord(at, ENTRY_KINDS[entry.kind]);
    writer.setWord(at + 4, textAt);
    writer.setWord(at + 8, partitionAt);
    entries.set(cacheKey, at);
    return at;
  };

  /** Fills `ids` with the ids of the statement's action patterns: ascending, each once. */
  const resolveIds = (count: number, from: number): void => {
    ids.length = 0;
    for (let i = 0; i < count; i++) ids.push(actions.ids[survey.actions.at(from + i)] ?? 0);
    if (count < 2) return;
    ids.sort((a, b) => a - b);
    let kept = 1;
    for (let i = 1; i < count; i++) {
      const id = ids[i] ?? 0;
      if (id !== ids[kept - 1]) ids[kept++] = id;
    }
    ids.length = kept;
  };

  return {
    get memoCount() {
      return tests.memoCount;
    },
    encode(words, statement, version, detailAt, start) {
      const { action, conditions, resource, principal } = statement;
      const resourceCount = resource?.patterns.length ?? 0;
      resolveIds(action.patterns.length, start.actions);
      const testOffsets = conditions.length === 0 ? [] : tests.write(conditions, version);
      const counts = [resourceCount, testOffsets.length, ids.length] as const;
      const isWide = Math.max(...counts) > 0xff || (ids.at(-1) ?? 0) > 0xffff;
      words.push(detailAt);
      if (isWide) {
        words.push(flagsOf(statement) | STATEMENT_WIDE);
        for (const count of counts) words.push(count);
      } else words.push(flagsOf(statement) | (counts[0] << 8) | (counts[1] << 16) | (counts[2] << 24));
      for (let i = 0; i < resourceCount; i++) {
        const number = survey.resources.at(start.resources + i);
        writeResource(number);
        words.push(patternAt[number] ?? 0);
        words.push(probes[number] ?? 0);
      }
      for (const offset of testOffsets) words.push(offset);
      if (principal !== undefined) {
        words.push(principal.entries.length);
        for (const entry of principal.entries) words.push(entryOf(entry));
      }
      if (isWide) for (const id of ids) words.push(id);
      else for (let i = 0; i < ids.length; i += 2) words.push((ids[i] ?? 0) | ((ids[i + 1] ?? 0) << 16));
    },
    resourcePattern: (text) => writeEncoded(writer, encodePattern(resourceProgram(text, "2008-10-17"), variable)),
  };
}

function flagsOf({ effect, action, resource, principal }: Statement): number {
  let flags = effect === "Deny" ? STATEMENT_DENY : 0;
  if (action.negated) flags |= STATEMENT_NOT_ACTION;
  if (resource === undefined) flags |= STATEMENT_NO_RESOURCE;
  else if (resource.negated) flags |= STATEMENT_NOT_RESOURCE;
  if (principal !== undefined) flags |= principal.negated ? STATEMENT_NOT_PRINCIPAL : STATEMENT_PRINCIPAL;
  return flags;
}

function entryTexts(entry: PrincipalEntry): readonly [string | undefined, string | undefined] {
  switch (entry.kind) {
    case "everyone":
      return [undefined, undefined];
    case "account":
      return [entry.account, entry.partition];
    case "uniqueId":
    case "canonicalUser":
      return [entry.id, undefined];
    case "service":
    case "federated":
      return [entry.name, undefined];
    default:
      return [entry.arn, undefined];
  }
}
