/**
 * What answers have in common: requesters whom the set tells apart by nothing that has a say in a request for an action are answered
 * alike but for their names. A key holds all that an answer can follow from; equal keys have equal answers.
 */
import { actionApplies } from "../classes/action-applies.js";
import { isCaller, keyName, type RequesterFacts } from "../classes/requester-facts.js";
import { tagStatements } from "../classes/tag-statements.js";
import { holdsFor, valueTest } from "../classes/value-test.js";
import { listKeys } from "../classes/world.js";
import { actionGlob, globHolds } from "../globs/glob.js";
import type { ConditionTest, DocumentVersion, PolicyDocument, Statement } from "../policy/document/document.js";
import { bindingPolicies, forEachAttached, type NamedPolicy, type PolicySet } from "../policy/policy-set.js";
import { awsServiceRules, rulesFor } from "../policy/service-rules.js";
import { lowerAscii } from "../text/fold.js";

/** Statements that may bind anybody, with one action element. */
interface Shared {
  readonly applies: (action: string) => boolean;
  readonly reads: Set<string>;
  readonly names: Set<string>;
  /** One of them is an Allow of a resource's policy. */
  grants: boolean;
}

/** What shared statements make of an action. */
interface View {
  readonly id: string;
  /** Keys whose values they read. */
  readonly reads: readonly string[];
  /** Requesters that they name. */
  readonly names: ReadonlySet<string>;
  /** A resource's policy allows somebody something. */
  readonly grants: boolean;
}

/** Documents that bind one requester in one way: the layer, for SCPs the level. */
interface Binding {
  readonly layer: string;
  readonly documents: readonly PolicyDocument[];
}

/** What the statements of a document that are about an action say beside it: equal ones have equal texts. */
interface Part {
  readonly text: string;
  /** What they ask of keys. */
  readonly tests: readonly PlainTest[];
  /** A variable in one of them reads keys of the requester. */
  readonly hasVariable: boolean;
  /** One of them is an Allow. */
  readonly allows: boolean;
}

/** A test without variables, with the document's version. */
interface PlainTest {
  readonly source: ConditionTest;
  readonly version: DocumentVersion;
}

/** What one statement says beside its action. */
type Content = Omit<Part, "text" | "allows"> & { readonly number: number };

const none: readonly PlainTest[] = [];
const silent: Part = { text: "", tests: none, hasVariable: false, allows: false };

/** Stands for every key of the requester. */
const everyKey = "*";
/** So many parts are kept. */
const mostParts = 500_000;

/** The classes of one set. */
export class AnswerClasses {
  private readonly shared: readonly Shared[];
  private readonly views = new Map<string, View>();
  private readonly bindings = new WeakMap<RequesterFacts, readonly Binding[]>();
  private readonly frames = new WeakMap<RequesterFacts, string>();
  /** By the action. */
  private readonly parts = new Map<string, Map<PolicyDocument, Part>>();
  private partCount = 0;
  /** Of each statement of a document. */
  private readonly contents = new Map<PolicyDocument, (Content | undefined)[]>();
  private readonly contentsByText = new Map<string, Content>();
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
    const { principal, issuerArn, derived } = requester;
    let key = `${this.frameOf(requester)} ${view.id}`;
    let readsAll = view.reads.includes(everyKey);
    for (const { layer, documents } of this.bindingsOf(requester)) {
      for (const document of documents) {
        const { text, tests, hasVariable } = this.partOf(document, folded);
        if (text === "") continue;
        key += ` ${layer}${text}`;
        if (hasVariable) readsAll = true;
        // What a test makes of a value is all that an answer follows from, and few values differ in that.
        for (const test of tests) key += truthOf(test, derived);
      }
    }
    if (view.names.size > 0) {
      const names = [principal.arn, issuerArn, principal.uniqueId];
      if (names.some((name) => name !== undefined && view.names.has(name))) key += ` ${JSON.stringify(names)}`;
    }
    if (readsAll) return `${key} ${JSON.stringify([...derived])}`;
    for (const one of view.reads) {
      const name = keyName(one, (spelt) => derived.has(spelt));
      const values = derived.get(name);
      if (values !== undefined) key += ` ${JSON.stringify([name, values])}`;
    }
    return key;
  }

  /**
   * Whether nothing that can allow says a word about an action: no Allow of the requester's own policies, nor of any resource's (EVAL-0,
   * EVAL-2). False where that is not known.
   */
  isNeverGranted(requester: RequesterFacts, action: string): boolean {
    const { principal, isIam, told, openFacts, calls } = requester;
    // Others need no policy of their own, or nobody knows which they have.
    if (principal.kind !== "user" && principal.kind !== "role") return false;
    if (!isIam || told !== undefined || openFacts !== undefined || calls !== undefined) return false;
    const folded = lowerAscii(action);
    if (rulesFor(folded).some(({ kind }) => kind === "AlwaysAllowed")) return false;
    if (this.viewOf(folded).grants) return false;
    return principal.identityPolicies.every(({ document }) => !this.partOf(document, folded).allows);
  }

  private viewOf(action: string): View {
    let view = this.views.get(action);
    if (view === undefined) {
      let id = this.isListed(action) ? "L" : "U";
      const reads = new Set<string>();
      const names = new Set<string>();
      let grants = false;
      for (const [index, one] of this.shared.entries()) {
        if (!one.applies(action)) continue;
        if (one.grants) grants = true;
        id += `,${index}`;
        for (const key of one.reads) reads.add(key);
        for (const name of one.names) names.add(name);
      }
      view = { id, reads: [...reads].sort(), names, grants };
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
      frame = `${kind} ${requester.kind}${listText([requester.partition ?? "", accountId ?? "", isIam ? "" : principal.arn])}`;
      frame += ` ${account === undefined ? 0 : this.numberOf(account)} ${isIam} ${isServiceLinked} ${isIssuedByRoot}`;
      // Identity policies say nothing by not being there, which others do (OUT-4).
      for (const { layer, documents } of this.bindingsOf(facts))
        frame += layer === "identity" ? " 0" : ` ${documents.length}`;
      // Whoever stands for many is like nobody else.
      if (told !== undefined || openFacts !== undefined) frame += ` alone ${this.numberOf(facts)}`;
      this.frames.set(facts, frame);
    }
    return frame;
  }

  private bindingsOf(facts: RequesterFacts): readonly Binding[] {
    let found = this.bindings.get(facts);
    if (found === undefined) {
      found = [
        ...bindingPolicies(facts.principal).map(([type, policies]) => bindingOf(type, policies)),
        ...(facts.account?.serviceControlPolicies ?? []).map((level, index) => bindingOf(`${index}`, level)),
      ];
      this.bindings.set(facts, found);
    }
    return found;
  }

  private partOf(document: PolicyDocument, action: string): Part {
    let ofAction = this.parts.get(action);
    if (ofAction === undefined) {
      ofAction = new Map();
      this.parts.set(action, ofAction);
    }
    let part = ofAction.get(document);
    if (part === undefined) {
      part = this.findPart(document, action);
      ofAction.set(document, part);
      if (++this.partCount >= mostParts) {
        this.parts.clear();
        this.partCount = 0;
      }
    }
    return part;
  }

  private findPart(document: PolicyDocument, action: string): Part {
    const { version, statements } = document;
    let text = "";
    let hasVariable = false;
    let allows = false;
    let tests: readonly PlainTest[] = none;
    let contents: (Content | undefined)[] | undefined;
    for (const [index, statement] of statements.entries()) {
      if (!actionApplies(statement, action)) continue;
      contents ??= this.contentsOf(document);
      const content = contents[index] ?? this.contentOf(statement, version);
      contents[index] = content;
      text += `:${content.number}`;
      if (content.tests.length > 0) tests = tests === none ? content.tests : [...tests, ...content.tests];
      if (content.hasVariable) hasVariable = true;
      if (statement.effect === "Allow") allows = true;
    }
    return text === "" ? silent : { text, tests, hasVariable, allows };
  }

  private contentsOf(document: PolicyDocument): (Content | undefined)[] {
    let found = this.contents.get(document);
    if (found === undefined) {
      found = document.statements.map(() => undefined);
      this.contents.set(document, found);
    }
    return found;
  }

  private contentOf(statement: Statement, version: DocumentVersion): Content {
    const text = textBesideAction(statement, version);
    let content = this.contentsByText.get(text);
    if (content === undefined) {
      const hasVariable = readsOf(statement).includes(everyKey);
      // With a variable in it all keys are told.
      const tests = hasVariable ? none : statement.conditions.map((source) => ({ source, version }));
      content = { number: this.contentsByText.size, tests, hasVariable };
      this.contentsByText.set(text, content);
    }
    return content;
  }

  private numberOf(value: object): number {
    const number = this.objects.get(value) ?? ++this.objectCount;
    this.objects.set(value, number);
    return number;
  }
}

function bindingOf(layer: string, policies: readonly NamedPolicy[]): Binding {
  return { layer, documents: policies.map(({ document }) => document) };
}

/** All that a statement says beside its action. */
export function textBesideAction(
  { effect, resource, principal, conditions }: Statement,
  version: DocumentVersion,
): string {
  let text = `${version} ${effect}`;
  if (resource !== undefined) text += ` R${resource.negated}${listText(resource.patterns)}`;
  if (principal !== undefined) text += ` P${principal.negated}${JSON.stringify(principal.entries)}`;
  for (const { operatorName, key, values } of conditions)
    text += ` C${operatorName} ${key.length}:${key}${listText(values)}`;
  return text;
}

/** A list as one text: each with its length before it. */
function listText(texts: readonly string[]): string {
  let text = "";
  for (const one of texts) text += `,${one.length}:${one}`;
  return text;
}

/** Whether a test holds for the requester's value of its key, as a letter; nothing where the requester has none. */
function truthOf({ source, version }: PlainTest, derived: RequesterFacts["derived"]): string {
  const name = keyName(source.key, (spelt) => derived.has(spelt));
  const values = derived.get(name);
  if (values === undefined) return "-";
  const test = valueTest(
    source,
    version,
    () => undefined,
    () => name,
  );
  const holds = holdsFor(test, values, listKeys.has(name));
  return holds === undefined ? JSON.stringify([name, values]) : holds ? "T" : "F";
}

/** What any requester's decisions can depend on, by the actions that it is about. */
function sharedStatements(set: PolicySet): readonly Shared[] {
  const found = new Map<string, Shared>();
  const add = (id: string, applies: (action: string) => boolean): Shared => {
    const shared = found.get(id) ?? { applies, reads: new Set(), names: new Set(), grants: false };
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
      const shared = addElement(statement);
      const { reads, names } = shared;
      if (statement.effect === "Allow" && (type === "resource" || type === "trust")) shared.grants = true;
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
