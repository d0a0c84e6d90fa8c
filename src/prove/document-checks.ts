/**
 * Documents alone, as AWS's custom policy checks take them: whether a new one allows what the old one did not, grants what must not be
 * granted, or is public. Every request that is shown was decided by the matcher with the document as the only policy.
 */
import { ActionIndex } from "../audit/action-index.js";
import { Contradiction, whyUnaskable } from "../audit/decided-again.js";
import { actionApplies } from "../classes/action-applies.js";
import { compareWorlds, type UnknownCause } from "../classes/compare-worlds.js";
import type { World } from "../classes/world.js";
import { Engine } from "../engine/engine.js";
import type { PolicyDocument } from "../policy/document/document.js";
import type { AuthorizationQuestion } from "../question/authorization-question.js";
import type { MatchedStatement } from "../question/decision.js";
import type { PolicyType } from "../question/layers.js";
import { lowerAscii } from "../text/fold.js";
import type { Catalogue } from "../validate/catalogue/catalogue.js";
import { addsNothing } from "./adds-nothing.js";
import { DocumentActions } from "./document-actions.js";
import {
  type DocumentAsker,
  type DocumentSide,
  DocumentWorlds,
  decidingSet,
  documentAskers,
  documentSide,
  ownerAccount,
} from "./document-worlds.js";
import { withExampleResource } from "./example-resource.js";
import { hasPrincipals, loneSet } from "./lone-set.js";
import { keysOfStrangers, type ResourceType, resourceTypes } from "./public-resources.js";
import { publicStatements } from "./s3-public-rule.js";
import { SharedSteps, seekRequest, whyUndecided } from "./seek.js";

/** A statement of the document that is to blame, by its index and Sid. */
export interface CheckReason {
  readonly description: string;
  readonly statementIndex?: number;
  readonly statementId?: string;
}

/** What came of a check. */
export interface CheckResult {
  readonly result: "PASS" | "FAIL" | "UNKNOWN";
  readonly message: string;
  readonly reasons: readonly CheckReason[];
  /** With FAIL by requests: one that the document allows. */
  readonly witness: AuthorizationQuestion | undefined;
  /** Statements that allow the witness. */
  readonly decidedBy: readonly MatchedStatement[];
  /** Classes that were looked at. */
  readonly classes: number;
}

/** What must not be granted: any of the actions on any of the resources; left out, all. */
export interface Access {
  readonly actions?: readonly string[];
  readonly resources?: readonly string[];
}

/** How public is told: by requests of strangers, or by S3's published rule about texts. */
export type PublicRule = "semantic" | "s3-bpa";

/** What checks work with. */
export interface CheckTerms {
  readonly catalogue: Catalogue | undefined;
  /** Steps for one way to ask. */
  readonly budget: number;
  readonly nowMs: number;
}

const messages = {
  newAccess: {
    PASS: "The modified permissions do not grant new access compared to your existing policy.",
    FAIL: "The modified permissions grant new access compared to your existing policy.",
  },
  granted: {
    PASS: "The policy document does not grant access to perform the listed actions or resources.",
    FAIL: "The policy document grants access to perform one or more of the listed actions or resources.",
  },
  public: {
    PASS: "The resource policy does not grant public access for the given resource type.",
    FAIL: "The resource policy grants public access for the given resource type.",
  },
} as const;

const said = {
  newAccess: "New access in",
  granted: "One or more of the listed actions or resources in",
  public: "Public access granted in",
};

/** So many documents stay published. */
const MOST_SLOTS = 100;

/** Checks of documents, with the matcher behind them. */
export class DocumentChecks {
  private readonly actions: DocumentActions;
  /** Why the request that was decided last could not be. */
  private unaskable: string | undefined;
  /** The gain that was decided last. */
  private gain:
    | { readonly question: AuthorizationQuestion; readonly decidedBy: readonly MatchedStatement[] }
    | undefined;
  /** Documents without principals by the names of their sets, the latest last. */
  private readonly slots = new Map<PolicyDocument, string>();
  /** What the published sets are about, by their names. */
  private readonly about = new Map<string, readonly unknown[]>();

  private constructor(
    private readonly terms: CheckTerms,
    private readonly engine: Engine,
  ) {
    this.actions = new DocumentActions(new ActionIndex(loneSet([], []), terms.catalogue));
  }

  /** Starts the matcher; `close` ends it. */
  static async start(terms: CheckTerms): Promise<DocumentChecks> {
    const engine = await Engine.start({ workers: 0, allowWhatIf: true, briefSets: true, bareSets: true });
    return new DocumentChecks(terms, engine);
  }

  async close(): Promise<void> {
    await this.engine.close();
  }

  /** CheckNoNewAccess: whether the second document allows a request that the first does not. Throws Contradiction. */
  checkNoNewAccess(existing: PolicyDocument, updated: PolicyDocument, type: PolicyType): CheckResult {
    const [old, now] = [documentSide(existing, type, "existing"), documentSide(updated, type, "new")];
    const { askers, isWhole } = documentAskers([old, now]);
    const worlds = this.worlds([]);
    const actions = this.actions.of([old.policy.document, now.policy.document], ["*"]);
    const found = new Found(now, "newAccess");
    if (!isWhole || actions === undefined) return found.unknown(tooMany);
    const resources = resourcesOf(type, ["*"]);
    const steps = new SharedSteps(this.terms.budget);
    for (const asker of askers) {
      for (const action of actions) {
        if (!found.canBlame(action) || !asker.isOfOwn(lowerAscii(action))) continue;
        if (steps.areUsedUp) {
          found.reason ??= undecided("budget");
          return found.result();
        }
        if (addsNothing(old.policy.document, now.policy.document, lowerAscii(action))) {
          found.classes++;
          continue;
        }
        const after = worlds.worlds(now, asker, action, resources);
        if (found.hasBlamedAll(after)) continue;
        const before = worlds.worlds(old, asker, action, resources);
        found.classes++;
        this.unaskable = undefined;
        const isShown = (question: AuthorizationQuestion, isGain: boolean) =>
          isGain && this.isGain(old, now, asker, question) !== undefined;
        const { gained, isUnknown, cause } = steps.spend((work) =>
          compareWorlds(before, after, { work, isShown, only: "gained" }),
        );
        if (gained !== undefined) {
          const decidedBy = this.isGain(old, now, asker, gained);
          if (decidedBy === undefined && this.unaskable !== undefined) {
            found.reason ??= this.unaskable;
            continue;
          }
          if (decidedBy === undefined) throw new Contradiction(gained, "gained", "otherwise by the two documents");
          const decidedAs = (one: AuthorizationQuestion) => this.isGain(old, now, asker, one);
          if (found.witness === undefined) steps.settle();
          this.note(found, gained, resources, decidedBy, decidedAs);
        } else if (isUnknown) found.reason ??= undecided(cause);
      }
      if (found.witness !== undefined && askers.length > 50) break;
    }
    return found.result();
  }

  /** CheckAccessNotGranted: whether the document allows any of the actions on any of the resources. Throws Contradiction. */
  checkAccessNotGranted(document: PolicyDocument, type: PolicyType, access: readonly Access[]): CheckResult {
    const side = documentSide(document, type, "policy");
    const { askers, isWhole } = documentAskers([side]);
    const found = new Found(side, "granted");
    if (!isWhole) return found.unknown(tooMany);
    const worlds = this.worlds([]);
    const steps = new SharedSteps(this.terms.budget);
    for (const { actions = ["*"], resources = ["*"] } of access) {
      const names = this.actions.of([side.policy.document], actions);
      if (names === undefined) return found.unknown(tooMany);
      for (const asker of askers) this.seek(found, asker, names, resourcesOf(type, resources), worlds, steps);
    }
    return found.result();
  }

  /** CheckNoPublicAccess: whether the document lets a stranger in. Throws Contradiction. */
  checkNoPublicAccess(
    document: PolicyDocument,
    resourceType: ResourceType,
    rule: PublicRule = "semantic",
  ): CheckResult {
    const type: PolicyType = resourceTypes[resourceType].isTrust ? "trust" : "resource";
    const side = documentSide(document, type, "policy");
    const found = new Found(side, "public");
    if (rule === "s3-bpa") {
      for (const index of publicStatements(document, resourceType)) found.blame(index);
      return found.result();
    }
    const { askers, isWhole } = documentAskers([side]);
    if (!isWhole) return found.unknown(tooMany);
    const worlds = this.worlds(keysOfStrangers);
    const names = this.actions.of([side.policy.document], ["*"]);
    if (names === undefined) return found.unknown(tooMany);
    const strangers = askers.filter(({ person }) => person?.isAnyone === true);
    const steps = new SharedSteps(this.terms.budget);
    for (const asker of strangers) this.seek(found, asker, names, resourcesOf(type, ["*"]), worlds, steps);
    return found.result();
  }

  private worlds(without: readonly string[]): DocumentWorlds {
    const { catalogue, nowMs } = this.terms;
    return new DocumentWorlds(catalogue, without, nowMs);
  }

  /** Every action by itself, so that each statement that allows is named. */
  private seek(
    found: Found,
    asker: DocumentAsker,
    names: readonly string[],
    resources: readonly string[],
    of: DocumentWorlds,
    steps: SharedSteps,
  ): void {
    for (const name of names) {
      if (!found.canBlame(name) || !asker.isOfOwn(lowerAscii(name))) continue;
      if (steps.areUsedUp) {
        found.reason ??= undecided("budget");
        return;
      }
      const worlds: readonly World[] = of.worlds(found.side, asker, name, resources);
      if (found.hasBlamedAll(worlds)) continue;
      const { question, classes, cause } = steps.spend((work) => seekRequest(worlds, true, work));
      found.classes += classes;
      if (question === undefined) {
        if (cause !== undefined) found.reason ??= undecided(cause);
        continue;
      }
      const decided = this.decide(found.side, asker, question);
      if (decided === undefined && this.unaskable !== undefined) {
        found.reason ??= this.unaskable;
        continue;
      }
      if (decided === undefined) throw new Contradiction(question, "allowed", "otherwise by the document alone");
      if (found.witness === undefined) steps.settle();
      this.note(found, question, resources, decided, (one) => this.decide(found.side, asker, one));
    }
  }

  /** The first request is the one that is shown. `decidedAs`: what decides a request if it is allowed as this one is. */
  private note(
    found: Found,
    question: AuthorizationQuestion,
    resources: readonly string[],
    decidedBy: readonly MatchedStatement[],
    decidedAs: (question: AuthorizationQuestion) => readonly MatchedStatement[] | undefined,
  ): void {
    const isAlike = (one: AuthorizationQuestion): boolean => decidedAs(one) !== undefined;
    const known = { catalogue: this.terms.catalogue, isListed: () => false };
    const shown = found.witness === undefined ? withExampleResource(question, known, resources, isAlike) : question;
    found.add(shown, shown === question ? decidedBy : (decidedAs(shown) ?? decidedBy));
  }

  private isGain(
    old: DocumentSide,
    now: DocumentSide,
    asker: DocumentAsker,
    question: AuthorizationQuestion,
  ): readonly MatchedStatement[] | undefined {
    // What was found to be one is asked about once more when it is told.
    if (this.gain?.question === question) return this.gain.decidedBy;
    const { nowMs } = this.terms;
    const before = this.engine.allows(question, { nowMs, policySet: this.published(old, asker, question) });
    // Only reasons say why one cannot be decided.
    if (before ?? this.decide(old, asker, question) !== undefined) return undefined;
    const decidedBy = this.decide(now, asker, question);
    this.gain = decidedBy && { question, decidedBy };
    return decidedBy;
  }

  /** The statements that allow a request; undefined if it is not allowed. */
  private decide(
    side: DocumentSide,
    asker: DocumentAsker,
    question: AuthorizationQuestion,
  ): readonly MatchedStatement[] | undefined {
    const slot = this.published(side, asker, question);
    const decision = this.engine.decide(question, { nowMs: this.terms.nowMs, policySet: slot });
    this.unaskable = whyUnaskable(decision);
    if (this.unaskable !== undefined) return undefined;
    if ("error" in decision) throw new Contradiction(question, "decided", `not at all (${decision.error})`);
    if (!decision.allowed) return undefined;
    const { name } = side.policy;
    const matched = decision.matchedStatements;
    if (hasPrincipals(side.type)) return matched.filter(({ policy }) => policy === name);
    // The set may have been published when the document stood on the other side.
    return matched.map((one) => ({ ...one, policy: name }));
  }

  /** The name of the set that decides what a side makes of a request of somebody. */
  private published(side: DocumentSide, asker: DocumentAsker, question: AuthorizationQuestion): string {
    const { principal } = asker.facts(side);
    // A document without principals decides whatever is asked of whoever bears it: it is published once.
    const isBorne = !hasPrincipals(side.type);
    const slot = isBorne ? `${this.slotOf(side.policy.document)} ${principal.kind}` : side.policy.name;
    const about = isBorne ? [side.policy.document] : [side, asker, question.resource];
    const known = this.about.get(slot);
    if (known === undefined || about.some((one, index) => one !== known[index])) {
      this.engine.publish(decidingSet(side, asker.facts(side), question.resource), slot);
      this.about.set(slot, about);
    }
    return slot;
  }

  /** The name of the set that decides by a document alone; of the one that was asked about longest ago where there are many. */
  private slotOf(document: PolicyDocument): string {
    const [oldest] = this.slots;
    const isFull = this.slots.size >= MOST_SLOTS && oldest !== undefined && !this.slots.has(document);
    const slot = this.slots.get(document) ?? (isFull ? oldest[1] : `document ${this.slots.size}`);
    if (isFull) this.slots.delete(oldest[0]);
    this.slots.delete(document);
    this.slots.set(document, slot);
    return slot;
  }
}

const tooMany = "there are too many ways to tell the requests apart: check parts of the document by themselves";

/** Why documents could not be told apart, and what helps. */
function undecided(cause: UnknownCause | undefined): string {
  const usedUp =
    "the budget was used up before all classes of requests were told apart: `verdict prove --budget` gives more";
  return whyUndecided(cause, usedUp, "with a value in place of the variable it can be decided");
}

/** What resources are asked about; of a trust policy the role that it belongs to. */
function resourcesOf(type: PolicyType, patterns: readonly string[]): readonly string[] {
  return type === "trust" ? [`arn:aws:iam::${ownerAccount}:role/*`] : patterns;
}

/** What has been found so far. */
class Found {
  classes = 0;
  /** Why some class could not be told apart. */
  reason: string | undefined;
  witness: AuthorizationQuestion | undefined;
  private decidedBy: readonly MatchedStatement[] = [];
  private readonly blamed = new Set<number>();

  constructor(
    readonly side: DocumentSide,
    private readonly check: keyof typeof messages,
  ) {}

  add(question: AuthorizationQuestion, decidedBy: readonly MatchedStatement[]): void {
    if (this.witness === undefined) {
      this.witness = question;
      this.decidedBy = decidedBy;
    }
    for (const { statement } of decidedBy) this.blame(statement);
  }

  blame(statement: number): void {
    this.blamed.add(statement);
  }

  /** Whether a statement that nobody has blamed may allow the action. */
  canBlame(action: string): boolean {
    const folded = lowerAscii(action);
    const { statements } = this.side.policy.document;
    return statements.some(
      (statement, index) => statement.effect === "Allow" && !this.blamed.has(index) && actionApplies(statement, folded),
    );
  }

  /** Whether there is a request to show, and whatever else could be found would blame nobody else. */
  hasBlamedAll(worlds: readonly World[]): boolean {
    return (
      this.witness !== undefined &&
      worlds.every(({ statements }) =>
        statements.every(
          ({ effect, policy, index }) => effect === "Deny" || policy !== this.side.policy || this.blamed.has(index),
        ),
      )
    );
  }

  result(): CheckResult {
    if (this.blamed.size === 0 && this.witness === undefined) {
      if (this.reason !== undefined) return this.unknown(this.reason);
      return { ...this.base(), result: "PASS", message: messages[this.check].PASS };
    }
    return { ...this.base(), result: "FAIL", message: messages[this.check].FAIL };
  }

  unknown(message: string): CheckResult {
    return { ...this.base(), result: "UNKNOWN", message };
  }

  private base() {
    const { witness, decidedBy, classes, blamed, side } = this;
    const reasons = [...blamed]
      .sort((one, other) => one - other)
      .map((statementIndex): CheckReason => {
        const sid = side.policy.document.statements[statementIndex]?.sid;
        const where = sid === undefined ? `index: ${statementIndex}` : `sid: ${sid}`;
        const description = `${said[this.check]} the statement with ${where}.`;
        return { description, statementIndex, ...(sid === undefined ? {} : { statementId: sid }) };
      });
    return { reasons, witness, decidedBy, classes };
  }
}
