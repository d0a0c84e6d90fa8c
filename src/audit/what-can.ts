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
  const region = auditor.terms.region.actions;
  const asked = new Map<string, (resource: string) => Told | undefined>();
  const names = auditor.regionNames();
  for (const group of auditor.alike(asker, names)) {
    const tell = groupAnswers(
      auditor,
      asker,
      group.map((name) => actions.inRegion(region).get(name) ?? name),
      all,
    );
    for (const [action, one] of tell) asked.set(action, one);
  }
  for (const pattern of [...actions.patterns, "*"]) {
    const invented = auditor.invented(asker, pattern);
    if (invented?.length === 0) continue;
    asked.set(pattern, (resource) => shown(auditor.answerFor(asker, invented, [resource], { tellsNever: all }), all));
  }
  const sorted = [...new Set(resources)].sort(compareUtf8);
  function* lines(): Generator<AccessLine | undefined> {
    for (const action of actions.inOrder(region)) {
      const tell = asked.get(action);
      if (tell === undefined) continue;
      for (const resource of sorted) {
        const told = tell(resource);
        yield told && { principal, organization, action, resource, accessLevel: actions.accessLevel(action), ...told };
      }
    }
  }
  return { total: asked.size * resources.length, lines: lines() };
}

function shown(answer: AuditAnswer, all: boolean): Told | undefined {
  return all || answer.access !== "never" ? { answer } : undefined;
}

/** Actions that are answered alike: the first is asked about, the others are decided together. */
function* groupAnswers(
  auditor: Auditor,
  asker: Asker,
  group: readonly string[],
  all: boolean,
): Generator<readonly [string, (resource: string) => Told | undefined]> {
  const known = new Map<string, ((action: string) => Told) | undefined>();
  const find = (resource: string): ((action: string) => Told) | undefined => {
    const first = auditor.answerFor(asker, group.slice(0, 1), [resource], { tellsNever: all });
    if (shown(first, all) === undefined) return undefined;
    const { isSure, of } = auditor.renamedEach(first, group);
    return (action) => (isSure ? { answer: of(action), alike: first } : { answer: of(action) });
  };
  for (const action of group) {
    yield [
      action,
      (resource) => {
        if (!known.has(resource)) known.set(resource, find(resource));
        return known.get(resource)?.(action);
      },
    ];
  }
}
