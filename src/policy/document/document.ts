/**
 * A policy document as the rest of the house sees it: parsed once into exact types, every value
 * checked, nothing left to interpret but patterns and variables. Knows no bytes and no files.
 */
import type { SourcePositions } from "../../text/source-text.js";
import type { OperatorKind } from "./operators.js";

/** `Version` of a document; absent means `2008-10-17`, which has no policy variables (DOC-4). */
export type DocumentVersion = "2008-10-17" | "2012-10-17";

/** What a statement does when it applies (DOC-8). */
export type Effect = "Allow" | "Deny";

/** One policy document. The order of statements has no meaning for decisions (STM-2), only for reports. */
export interface PolicyDocument {
  readonly version: DocumentVersion;
  readonly id?: string | undefined;
  readonly statements: readonly Statement[];
  /** What the document was read from; it turns offsets into lines and columns, which few of them ever become. */
  readonly source: SourcePositions;
  readonly offset: number;
  /** Of `Version`, where it is written. */
  readonly versionOffset?: number | undefined;
}

/** One statement. An absent `principal` or `resource` is legal only where TYPE-1 says so. */
export interface Statement {
  readonly sid?: string | undefined;
  readonly sidOffset?: number | undefined;
  readonly effectOffset?: number | undefined;
  readonly effect: Effect;
  readonly principal?: PrincipalElement | undefined;
  readonly action: PatternList;
  /** Absent in trust and resource policies: the attached resource itself (RES-12). */
  readonly resource?: PatternList | undefined;
  readonly conditions: readonly ConditionTest[];
  /** Of all offsets in the statement. */
  readonly source: SourcePositions;
  readonly offset: number;
  /** The first offset after it; absent of what no text has. */
  readonly endOffset?: number;
}

/** `Action`/`NotAction` or `Resource`/`NotResource`: texts as written; `negated` marks the Not form (a NOR). */
export interface PatternList {
  readonly negated: boolean;
  readonly patterns: readonly string[];
  /** Of the element's name. */
  readonly offset?: number;
  /** Of each pattern, in the order of `patterns`. */
  readonly patternOffsets?: readonly number[];
}

/** `Principal` or, when negated, `NotPrincipal`. */
export interface PrincipalElement {
  readonly negated: boolean;
  readonly entries: readonly PrincipalEntry[];
  /** Of the element's name. */
  readonly offset?: number;
  /** Written as the bare `"*"`. */
  readonly bareStar?: boolean;
}

/** One entry of a principal element, by the form it was written in (PRN-1). */
export type PrincipalEntry =
  | { readonly kind: "everyone" }
  /** PRN-4: twelve digits (no partition) or a root ARN. */
  | { readonly kind: "account"; readonly account: string; readonly partition?: string }
  /** PRN-5 to PRN-7: compared as written. */
  | { readonly kind: "user" | "role" | "session" | "federatedUser"; readonly arn: string }
  /** PRN-10: `AIDA…` or `AROA…`. */
  | { readonly kind: "uniqueId"; readonly id: string }
  | { readonly kind: "service"; readonly name: string }
  | { readonly kind: "federated"; readonly name: string }
  | { readonly kind: "canonicalUser"; readonly id: string };

/** A condition operator taken apart: `ForAnyValue:StringNotLikeIfExists` has all four parts. */
export interface ConditionOperator {
  readonly kind: OperatorKind;
  readonly negated: boolean;
  readonly ifExists: boolean;
  readonly qualifier: "none" | "ForAllValues" | "ForAnyValue";
}

/** One key under one operator (COND-2). Values are texts; numbers keep their source text (DOC-11). */
export interface ConditionTest {
  readonly operator: ConditionOperator;
  /** The operator as written, for reports. */
  readonly operatorName: string;
  /** The key as written; names ignore case (COND-7). */
  readonly key: string;
  readonly values: readonly string[];
  readonly offset: number;
}
