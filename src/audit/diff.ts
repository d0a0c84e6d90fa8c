/** What a change of a policy set changed: who can do what now that could not before, and the other way round. */

import { compareWorlds, type Difference } from "../classes/compare-worlds.js";
import { askerSide, resourceSide } from "../classes/sides.js";
import type { Narrowing } from "../classes/situations.js";
import type { World } from "../classes/world.js";
import type { AuthorizationQuestion } from "../question/authorization-question.js";
import type { MatchedStatement } from "../question/decision.js";
import { compareUtf8 } from "../text/compare-texts.js";
import type { Asker, Auditor } from "./auditor.js";
import { subjectsOf } from "./candidates.js";
import { type AuditAnswer, Contradiction, decidedApart, whyUnaskable } from "./decided-again.js";
import { questionJson } from "./question-json.js";
import { holdsResource, maximalPatterns } from "./resource-patterns.js";
import { isNamedByComparison, unlistedWorlds } from "./unlisted-worlds.js";
import { resourcesOf } from "./which-resources.js";

/** One change. */
export interface DiffLine {
  readonly change: "gained" | "lost" | "conditions" | "unknown";
  readonly principal: string;
  readonly action: string;
  readonly accessLevel: string | null;
  readonly resource: string;
  readonly before: AuditAnswer | undefined;
  readonly after: AuditAnswer | undefined;
  readonly gains: AuthorizationQuestion | undefined;
  readonly loses: AuthorizationQuestion | undefined;
  /** Of the side that allows the witness. */
  readonly decidedBy: readonly MatchedStatement[];
  /** Why it is unknown, where the answers do not say. */
  readonly reason?: string | undefined;
}

/** Steps with the changes that they found. */
export interface DiffLines {
  readonly total: number;
  readonly lines: Iterable<readonly DiffLine[]>;
}

/** The changes from one set to another, by principal, action and resource. Both auditors have the same region. */
export function diffSets(before: Auditor, after: Auditor): DiffLines {
  const [old, now] = [before.besides(after), after.besides(before)];
  const [askersBefore, askersAfter] = [askersOf(old, now), askersOf(now, old)];
  const principals = [...new Set([...askersBefore.keys(), ...askersAfter.keys()])].sort(compareUtf8);
  const isShared = resourceSide(old.terms.set) === resourceSide(now.terms.set);
  const region = new DiffRegion(old, now);
  function* lines(): Generator<readonly DiffLine[]> {
    for (const principal of principals) {
      const [one, other] = [askersBefore.get(principal), askersAfter.get(principal)];
      const isSame = isShared && one !== undefined && other !== undefined && askerSide(one) === askerSide(other);
      yield isSame ? [] : new PrincipalDiff(region, principal, one, other).lines();
    }
  }
  return { total: principals.length, lines: lines() };
}

/** Everybody of the region whom the set knows: whom a side does not know, it refuses. Outsiders are told apart as both tell them apart. */
function askersOf(auditor: Auditor, other: Auditor): ReadonlyMap<string, Asker> {
  const { set, region } = auditor.terms;
  const beside = [other.terms.set];
  const known = new Set(
    subjectsOf(set, { principals: ["*"], outside: region.outside }, beside).map(({ principal }) => principal),
  );
  return new Map(
    subjectsOf(set, region, beside)
      .filter(({ principal }) => known.has(principal))
      .flatMap((subject) => {
        const asker = auditor.asker(subject);
        return asker === undefined ? [] : [[subject.principal, asker] as const];
      }),
  );
}

/** A resource whose requests the two sets do not answer alike. */
interface Change {
  readonly resource: string;
  readonly difference: Difference;
}

/** Actions that both sets answer alike but for their names, or patterns of such. */
interface ActionGroup {
  /** Those that are asked for; undefined if there are too many ways to tell them apart. */
  readonly actions: readonly string[] | undefined;
  /** As lines name them. */
  readonly told: readonly string[];
  /** The action to ask for in the line of one of them, where another's line asks for `asked`. */
  readonly named: (told: string, asked: string) => string;
}

/** What the comparisons of all principals share. */
class DiffRegion {
  /** Named actions of both sets: as they are told, by their lower case. */
  readonly names: ReadonlyMap<string, string>;
  readonly folded: readonly string[];
  readonly patterns: ReadonlySet<string>;
  private readonly listed: ReadonlySet<string>;
  /** Keys of both sides between which there is no difference. */
  private readonly equal = new Set<string>();

  constructor(
    readonly old: Auditor,
    readonly now: Auditor,
  ) {
    const { actions: region } = now.terms.region;
    this.names = new Map([...old.actions.inRegion(region), ...now.actions.inRegion(region)]);
    this.folded = [...this.names.keys()];
    this.patterns = new Set([...old.actions.patterns, ...now.actions.patterns, "*"]);
    const entries = [old, now].flatMap(({ terms }) => terms.set.resources.map(({ arn }) => arn));
    this.listed = new Set([...entries, ...now.terms.region.resources]);
  }

  /** What both sides' answers about some actions follow from; undefined where it is too long to keep. */
  keyOf(before: Asker | undefined, after: Asker | undefined, actions: readonly string[]): string | undefined {
    const { resources } = this.now.terms.region;
    // Both sides are compared requester by requester: with several of them, it matters who is who.
    const arns = [before, after].map((one) => one?.requesters.map(({ principal }) => principal.arn) ?? []);
    if (arns.some((some) => some.length > 1) || new Set(arns.flat()).size > 1) return undefined;
    const keys = [
      before === undefined ? "" : this.old.keyOf(before, actions, resources, true),
      after === undefined ? "" : this.now.keyOf(after, actions, resources, true),
    ];
    return keys.includes(undefined) ? undefined : keys.join("\n\n");
  }

  /** Whether a known resource is one that neither the sets nor the region list as such. */
  isUnlisted(resource: string): boolean {
    return !this.listed.has(resource);
  }

  isEqual(key: string | undefined): boolean {
    return key !== undefined && this.equal.has(key);
  }

  noteEqual(key: string | undefined): void {
    if (key === undefined) return;
    if (this.equal.size >= mostEqual) this.equal.clear();
    this.equal.add(key);
  }
}

const mostEqual = 20_000;

class PrincipalDiff {
  private readonly old: Auditor;
  private readonly now: Auditor;

  constructor(
    private readonly region: DiffRegion,
    private readonly principal: string,
    private readonly before: Asker | undefined,
    private readonly after: Asker | undefined,
  ) {
    this.old = region.old;
    this.now = region.now;
  }

  lines(): readonly DiffLine[] {
    const found: DiffLine[] = [];
    for (const { actions, told, named } of this.groups()) {
      const lines = this.linesOf(actions, told[0] ?? "*");
      for (const line of lines) for (const one of this.renamedEach(line, told, named)) found.push(one);
    }
    return found.sort(
      (left, right) => compareUtf8(left.action, right.action) || compareUtf8(left.resource, right.resource),
    );
  }

  private groups(): readonly ActionGroup[] {
    const { old, now, before, after } = this;
    const elements = [
      ...(before === undefined ? [] : old.elementsOf(before)),
      ...(after === undefined ? [] : now.elementsOf(after)),
    ];
    const { names, folded } = this.region;
    const groups: ActionGroup[] = now.actions.alike(folded, elements).map((group) => {
      const told = group.map((name) => names.get(name) ?? name);
      return { actions: told.slice(0, 1), told, named: (action) => action };
    });
    return [...groups, ...this.patternGroups(elements)];
  }

  /** Patterns whose names nobody has invented yet are told apart from others in the same ways. */
  private patternGroups(elements: readonly (readonly string[])[]): readonly ActionGroup[] {
    const { now } = this;
    const { names, patterns } = this.region;
    const telling = elements.flat();
    const tooMany: string[] = [];
    const inventedOf = new Map<string, readonly string[]>();
    for (const pattern of patterns) {
      const invented = now.actions.invented(pattern, now.terms.region.actions, telling);
      if (invented === undefined) tooMany.push(pattern);
      else
        inventedOf.set(
          pattern,
          invented.filter((name) => !names.has(name)),
        );
    }
    const kindOf = new Map<string, number>();
    for (const [kind, group] of now.actions.alike([...new Set([...inventedOf.values()].flat())], elements).entries())
      for (const name of group) kindOf.set(name, kind);
    const byKinds = new Map<string, Map<string, ReadonlyMap<number | undefined, string>>>();
    for (const [pattern, invented] of inventedOf) {
      if (invented.length === 0) continue;
      const ofKind = new Map(invented.map((name) => [kindOf.get(name), name]));
      const id = [...ofKind.keys()].sort().join(" ");
      const group = byKinds.get(id) ?? new Map();
      byKinds.set(id, group.set(pattern, ofKind));
    }
    const known = [...byKinds.values()].map((group): ActionGroup => {
      const told = [...group.keys()];
      const named = (pattern: string, asked: string) => group.get(pattern)?.get(kindOf.get(asked)) ?? asked;
      return { actions: inventedOf.get(told[0] ?? "*"), told, named };
    });
    return [...known, ...tooMany.map((pattern) => ({ actions: undefined, told: [pattern], named: () => pattern }))];
  }

  private linesOf(actions: readonly string[] | undefined, name: string): readonly DiffLine[] {
    const { old, now, before, after } = this;
    const isPartial = actions === undefined || before?.isWhole === false || after?.isWhole === false;
    if (isPartial) return [this.unknownLine(name, "*", undefined, undefined)];
    const { resources } = now.terms.region;
    const key = this.region.keyOf(before, after, actions);
    if (this.region.isEqual(key)) return [];
    const worldsBefore = before && old.worlds(before, actions, resources);
    const worldsAfter = after && now.worlds(after, actions, resources);
    const whole = this.compare(actions, resources, [worldsBefore, worldsAfter]);
    if (whole.gained === undefined && whole.lost === undefined && !whole.isUnknown) {
      this.region.noteEqual(key);
      return [];
    }
    const sides = [
      ...(worldsBefore === undefined ? [] : [resourcesOf(old, worldsBefore, resources)]),
      ...(worldsAfter === undefined ? [] : [resourcesOf(now, worldsAfter, resources)]),
    ];
    const concrete = [...new Set(sides.flatMap((side) => side.concrete))];
    const patterns = maximalPatterns(sides.flatMap((side) => side.patterns));
    const among = { within: resources, except: concrete };
    const worldsOn = (auditor: Auditor, asker: Asker | undefined, resource: string, narrowing?: Narrowing) =>
      asker &&
      auditor.worlds(asker, actions, [resource], narrowing).filter((world) => !isNamedByComparison(auditor, world));
    const changeOf = (resource: string, narrowing?: Narrowing): readonly Change[] => {
      const worlds = [worldsOn(old, before, resource, narrowing), worldsOn(now, after, resource, narrowing)] as const;
      const difference = this.compare(actions, [resource], worlds, narrowing);
      const { gained, lost, isUnknown } = difference;
      return gained === undefined && lost === undefined && !isUnknown ? [] : [{ resource, difference }];
    };
    // A side that has no such request refuses it.
    const answer = (auditor: Auditor, asker: Asker | undefined, resource: string, narrowing?: Narrowing) =>
      asker && worldsOn(auditor, asker, resource, narrowing)?.length !== 0
        ? auditor.answerFor(asker, actions, [resource], { narrowing })
        : undefined;
    const answers = (resource: string, narrowing?: Narrowing) =>
      [answer(old, before, resource, narrowing), answer(now, after, resource, narrowing)] as const;
    const changed = concrete.flatMap((resource) => changeOf(resource));
    // Known resources have been compared by themselves; a pattern speaks of those that have no line of their own.
    const told = new Set(changed.map(({ resource }) => resource));
    const beside = (silent: readonly string[]) => ({
      ...among,
      except: [...told].filter((one) => !silent.includes(one)),
    });
    const patternLines = patterns
      .flatMap((pattern) => changeOf(pattern, among))
      .map(({ resource, difference }) => this.line(name, resource, difference, ...answers(resource, beside([]))));
    const silent = this.spokenFor(changed, patternLines, (pattern, some) => answers(pattern, beside(some)));
    const ownLines = changed
      .filter(({ resource }) => !silent.has(resource))
      .map(({ resource, difference }) => this.line(name, resource, difference, ...answers(resource)));
    return [...ownLines, ...patternLines];
  }

  /**
   * Roles and users of which the lines of patterns say the change as they are: nobody asks for s3:GetObject on a role, and each action
   * on each of them would be a line. What `resources` lists keeps its own.
   */
  private spokenFor(
    changed: readonly Change[],
    patternLines: readonly DiffLine[],
    answersWith: (pattern: string, some: readonly string[]) => readonly (AuditAnswer | undefined)[],
  ): ReadonlySet<string> {
    const spoken = new Map<string, Change>();
    for (const change of changed) if (this.region.isUnlisted(change.resource)) spoken.set(change.resource, change);
    const covered = new Set<string>();
    for (const { resource: pattern, change, before, after, gains, loses } of patternLines) {
      const own = [...spoken.values()].filter(({ resource }) => holdsResource(pattern, resource));
      const isAlike = ({ difference: { gained, lost } }: Change) =>
        (gained === undefined) === (gains === undefined) && (lost === undefined) === (loses === undefined);
      const texts = [before, after].map(wholeText);
      const says = (some: readonly Change[]): boolean =>
        change !== "unknown" &&
        !texts.includes(undefined) &&
        answersWith(
          pattern,
          some.map(({ resource }) => resource),
        ).every((one, at) => wholeText(one) === texts[at]);
      const alike = own.filter(isAlike);
      const kept = new Set(says(alike) ? alike : alike.filter((one) => says([one])));
      for (const one of own) {
        if (kept.has(one)) covered.add(one.resource);
        else spoken.delete(one.resource);
      }
    }
    return new Set([...spoken.keys()].filter((resource) => covered.has(resource)));
  }

  /** What one set lists and the other does not is compared as well. */
  private compare(
    actions: readonly string[],
    resources: readonly string[],
    [worldsBefore, worldsAfter]: readonly [readonly World[] | undefined, readonly World[] | undefined],
    narrowing?: Narrowing,
  ): Difference {
    const { old, now, before, after } = this;
    const all = (auditor: Auditor, asker: Asker | undefined, worlds: readonly World[] | undefined) =>
      asker && [...(worlds ?? []), ...unlistedWorlds(auditor, asker, actions, resources, narrowing)];
    return compareWorlds(all(old, before, worldsBefore), all(now, after, worldsAfter), {
      work: { left: this.now.terms.budget },
      isShown: (question, isGain) => this.sides(question, isGain) !== undefined,
    });
  }

  private line(
    action: string,
    resource: string,
    { gained, lost }: Difference,
    before: AuditAnswer | undefined,
    after: AuditAnswer | undefined,
  ): DiffLine {
    if (gained === undefined && lost === undefined) return this.unknownLine(action, resource, before, after);
    const decidedBy = this.check(gained, lost);
    if (typeof decidedBy === "string") return this.unknownLine(action, resource, before, after, decidedBy);
    const isBoth = before?.access === "sometimes" && after?.access === "sometimes";
    const change =
      isBoth || (gained !== undefined && lost !== undefined) ? "conditions" : gained === undefined ? "lost" : "gained";
    const base = { principal: this.principal, action, resource, before, after, gains: gained, loses: lost };
    const accessLevel = this.now.actions.accessLevel(action) ?? this.old.actions.accessLevel(action);
    return { ...base, change, accessLevel, decidedBy };
  }

  private unknownLine(
    action: string,
    resource: string,
    before: AuditAnswer | undefined,
    after: AuditAnswer | undefined,
    reason?: string,
  ): DiffLine {
    const base = { principal: this.principal, action, resource, before, after, gains: undefined, loses: undefined };
    return { ...base, change: "unknown", accessLevel: this.now.actions.accessLevel(action), decidedBy: [], reason };
  }

  /** The same change of actions that are answered alike: decided all at once, where that is not as told one after the other. */
  private renamedEach(line: DiffLine, told: readonly string[], named: ActionGroup["named"]): readonly DiffLine[] {
    const { gains, loses } = line;
    const all = (question: AuthorizationQuestion | undefined) =>
      question === undefined ? [] : told.map((action) => named(action, question.action));
    const isSure = this.areSides(gains, true, all(gains)) && this.areSides(loses, false, all(loses));
    return told.map((action) => {
      if (line.action === action) return line;
      const renamed = (question: AuthorizationQuestion | undefined) =>
        question && { ...question, action: named(action, question.action) };
      const requests = { gains: renamed(gains), loses: renamed(loses) };
      const accessLevel = this.now.actions.accessLevel(action) ?? this.old.actions.accessLevel(action);
      const decidedBy = isSure ? line.decidedBy : this.check(requests.gains, requests.loses);
      if (typeof decidedBy === "string")
        return this.unknownLine(action, line.resource, line.before, line.after, decidedBy);
      return { ...line, ...requests, action, accessLevel, decidedBy };
    });
  }

  /** Whether both sets decide the request as told, whichever of the actions it is for. */
  private areSides(question: AuthorizationQuestion | undefined, isGain: boolean, actions: readonly string[]): boolean {
    if (question === undefined) return true;
    const { allows, refuses } = this.sidesOf(isGain);
    const decide = (auditor: Auditor, wanted: boolean): boolean =>
      auditor.terms.allowedActions?.(question, actions).every((allowed) => allowed === wanted) ?? false;
    return decide(allows, true) && (refuses === undefined || decide(refuses, false));
  }

  /** Whom a side does not know, it refuses: there is nobody to ask. */
  private sidesOf(isGain: boolean): { readonly allows: Auditor; readonly refuses: Auditor | undefined } {
    const [allows, refuses] = isGain ? [this.now, this.old] : [this.old, this.now];
    return { allows, refuses: (isGain ? this.before : this.after) === undefined ? undefined : refuses };
  }

  /** Decides what is shown by both sets; throws Contradiction. Why it cannot be asked, where no request may be so large. */
  private check(
    gains: AuthorizationQuestion | undefined,
    loses: AuthorizationQuestion | undefined,
  ): readonly MatchedStatement[] | string {
    let decidedBy: readonly MatchedStatement[] = [];
    for (const [question, isGain] of [
      [loses, false],
      [gains, true],
    ] as const) {
      if (question === undefined) continue;
      const found = this.sides(question, isGain) ?? whyUnaskable(this.now.terms.decide(question));
      if (typeof found === "string") return found;
      if (found === undefined)
        throw new Contradiction(question, isGain ? "gained" : "lost", "otherwise by the two sets");
      decidedBy = found;
    }
    return decidedBy;
  }

  /** The statements of the side that allows; undefined if the sets do not decide the request as told. */
  private sides(question: AuthorizationQuestion, isGain: boolean): readonly MatchedStatement[] | undefined {
    const { allows, refuses } = this.sidesOf(isGain);
    return decidedApart(allows, refuses, question);
  }
}

/** All that an answer says of when; undefined where that is not all that there is to say. A side without an answer refuses. */
function wholeText(answer: AuditAnswer | undefined): string | undefined {
  const { access, when, whenIsPartial } = answer ?? { access: "never", when: [], whenIsPartial: false };
  return access === "unknown" || whenIsPartial ? undefined : JSON.stringify([access, when]);
}

/** The access on one side of a change: whom a side does not know, it refuses. */
export function sideAccess({ change }: DiffLine, answer: AuditAnswer | undefined): AuditAnswer["access"] {
  return answer?.access ?? (change === "unknown" ? "unknown" : "never");
}

/** Why a change is unknown. */
export function unknownReason({ before, after, reason }: DiffLine): string {
  return reason ?? before?.reason ?? after?.reason ?? "the change could not be told apart within the budget";
}

/** A change as JSON. */
export function diffLineJson(line: DiffLine): Readonly<Record<string, unknown>> {
  const { change, principal, action, accessLevel, resource, before, after, gains, loses, decidedBy } = line;
  const side = (answer: AuditAnswer | undefined) => ({ access: sideAccess(line, answer), when: answer?.when ?? [] });
  const json = (question: AuthorizationQuestion | undefined) =>
    question === undefined ? null : questionJson(question);
  return {
    change,
    principal,
    action,
    accessLevel,
    resource,
    before: side(before),
    after: side(after),
    decidedBy,
    witness: json(change === "lost" ? loses : (gains ?? loses)),
    ...(change === "conditions" ? { gains: json(gains), loses: json(loses) } : {}),
    ...(change === "unknown" ? { reason: unknownReason(line) } : {}),
  };
}
