/**
 * Documents and statements as records. A document that is attached in many places is written once; what each place needs is
 * its list of candidates, by service.
 */
import {
  CANDIDATE_CHECK_ACTION,
  CANDIDATE_DENY,
  DOCUMENT_SIZE,
  ENTRY_SIZE,
  EntryKind,
  STATEMENT_COUNTS_AT,
  STATEMENT_DENY,
  STATEMENT_NO_RESOURCE,
  STATEMENT_NOT_ACTION,
  STATEMENT_NOT_PRINCIPAL,
  STATEMENT_NOT_RESOURCE,
  STATEMENT_PRINCIPAL,
  STATEMENT_SIZE,
  VARIABLE,
  VARIABLE_IN_FIELD,
} from "../../assembly/layout.js";
import type { DocumentVersion, PrincipalEntry, Statement } from "../policy/document.js";
import type { NamedPolicy } from "../policy/policy-set.js";
import { ANY_SERVICE, type NumberedActions, type ResolvedActions } from "./action-patterns.js";
import type { ByteWriter } from "./byte-writer.js";
import { testWriter } from "./condition-tests.js";
import type { ContextKeys } from "./context-keys.js";
import { type Program, resourceProgram, writePattern } from "./pattern.js";

/** A statement that may apply to actions of one service: what CandidateView holds. */
export interface Candidate {
  readonly service: number;
  /** Offset of the statement with CANDIDATE_… flags in its low bits. */
  readonly statement: number;
  readonly mask: number;
}

/** A written document. */
export interface WrittenDocument {
  readonly at: number;
  readonly candidates: readonly Candidate[];
}

/** Writes documents; each NamedPolicy object once. */
export interface DocumentWriter {
  readonly memoCount: number;
  write(policy: NamedPolicy): WrittenDocument;
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
const ALL_BITS = 0xffffffff;

/** A writer with an empty memory of documents, patterns and entries. */
export function documentWriter(writer: ByteWriter, actions: NumberedActions, keys: ContextKeys): DocumentWriter {
  const documents = new Map<NamedPolicy, WrittenDocument>();
  const patterns = new Map<string, number>();
  const resources: Readonly<Record<DocumentVersion, Map<string, number>>> = {
    "2008-10-17": new Map(),
    "2012-10-17": new Map(),
  };
  const entries = new Map<string, number>();

  const variable = (key: string, fallback: string | undefined, inField: boolean): readonly number[] => {
    // The text "" is stored as well: a default may be empty (VAR-6).
    const word = Buffer.alloc(9);
    word[0] = inField ? VARIABLE_IN_FIELD : VARIABLE;
    word.writeUInt32LE(keys.slotOf(key), 1);
    word.writeUInt32LE(fallback === undefined ? 0 : writer.text(fallback), 5);
    return [...word];
  };
  const patternOf = (program: Program, cacheKey: string): number => {
    const known = patterns.get(cacheKey);
    if (known !== undefined) return known;
    const at = writePattern(writer, program, variable);
    patterns.set(cacheKey, at);
    return at;
  };
  const resourceOf = (text: string, version: DocumentVersion): number => {
    const known = resources[version].get(text);
    if (known !== undefined) return known;
    const at = writePattern(writer, resourceProgram(text, version), variable);
    resources[version].set(text, at);
    return at;
  };
  const tests = testWriter({ writer, slotOf: keys.slotOf, patternOf });

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

  /** Gives the offset of the statement. */
  const writeStatement = (
    statement: Statement,
    { ids }: ResolvedActions,
    version: DocumentVersion,
    documentAt: number,
    index: number,
  ): number => {
    const { conditions, resource, principal, position } = statement;
    const resourceOffsets = resource?.patterns.map((text) => resourceOf(text, version)) ?? [];
    const testOffsets = conditions.length === 0 ? [] : tests.write(conditions, version);
    const principals = principal?.entries.map(entryOf) ?? [];
    const sidAt = writer.optionalText(statement.sid);
    const lists = [ids, resourceOffsets, testOffsets, principals] as const;
    const words = ids.length + resourceOffsets.length + testOffsets.length + principals.length;
    const at = writer.reserve(STATEMENT_SIZE + words * 4, 8);
    writer.setWords(at, [flagsOf(statement), documentAt, index, sidAt, position.line, position.column]);
    let next = at + STATEMENT_SIZE;
    for (let list = 0; list < lists.length; list++) {
      const offsets = lists[list] ?? [];
      writer.setWord(at + STATEMENT_COUNTS_AT + list * 4, offsets.length);
      writer.setWords(next, offsets);
      next += offsets.length * 4;
    }
    return at;
  };

  const write = (policy: NamedPolicy): WrittenDocument => {
    const known = documents.get(policy);
    if (known !== undefined) return known;
    const { statements, position, version } = policy.document;
    const nameAt = writer.text(policy.name);
    const fileAt = writer.text(position.file);
    const at = writer.reserve(DOCUMENT_SIZE + statements.length * 4);
    writer.setWord(at, nameAt);
    writer.setWord(at + 4, fileAt);
    writer.setWord(at + 8, statements.length);
    const candidates: Candidate[] = [];
    for (const [index, statement] of statements.entries()) {
      const resolved = actions.resolve(statement.action.patterns);
      const statementAt = writeStatement(statement, resolved, version, at, index);
      writer.setWord(at + DOCUMENT_SIZE + index * 4, statementAt);
      addCandidates(candidates, statement, resolved, statementAt);
    }
    const written = { at, candidates };
    documents.set(policy, written);
    return written;
  };

  return {
    get memoCount() {
      return tests.memoCount;
    },
    write,
    resourcePattern: (text) => resourceOf(text, "2008-10-17"),
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

/** One candidate for each service that the action list names; NotAction reaches every service (ACT-9). */
function addCandidates(
  candidates: Candidate[],
  { effect, action }: Statement,
  { services }: ResolvedActions,
  statementAt: number,
): void {
  const statement = effect === "Deny" ? statementAt | CANDIDATE_DENY : statementAt;
  if (action.negated) {
    candidates.push({ service: ANY_SERVICE, statement: statement | CANDIDATE_CHECK_ACTION, mask: ALL_BITS });
    return;
  }
  for (const { service, mask, inexact } of services) {
    const check = inexact || mask === ALL_BITS ? CANDIDATE_CHECK_ACTION : 0;
    candidates.push({ service, statement: statement | check, mask });
  }
}
