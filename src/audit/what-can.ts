/** What a principal can do on a resource: one answer an action, and one for each pattern about actions that nobody has named. */
import { compareUtf8 } from "../text/compare-texts.js";
import type { Asker, AuditAnswer, Auditor } from "./auditor.js";
import type { AccessLine, AccessLines } from "./lines.js";

/** The answer about an action on a resource, and what it is alike with. */
interface Told {
  readonly answer: AuditAnswer;
  readonly alike?: object;
}

/** Lines for every action of the region, in order, whose access is not `never` (or all of them). */
export function whatCan(auditor: Auditor, asker: Asker, resources: readonly string[], all: boolean): AccessLines {
  const { actions } = auditor;
  const { principal, organization } = asker;
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
    for (const { text: action, place } of actions.inOrder(region)) {
      const group = place === undefined ? undefined : groupOf[place];
      if (group === undefined && !inventedOf.has(action)) continue;
      for (const resource of sorted) {
        const told = group === undefined ? ofPattern(action, resource) : group.tell(action, resource);
        yield told && { principal, organization, action, resource, accessLevel: actions.accessLevel(action), ...told };
      }
    }
  }
  return { total: (named.length + inventedOf.size) * resources.length, lines: lines() };
}

function shown(answer: AuditAnswer, all: boolean): Told | undefined {
  return all || answer.access !== "never" ? { answer } : undefined;
}

/** Actions that are answered alike: the first is asked about, the others are decided together. */
class NamedGroup {
  private readonly known = new Map<string, ((action: string) => Told) | undefined>();

  constructor(
    private readonly auditor: Auditor,
    private readonly asker: Asker,
    private readonly places: readonly number[],
    private readonly named: readonly string[],
    private readonly all: boolean,
  ) {}

  /** What is told of one of them on a resource; undefined if nothing is. */
  tell(action: string, resource: string): Told | undefined {
    if (!this.known.has(resource)) this.known.set(resource, this.find(resource));
    return this.known.get(resource)?.(action);
  }

  private find(resource: string): ((action: string) => Told) | undefined {
    const { auditor, asker, named, all } = this;
    const group = this.places.map((place) => named[place] ?? "");
    const first = auditor.answerFor(asker, group.slice(0, 1), [resource], { tellsNever: all });
    if (shown(first, all) === undefined) return undefined;
    const { isSure, of } = auditor.renamedEach(first, group);
    return (action) => (isSure ? { answer: of(action), alike: first } : { answer: of(action) });
  }
}
