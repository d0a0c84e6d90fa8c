/**
 * What a policy type allows in its documents (TYPE-1 and the rules around it), checked on a parsed
 * document: a managed policy is parsed once and checked for each use (TYPE-2). SCPs have the
 * language of today (SCP-7, SCP-8).
 */

import { type DocumentRow, documentTypes, type PolicyType } from "../../question/layers.js";
import { itemPath } from "../../text/element-path.js";
import type { Finding, SourcePosition } from "../../text/finding.js";
import { quote } from "../../text/quote.js";
import { coversSixFields, isAllStars } from "./arn.js";
import type { PatternList, PolicyDocument, PrincipalElement, Statement } from "./document.js";
import { addErrorAt, type Profile } from "./document-reading.js";

/**
 * Adds an error for everything in the document that the policy type does not allow, and returns
 * whether there was none.
 */
export function checkDocumentType(
  document: PolicyDocument,
  type: PolicyType,
  findings: Finding[],
  profile: Profile = "aws",
): boolean {
  const before = findings.length;
  const rules = documentTypes[type];
  if (rules.newVersionOnly && document.version !== "2012-10-17") {
    const position = document.source.positionAt(document.versionOffset ?? document.offset);
    addErrorAt(findings, "TYPE-1", position, "Version", `${rules.noun} must have \`2012-10-17\``);
  }
  for (const [index, statement] of document.statements.entries()) {
    checkPrincipal(statement, index, rules, findings);
    checkResource(statement, index, rules, findings);
    if (type === "trust") checkTrustActions(statement, index, findings);
    if (type === "rcp") checkResourceControl(statement, index, findings);
  }
  if (rules.strictSids) checkSids(document, rules, findings, profile);
  return findings.length === before;
}

/** Adds an error about an element of the statement with that index, or about the whole of it. */
function addStatementError(
  findings: Finding[],
  rule: string,
  { source, offset }: Statement,
  index: number,
  { element, at = offset }: { readonly element?: string; readonly at?: number | undefined },
  cause: string,
  fix?: string,
): void {
  const path = `Statement[${index}]`;
  addErrorAt(findings, rule, source.positionAt(at), element === undefined ? path : `${path}.${element}`, cause, fix);
}

function checkPrincipal(statement: Statement, index: number, rules: DocumentRow, findings: Finding[]): void {
  const { noun } = rules;
  const { principal } = statement;
  if (principal === undefined) {
    if (rules.principal !== "required") return;
    addStatementError(findings, "PRN-13", statement, index, {}, `${noun} needs \`Principal\``);
    return;
  }
  if (rules.principal === "required" && (!principal.negated || rules.notPrincipal)) return;
  const element = principal.negated ? "NotPrincipal" : "Principal";
  const place = { element, at: principal.offset };
  const fix =
    rules.principal === "none"
      ? "leave it out: the policy binds whom it is attached to"
      : "name whom it is for in `Principal`";
  addStatementError(findings, "TYPE-1", statement, index, place, `${noun} has no \`${element}\``, fix);
}

function checkResource(statement: Statement, index: number, rules: DocumentRow, findings: Finding[]): void {
  const { noun } = rules;
  const { resource } = statement;
  if (resource === undefined) {
    if (rules.resource !== "required") return;
    addStatementError(findings, "TYPE-1", statement, index, {}, `${noun} needs \`Resource\` or \`NotResource\``);
    return;
  }
  const element = resource.negated ? "NotResource" : "Resource";
  if (rules.resource === "none") {
    const place = { element, at: resource.offset };
    addStatementError(findings, "TYPE-1", statement, index, place, `${noun} has no \`${element}\``);
  }
  if (rules.incompleteArns) return;
  forEachPattern(resource, statement, `Statement[${index}].${element}`, (pattern, place, patternPath) => {
    // Without a colon it is no ARN at all, which is another finding (RES-16).
    if (!pattern.includes(":") || coversSixFields(pattern)) return;
    const cause = `incomplete ARN ${quote(pattern)} matches nothing in ${noun}`;
    addErrorAt(findings, "RES-7", place, patternPath, cause, "write all six fields, or end it in `*`");
  });
}

function checkTrustActions(statement: Statement, index: number, findings: Finding[]): void {
  const { action } = statement;
  const name = action.negated ? "NotAction" : "Action";
  forEachPattern(action, statement, `Statement[${index}].${name}`, (pattern, place, patternPath) => {
    if (/^sts:/i.test(pattern)) return;
    addErrorAt(
      findings,
      "TYPE-1",
      place,
      patternPath,
      `a trust policy has \`sts:\` actions only, not ${quote(pattern)}`,
    );
  });
}

// RCP-5. AWS's own full-access policy is implied (RCP-1) and never written out.
function checkResourceControl(statement: Statement, index: number, findings: Finding[]): void {
  const { effect, effectOffset, principal, action } = statement;
  if (effect !== "Deny") {
    const cause = "a resource control policy has `Deny` only";
    addStatementError(findings, "TYPE-1", statement, index, { element: "Effect", at: effectOffset }, cause);
  }
  if (principal !== undefined && !principal.negated && !isEveryone(principal)) {
    const cause = 'a resource control policy has the principal `*` or `{"AWS": "*"}` only';
    addStatementError(findings, "TYPE-1", statement, index, { element: "Principal", at: principal.offset }, cause);
  }
  if (action.negated) {
    const cause = "a resource control policy has no `NotAction`";
    addStatementError(findings, "TYPE-1", statement, index, { element: "NotAction", at: action.offset }, cause);
    return;
  }
  forEachPattern(action, statement, `Statement[${index}].Action`, (pattern, place, patternPath) => {
    if (!isAllStars(pattern)) return;
    const cause = `a resource control policy needs a service prefix, not ${quote(pattern)}`;
    addErrorAt(findings, "TYPE-1", place, patternPath, cause);
  });
}

/** DOC-9: a list of one star is the star. */
function isEveryone({ entries }: PrincipalElement): boolean {
  return entries.length > 0 && entries.every(({ kind }) => kind === "everyone");
}

function checkSids({ statements }: PolicyDocument, { noun }: DocumentRow, findings: Finding[], profile: Profile): void {
  const places = new Map<string, number>();
  for (const [index, statement] of statements.entries()) {
    const { sid, sidOffset } = statement;
    if (sid === undefined || sid === "") continue;
    const place = { element: "Sid", at: sidOffset };
    // GEN-5: the character set is a rule of AWS's stores, uniqueness is not.
    if (profile === "aws" && !/^[A-Za-z0-9]+$/.test(sid)) {
      const cause = `${noun} has letters A to Z and digits only in a Sid, not ${quote(sid)}`;
      const letters = sid.replace(/[^A-Za-z0-9]/g, "");
      const fix = letters === "" ? "leave it out" : `write \`${letters}\``;
      addStatementError(findings, "DOC-6", statement, index, place, cause, fix);
    }
    const first = places.get(sid);
    if (first === undefined) {
      places.set(sid, index);
    } else {
      const cause = `${quote(sid)} is already the Sid of Statement[${first}]`;
      addStatementError(findings, "DOC-6", statement, index, place, cause);
    }
  }
}

function forEachPattern(
  list: PatternList,
  { source, offset }: Statement,
  path: string,
  visit: (pattern: string, position: SourcePosition, path: string) => void,
): void {
  const { patterns, patternOffsets } = list;
  for (const [index, pattern] of patterns.entries()) {
    visit(
      pattern,
      source.positionAt(patternOffsets?.[index] ?? list.offset ?? offset),
      itemPath(path, index, patterns.length),
    );
  }
}
