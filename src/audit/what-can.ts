/** What a principal can do on a resource: one answer an action, and one for each pattern about actions that nobody has named. */
import { compareUtf8 } from "../text/compare-texts.js";
import type { Asker, Auditor } from "./auditor.js";
import type { AuditAnswer } from "./decided-again.js";
import type { AccessLine, AccessLines } from "./lines.js";

/** The answer about an action on a resource, and what it is alike with. */
interface Told {
  readonly answer: (action: string) => AuditAnswer;
  readonly alike?: object | undefined;
}

/** A line whose answer is made when somebody asks for it: where lines are alike the first one's is enough. */
class ToldLine implements AccessLine {
  readonly principal: string;
  readonly organization: string | undefined;
  readonly alike: object | undefined;
  private made: AuditAnswer | undefined;

  constructor(
    { principal, organization }: Asker,
    readonly action: string,
    readonly resource: string,
    readonly accessLevel: string | null,
    private readonly told: Told,
  ) {
    this.principal = principal;
    this.organization = organization;
    this.alike = told.alike;
  }

  get answer(): AuditAnswer {
    this.made ??= this.told.answer(this.action);
    return this.made;
  }
}

/** Lines for every action of the region, in order, whose access is not `never` (or all of them). */
export function whatCan(auditor: Auditor, asker: Asker, resources: readonly string[], all: boolean): AccessLines {
  const { actions } = auditor;
  const { actions: region } = auditor.terms.region;
  const named = [...actions.inRegion(region).values()];
  const groupOf: (NamedGroup | undefined)[] = named.map(() => undefined);
  for (const places of auditor.regionAlike(asker)) {
    const group = new NamedGroup(auditor, asker, places, named, all);
    for (const place of places) groupOf[place] = group;
  }
  const inventedOf = new Map<string, readonly string[] | undefined>();
  for (const pattern of [...actions.patterns, "*"]) {
    const invented = auditor.invented(asker, pattern);
    if (invented?.length !== 0) inventedOf.set(pattern, invented);
  }
  const sorted = [...new Set(resources)].sort(compareUtf8);
  const ofPattern = (pattern: string, resource: string): Told | undefined =>
    shown(auditor.answerFor(asker, inventedOf.get(pattern), [resource], { tellsNever: all }), all);
  function* lines(): Generator<AccessLine | undefined> {
    for (const { text: action, place, level: accessLevel } of actions.inOrder(region)) {
      const group = place === undefined ? undefined : groupOf[place];
      if (group === undefined && !inventedOf.has(action)) continue;
      for (const resource of sorted) {
        const told = group === undefined ? ofPattern(action, resource) : group.tell(resource);
        yield told && new ToldLine(asker, action, resource, accessLevel, told);
      }
    }
  }
  return { total: (named.length + inventedOf.size) * resources.length, lines: lines() };
}

function shown(answer: AuditAnswer, all: boolean): Told | undefined {
  return all || answer.access !== "never" ? { answer: () => answer } : undefined;
}

/** Actions that are answered alike: the first is asked about, the others are decided together. */
class NamedGroup {
  private readonly known = new Map<string, Told | undefined>();

  constructor(
    private readonly auditor: Auditor,
    private readonly asker: Asker,
    private readonly places: readonly number[],
    private readonly named: readonly string[],
    private readonly all: boolean,
  ) {}

  /** What is told of them on a resource; undefined if nothing is. */
  tell(resource: string): Told | undefined {
    let told = this.known.get(resource);
    if (told === undefined && !this.known.has(resource)) {
      told = this.find(resource);
      this.known.set(resource, told);
    }
    return told;
  }

  private find(resource: string): Told | undefined {
    const { auditor, asker, named, all } = this;
    const group = this.places.map((place) => named[place] ?? "");
    const first = auditor.answerFor(asker, group.slice(0, 1), [resource], { tellsNever: all });
    if (shown(first, all) === undefined) return undefined;
    const { isSure, of } = auditor.renamedEach(first, group);
    return { answer: of, alike: isSure ? first : undefined };
  }
}
