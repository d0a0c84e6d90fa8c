/** Answers out of protobuf: what is in an AuthorizeResponse and in a BatchAuthorizeResponse, for whoever makes something of it. */
import type {
  CrossAccount,
  Decision,
  MatchedStatement,
  PolicySetVersion,
  StatementExplanation,
  WantedValue,
} from "../question/decision.js";
import {
  BatchResponseField,
  CrossAccountField,
  DecisionField,
  ExplanationField,
  LayerField,
  MissingKeysField,
  OutcomeNumber,
  ResponseField,
  StatementField,
  VersionField,
  WantedField,
} from "./authorization-fields.js";
import { type TextOf, type WireReader, wireReader } from "./wire-reader.js";

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** A decision with its reasons, without the policy set that gave it. */
export type ReasonedDecision = Omit<Decision, "policySet">;

/** What stands in a Decision. */
export interface ReadDecision<D extends ReasonedDecision = ReasonedDecision> {
  /** As it stands there; may be none that is known. */
  readonly outcome: number;
  /** Undefined for every outcome that is no decision. */
  readonly decision: D | undefined;
  /** Why there is none; empty if nobody said. */
  readonly error: string;
}

/** What stands in an AuthorizeResponse. */
export interface SingleAnswer {
  readonly version: PolicySetVersion;
  readonly outcome: number;
  /** Absent where the answer tells the outcome only. */
  readonly decision: WireReader | undefined;
  /** Of the server's log; empty without one. */
  readonly decisionId: string;
}

/** What stands in a BatchAuthorizeResponse: outcomes or decisions, one a question, in order. */
export interface BatchAnswer {
  readonly version: PolicySetVersion;
  readonly outcomes: readonly number[];
  readonly decisions: readonly WireReader[];
  /** Of the server's log; empty without one. That of a decision is this, a dot and its index. */
  readonly decisionId: string;
}

const unknownVersion: PolicySetVersion = { digest: "", generation: 0 };

/** Reads an AuthorizeResponse. Throws WireError. */
export function readSingle(reader: WireReader): SingleAnswer {
  let version = unknownVersion;
  let outcome = 0;
  let decision: WireReader | undefined;
  let decisionId = "";
  while (reader.next()) {
    if (reader.field === ResponseField.PolicySet) version = readVersion(reader.message());
    else if (reader.field === ResponseField.Outcome) outcome = reader.number();
    else if (reader.field === ResponseField.Decision) decision = reader.message();
    else if (reader.field === ResponseField.DecisionId) decisionId = reader.text();
  }
  return { version, outcome, decision, decisionId };
}

/** Reads a BatchAuthorizeResponse. Throws WireError, also for more than `most` outcomes; stops listing decisions past so many. */
export function readBatch(reader: WireReader, most: number = Number.POSITIVE_INFINITY): BatchAnswer {
  let version = unknownVersion;
  const outcomes: number[] = [];
  const decisions: WireReader[] = [];
  let decisionId = "";
  while (reader.next()) {
    if (reader.field === BatchResponseField.PolicySet) version = readVersion(reader.message());
    else if (reader.field === BatchResponseField.Outcomes) reader.numbersInto(outcomes, most);
    else if (reader.field === BatchResponseField.Decisions && decisions.length <= most) {
      decisions.push(reader.message());
    } else if (reader.field === BatchResponseField.DecisionId) decisionId = reader.text();
  }
  return { version, outcomes, decisions, decisionId };
}

/** The policy set that gave an AuthorizeResponse or a BatchAuthorizeResponse, which both name it first. Throws WireError. */
export function readPolicySetVersion(reader: WireReader): PolicySetVersion {
  const isNamed = reader.next() && reader.field === ResponseField.PolicySet;
  return isNamed ? readVersion(reader.message()) : unknownVersion;
}

/**
 * The policy set that allowed a question; undefined for every answer that is not an allow by the response and by the decision in it.
 * Reads no reasons. Throws WireError, also for what is said twice.
 */
export function readAllowed(response: Uint8Array, textOf?: TextOf): PolicySetVersion | undefined {
  const reader = wireReader(response, "strict", textOf);
  let version = unknownVersion;
  let outcome = 0;
  let decided: number = OutcomeNumber.Allowed;
  while (reader.next()) {
    if (reader.field === ResponseField.PolicySet) version = readVersion(reader.once().message());
    else if (reader.field === ResponseField.Outcome) outcome = reader.once().number();
    else if (reader.field === ResponseField.Decision) decided = readOutcome(reader.once().message());
  }
  return outcome === OutcomeNumber.Allowed && decided === OutcomeNumber.Allowed ? version : undefined;
}

/** The word for an outcome; undefined for what is no decision, and never an allow but for ALLOWED. */
export function decisionWord(outcome: number): Decision["decision"] | undefined {
  if (outcome === OutcomeNumber.Allowed) return "allowed";
  if (outcome === OutcomeNumber.ExplicitDeny) return "explicitDeny";
  return outcome === OutcomeNumber.ImplicitDeny ? "implicitDeny" : undefined;
}

/** Reads a Decision, with the policy set that gave it if that is told. Throws WireError. */
export function readDecision(reader: WireReader): ReadDecision;
export function readDecision(reader: WireReader, policySet: PolicySetVersion): ReadDecision<Decision>;
export function readDecision(
  reader: WireReader,
  policySet?: PolicySetVersion,
): ReadDecision<ReasonedDecision & Partial<Decision>> {
  let outcome = 0;
  let unknownPrincipal = false;
  let error = "";
  let message = "";
  let allowedByOrganizations: boolean | undefined;
  let allowedByPermissionsBoundary: boolean | undefined;
  const blockedBy: string[] = [];
  const matchedStatements: MatchedStatement[] = [];
  const missingContextKeys: string[] = [];
  const missingContextKeysByType: Record<string, readonly string[]> = {};
  let hasMissingByType = false;
  let crossAccount: CrossAccount | undefined;
  const layers: { policyType: string; verdict: string }[] = [];
  const statements: StatementExplanation[] = [];
  while (reader.next()) {
    switch (reader.field) {
      case DecisionField.Outcome:
        outcome = reader.number();
        break;
      case DecisionField.BlockedBy:
        blockedBy.push(reader.text());
        break;
      case DecisionField.MatchedStatements:
        matchedStatements.push(readStatement(reader.message()));
        break;
      case DecisionField.MissingContextKeys:
        missingContextKeys.push(reader.text());
        break;
      case DecisionField.UnknownPrincipal:
        unknownPrincipal = reader.number() !== 0;
        break;
      case DecisionField.Error:
        error = reader.text();
        break;
      case DecisionField.AllowedByOrganizations:
        allowedByOrganizations = reader.number() !== 0;
        break;
      case DecisionField.AllowedByPermissionsBoundary:
        allowedByPermissionsBoundary = reader.number() !== 0;
        break;
      case DecisionField.Layers:
        layers.push(readLayer(reader.message()));
        break;
      case DecisionField.Statements:
        statements.push(readExplanation(reader.message()));
        break;
      case DecisionField.Message:
        message = reader.text();
        break;
      case DecisionField.MissingContextKeysByType:
        readMissingByType(reader.message(), missingContextKeysByType);
        hasMissingByType = true;
        break;
      case DecisionField.CrossAccount:
        crossAccount = readCrossAccount(reader.message());
        break;
    }
  }
  const word = decisionWord(outcome);
  if (word === undefined) return { outcome, decision: undefined, error };
  const allowed = word === "allowed";
  // Members are set one by one: spreading what may be absent takes as long as reading all of it (Node 20).
  const decision: Writable<ReasonedDecision & Partial<Decision>> = hasMissingByType
    ? {
        decision: word,
        allowed,
        blockedBy,
        matchedStatements,
        missingContextKeys,
        missingContextKeysByType,
        unknownPrincipal,
      }
    : { decision: word, allowed, blockedBy, matchedStatements, missingContextKeys, unknownPrincipal };
  if (policySet !== undefined) decision.policySet = policySet;
  if (allowedByOrganizations !== undefined) decision.allowedByOrganizations = allowedByOrganizations;
  if (allowedByPermissionsBoundary !== undefined) decision.allowedByPermissionsBoundary = allowedByPermissionsBoundary;
  if (message !== "") decision.message = message;
  if (crossAccount !== undefined) decision.crossAccount = crossAccount;
  if (layers.length > 0) decision.layers = layers;
  if (statements.length > 0) decision.statements = statements;
  return { outcome, decision, error };
}

function readCrossAccount(reader: WireReader): CrossAccount {
  const read: Writable<CrossAccount> = { principalAccount: "", resourceAccount: "", resourceAccountFrom: "" };
  while (reader.next()) {
    if (reader.field === CrossAccountField.PrincipalAccount) read.principalAccount = reader.text();
    else if (reader.field === CrossAccountField.ResourceAccount) read.resourceAccount = reader.text();
    else if (reader.field === CrossAccountField.ResourceAccountFrom) read.resourceAccountFrom = reader.text();
    else if (reader.field === CrossAccountField.NamedBy) read.namedBy = reader.text();
  }
  return read;
}

function readOutcome(decision: WireReader): number {
  let outcome = 0;
  while (decision.next()) if (decision.field === DecisionField.Outcome) outcome = decision.number();
  return outcome;
}

function readVersion(reader: WireReader): PolicySetVersion {
  let digest = "";
  let generation = 0;
  while (reader.next()) {
    if (reader.field === VersionField.Digest) digest = reader.text();
    else if (reader.field === VersionField.Generation) generation = reader.number();
  }
  return { digest, generation };
}

/** Adds the missing keys of one policy type (OUT-13). */
function readMissingByType(reader: WireReader, into: Record<string, readonly string[]>): void {
  let type = "";
  const keys: string[] = [];
  while (reader.next()) {
    if (reader.field === MissingKeysField.PolicyType) type = reader.text();
    else if (reader.field === MissingKeysField.Keys) keys.push(reader.text());
  }
  into[type] = keys;
}

function emptyStatement(): Writable<MatchedStatement> {
  return { policyType: "", policy: "", statement: 0, effect: "Allow", file: "", line: 0, column: 0 };
}

function readStatement(reader: WireReader): MatchedStatement {
  const read = emptyStatement();
  while (reader.next()) {
    switch (reader.field) {
      case StatementField.PolicyType:
        read.policyType = reader.text();
        break;
      case StatementField.Policy:
        read.policy = reader.text();
        break;
      case StatementField.Statement:
        read.statement = reader.number();
        break;
      case StatementField.Sid:
        read.sid = reader.text();
        break;
      case StatementField.Effect:
        read.effect = reader.text() === "Deny" ? "Deny" : "Allow";
        break;
      case StatementField.File:
        read.file = reader.text();
        break;
      case StatementField.Line:
        read.line = reader.number();
        break;
      case StatementField.Column:
        read.column = reader.number();
        break;
      case StatementField.AttachedTo:
        read.attachedTo = reader.text();
        break;
    }
  }
  return read;
}

function readLayer(reader: WireReader): { policyType: string; verdict: string } {
  const layer = { policyType: "", verdict: "" };
  while (reader.next()) {
    if (reader.field === LayerField.PolicyType) layer.policyType = reader.text();
    else if (reader.field === LayerField.Verdict) layer.verdict = reader.text();
  }
  return layer;
}

function readExplanation(reader: WireReader): StatementExplanation {
  let statement: MatchedStatement | undefined;
  const why: Writable<Omit<StatementExplanation, "statement" | "applies">> = {};
  let applies = false;
  const values: string[] = [];
  const wanted: WantedValue[] = [];
  while (reader.next()) {
    switch (reader.field) {
      case ExplanationField.Statement:
        statement = readStatement(reader.message());
        break;
      case ExplanationField.Applies:
        applies = reader.number() !== 0;
        break;
      case ExplanationField.FailedElement:
        why.failedElement = reader.text();
        break;
      case ExplanationField.Operator:
        why.operator = reader.text();
        break;
      case ExplanationField.Key:
        why.key = reader.text();
        break;
      case ExplanationField.RequestValues:
        values.push(reader.text());
        break;
      case ExplanationField.KeyMissing:
        why.keyMissing = reader.number() !== 0;
        break;
      case ExplanationField.WantedValues:
        wanted.push(readWanted(reader.message()));
        break;
      case ExplanationField.MoreWantedValues:
        why.moreWantedValues = reader.number();
        break;
    }
  }
  if (why.failedElement === "condition") {
    why.requestValues = values;
    why.keyMissing ??= false;
  }
  if (wanted.length > 0) why.wantedValues = wanted;
  return { statement: statement ?? emptyStatement(), applies, ...why };
}

function readWanted(reader: WireReader): WantedValue {
  const read: Writable<WantedValue> = { written: "" };
  while (reader.next()) {
    if (reader.field === WantedField.Written) read.written = reader.text();
    else if (reader.field === WantedField.Filled) read.filled = reader.text();
  }
  return read;
}
