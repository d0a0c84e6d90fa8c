/**
 * One walk over the documents of an image, after which nobody has to look at a statement again: what statements say becomes
 * words, and every distinct pattern, test, principal entry and Sid a number. In large sets the walk itself is what takes time,
 * because every object of a statement lies somewhere else.
 */
import {
  STATEMENT_DENY,
  STATEMENT_NO_RESOURCE,
  STATEMENT_NOT_ACTION,
  STATEMENT_NOT_PRINCIPAL,
  STATEMENT_NOT_RESOURCE,
  STATEMENT_PRINCIPAL,
} from "../../assembly/format/layout.js";
import type {
  ConditionTest,
  DocumentVersion,
  PolicyDocument,
  PrincipalEntry,
  Statement,
} from "../policy/document/document.js";
import { byCost, valueProgram } from "./condition-tests.js";
import { resourceProgram, variablesOf } from "./pattern.js";
import { type NumberedTest, TestNumbers } from "./test-numbers.js";
import { WordList } from "./word-list.js";

/** The words of a surveyed statement. Its lists run from where those of the statement before end to these ends. */
export enum Surveyed {
  Flags, // STATEMENT_… flags
  ActionsEnd,
  ResourcesEnd,
  TestsEnd,
  EntriesEnd,
  Sid, // number of its Sid; 0 for none
  Line,
  Column,
}
const SURVEYED_WORDS = 8;

/** A resource pattern of some statement; a text means the same in all documents of one version. */
export interface SurveyedResource {
  readonly text: string;
  readonly version: DocumentVersion;
}

/** What was found. The place of a text, test or entry in its list is its number. */
export interface Survey {
  /** A word of a statement. */
  word(statement: number, word: Surveyed): number;
  /** The number of a document's first statement; the others run on from it. */
  readonly firstStatements: ReadonlyMap<PolicyDocument, number>;
  /** The numbers that the statements list, one statement after the other, in the order written; tests cheapest first. */
  readonly actions: WordList;
  readonly resources: WordList;
  readonly tests: WordList;
  readonly entries: WordList;
  /** Distinct action patterns as written. */
  readonly actionTexts: readonly string[];
  readonly distinctResources: readonly SurveyedResource[];
  readonly distinctTests: readonly NumberedTest[];
  readonly distinctEntries: readonly PrincipalEntry[];
  readonly sids: readonly string[];
  /** Every spelling of a key that a test or a variable reads. */
  readonly keys: ReadonlySet<string>;
  /** Whether some principal element names a service (PRN-9). */
  readonly namesServices: boolean;
}

/** Goes through every document once. */
export function surveyDocuments(documents: readonly PolicyDocument[]): Survey {
  const walk = new Walk();
  for (const document of documents) walk.visit(document);
  return walk;
}

class Walk implements Survey {
  readonly firstStatements = new Map<PolicyDocument, number>();
  readonly actions = new WordList();
  readonly resources = new WordList();
  readonly tests = new WordList();
  readonly entries = new WordList();
  readonly actionTexts: string[] = [];
  readonly distinctResources: SurveyedResource[] = [];
  readonly distinctEntries: PrincipalEntry[] = [];
  readonly sids: string[] = [""];
  readonly keys = new Set<string>();
  namesServices = false;
  private readonly statements = new WordList();
  private readonly actionNumbers = new Map<string, number>();
  private readonly resourceNumbers: Readonly<Record<DocumentVersion, Map<string, number>>> = {
    "2008-10-17": new Map(),
    "2012-10-17": new Map(),
  };
  private readonly testNumbers = new TestNumbers();
  private readonly entryNumbers = new Map<string, number>();
  private readonly sidNumbers = new Map<string, number>([["", 0]]);

  constructor() {
    // A statement before the first one, so that every list has a beginning.
    for (let word = 0; word < SURVEYED_WORDS; word++) this.statements.push(0);
  }

  get distinctTests(): readonly NumberedTest[] {
    return this.testNumbers.tests;
  }

  word(statement: number, word: Surveyed): number {
    return this.statements.at(statement * SURVEYED_WORDS + word);
  }

  visit(document: PolicyDocument): void {
    this.firstStatements.set(document, this.statements.length / SURVEYED_WORDS);
    for (const statement of document.statements) this.visitStatement(statement, document.version);
  }

  private visitStatement(statement: Statement, version: DocumentVersion): void {
    const { action, resource, conditions, principal, sid, source, offset } = statement;
    for (const text of action.patterns) this.actions.push(this.actionNumber(text));
    if (resource !== undefined) {
      for (const text of resource.patterns) this.resources.push(this.resourceNumber(text, version));
    }
    // COND-2 lets tests run in any order.
    const tests = conditions.length < 2 ? conditions : [...conditions].sort(byCost);
    for (const test of tests) this.tests.push(this.testNumber(test, version));
    if (principal !== undefined) for (const entry of principal.entries) this.entries.push(this.entryNumber(entry));
    const { statements } = this;
    statements.push(flagsOf(statement));
    statements.push(this.actions.length);
    statements.push(this.resources.length);
    statements.push(this.tests.length);
    statements.push(this.entries.length);
    statements.push(sid === undefined ? 0 : numberOf(this.sidNumbers, sid, this.sids));
    const { line, column } = source.positionAt(offset);
    statements.push(line);
    statements.push(column);
  }

  private actionNumber(text: string): number {
    return numberOf(this.actionNumbers, text, this.actionTexts);
  }

  private resourceNumber(text: string, version: DocumentVersion): number {
    const numbers = this.resourceNumbers[version];
    const known = numbers.get(text);
    if (known !== undefined) return known;
    const number = this.distinctResources.push({ text, version }) - 1;
    numbers.set(text, number);
    if (text.includes("${")) for (const key of variablesOf(resourceProgram(text, version))) this.keys.add(key);
    return number;
  }

  private testNumber(test: ConditionTest, version: DocumentVersion): number {
    const before = this.distinctTests.length;
    const number = this.testNumbers.numberOf(test, version);
    if (this.distinctTests.length > before) this.noteKeys(test, version);
    return number;
  }

  private noteKeys({ key, values, operator }: ConditionTest, version: DocumentVersion): void {
    this.keys.add(key);
    for (const value of values) {
      const program = value.includes("${") ? valueProgram(operator.kind, value, version) : undefined;
      if (program !== undefined) for (const variable of variablesOf(program)) this.keys.add(variable);
    }
  }

  private entryNumber(entry: PrincipalEntry): number {
    const text = JSON.stringify(entry);
    const known = this.entryNumbers.get(text);
    if (known !== undefined) return known;
    if (entry.kind === "service") this.namesServices = true;
    const number = this.distinctEntries.push(entry) - 1;
    this.entryNumbers.set(text, number);
    return number;
  }
}

/** The number of a text: its place in the list, to which it is added if it is not known. */
function numberOf(known: Map<string, number>, text: string, list: string[]): number {
  const number = known.get(text);
  if (number !== undefined) return number;
  known.set(text, list.length);
  return list.push(text) - 1;
}

function flagsOf({ effect, action, resource, principal }: Statement): number {
  let flags = effect === "Deny" ? STATEMENT_DENY : 0;
  if (action.negated) flags |= STATEMENT_NOT_ACTION;
  if (resource === undefined) flags |= STATEMENT_NO_RESOURCE;
  else if (resource.negated) flags |= STATEMENT_NOT_RESOURCE;
  if (principal !== undefined) flags |= principal.negated ? STATEMENT_NOT_PRINCIPAL : STATEMENT_PRINCIPAL;
  return flags;
}

/** The action patterns that these documents name, as written; all of them were surveyed. */
export function actionsNamedIn(survey: Survey, documents: Iterable<PolicyDocument>): ReadonlySet<string> {
  const seen = new Uint8Array(survey.actionTexts.length);
  for (const document of new Set(documents)) {
    const first = survey.firstStatements.get(document);
    if (first === undefined) continue;
    const end = survey.word(first + document.statements.length - 1, Surveyed.ActionsEnd);
    for (let i = survey.word(first - 1, Surveyed.ActionsEnd); i < end; i++) seen[survey.actions.at(i)] = 1;
  }
  return new Set(survey.actionTexts.filter((_, number) => seen[number] === 1));
}
