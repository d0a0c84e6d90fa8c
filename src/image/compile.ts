/**
 * The image compiler: a policy set goes in, one relocatable block of bytes comes out that the matcher decides over. All
 * that can be known before a request comes is worked out here.
 */
import {
  HEADER_ACCOUNTS_AT,
  HEADER_ACTIONS_AT,
  HEADER_ADDRESS_KEYS_AT,
  HEADER_ANY_SERVICE_AT,
  HEADER_CONTEXT_COUNT_AT,
  HEADER_CONTEXTS_AT,
  HEADER_DENIAL_ORDER_AT,
  HEADER_DERIVED_AT,
  HEADER_DERIVED_MASK_AT,
  HEADER_DIGEST_AT,
  HEADER_ENDPOINTS_AT,
  HEADER_FLAGS_AT,
  HEADER_FOLD_COUNT_AT,
  HEADER_FOLDS_AT,
  HEADER_GENERATION_AT,
  HEADER_HASH_SEED_AT,
  HEADER_HOOK_COUNT_AT,
  HEADER_HOOKS_AT,
  HEADER_KEYS_AT,
  HEADER_LENGTH_AT,
  HEADER_LONGEST_KEY_AT,
  HEADER_LOWER_COUNT_AT,
  HEADER_LOWERS_AT,
  HEADER_MAGIC_AT,
  HEADER_MEMO_COUNT_AT,
  HEADER_OWN_HOOK_COUNT_AT,
  HEADER_PATTERN_COUNT_AT,
  HEADER_PRINCIPALS_AT,
  HEADER_RESOURCE_SERVICES_AT,
  HEADER_RESOURCES_AT,
  HEADER_ROLE_NAMES_AT,
  HEADER_SERVICES_AT,
  HEADER_SESSION_POOL_AT,
  HEADER_SIZE,
  HEADER_SLOT_COUNT_AT,
  HEADER_SLOTS_AT,
  HEADER_TEXTS_AT,
  HEADER_VERSION_AT,
  IMAGE_GENERIC_PROFILE,
  IMAGE_MAGIC,
  LAYOUT_VERSION,
} from "../../assembly/format/layout.js";
import type { PolicyDocument } from "../policy/document/document.js";
import type { NamedPolicy, PolicySet } from "../policy/policy-set.js";
import { denialOrder, layers } from "../question/layers.js";
import { foldPairs } from "../text/fold.js";
import { type NumberedActions, numberActions } from "./action-patterns.js";
import { ByteWriter } from "./byte-writer.js";
import { type ContextKeys, numberKeys } from "./context-keys.js";
import { type DirectoryTables, writeDirectory } from "./directory.js";
import { documentWriter } from "./documents.js";
import { HASH_SEED } from "./hash.js";
import { writeHooks } from "./hooks.js";
import { lowerTables } from "./lower-case.js";
import { type PoolWriter, poolWriter } from "./pools.js";
import { type StatementEncoder, statementEncoder } from "./statements.js";
import { type Survey, surveyDocuments } from "./survey.js";
import { answerTexts } from "./texts.js";

/** The compiled bytes of a policy set, with what reports want to know about them. */
export interface PolicyImage {
  readonly bytes: Uint8Array;
  readonly digest: string;
  readonly stats: ImageStats;
  /** What the compiler found in the documents. */
  readonly survey: Survey;
}

/** The shape of an image, for `inspect`. */
export interface ImageStats {
  readonly bytes: number;
  readonly pools: number;
  readonly actionPatterns: number;
  readonly contextKeys: number;
  readonly sharedTests: number;
}

/** Compiles a policy set. Total: whatever validation let through compiles. */
export function compileImage(set: PolicySet): PolicyImage {
  const parts = openImage(documentsOf(set), set.profile);
  const { writer, keys, pools } = parts;
  const directory = writeDirectory(writer, keys, pools, set);
  const hooks = writeHooks(writer, set.profile, set.mandatoryResourcePolicies, parts.encoder.resourcePattern);
  writer.setWord(HEADER_HOOKS_AT, hooks.at);
  writer.setWord(HEADER_HOOK_COUNT_AT, hooks.count);
  writer.setWord(HEADER_OWN_HOOK_COUNT_AT, hooks.ownCount);
  const textOffsets = answerTexts.map((text) => writer.optionalText(text));
  writer.setWord(HEADER_TEXTS_AT, writer.appendWords(textOffsets));
  writer.setWord(HEADER_DIGEST_AT, writer.text(set.digest));
  writeTables(writer, directory);
  return closeImage(parts, set.digest, directory.longestId);
}

/** Compiles session policies that came with a request: one pool, no directory (EVAL-8). */
export function compileSessionImage(policies: readonly NamedPolicy[], profile: PolicySet["profile"]): PolicyImage {
  const parts = openImage(
    policies.map(({ document }) => document),
    profile,
  );
  parts.writer.setWord(HEADER_SESSION_POOL_AT, parts.pools.write(policies, false, true));
  return closeImage(parts, "", 0);
}

interface ImageParts {
  readonly writer: ByteWriter;
  readonly actions: NumberedActions;
  readonly keys: ContextKeys;
  readonly pools: PoolWriter;
  readonly encoder: StatementEncoder;
  readonly survey: Survey;
}

/** Writes what comes before any document: header, folding table, keys. */
function openImage(documents: readonly PolicyDocument[], profile: PolicySet["profile"]): ImageParts {
  const statements = documents.reduce((sum, document) => sum + document.statements.length, 0);
  const folds = foldPairs();
  const writer = new ByteWriter(HEADER_SIZE + folds.byteLength + 8192 + statements * 200);
  writer.reserve(HEADER_SIZE);
  writer.setWord(HEADER_FLAGS_AT, profile === "generic" ? IMAGE_GENERIC_PROFILE : 0);
  writer.setWord(HEADER_HASH_SEED_AT, HASH_SEED);
  const foldsAt = writer.reserve(folds.byteLength, 8);
  writer.setBytes(foldsAt, new Uint8Array(folds.buffer, folds.byteOffset, folds.byteLength));
  writer.setWord(HEADER_FOLDS_AT, foldsAt);
  writer.setWord(HEADER_FOLD_COUNT_AT, folds.length / 2);
  const survey = surveyDocuments(documents);
  if (survey.distinctTests.some(({ test }) => test.operator.kind === "StringEqualsIgnoreCase"))
    writeLowerTables(writer);
  const actions = numberActions(survey.actionTexts);
  const keys = numberKeys(survey.keys);
  const encoder = statementEncoder(writer, survey, actions, keys);
  const documentPart = documentWriter(writer, survey, actions, encoder);
  return { writer, actions, keys, encoder, pools: poolWriter(writer, documentPart, actions.serviceCount), survey };
}

/** Only for images with an operator that reads them: most have none, least of all those of session policies. */
function writeLowerTables(writer: ByteWriter): void {
  const { lowers, contexts } = lowerTables();
  writer.setWord(HEADER_LOWERS_AT, writer.appendWords(lowers));
  writer.setWord(HEADER_LOWER_COUNT_AT, lowers.length);
  writer.setWord(HEADER_CONTEXTS_AT, writer.appendWords(contexts));
  writer.setWord(HEADER_CONTEXT_COUNT_AT, contexts.length);
}

/** Writes what is known once every document is written, and the header. */
function closeImage(parts: ImageParts, digest: string, longestId: number): PolicyImage {
  const { writer, actions, keys, pools, encoder, survey } = parts;
  const keyTables = keys.write(writer);
  const actionTables = actions.write(writer);
  setTable(writer, HEADER_KEYS_AT, keyTables.keys);
  setTable(writer, HEADER_SERVICES_AT, actionTables.services);
  setTable(writer, HEADER_ACTIONS_AT, actionTables.actions);
  const fields: readonly (readonly [number, number])[] = [
    [HEADER_MAGIC_AT, IMAGE_MAGIC],
    [HEADER_VERSION_AT, LAYOUT_VERSION],
    [HEADER_GENERATION_AT, 0],
    [HEADER_SLOTS_AT, keyTables.slotsAt],
    [HEADER_SLOT_COUNT_AT, keys.slotCount],
    [HEADER_MEMO_COUNT_AT, encoder.memoCount],
    [HEADER_DERIVED_AT, keyTables.derivedAt],
    [HEADER_DERIVED_MASK_AT, keyTables.derivedMask],
    ...keyTables.addressKeys.map((record, i) => [HEADER_ADDRESS_KEYS_AT + i * 4, record] as const),
    [HEADER_ANY_SERVICE_AT, actionTables.anyServiceAt],
    [HEADER_PATTERN_COUNT_AT, actions.patternCount],
    [HEADER_LONGEST_KEY_AT, Math.max(keyTables.longestKey, longestId)],
    [HEADER_LENGTH_AT, writer.length],
  ];
  for (const [at, value] of fields) writer.setWord(at, value);
  for (const [place, name] of denialOrder.entries()) writer.setByte(HEADER_DENIAL_ORDER_AT + place, layers[name].layer);
  const bytes = writer.written();
  const stats = {
    bytes: bytes.length,
    pools: pools.poolCount,
    actionPatterns: actions.patternCount,
    contextKeys: keys.slotCount,
    sharedTests: encoder.memoCount,
  };
  return { bytes, digest, stats, survey };
}

function writeTables(writer: ByteWriter, directory: DirectoryTables): void {
  setTable(writer, HEADER_PRINCIPALS_AT, directory.principals);
  setTable(writer, HEADER_ROLE_NAMES_AT, directory.roleNames);
  setTable(writer, HEADER_ACCOUNTS_AT, directory.accounts);
  setTable(writer, HEADER_RESOURCES_AT, directory.resources);
  setTable(writer, HEADER_ENDPOINTS_AT, directory.endpoints);
  writer.setWord(HEADER_RESOURCE_SERVICES_AT, directory.resourceServices);
}

function setTable(writer: ByteWriter, headerAt: number, [at, mask]: readonly [number, number]): void {
  writer.setWord(headerAt, at);
  writer.setWord(headerAt + 4, mask);
}

/**
 * Every distinct document that something in the set is attached to, in the order in which they are written: objects that were made one
 * after the other lie near each other, which makes compiling 100,000 statements take 0.91 s instead of 0.99 s.
 */
function documentsOf(set: PolicySet): PolicyDocument[] {
  const policies = new Set<NamedPolicy>();
  const add = (list: readonly (NamedPolicy | undefined)[]): void => {
    for (const policy of list) if (policy !== undefined) policies.add(policy);
  };
  const accounts = new Set(set.accounts);
  for (const { accountFacts } of [...set.principals, ...set.resources])
    if (accountFacts !== undefined) accounts.add(accountFacts);
  for (const facts of accounts) {
    add((facts.serviceControlPolicies ?? []).flat());
    add((facts.resourceControlPolicies ?? []).flat());
  }
  for (const principal of set.principals) {
    add(principal.identityPolicies);
    add(principal.sessionPolicies ?? []);
    add([principal.permissionsBoundary, principal.trustPolicy]);
  }
  for (const { policy } of [...set.resources, ...set.endpoints]) add([policy]);
  const documents = [...new Set([...policies].map(({ document }) => document))];
  return documents.sort((a, b) => comparePlaces(a, b));
}

function comparePlaces(a: PolicyDocument, b: PolicyDocument): number {
  if (a.source.file !== b.source.file) return a.source.file < b.source.file ? -1 : 1;
  if (a.source === b.source) return a.offset - b.offset;
  const [one, other] = [a.source.positionAt(a.offset), b.source.positionAt(b.offset)];
  return one.line - other.line || one.column - other.column;
}
