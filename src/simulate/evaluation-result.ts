/**
 * A decided question as AWS's simulator API answers (OUT-9, OUT-10): one EvaluationResult of SimulateCustomPolicy or
 * SimulatePrincipalPolicy. Pure; what it knows of a case's source is where the statements stand (OUT-11).
 */
import { accountOfArn } from "../policy/requester.js";
import type { Decision, MatchedStatement } from "../question/decision.js";
import { controlTypeOf, type LayerRow, layerOf, layers } from "../question/layers.js";
import { awsPositionAt, type SourceText } from "../text/source-text.js";
import type { TreeNode } from "../text/tree.js";
import type { SimulationCase } from "./simulation-case.js";

/** A place in the submitted text, counted from 1. */
export interface EvaluationPosition {
  readonly Line: number;
  readonly Column: number;
}

/** A statement that decided. */
export interface EvaluationStatement {
  readonly SourcePolicyId: string;
  readonly SourcePolicyType: SourcePolicyType;
  readonly StartPosition: EvaluationPosition;
  readonly EndPosition: EvaluationPosition;
}

/** What AWS's answers call the kinds of policies; `none` for those that it has no word for. */
export type SourcePolicyType = NonNullable<LayerRow["sourceType"]> | "none";

/** A decision for each kind of policy, by the names of `SourcePolicyType` where there is one. */
export type DecisionDetails = Readonly<Record<string, Decision["decision"]>>;

/** What was decided about one resource; what would be empty is left out. */
export interface ResourceSpecificResult {
  readonly EvalResourceName: string;
  readonly EvalResourceDecision: Decision["decision"];
  readonly MatchedStatements?: readonly EvaluationStatement[];
  readonly MissingContextValues?: readonly string[];
  readonly EvalDecisionDetails?: DecisionDetails;
  readonly PermissionsBoundaryDecisionDetail?: { readonly AllowedByPermissionsBoundary: boolean };
}

/** One entry of `EvaluationResults`. */
export interface EvaluationResult {
  readonly EvalActionName: string;
  readonly EvalResourceName: string;
  readonly EvalDecision: Decision["decision"];
  readonly MatchedStatements: readonly EvaluationStatement[];
  readonly MissingContextValues: readonly string[];
  readonly OrganizationsDecisionDetail?: { readonly AllowedByOrganizations: boolean };
  readonly PermissionsBoundaryDecisionDetail?: { readonly AllowedByPermissionsBoundary: boolean };
  readonly EvalDecisionDetails?: DecisionDetails;
  readonly ResourceSpecificResults: readonly ResourceSpecificResult[];
}

/** The text of a case, in which statements are found again. */
export interface CaseSource {
  readonly node: TreeNode;
  readonly source: SourceText;
}

/** What an EvaluationResult tells besides the decision. */
export interface EvaluatedQuestion {
  readonly action: string;
  readonly resource: string;
  /** Who owns the resource; default: the account in its ARN, else the requester's. */
  readonly resourceAccount?: string;
  readonly requester: { readonly account?: string };
  /** Where a statement stands in the text that it came with, as far as that is known. */
  readonly placeOf: (statement: MatchedStatement) => StatementPlace | undefined;
  /** Whether the question names a resource; default: it is not `*`. */
  readonly hasResource?: boolean;
  /** What the answer calls the policy of a statement; default: its name, of a managed policy without the rest of its ARN. */
  readonly sourceIdOf?: (statement: MatchedStatement) => string | undefined;
}

/** What the text of a statement says about it. */
export interface StatementPlace {
  readonly start: EvaluationPosition;
  readonly end: EvaluationPosition;
}

/** The EvaluationResult of a case; the decision has to be one with `layers` for EvalDecisionDetails (OUT-10). */
export function evaluationResult(one: SimulationCase, decision: Decision, text: CaseSource): EvaluationResult {
  const { action, resource, resourceAccount } = one.request;
  const [principal] = one.policySet.principals;
  return evaluationOf(
    {
      action,
      resource,
      ...(resourceAccount === undefined ? {} : { resourceAccount }),
      requester: principal ?? {},
      placeOf: (statement) => placeIn(text, statement),
    },
    decision,
  );
}

/** The EvaluationResult of a question; as above. */
export function evaluationOf(one: EvaluatedQuestion, decision: Decision): EvaluationResult {
  const { action, resource } = one;
  const { allowedByOrganizations, allowedByPermissionsBoundary } = decision;
  // What an organization denies or is silent on hides what the other policies say.
  const isHidden = allowedByOrganizations === false;
  const missing = isHidden ? [] : decision.missingContextKeys;
  const statements = isHidden
    ? []
    : decision.matchedStatements
        .filter(({ policyType }) => policyType !== "scp")
        .map((statement) => evaluationStatement(one, statement));
  const hasResource = one.hasResource ?? resource !== "*";
  const details = hasResource && !isHidden ? decisionDetails(one, decision) : undefined;
  const boundary =
    allowedByPermissionsBoundary === undefined
      ? {}
      : { PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: allowedByPermissionsBoundary } };
  return {
    EvalActionName: action,
    EvalResourceName: resource,
    EvalDecision: decision.decision,
    MatchedStatements: statements,
    MissingContextValues: hasResource ? [] : missing,
    ...(allowedByOrganizations === undefined
      ? {}
      : { OrganizationsDecisionDetail: { AllowedByOrganizations: allowedByOrganizations } }),
    ...(details === undefined ? {} : { EvalDecisionDetails: details }),
    ...boundary,
    ResourceSpecificResults: hasResource
      ? [
          {
            EvalResourceName: resource,
            EvalResourceDecision: decision.decision,
            ...(statements.length === 0 ? {} : { MatchedStatements: statements }),
            ...(missing.length === 0 ? {} : { MissingContextValues: missing }),
            ...(details === undefined || Object.keys(details).length === 0 ? {} : { EvalDecisionDetails: details }),
            ...boundary,
          },
        ]
      : [],
  };
}

/** Of a question across accounts, what each policy type decided; empty within one account. */
function decisionDetails(one: EvaluatedQuestion, decision: Decision): DecisionDetails {
  const { account } = one.requester;
  const owner = one.resourceAccount ?? (accountOfArn(one.resource) || account);
  if (account === undefined || account === owner) return {};
  const silent = decision.blockedBy.map((policyType) => ({ policyType, verdict: "silent" }));
  const layers = [...silent, ...(decision.layers ?? [])].filter(({ policyType }) => policyType !== "scp");
  return Object.fromEntries(
    // Where full access is implied silence is no denial (RCP-1).
    layers.map(({ policyType, verdict }) => [
      sourceTypeOf(policyType) ?? policyType,
      controlTypeOf(policyType)?.fullAccess.isImplied === true && verdict !== "deny" ? "allowed" : verdictWord(verdict),
    ]),
  );
}

function verdictWord(verdict: string): Decision["decision"] {
  if (verdict === "allow") return "allowed";
  return verdict === "deny" ? "explicitDeny" : "implicitDeny";
}

function evaluationStatement(one: EvaluatedQuestion, statement: MatchedStatement): EvaluationStatement {
  const place = one.placeOf(statement);
  const start = place?.start ?? { Line: statement.line, Column: statement.column };
  return {
    SourcePolicyId: one.sourceIdOf?.(statement) ?? policyId(statement.policy),
    SourcePolicyType: sourceTypeOf(statement.policyType) ?? "none",
    StartPosition: start,
    EndPosition: place?.end ?? start,
  };
}

/** Where a statement of a case stands in its text; undefined for one from elsewhere. */
export function placeIn(text: CaseSource, statement: MatchedStatement): StatementPlace | undefined {
  const path = pathTo(text, statement);
  if (path === undefined) return undefined;
  return {
    start: placeAt(text.source, path.start),
    end: placeAt(text.source, path.end),
  };
}

function placeAt(source: SourceText, offset: number): EvaluationPosition {
  const { line, column } = awsPositionAt(source, offset);
  return { Line: line, Column: column };
}

/** What AWS's answers call policies of a type, if they have a word for them. */
function sourceTypeOf(policyType: string): SourcePolicyType | undefined {
  const name = layerOf(policyType);
  return name && layers[name].sourceType;
}

/** A managed policy goes by its bare name. */
function policyId(name: string): string {
  return /^arn:[^:]*:iam::[^:]+:policy\/(?:.*\/)?([^/]+)$/s.exec(name)?.[1] ?? name;
}

interface StatementPath {
  /** Where AWS lets the statement begin (OUT-11). */
  readonly start: number;
  /** The first offset after the statement. */
  readonly end: number;
}

/** The way from a case to the object at a statement's place; undefined where the statement came from another text. */
function pathTo({ node, source }: CaseSource, { file, line, column }: MatchedStatement): StatementPath | undefined {
  if (file !== source.file) return undefined;
  let isWithin = false;
  let list: TreeNode | undefined;
  let at: TreeNode = node;
  for (;;) {
    const begin = source.positionAt(at.offset);
    const isHere = at.kind === "object" && begin.line === line && begin.column === column;
    if (isHere && isWithin) return { start: startOf(at, list, source.text), end: at.endOffset };
    const next = childAt(at, source, line, column);
    if (next === undefined) return undefined;
    list = at;
    isWithin ||= at.kind === "object";
    at = next;
  }
}

/** After the `[` of the list or the end of the statement before; after its own `{` for a statement without list (OUT-11). */
function startOf(statement: TreeNode, parent: TreeNode | undefined, text: string): number {
  const after = (bracket: string, offset: number): number => (text[offset] === bracket ? offset + 1 : offset);
  if (parent?.kind !== "array") return after("{", statement.offset);
  const before = parent.items[parent.items.findIndex(({ offset }) => offset === statement.offset) - 1];
  return before?.endOffset ?? after("[", parent.offset);
}

/** The part of a value that a place lies in. */
function childAt(parent: TreeNode, source: SourceText, line: number, column: number): TreeNode | undefined {
  const covers = ({ offset, endOffset }: TreeNode): boolean => {
    const [begin, end] = [source.positionAt(offset), source.positionAt(endOffset)];
    const isAfterBegin = line > begin.line || (line === begin.line && column >= begin.column);
    return isAfterBegin && (line < end.line || (line === end.line && column < end.column));
  };
  if (parent.kind === "array") return parent.items.find(covers);
  return parent.kind === "object" ? parent.members.find(({ value }) => covers(value))?.value : undefined;
}
