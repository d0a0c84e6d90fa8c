/** What a caller of the client asks: the JSON shape of a question, batches and tables. */

import type { Tag } from "../text/tag.js";

/** One value of a context key. Booleans and numbers travel as their JSON text. */
export type ContextScalar = string | number | boolean;

/** The values of a context key; `null` says that the key is missing, an empty list that it is present without values. */
export type ContextValue = ContextScalar | readonly ContextScalar[] | null;

/** Condition keys and their values; `undefined` says what leaving the key out says. */
export type RequestContext =
  | Readonly<Record<string, ContextValue | undefined>>
  | ReadonlyMap<string, ContextValue | undefined>;

/** Tags by key, or as a list. */
export type QuestionTags = Readonly<Record<string, string>> | ReadonlyMap<string, string> | readonly Tag[];

/** One question: may this principal do this action on this resource in this context? */
export interface Question {
  /** An ARN, a service name such as `events.amazonaws.com`, a provider, or `anonymous`. */
  readonly principal: string;
  /** `service:Name`, without wildcards. */
  readonly action: string;
  /** One concrete ARN, or `*` for an action that has no resource. */
  readonly resource: string;
  readonly context?: RequestContext | undefined;
  /** The account that owns the resource. */
  readonly resourceAccount?: string | undefined;
  /** Tags of the existing resource; they win over those of the policy set. */
  readonly resourceTags?: QuestionTags | undefined;
  /** Policy documents that limit the session: objects, or their JSON text. */
  readonly sessionPolicies?: readonly (string | object)[] | undefined;
  readonly sessionTags?: QuestionTags | undefined;
  /** Id of the VPC endpoint that the request came through. */
  readonly endpoint?: string | undefined;
  /** Whether values for derived keys count; refused unless the server allows it. */
  readonly whatIf?: boolean | undefined;
}

/** Questions by index, with every text sent once. */
export interface QuestionTable {
  readonly principals: readonly string[];
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly contexts?: readonly RequestContext[] | undefined;
  /** Four indices a question: principal, action, resource (from 0), context (0 = none, else index + 1). */
  readonly rows: readonly number[] | Uint32Array;
}

/** Many questions: the listed ones, then the rows of the table. */
export interface QuestionBatch {
  /** What a question leaves out; contexts merge, and the question's own key wins. */
  readonly defaults?: Partial<Question> | undefined;
  readonly questions?: readonly Partial<Question>[] | undefined;
  readonly table?: QuestionTable | undefined;
}

/** Anything that is answered with one answer a question, in order. */
export type Batch = readonly Question[] | QuestionBatch;
