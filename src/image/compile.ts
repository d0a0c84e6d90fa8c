/**
 * The image compiler: a policy set goes in, one relocatable block of bytes comes out that the matcher decides over. All
 * that can be known before a request comes is worked out here.
 */
import { IMAGE_GENERIC_PROFILE, IMAGE_MAGIC, LAYOUT_VERSION } from "../../assembly/format/layout.js";
import { FoldFields, HeaderFields } from "../../assembly/format/records.js";
import type { PolicyDocument } from "../policy/document/document.js";
import { forEachAttached, type NamedPolicy, type PolicySet } from "../policy/policy-set.js";
import { denialOrder, layers, namesOf } from "../question/layers.js";
import { foldPairs } from "../text/fold.js";
import { type NumberedActions, numberActions } from "./action-patterns.js";
import { ByteWriter } from "./byte-writer.js";
import { type ContextKeys, numberKeys } from "./context-keys.js";
import { writeDirectory } from "./directory.js";
import { documentWriter } from "./documents.js";
import { HASH_SEED } from "./hash.js";
import { writeHooks } from "./hooks.js";
import { lowerTables } from "./lower-case.js";
import { type PoolWriter, poolWriter } from "./pools.js";
import { recordType, splitType, type ValuesOf } from "./record.js";
import { type StatementEncoder, statementEncoder } from "./statements.js";
import { type Survey, surveyDocuments } from "./survey.js";
import { answerTexts } from "./texts.js";

const HEADER = recordType(HeaderFields);
type Header = ValuesOf<typeof HEADER>;
/** Four bits for each Layer, in the order in which a denial names one of several. */
const DENIAL_ORDER = denialOrder.reduce(
  (bits, name, place) => bits | (BigInt(layers[name].layer) << BigInt(place * 4)),
  0n,
);
/** What only images with an operator that ignores case have. */
type LowerHeader = Pick<Header, "lowersAt" | "lowerCount" | "contextsAt" | "contextCount">;
const NO_LOWER_TABLES: LowerHeader = { lowersAt: 0, lowerCount: 0, contextsAt: 0, contextCount: 0 };
/** What is known before any document is written. */
const FIRST_NAMES = ["flags", "hashSeed", "foldsAt", "foldCount", ...namesOf(NO_LOWER_TABLES)] as const;
type FirstHeader = Pick<Header, (typeof FIRST_NAMES)[number]>;
/** What the image of a set has that of session policies has not, and the other way round. */
const NO_SET = {
  digestAt: 0,
  principalsAt: 0,
  principalsMask: 0,
  roleNamesAt: 0,
  roleNamesMask: 0,
  accountsAt: 0,
  accountsMask: 0,
  resourcesAt: 0,
  resourcesMask: 0,
  endpointsAt: 0,
  endpointsMask: 0,
  resourceServices: 0,
  textsAt: 0,
  hooksAt: 0,
  hookCount: 0,
  ownHookCount: 0,
  ownersAt: 0,
  ownerCount: 0,
  ownerServices: 0,
  sessionPoolAt: 0,
};
type SetHeader = Pick<Header, keyof typeof NO_SET>;

/** The header in the parts in which it becomes known. */
const [FIRST_HEADER, LATER_HEADER] = splitType(HEADER, FIRST_NAMES);
const [SET_HEADER, LAST_HEADER] = splitType(LATER_HEADER, namesOf(NO_SET));

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

/** Compiles a policy set, with the digest that answers tell. Total: whatever validation let through compiles. */
export function compileImage(set: PolicySet, digest: string = set.digest): PolicyImage {
  const parts = openImage(documentsOf(set), set.profile);
  const { writer, keys, pools } = parts;
  const directory = writeDirectory(writer, keys, pools, set);
  const hooks = writeHooks(writer, set.profile, set.mandatoryResourcePolicies, parts.encoder.resourcePattern);
  const { principals, roleNames, accounts, resources, endpoints } = directory;
  const header: SetHeader = {
    digestAt: writer.text(digest),
    principalsAt: principals.at,
    principalsMask: principals.mask,
    roleNamesAt: roleNames.at,
    roleNamesMask: roleNames.mask,
    accountsAt: accounts.at,
    accountsMask: accounts.mask,
    resourcesAt: resources.at,
    resourcesMask: resources.mask,
    endpointsAt: endpoints.at,
    endpointsMask: endpoints.mask,
    resourceServices: directory.resourceServices,
    textsAt: writeAnswerTexts(writer),
    hooksAt: hooks.at,
    hookCount: hooks.count,
    ownHookCount: hooks.ownCount,
    ownersAt: directory.owners.at,
    ownerCount: directory.owners.count,
    ownerServices: directory.owners.services,
    sessionPoolAt: 0,
  };
  return closeImage(parts, header, digest, directory.longestId);
}

/** Compiles session policies that came with a request: one pool, no directory (EVAL-8). */
export function compileSessionImage(policies: readonly NamedPolicy[], profile: PolicySet["profile"]): PolicyImage {
  const parts = openImage(
    policies.map(({ document }) => document),
    profile,
  );
  return closeImage(parts, { ...NO_SET, sessionPoolAt: parts.pools.write(policies, false, true) }, "", 0);
}

interface ImageParts {
  readonly header: FirstHeader;
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
  const writer = new ByteWriter(HEADER.size + folds.byteLength + 8192 + statements * 200);
  writer.reserve(HEADER.size);
  const foldsAt = writer.reserve(folds.byteLength, 8);
  writer.setBytes(foldsAt, new Uint8Array(folds.buffer, folds.byteOffset, folds.byteLength));
  const survey = surveyDocuments(documents);
  const ignoresCase = survey.distinctTests.some(({ test }) => test.operator.kind === "StringEqualsIgnoreCase");
  const header: FirstHeader = {
    flags: profile === "generic" ? IMAGE_GENERIC_PROFILE : 0,
    hashSeed: HASH_SEED,
    foldsAt,
    foldCount: folds.byteLength / FoldFields.size,
    ...(ignoresCase ? writeLowerTables(writer) : NO_LOWER_TABLES),
  };
  const actions = numberActions(survey.actionTexts);
  const keys = numberKeys(survey.keys, survey.namesServices);
  const encoder = statementEncoder(writer, survey, actions, keys);
  const documentPart = documentWriter(writer, survey, actions, encoder);
  const pools = poolWriter(writer, documentPart, actions.serviceCount);
  return { header, writer, actions, keys, encoder, pools, survey };
}

/** The texts of answers with their places in it, 0 for none: in every image of a set they are the same. */
const packedTexts = packAnswerTexts();

function packAnswerTexts(): { readonly bytes: Uint8Array; readonly places: readonly number[] } {
  const writer = new ByteWriter(1 << 13);
  // No text is at 0.
  writer.reserve(4);
  const places = answerTexts.map((text) => writer.optionalText(text));
  return { bytes: writer.written(), places };
}

function writeAnswerTexts(writer: ByteWriter): number {
  const at = writer.reserve(packedTexts.bytes.length);
  writer.setBytes(at, packedTexts.bytes);
  return writer.appendWords(packedTexts.places.map((place) => (place === 0 ? 0 : at + place)));
}

/** Only for images with an operator that reads them: most have none, least of all those of session policies. */
function writeLowerTables(writer: ByteWriter): LowerHeader {
  const { lowers, contexts } = lowerTables();
  const lowersAt = writer.appendWords(lowers);
  const contextsAt = writer.appendWords(contexts);
  return { lowersAt, lowerCount: lowers.length, contextsAt, contextCount: contexts.length };
}

/** Writes what is known once every document is written, and the header. */
function closeImage(parts: ImageParts, setHeader: SetHeader, digest: string, longestId: number): PolicyImage {
  const { writer, actions, keys, pools, encoder, survey } = parts;
  const keyTables = keys.write(writer);
  encoder.writeValues();
  const actionTables = actions.write(writer);
  writer.setRecord(0, FIRST_HEADER, parts.header);
  writer.setRecord(0, SET_HEADER, setHeader);
  writer.setRecord(0, LAST_HEADER, {
    magic: IMAGE_MAGIC,
    version: LAYOUT_VERSION,
    length: writer.length,
    generation: 0,
    servicesAt: actionTables.services.at,
    servicesMask: actionTables.services.mask,
    actionsAt: actionTables.actions.at,
    actionsMask: actionTables.actions.mask,
    anyServiceAt: actionTables.anyServiceAt,
    patternCount: actions.patternCount,
    keysAt: keyTables.keys.at,
    keysMask: keyTables.keys.mask,
    slotsAt: keyTables.slotsAt,
    slotCount: keys.slotCount,
    memoCount: encoder.memoCount,
    derivedAt: keyTables.derivedAt,
    derivedMask: keyTables.derivedMask,
    sourceIpKeyAt: keyTables.sourceIpKeyAt,
    vpcSourceIpKeyAt: keyTables.vpcSourceIpKeyAt,
    serviceNamesSlot: keys.serviceNamesSlot,
    longestKey: Math.max(keyTables.longestKey, longestId),
    denialOrder: DENIAL_ORDER,
  });
  const bytes = writer.written();
  const stats = {
    bytes: bytes.length,
    pools: pools.poolCount,
    actionPatterns: actions.patternCount,
    contextKeys: keys.readCount,
    sharedTests: encoder.memoCount,
  };
  return { bytes, digest, stats, survey };
}

/**
 * Every distinct document that something in the set is attached to, in the order in which they are written: objects that were made one
 * after the other lie near each other, which makes compiling 100,000 statements take 0.91 s instead of 0.99 s.
 */
function documentsOf(set: PolicySet): PolicyDocument[] {
  const policies = new Set<NamedPolicy>();
  forEachAttached(set, (policy) => policies.add(policy));
  const documents = [...new Set([...policies].map(({ document }) => document))];
  return documents.sort((a, b) => comparePlaces(a, b));
}

function comparePlaces(a: PolicyDocument, b: PolicyDocument): number {
  if (a.source.file !== b.source.file) return a.source.file < b.source.file ? -1 : 1;
  if (a.source === b.source) return a.offset - b.offset;
  const [one, other] = [a.source.positionAt(a.offset), b.source.positionAt(b.offset)];
  return one.line - other.line || one.column - other.column;
}
