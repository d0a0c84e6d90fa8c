/** What lists of a served policy set can be complete about: asked of the audit thread, kept for the next page. */

import { CallRefusal } from "../../ask/call-refusal.js";
import type { ListQuestion, ListScope } from "../../audit/list-scope.js";
import type { Region } from "../../audit/region.js";
import type { Engine } from "../../engine/engine.js";
import type { Audits } from "./audits.js";

/** A list that a caller asks for. */
export interface AskedList {
  readonly question: ListQuestion;
  /** Of `resource`: patterns of those that are asked about. */
  readonly resources: readonly string[];
  readonly context: ReadonlyMap<string, readonly string[]>;
}

/** Whom a list is for. */
export interface ListCaller {
  readonly share: string;
  readonly signal: AbortSignal;
}

/** Steps for one answer: a list is told of in a moment, or as one that may not be complete. */
const BUDGET = 20_000;
const MOST_KEPT = 256;
/** Callers wait so long; then the list stands without. */
const PATIENCE_MS = 10_000;

/** Asks and keeps. */
export class ListScopes {
  private readonly kept = new Map<string, ListScope>();

  constructor(
    private readonly engine: Engine,
    private readonly audits: Audits,
    /** Hears of what should not have happened: the list stands without. */
    private readonly onInternalError: (error: unknown) => void = () => {},
  ) {}

  /**
   * What there is to be listed by one generation of a policy set; undefined where it could not be found out. Rejects with the reason of
   * the caller's signal.
   */
  async of(
    policySet: string,
    generation: number,
    asked: AskedList,
    { share, signal }: ListCaller,
  ): Promise<ListScope | undefined> {
    const published = policySet === "" ? this.engine.published() : this.engine.published(policySet);
    if (published?.archive === undefined || published.generation !== generation) return undefined;
    const { digest, archive } = published;
    const { question, resources, context } = asked;
    const id = JSON.stringify([generation, question, resources, [...context]]);
    const known = this.kept.get(id);
    if (known !== undefined) return known;
    const region: Region = {
      principals: ["*"],
      actions: ["*"],
      resources,
      context,
      without: [],
      closed: true,
      outside: true,
    };
    const patience = AbortSignal.timeout(PATIENCE_MS);
    try {
      const task = {
        sets: [{ generation, digest, archive }],
        question: { kind: "list" as const, list: question },
        region,
        budget: BUDGET,
        nowMs: Date.now(),
      };
      const { scope } = await this.audits.run(task, share, AbortSignal.any([signal, patience]), async () => {});
      if (scope !== undefined) this.keep(id, scope);
      return scope;
    } catch (error: unknown) {
      signal.throwIfAborted();
      if (!patience.aborted && !(error instanceof CallRefusal)) this.onInternalError(error);
      return undefined;
    }
  }

  private keep(id: string, scope: ListScope): void {
    this.kept.set(id, scope);
    const [oldest] = this.kept.keys();
    if (this.kept.size > MOST_KEPT && oldest !== undefined) this.kept.delete(oldest);
  }
}
