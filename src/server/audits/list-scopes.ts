/** What lists of a served policy set can be complete about: asked of the audit thread, kept for the next page. */

import { createHash } from "node:crypto";
import { CallRefusal } from "../../ask/call-refusal.js";
import type { ListQuestion, ListScope } from "../../audit/list-scope.js";
import type { Region } from "../../audit/region.js";
import type { Engine } from "../../engine/engine.js";
import type { AuditTask } from "./audit-task.js";
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
/** UTF-16 units of one question: many may wait, longer than their callers do. */
const MOST_TOLD = 64 << 10;
const MOST_KEPT = 256;
const MOST_LISTS = 16;
/** Callers wait so long; then the list stands without. */
const PATIENCE_MS = 10_000;

/** Asks and keeps. */
export class ListScopes {
  private readonly kept = new Map<string, ListScope>();
  private readonly names = new Map<string, readonly string[]>();

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
    const told = JSON.stringify([generation, question, resources, [...context]]);
    if (told.length > MOST_TOLD) return undefined;
    const id = createHash("sha256").update(told).digest("base64");
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
    const task = {
      sets: [{ generation, digest, archive }],
      question: { kind: "list" as const, list: question },
      region,
      budget: BUDGET,
      nowMs: Date.now(),
    };
    const leaving = new AbortController();
    const leave = (): void => leaving.abort(signal.reason);
    signal.addEventListener("abort", leave, { once: true });
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), PATIENCE_MS);
    });
    // What takes longer goes on: a large set takes a while the first time, and the next caller finds it read.
    const found = this.ask(task, id, share, leaving.signal);
    try {
      return await Promise.race([found, patience]);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", leave);
      signal.throwIfAborted();
    }
  }

  private async ask(task: AuditTask, id: string, share: string, signal: AbortSignal): Promise<ListScope | undefined> {
    try {
      const { scope } = await this.audits.run(task, share, signal, async () => {});
      return scope && this.keep(id, task, scope);
    } catch (error: unknown) {
      if (!signal.aborted && !(error instanceof CallRefusal)) this.onInternalError(error);
      return undefined;
    }
  }

  /** Names are the same for many questions: each list of them is kept once. */
  private keep(id: string, { sets, question }: AuditTask, { names, ...rest }: ListScope): ListScope {
    const list = question.kind === "list" ? question.list : undefined;
    const of = JSON.stringify([sets[0]?.generation, list?.open, list?.open === "action" ? list.service : ""]);
    const known = this.names.get(of) ?? names;
    this.names.set(of, known);
    dropOldest(this.names, MOST_LISTS);
    const scope = { ...rest, names: known };
    this.kept.set(id, scope);
    dropOldest(this.kept, MOST_KEPT);
    return scope;
  }
}

function dropOldest(map: Map<string, unknown>, most: number): void {
  const [oldest] = map.keys();
  if (map.size > most && oldest !== undefined) map.delete(oldest);
}
