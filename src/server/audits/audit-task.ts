/** What is asked of an audit thread and what it answers: plain data, and bytes that threads share. */
import type { ListQuestion, ListScope } from "../../audit/list-scope.js";
import type { Region } from "../../audit/region.js";

/** The question. */
export type AuditQuestion =
  | { readonly kind: "whoCan"; readonly action: string; readonly resources: readonly string[]; readonly all: boolean }
  | {
      readonly kind: "whatCan";
      readonly principal: string;
      readonly resources: readonly string[];
      readonly all: boolean;
    }
  | { readonly kind: "whichResources"; readonly principal: string; readonly action: string; readonly all: boolean }
  | { readonly kind: "diff" }
  /** `names`: those of the sets of the task, in their order. */
  | { readonly kind: "prove"; readonly assertions: string; readonly names: readonly string[] }
  | { readonly kind: "list"; readonly list: ListQuestion };

/** A policy set in force. */
export interface AuditedSet {
  readonly generation: number;
  readonly digest: string;
  /** `PolicySetArchive` reads it; shared memory. */
  readonly archive: Uint8Array;
}

/** One audit. */
export interface AuditTask {
  /** The set; of `diff` the old one and the new one; of `prove` then those that it is compared with. */
  readonly sets: readonly AuditedSet[];
  readonly question: AuditQuestion;
  readonly region: Region;
  /** Steps for one answer. */
  readonly budget: number;
  readonly nowMs: number;
}

/** How many lines there were, by their access or their change. */
export type LineCounts = Readonly<Record<string, number>>;

/** What comes after the lines. */
export interface AuditEnd {
  readonly counts: LineCounts;
  /** Of `list`, which has no lines. */
  readonly scope?: ListScope;
}

/** What a thread says: lines, each a serialised message, for which it waits to hear `more`; then how it ended. */
export type AuditWord =
  | { readonly kind: "lines"; readonly lines: readonly Uint8Array[] }
  | { readonly kind: "done"; readonly end: AuditEnd }
  | { readonly kind: "refused"; readonly message: string }
  | { readonly kind: "failed"; readonly message: string };
