/**
 * One document under advice: what is known about it, where its parts stand in the source, and the
 * list that findings go to. Checks see a document only through this.
 */

import type { PatternList, PolicyDocument, PrincipalEntry, Statement } from "../policy/document/document.js";
import type { Profile } from "../policy/document/document-reading.js";
import { documentTypes, type PolicyType } from "../question/layers.js";
import { itemPath, memberPath } from "../text/element-path.js";
import type { Finding, Severity, SourcePosition } from "../text/finding.js";
import { quote } from "../text/quote.js";
import type { Catalogue } from "./catalogue/catalogue.js";
import type { DocumentPlaces } from "./document-places.js";
import type { KnownPrincipals } from "./known-principals.js";
import type { RuleId } from "./rules/rules.js";

/** How an identity policy is stored; decides which size limit binds it (TYPE-3). */
export type Storage = "managed" | "inline";

/** What to do about an ARN whose fields are shifted. */
export const arnForm = "write `arn:partition:service:region:account:resource`";

/** The document and what is known about its use. */
export interface Subject {
  readonly document: PolicyDocument;
  /** `any`: attached to nothing, so nothing is said that depends on the type. */
  readonly type: PolicyType | "any";
  readonly profile: Profile;
  readonly catalogue: Catalogue | undefined;
  /** Prefixes that exist although no catalogue has them. */
  readonly ownServices: ReadonlySet<string>;
  /** The ARN that a resource policy is attached to. */
  readonly resourceArn: string | undefined;
  /** The resource refuses what its policy allows to the public (SVC-9). */
  readonly refusesPublic: boolean;
  readonly storage: Storage | undefined;
  /** Who is in the set, if there is one. */
  readonly principals: KnownPrincipals | undefined;
  readonly places: DocumentPlaces;
  /** The statements with what findings name, made once: a document may have thousands. */
  readonly statements: readonly PlacedStatement[];
  readonly findings: Finding[];
}

/** A statement with what findings about it name. */
export interface PlacedStatement {
  readonly statement: Statement;
  readonly index: number;
  readonly path: string;
}

/** A text of the document with its place and its element path. */
export interface PlacedText {
  readonly text: string;
  readonly position: SourcePosition;
  readonly path: string;
}

/** A place without a text. */
export type Place = Pick<PlacedText, "position" | "path">;

/** Adds a finding: element path first, the cause after a colon. */
export function advise(
  subject: Subject,
  rule: RuleId,
  severity: Severity,
  { position: { file, line, column }, path }: Place,
  cause: string,
  fix?: string,
): void {
  const message = path === "" ? cause : `${path}: ${cause}`;
  subject.findings.push({ file, line, column, rule, severity, message, ...(fix === undefined ? {} : { fix }) });
}

/** Text around which nobody sees a blank, and which has to have it all the same to be matched. */
export function adviseBlanks(subject: Subject, place: PlacedText): void {
  const { text } = place;
  const bare = text.trim();
  if (bare === text || bare === "") return;
  const cause = `${quote(text)} ${text.trimStart() === text ? "ends in" : "begins with"} a blank, and so has what it matches`;
  advise(subject, "LINT-BLANK", "warning", place, cause, `write ${quote(bare)}`);
}

/** The statements of a document. */
export function placedStatements(document: PolicyDocument): readonly PlacedStatement[] {
  return document.statements.map((statement, index) => ({ statement, index, path: `Statement[${index}]` }));
}

/** The place of a statement as a whole. */
export function statementPlace({ statement, path }: PlacedStatement): Place {
  return { position: statement.source.positionAt(statement.offset), path };
}

/** The place of an element of a statement by its name. */
export function elementPlace(placed: PlacedStatement, element: "Action" | "Resource" | "Principal"): Place {
  const { statement, path } = placed;
  const list = elementOf(statement, element);
  const name = list?.negated === true ? `Not${element}` : element;
  return { position: statement.source.positionAt(list?.offset ?? statement.offset), path: memberPath(path, name) };
}

/** The patterns of `Action` or `Resource`, in whichever half of the pair is written. */
export function placedPatterns(placed: PlacedStatement, element: "Action" | "Resource"): readonly PlacedText[] {
  const list: PatternList | undefined = element === "Action" ? placed.statement.action : placed.statement.resource;
  if (list === undefined) return [];
  const place = elementPlace(placed, element);
  const { source } = placed.statement;
  return list.patterns.map((text, index) => {
    const offset = list.patternOffsets?.[index];
    const position = offset === undefined ? place.position : source.positionAt(offset);
    return { text, position, path: itemPath(place.path, index, list.patterns.length) };
  });
}

/** An entry of a principal element with its place. */
export interface PlacedEntry extends Place {
  readonly entry: PrincipalEntry;
}

/** The entries of `Principal` or `NotPrincipal`. */
export function placedEntries(subject: Subject, placed: PlacedStatement): readonly PlacedEntry[] {
  const { statement, index } = placed;
  const place = elementPlace(placed, "Principal");
  return (statement.principal?.entries ?? []).map((entry, at) => ({
    entry,
    position: subject.places.entry(index, at) ?? place.position,
    path: place.path,
  }));
}

/** The place of one condition test: its key. */
export function testPlace({ statement, path }: PlacedStatement, testIndex: number): Place {
  const test = statement.conditions[testIndex];
  const position = statement.source.positionAt(test?.offset ?? statement.offset);
  if (test === undefined) return { position, path };
  const operatorPath = memberPath(memberPath(path, "Condition"), test.operatorName);
  return { position, path: memberPath(operatorPath, test.key) };
}

/** The values of one condition test. */
export function placedValues(subject: Subject, placed: PlacedStatement, testIndex: number): readonly PlacedText[] {
  const values = placed.statement.conditions[testIndex]?.values ?? [];
  const place = testPlace(placed, testIndex);
  return values.map((text, at) => ({
    text,
    position: subject.places.value(placed.index, testIndex, at) ?? place.position,
    path: itemPath(place.path, at, values.length),
  }));
}

/** True for types whose documents belong to a requester and pad incomplete ARNs (RES-7). */
export function padsIncompleteArns({ type }: Subject): boolean {
  return type === "any" || documentTypes[type].padsArns;
}

function elementOf(statement: Statement, element: "Action" | "Resource" | "Principal") {
  if (element === "Action") return statement.action;
  return element === "Resource" ? statement.resource : statement.principal;
}

/** Whether an Allow of the document gives something by itself; what is attached to nothing may. */
export function isGrant({ type }: Subject): boolean {
  return type === "any" || documentTypes[type].grants;
}
