/** The answer for people: who is an administrator, who can become one and how, who can become somebody else. */
import type { AuditAnswer } from "../audit/decided-again.js";
import { waysInWords } from "../audit/words.js";
import { compareUtf8 } from "../text/compare-texts.js";
import type { Chain } from "./chains.js";
import { administrator, type Edge, type EdgeWhenEntry } from "./edge.js";
import type { Escalation } from "./escalation.js";
import { existingRows } from "./service-rows.js";

/** A line. */
export interface ToldLine {
  readonly text: string;
  readonly indent: number;
  readonly isTitle?: boolean;
}

const mostWays = 4;
const supposedHolders = new Set(
  existingRows.flatMap(({ holder, supposes }) => (holder === undefined ? [] : [supposes])),
);

/** The lines; `isAll`: every edge, not only the shortest chains. */
export function* escalationWords(
  found: Escalation,
  isAll: boolean,
  wants: (principal: string) => boolean = () => true,
): Generator<ToldLine> {
  const administrators = found.administrators.filter(({ principal }) => wants(principal));
  const chains = found.chains.filter(({ principal }) => wants(principal));
  const edges = found.edges.filter(({ from, limited }) => wants(from) && limited === undefined);
  const can = new Set(chains.map(({ principal }) => principal));
  const others = edges.filter(({ from }) => !can.has(from));
  const names = new Set(found.administrators.map(({ principal }) => principal));
  yield title("Administrators");
  for (const { principal, when } of administrators) {
    yield { text: principal, indent: 2 };
    yield* conditions(when, 6);
  }
  if (administrators.length === 0) yield { text: "nobody", indent: 2 };
  yield title("Who can become an administrator");
  for (const chain of chains) yield* chainWords(chain, edges, names);
  if (chains.length === 0) yield { text: "nobody else", indent: 2 };
  const shown = isAll ? edges : others;
  if (shown.length > 0) {
    yield title(isAll ? "Every edge" : "Who can become somebody else");
    yield* edgeWords(shown);
  }
  yield* limitedWords(found, wants);
  for (const { principal, action, resource, reason } of found.undecided) {
    if (wants(principal))
      yield { text: `not known: whether ${principal} may ${action} on ${resource}: ${reason}`, indent: 0 };
  }
  if (edges.some(({ supposes }) => supposes !== undefined && supposedHolders.has(supposes)))
    yield { text: "What runs as which role is supposed where AWS Config did not tell it (--evidence).", indent: 0 };
  const more = new Set(others.map(({ from }) => from)).size;
  yield { text: "", indent: 0 };
  yield {
    text: `${count(found.principals, "principal")}: ${count(administrators.length, "administrator")}, ${can.size} can become one, ${more} can become somebody else`,
    indent: 0,
  };
}

function title(text: string): ToldLine {
  return { text, indent: 0, isTitle: true };
}

function* chainWords(
  { principal, edges, isCertain }: Chain,
  all: readonly Edge[],
  names: ReadonlySet<string>,
): Generator<ToldLine> {
  const steps = edges.length === 1 ? "1 step" : `${edges.length} steps`;
  yield { text: `${principal}  ${steps}${isCertain ? "" : ", if what is supposed is so"}`, indent: 2 };
  for (const [index, edge] of edges.entries()) {
    const { from, to } = edge;
    const number = edges.length === 1 ? "" : `${index + 1}. `;
    yield { text: `${number}${edgeSentence(edge, names)} [${edge.path}]`, indent: 6 };
    yield* details(edge, 10);
    const more = new Set(
      all.filter((one) => one.from === from && one.to === to && one.path !== edge.path).map(({ path }) => path),
    );
    if (more.size > 0) yield { text: `also by ${some([...more])}`, indent: 10 };
  }
}

function edgeSentence({ does, to, by, through }: Edge, names: ReadonlySet<string>): string {
  const about =
    to === administrator
      ? by === undefined
        ? ""
        : `: ${by}`
      : `: ${to}${names.has(to) ? ", an administrator" : ""}${by === undefined ? "" : `, by ${by}`}`;
  return `${does}${about}${through === undefined ? "" : ` (then ${through})`}`;
}

function* details({ steps, afterwards, supposes }: Edge, indent: number): Generator<ToldLine> {
  for (const step of steps) yield* stepWords(step, indent, "");
  for (const step of afterwards) yield* stepWords(step, indent, "then ");
  if (supposes !== undefined) yield { text: `supposing that ${supposes}`, indent };
}

function* stepWords({ witness, when }: AuditAnswer, indent: number, before: string): Generator<ToldLine> {
  if (witness === undefined) return;
  const account = witness.principal.split(":")[4];
  const who = witness.principal.endsWith(".amazonaws.com") ? ` by ${witness.principal}` : "";
  yield { text: `${before}${witness.action}${who} on ${witness.resource}`, indent };
  // That something of its own account is its own needs no word.
  const isOwn = (entry: EdgeWhenEntry): boolean =>
    "key" in entry && entry.key === "aws:ResourceAccount" && entry.holds && entry.values.join() === account;
  const told = when.map((way) => way.filter((entry) => !isOwn(entry)));
  if (told.every((way) => way.length > 0)) yield* conditions(told, indent + 2);
}

function* conditions(when: AuditAnswer["when"], indent: number): Generator<ToldLine> {
  const ways = waysInWords(when).filter((text) => text !== "");
  for (const [index, text] of ways.slice(0, mostWays).entries())
    yield { text: `${index === 0 ? "if" : "or if"} ${text}`, indent };
  if (ways.length > mostWays) yield { text: `or in ${ways.length - mostWays} other ways`, indent };
}

/** One line for each pair, and the ways. */
function* edgeWords(edges: readonly Edge[]): Generator<ToldLine> {
  const byActor = new Map<string, Map<string, Set<string>>>();
  for (const { from, to, path } of edges) {
    const targets = byActor.get(from) ?? new Map<string, Set<string>>();
    byActor.set(from, targets);
    targets.set(to, (targets.get(to) ?? new Set()).add(path));
  }
  for (const [from, targets] of [...byActor].sort(([left], [right]) => compareUtf8(left, right))) {
    yield { text: from, indent: 2 };
    const groups = new Map<string, string[]>();
    for (const [to, paths] of targets) {
      const id = some([...paths]);
      groups.set(id, [...(groups.get(id) ?? []), to]);
    }
    for (const [paths, to] of groups) {
      const [first = ""] = to;
      const text = to.length === 1 ? first : `${first} and ${to.length - 1} others`;
      yield { text: `${text}: ${paths}`, indent: 6 };
    }
  }
}

/** What is less than becoming somebody, and data that can be opened: how many, and who. */
function* limitedWords({ edges, takeovers }: Escalation, wants: (principal: string) => boolean): Generator<ToldLine> {
  const groups = new Map<string, Set<string>>();
  const add = (text: string, principal: string): void => {
    if (wants(principal)) groups.set(text, (groups.get(text) ?? new Set()).add(principal));
  };
  for (const { from, does, limited, path } of edges)
    if (limited !== undefined) add(`${does} (${limited}) [${path}]`, from);
  for (const { principal, does, path } of takeovers) add(`${does} [${path}]`, principal);
  if (groups.size === 0) return;
  yield title("Beside it, without becoming anybody");
  for (const [text, principals] of groups) {
    yield { text, indent: 2 };
    yield { text: some([...principals]), indent: 6 };
  }
}

function some(texts: readonly string[]): string {
  return texts.length <= 3 ? texts.join(", ") : `${texts.slice(0, 3).join(", ")} and ${texts.length - 3} more`;
}

/** `1 principal`, `2 principals`. */
function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
