/**
 * Surveyed statements as words of the image: flags, counts and lists, wherever they will lie. Patterns, tests and principal entries
 * that they refer to are written as they come, each once.
 */

import {
  EntryKind,
  STATEMENT_ASKS,
  STATEMENT_NOT_PRINCIPAL,
  STATEMENT_PRINCIPAL,
  STATEMENT_WIDE,
} from "../../assembly/format/layout.js";
import {
  PrincipalEntryFields,
  ResourcePatternFields,
  StatementFields,
  WideCountsFields,
} from "../../assembly/format/records.js";
import type { PrincipalEntry } from "../policy/document/document.js";
import type { NumberedActions } from "./action-patterns.js";
import type { ByteWriter } from "./byte-writer.js";
import { testWriter } from "./condition-tests.js";
import { type ContextKeys, isListKey } from "./context-keys.js";
import {
  encodePattern,
  type Program,
  probeOf,
  resourceProgram,
  variablesOf,
  variableToken,
  writeEncoded,
} from "./pattern.js";
import { recordType } from "./record.js";
import { type Survey, Surveyed } from "./survey.js";
import { WordList } from "./word-list.js";

/** Turns statements into words. */
export interface StatementEncoder {
  readonly memoCount: number;
  /** Appends a statement to `words`. */
  encode(words: WordList, statement: number, detailAt: number): void;
  /** A resource pattern of the image's own rules (GEN-6). */
  resourcePattern(text: string): number;
  /** Writes what only explanations read of the statements, once all are written. */
  writeValues(): void;
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
const ENTRY = recordType(PrincipalEntryFields);
const STATEMENT = recordType(StatementFields);
const WIDE_COUNTS = recordType(WideCountsFields);
const CARRIES_PRINCIPALS = STATEMENT_PRINCIPAL | STATEMENT_NOT_PRINCIPAL;

/** An encoder that has written nothing yet. */
export function statementEncoder(
  writer: ByteWriter,
  survey: Survey,
  actions: NumberedActions,
  keys: ContextKeys,
): StatementEncoder {
  // By number: where a pattern or an entry is, 0 while it is nowhere; and the patterns' probes.
  const patternAt = new Uint32Array(survey.distinctResources.length);
  const probes = new Uint32Array(survey.distinctResources.length);
  const asks = new Uint8Array(survey.distinctResources.length);
  const entryAt = new Uint32Array(survey.distinctEntries.length);
  const valuePatterns = new Map<string, number>();
  const ids = new WordList();

  const variable = (key: string, fallback: string | undefined, inField: boolean): readonly number[] =>
    // The text "" is stored as well: a default may be empty (VAR-6).
    variableToken(keys.slotOf(key), isListKey(key), fallback === undefined ? 0 : writer.text(fallback), inField);
  const patternOf = (program: Program, cacheKey: string): number => {
    const known = valuePatterns.get(cacheKey);
    if (known !== undefined) return known;
    const at = writeEncoded(writer, encodePattern(program, variable));
    valuePatterns.set(cacheKey, at);
    return at;
  };
  const tests = testWriter({ writer, slotOf: keys.slotOf, patternOf }, survey.distinctTests);

  const writeResource = (number: number): void => {
    const resource = survey.distinctResources[number];
    if (resource === undefined || patternAt[number] !== 0) return;
    const program = resourceProgram(resource.text, resource.version);
    const encoded = encodePattern(program, variable);
    patternAt[number] = writeEncoded(writer, encoded);
    probes[number] = probeOf(encoded);
    asks[number] = variablesOf(program).length > 0 ? 1 : 0;
  };
  const writeEntry = (number: number): void => {
    const entry = survey.distinctEntries[number];
    if (entry === undefined || entryAt[number] !== 0) return;
    const [text, partition] = entryTexts(entry);
    entryAt[number] = writer.record(ENTRY, {
      kind: ENTRY_KINDS[entry.kind],
      textAt: writer.optionalText(text),
      partitionAt: writer.optionalText(partition),
    });
  };

  /** Fills `ids` with the ids of the statement's action patterns: ascending, each once. */
  const resolveIds = (from: number, end: number): void => {
    ids.clear();
    for (let i = from; i < end; i++) ids.push(actions.ids[survey.actions.at(i)] ?? 0);
    ids.sortDistinct();
  };

  return {
    get memoCount() {
      return tests.memoCount;
    },
    encode(words, statement, detailAt) {
      const listStart = (end: Surveyed): number => survey.word(statement - 1, end);
      const resourcesEnd = survey.word(statement, Surveyed.ResourcesEnd);
      const testsEnd = survey.word(statement, Surveyed.TestsEnd);
      const entriesEnd = survey.word(statement, Surveyed.EntriesEnd);
      const resources = listStart(Surveyed.ResourcesEnd);
      const firstTest = listStart(Surveyed.TestsEnd);
      const firstEntry = listStart(Surveyed.EntriesEnd);
      let flags = survey.word(statement, Surveyed.Flags);
      for (let i = resources; i < resourcesEnd; i++) {
        const number = survey.resources.at(i);
        writeResource(number);
        if (asks[number] === 1) flags |= STATEMENT_ASKS;
      }
      resolveIds(listStart(Surveyed.ActionsEnd), survey.word(statement, Surveyed.ActionsEnd));
      const resourceCount = resourcesEnd - resources;
      const testCount = testsEnd - firstTest;
      const isWide = resourceCount > 0xff || testCount > 0xff || ids.length > 0xff || ids.at(ids.length - 1) > 0xffff;
      if (isWide) {
        const none = { resourceCount: 0, testCount: 0, actionCount: 0 };
        words.pushRecord(STATEMENT, { detailAt, flags: flags | STATEMENT_WIDE, ...none });
        words.pushRecord(WIDE_COUNTS, { resourceCount, testCount, actionCount: ids.length });
      } else {
        // Word by word: going through a list of fields costs some 25 ns each (Node 20), and statements come by the hundred thousand.
        const at = words.extend(STATEMENT.size >> 2);
        words.set(at + (StatementFields.detailAt >> 2), detailAt);
        words.set(at + (StatementFields.flags >> 2), flags << shiftOf(StatementFields.flags));
        words.add(at + (StatementFields.resourceCount >> 2), resourceCount << shiftOf(StatementFields.resourceCount));
        words.add(at + (StatementFields.testCount >> 2), testCount << shiftOf(StatementFields.testCount));
        words.add(at + (StatementFields.actionCount >> 2), ids.length << shiftOf(StatementFields.actionCount));
      }
      for (let i = resources; i < resourcesEnd; i++) {
        const number = survey.resources.at(i);
        const at = words.extend(ResourcePatternFields.size >> 2);
        words.set(at + (ResourcePatternFields.patternAt >> 2), patternAt[number] ?? 0);
        words.set(at + (ResourcePatternFields.probe >> 2), probes[number] ?? 0);
      }
      for (let i = firstTest; i < testsEnd; i++) words.push(tests.write(survey.tests.at(i)));
      if ((flags & CARRIES_PRINCIPALS) !== 0) {
        words.push(entriesEnd - firstEntry);
        for (let i = firstEntry; i < entriesEnd; i++) {
          const number = survey.entries.at(i);
          writeEntry(number);
          words.push(entryAt[number] ?? 0);
        }
      }
      if (isWide) for (let i = 0; i < ids.length; i++) words.push(ids.at(i));
      else {
        for (let i = 0; i < ids.length; i += 2) {
          const second = i + 1 < ids.length ? ids.at(i + 1) : 0;
          words.push(ids.at(i) | (second << 16));
        }
      }
    },
    writeValues: () => tests.writeValues(),
    resourcePattern: (text) => writeEncoded(writer, encodePattern(resourceProgram(text, "2008-10-17"), variable)),
  };
}

/** Bits from the beginning of its word to a field. */
function shiftOf(offset: number): number {
  return (offset & 3) * 8;
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
    case "user":
    case "role":
    case "session":
    case "federatedUser":
      return [entry.arn, undefined];
  }
}
