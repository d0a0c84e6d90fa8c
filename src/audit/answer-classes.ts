/**
 * What answers have in common: requesters whom the set tells apart by nothing that has a say in a request for an action are answered
 * alike but for their names. A key holds all that an answer can follow from; equal keys have equal answers.
 */
import { actionApplies } from "../classes/action-applies.js";
import { actionGlob, globHolds } from "../classes/glob.js";
import { isCaller, keyName, type RequesterFacts } from "../classes/requester-facts.js";
import { tagStatements } from "../classes/world.js";
import type { Statement } from "../policy/document/document.js";
import { bindingPolicies, forEachAttached, type NamedPolicy, type PolicySet } from "../policy/policy-set.js";
import { awsServiceRules } from "../policy/service-rules.js";
import { lowerAscii } from "../text/fold.js";

/** Statements that may bind anybody, with one action element. */
interface Shared {
  readonly applies: (action: string) => boolean;
  readonly reads: Set<string>;
  readonly names: Set<string>;
}

/** What shared statements make of an action. */
interface View {
  readonly id: string;
  /** Keys whose values they read. */
  readonly reads: readonly string[];
  /** Requesters that they name. */
  readonly names: ReadonlySet<string>;
}

/** A statement that binds one requester, with its document's version, and the layer and level that it stands in. */
interface Own {
  readonly layer: string;
  readonly version: string;
  readonly statement: Statement;
}

/** What a statement says beside its action: equal ones have one number. */
interface Content {
  readonly number: number;
  /** The keys whose values it reads. */
  readonly reads: readonly string[];
}

/** Stands for every key of the requester. */
const everyKey = "*";

/** The classes of one set. */
export class AnswerClasses {
  private readonly shared: readonly Shared[];
  private readonly views = new Map<string, View>();
  private readonly own = new WeakMap<RequesterFacts, readonly Own[]>();
  private readonly frames = new WeakMap<RequesterFacts, string>();
  private readonly contents = new WeakMap<Statement, Content>();
  private readonly numbers = new Map<string, number>();
  private readonly objects = new WeakMap<object, number>();
  private objectCount = 0;

  /** `isListed`: whether the catalogue has an action. */
  constructor(
    set: PolicySet,
    private readonly isListed: (action: string) => boolean,
  ) {
    this.shared = sharedStatements(set);
  }

  /** Requests of the requester for an action are answered alike, but for the two names, by whatever has the same key. */
  keyOf(requester: RequesterFacts, action: string): string {
    if (!isCaller(requester, action)) return "";
    const folded = lowerAscii(action);
    const view = this.viewOf(folded);
    const reads = new Set(view.reads);
    let key = `${this.frameOf(requester)} ${view.id}`;
    for (const { layer, version, statement } of this.ownOf(requester)) {
      if (!actionApplies(statement, folded)) continue;
      const { number, reads: own } = this.contentOf(statement, version);
      key += ` ${layer}:${number}`;
      for (const one of own) reads.add(one);
    }
    const { principal, issuerArn, derived } = requester;
    if (view.names.size > 0) {
      const names = [principal.arn, issuerArn, principal.uniqueId];
      if (names.some((name) => name !== undefined && view.names.has(name))) key += ` ${JSON.stringify(names)}`;
    }
    if (reads.has(everyKey)) return `${key} ${JSON.stringify([...derived])}`;
    for (const one of [...reads].sort()) {
      const name = keyName(one, (spelt) => derived.has(spelt));
      const values = derived.get(name);
      if (values !== undefined) key += ` ${JSON.stringify([name, values])}`;
    }
    return key;
  }

  private viewOf(action: string): View {
    let view = this.views.get(action);
    if (view === undefined) {
      let id = this.isListed(action) ? "L" : "U";
      const reads = new Set<string>();
      const names = new Set<string>();
      for (const [index, one] of this.shared.entries()) {
        if (!one.applies(action)) continue;
        id += `,${index}`;
        for (const key of one.reads) reads.add(key);
        for (const name of one.names) names.add(name);
      }
      view = { id, reads: [...reads], names };
      this.views.set(action, view);
    }
    return view;
  }

  /** What a decision takes of the requester beside statements and keys. */
  private frameOf(facts: RequesterFacts): string {
    let frame = this.frames.get(facts);
    if (frame === undefined) {
      const { principal, requester, account, accountId, isIam, isServiceLinked, isIssuedByRoot } = facts;
      const { told, openFacts } = facts;
      const { kind } = principal;
      frame = JSON.stringify([
        kind,
        requester.kind,
        requester.partition,
        accountId,
        account && this.numberOf(account),
        [isIam, isServiceLinked, isIssuedByRoot],
        // Identity policies say nothing by not being there, which others do (OUT-4).
        bindingPolicies(principal).map(([type, policies]) => (type === "identity" ? 0 : policies.length)),
        isIam ? "" : principal.arn,
        // Whoever stands for many is like nobody else.
        told === undefined && openFacts === undefined ? 0 : this.numberOf(facts),
      ]);
      this.frames.set(facts, frame);
    }
    return frame;
  }

  private ownOf(facts: RequesterFacts): readonly Own[] {
    let found = this.own.get(facts);
    if (found === undefined) {
      found = [
        ...bindingPolicies(facts.principal).flatMap(([type, policies]) => this.ownIn(type, policies)),
        ...(facts.account?.serviceControlPolicies ?? []).flatMap((level, index) => this.ownIn(`${index}`, level)),
      ];
      this.own.set(facts, found);
    }
    return found;
  }

  private ownIn(layer: string, policies: readonly NamedPolicy[]): readonly Own[] {
    return policies.flatMap(({ document: { version, statements } }) =>
      statements.map((statement) => ({ layer, version, statement })),
    );
  }

  private contentOf(statement: Statement, version: string): Content {
    let content = this.contents.get(statement);
    if (content === undefined) {
      const { effect, resource, principal, conditions } = statement;
      const text = JSON.stringify([
        version,
        effect,
        resource?.negated,
        resource?.patterns,
        principal?.negated,
        principal?.entries,
        conditions.map(({ operatorName, key, values }) => [operatorName, key, values]),
      ]);
      const number = this.numbers.get(text) ?? this.numbers.size;
      this.numbers.set(text, number);
      content = { number, reads: readsOf(statement) };
      this.contents.set(statement, content);
    }
    return content;
  }

  private numberOf(value: object): number {
    const number = this.objects.get(value) ?? ++this.objectCount;
    this.objects.set(value, number);
    return number;
  }
}

/** What any requester's decisions can depend on, by the actions that it is about. */
function sharedStatements(set: PolicySet): readonly Shared[] {
  const found = new Map<string, Shared>();
  const add = (id: string, applies: (action: string) => boolean): Shared => {
    const shared = found.get(id) ?? { applies, reads: new Set(), names: new Set() };
    found.set(id, shared);
    return shared;
  };
  const addElement = ({ action: { negated, patterns } }: Statement): Shared => {
    const globs = patterns.map(actionGlob);
    return add(
      JSON.stringify([negated, patterns]),
      (action) => globs.some((glob) => globHolds(glob, action)) !== negated,
    );
  };
  forEachAttached(set, ({ document }, type) => {
    if (type === "identity" || type === "boundary" || type === "session" || type === "scp") return;
    for (const statement of document.statements) {
      const { reads, names } = addElement(statement);
      for (const key of readsOf(statement)) reads.add(key);
      for (const entry of statement.principal?.entries ?? []) {
        if ("arn" in entry) names.add(entry.arn);
        else if ("name" in entry) names.add(entry.name);
        else if ("id" in entry) names.add(entry.id);
      }
    }
  });
  for (const statement of tagStatements(set)) addElement(statement);
  const rules = [...awsServiceRules.map(({ actions }) => actions), ["sts:*"]];
  for (const { action } of set.mandatoryResourcePolicies) rules.push([action]);
  for (const actions of rules) {
    const globs = actions.map(actionGlob);
    add(JSON.stringify([false, actions]), (action) => globs.some((glob) => globHolds(glob, action)));
  }
  return [...found.values()];
}

/** The keys whose values a statement reads. */
function readsOf({ resource, conditions }: Statement): readonly string[] {
  const hasVariable = (text: string): boolean => /\$\{(?![*?$]\})/.test(text);
  const isOpen = (texts: readonly string[] = []): boolean => texts.some(hasVariable);
  if (isOpen(resource?.patterns) || conditions.some(({ values }) => isOpen(values))) return [everyKey];
  return conditions.map(({ key }) => key);
}
