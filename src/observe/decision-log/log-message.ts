/** What the front end and the decision log's thread say to each other. */
import type { RecordTerms } from "./decision-record.js";
import type { LineCounts, OverflowPolicy } from "./log-writer.js";

/** How the thread is set up. */
export interface LogThreadSetup {
  /** A path, or `-` for standard output. */
  readonly destination: string;
  readonly maxFileBytes: number;
  readonly keepFiles: number;
  readonly policy: OverflowPolicy;
  readonly spillPath: string | undefined;
  readonly maxSpillBytes: number;
  readonly terms: RecordTerms;
}

/** To the thread. */
export type LogOrder =
  | { readonly kind: "chunk"; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: "reopen" }
  /** Write what has come so far, then end; once `patienceMs` are over, give up what the disk does not take. */
  | { readonly kind: "close"; readonly patienceMs: number };

/** From the thread. */
export type LogReport =
  | { readonly kind: "opened" }
  | { readonly kind: "refused"; readonly reason: string }
  /** A chunk of so many bytes is dealt with, and its memory free. */
  | {
      readonly kind: "done";
      readonly bytes: number;
      readonly chunk: ArrayBuffer;
      readonly counts: LineCounts;
      readonly failed: number;
    }
  | { readonly kind: "note"; readonly text: string }
  | { readonly kind: "closed"; readonly counts: LineCounts };
