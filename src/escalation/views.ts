/** Questions about the set as it is, and as it is once something was changed: an engine and an auditor for each, made when first asked for. */
import type { Asker, Auditor } from "../audit/auditor.js";
import { auditorOver } from "../audit/auditor-over.js";
import { single } from "../audit/candidates.js";
import type { AuditAnswer } from "../audit/decided-again.js";
import { answerOf } from "../classes/answer.js";
import { Engine } from "../engine/engine.js";
import { parseArn } from "../policy/document/arn.js";
import type { PolicySet } from "../policy/policy-set.js";
import { AskedActions } from "./asked-actions.js";

/** What a request is about: patterns of which any, or no resource at all (RES-1). */
export type About = readonly string[] | "none";

/** What could not be decided within the budget. */
export interface Undecided {
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  readonly reason: string;
}

/** A set with its auditors, one for each context. */
export class View {
  private readonly askers = new Map<string, Asker | undefined>();
  private readonly auditors = new Map<string, Auditor>();
  /** What was asked before: whom roles trust and what an account's limits leave is asked for everybody. */
  private readonly answers = new Map<string, AuditAnswer | undefined>();
  /** In the order in which they came. */
  readonly undecided = new Map<string, Undecided>();

  /** `name` tells what was changed: empty for the set as it is. `asked`: the only actions that its set answers about. */
  constructor(
    readonly auditor: Auditor,
    readonly name: string = "",
    private readonly asked?: AskedActions,
  ) {}

  /** What a principal is answered about an action, in requests with some values; undefined if it is never allowed. */
  ask(
    principal: string,
    action: string,
    about: About,
    context: Readonly<Record<string, string | null>> = {},
  ): AuditAnswer | undefined {
    const key = JSON.stringify([principal, action, about, context]);
    const known = this.answers.get(key);
    if (known !== undefined || this.answers.has(key)) return known;
    const answer = this.find(principal, action, about, context);
    if (this.answers.size >= mostAnswers) this.answers.clear();
    this.answers.set(key, answer);
    return answer;
  }

  private find(
    principal: string,
    action: string,
    about: About,
    context: Readonly<Record<string, string | null>>,
  ): AuditAnswer | undefined {
    this.expect(action);
    const asker = this.asker(principal);
    if (asker === undefined) return undefined;
    // Most are never allowed on anything, which is known for many at once.
    if (about === "none" && !this.can(principal, action, ["*"])) return undefined;
    const auditor = this.within(context);
    const answer =
      about === "none" ? withoutResource(auditor, asker, action) : auditor.answerFor(asker, [action], about, brief);
    if (answer.access === "unknown" && answer.witness === undefined) {
      const resource = about === "none" ? "*" : about.join(" ");
      const reason = answer.reason ?? "the budget was used up";
      this.undecided.set(`${principal} ${action} ${resource}`, { principal, action, resource, reason });
    }
    return answer.witness === undefined ? undefined : answer;
  }

  /** Whether some such request may be allowed, without the conditions. */
  can(principal: string, action: string, patterns: readonly string[]): boolean {
    this.expect(action);
    const asker = this.asker(principal);
    // Nothing of it is shown: what is said to be possible is asked for again.
    return asker !== undefined && this.auditor.find(asker, [action], patterns, quick).answer.access !== "never";
  }

  /** Who a text names. */
  asker(principal: string): Asker | undefined {
    if (!this.askers.has(principal)) {
      this.askers.set(principal, this.auditor.asker(single(principal)));
    }
    return this.askers.get(principal);
  }

  /**
   * Likewise a request about what belongs to another account, that is decided in the account of who asks; conditions are not looked for.
   */
  askAsOwn(principal: string, action: string, resource: string): AuditAnswer | undefined {
    this.expect(action);
    const resourceAccount = parseArn(principal)?.account ?? "";
    const context = new Map([
      ["aws:SecureTransport", ["true"]],
      ["aws:RequestedRegion", ["us-east-1"]],
    ]);
    const base = { principal, action, resource, resourceAccount, context, resourceTags: [] };
    const question = { ...base, sessionPolicies: [], sessionTags: [], whatIf: false };
    const decision = this.auditor.terms.decide(question);
    if ("error" in decision || !decision.allowed) return undefined;
    const answer = { access: "sometimes", when: [], whenIsPartial: true, counterexample: undefined } as const;
    return this.auditor.check({ ...answer, witness: question, reason: undefined });
  }

  private expect(action: string): void {
    if (this.asked?.has(action) !== false) return;
    throw new Error(`escalation: ${action} is asked of a set that answers about other actions`);
  }

  /** Null: the key is absent. */
  private within(context: Readonly<Record<string, string | null>>): Auditor {
    const entries = Object.entries(context);
    if (entries.length === 0) return this.auditor;
    const id = JSON.stringify(entries);
    const known = this.auditors.get(id);
    if (known !== undefined) return known;
    const { region } = this.auditor.terms;
    const fixed = entries.flatMap(([key, value]) => (value === null ? [] : [[key, [value]] as const]));
    const without = entries.flatMap(([key, value]) => (value === null ? [key] : []));
    const found = this.auditor.within({
      ...region,
      context: new Map([...region.context, ...fixed]),
      without: [...region.without, ...without],
    });
    this.auditors.set(id, found);
    return found;
  }
}

/** Answers that are kept for one set. */
const mostAnswers = 50_000;

const brief = { tellsNever: false } as const;
const quick = { tellsNever: false, tellsWhen: false } as const;

function withoutResource(auditor: Auditor, asker: Asker, action: string): AuditAnswer {
  const worlds = auditor.worlds(asker, [action], ["*"]).filter(({ situation }) => situation.resource === "*");
  const answer = answerOf(worlds, { budget: auditor.terms.budget, tellsWhen: true });
  // Every request of these worlds has no resource, so nothing has to be told of it.
  const when = answer.when.map((way) => way.filter((entry) => !("resource" in entry && entry.resource === "arn:*")));
  return auditor.check({ ...answer, when });
}

/** The views of an audit. */
export class Views {
  private readonly views = new Map<string, View>();
  private readonly engines: Engine[] = [];
  private readonly asked: AskedActions;
  private narrowed: PolicySet | undefined;

  /** `asked`: patterns of all actions that are asked about in sets that somebody changed. */
  constructor(
    readonly base: View,
    asked: Iterable<string>,
  ) {
    this.asked = new AskedActions(asked);
  }

  /** The view of what becomes of another one's set; `change` is named. */
  async of(view: View, [change, make]: readonly [string, (set: PolicySet) => PolicySet]): Promise<View> {
    const name = view.name === "" ? change : `${view.name}, ${change}`;
    const known = this.views.get(name);
    if (known !== undefined) return known;
    const set = make(view === this.base ? this.narrowedSet() : view.auditor.terms.set);
    const engine = await Engine.start({ workers: 0, allowWhatIf: true, bareSets: true });
    this.engines.push(engine);
    engine.publish(set);
    const made = new View(
      auditorOver(engine, { ...this.base.auditor.terms, set, actionIndex: this.base.auditor.actions }),
      name,
      this.asked,
    );
    this.views.set(name, made);
    return made;
  }

  private narrowedSet(): PolicySet {
    this.narrowed ??= this.asked.narrowed(this.base.auditor.terms.set);
    return this.narrowed;
  }

  /** All that has been asked. */
  get all(): readonly View[] {
    return [this.base, ...this.views.values()];
  }

  /** Ends the engines. */
  async close(): Promise<void> {
    for (const engine of this.engines.splice(0)) await engine.close();
  }
}
