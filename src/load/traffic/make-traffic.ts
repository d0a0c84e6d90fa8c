/** Traffic for a policy set: every statement that a request can reach, then questions drawn in a mix of answers. Same seed, same bytes. */
import type { Auditor } from "../../audit/auditor.js";
import type { AuthorizationQuestion } from "../../question/authorization-question.js";
import type { Decision, DecisionError } from "../../question/decision.js";
import { StatementReacher } from "../../reachable/reach-statements.js";
import { Random } from "../../synth/random.js";
import { QuestionPool } from "./question-pool.js";
import { type Distribution, Ranks } from "./ranks.js";
import { type LoadQuestion, type Mix, mixOf, type Traffic, type Unreachable } from "./traffic.js";

/** What traffic is made of. */
export interface TrafficTerms {
  /** An audit of everything, outsiders too, at this moment (`everythingAt`). */
  readonly auditor: Auditor;
  readonly decide: (question: AuthorizationQuestion) => Decision | DecisionError;
  readonly explain: (question: AuthorizationQuestion) => Decision | DecisionError;
  readonly seed: string;
  readonly mix: Mix;
  readonly distribution: Distribution;
  /** Questions in the order of sending before they begin again; more where the statements need more. */
  readonly length: number;
  readonly allowsWhatIf: boolean;
  /** Statements that requests are looked for; of more, a seeded choice. */
  readonly mostStatements: number;
  /** Steps for one statement. */
  readonly budget: number;
  /** Hears of every step: done and total. */
  readonly onStep?: (done: number, total: number) => void;
}

/** Makes it; gives way to others between steps. */
export async function makeTraffic(terms: TrafficTerms): Promise<Traffic> {
  const { auditor, decide, explain, seed, allowsWhatIf, budget, mostStatements, onStep } = terms;
  const random = Random.named(seed, "traffic");
  const pool = new QuestionPool({ auditor, decide, random, allowsWhatIf });
  const reacher = new StatementReacher({ auditor, explain, allowsWhatIf, budget });
  const total = reacher.statements.length;
  const isChosen = chosen(total, mostStatements, random);
  const remarks: string[] = [];
  const unreachable: Unreachable[] = [];
  const reached: { readonly statement: Unreachable["statement"]; readonly place: number }[] = [];
  let done = 0;
  for (const found of reacher.reach((place) => isChosen(place))) {
    const { statement } = found;
    if (found.kind === "dead") unreachable.push(found);
    else {
      const place = pool.add(found.question);
      if (place === undefined) unreachable.push({ statement, proved: false, why: "its request cannot be decided" });
      else reached.push({ statement, place });
    }
    onStep?.(++done, total);
    if (done % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  const covering = [...new Set(reached.map(({ place }) => place))];
  for (const place of covering.slice(0, 2000)) {
    const one = pool.questions[place];
    if (one !== undefined) pool.vary(one.question);
  }
  for (const _ of pool.fill()) await new Promise((resolve) => setImmediate(resolve));
  if (pool.questions.length === 0) throw new Error("load: the policy set has nobody who could ask anything");
  const first = random.shuffled(covering);
  const drawn = draw(pool.questions, first, terms, random, remarks);
  const order = Uint32Array.from([...first, ...drawn]);
  const positions = new Map(first.map((place, position) => [place, position]));
  return {
    questions: pool.questions,
    order,
    coverage: {
      statements: total,
      firstAt: reached.map(({ statement, place }) => ({ statement, position: positions.get(place) ?? 0 })),
      unreachable,
    },
    mix: mixOf(pool.questions, order),
    remarks,
    nowMs: auditor.terms.nowMs,
  };
}

/** Whether a place of a list is among those looked at. */
function chosen(total: number, most: number, random: Random): (place: number) => boolean {
  if (total <= most) return () => true;
  const places = new Set(random.shuffled(Array.from({ length: total }, (_, place) => place)).slice(0, most));
  return (place) => places.has(place);
}

const classes = ["allowed", "implicitDeny", "explicitDeny"] as const;

/** Places of questions, so many of each answer as bring the whole to the mix. */
function draw(
  questions: readonly LoadQuestion[],
  first: readonly number[],
  { mix, length, distribution }: TrafficTerms,
  random: Random,
  remarks: string[],
): readonly number[] {
  const byClass = new Map<string, number[]>(classes.map((name) => [name, []]));
  for (const [place, { expected }] of questions.entries()) if (expected !== "error") byClass.get(expected)?.push(place);
  const had = new Map<string, number>(classes.map((name) => [name, 0]));
  for (const place of first) {
    const expected = questions[place]?.expected ?? "error";
    if (expected !== "error") had.set(expected, (had.get(expected) ?? 0) + 1);
  }
  const wanted = classes.filter((name) => mix[name] > 0);
  const possible = wanted.filter((name) => (byClass.get(name)?.length ?? 0) > 0);
  for (const name of wanted) {
    if (!possible.includes(name)) remarks.push(`no question is answered ${name}: its share goes to the others`);
  }
  const sum = possible.reduce((total, name) => total + mix[name], 0);
  if (sum === 0) return [];
  // Long enough that what the statements need is no more than its share.
  const least = Math.max(...possible.map((name) => Math.ceil(((had.get(name) ?? 0) * sum) / mix[name])));
  const size = Math.max(length, Math.min(least, 20 * length));
  const countOf = (name: keyof Mix): number => (possible.includes(name) ? Math.round((size * mix[name]) / sum) : 0);
  const isMet = classes.every((name) => (had.get(name) ?? 0) <= countOf(name));
  const drawn: number[] = [];
  for (const name of possible) {
    const count = Math.max(0, countOf(name) - (had.get(name) ?? 0));
    const drawer = new Drawer(questions, byClass.get(name) ?? [], distribution, random);
    for (let one = 0; one < count; one++) drawn.push(drawer.draw());
  }
  if (!isMet) {
    const made = mixOf(questions, Uint32Array.from([...first, ...drawn]));
    remarks.push(`every statement is asked about once, which makes the mix ${mixText(made)}, not ${mixText(mix)}`);
  }
  return random.shuffled(drawn);
}

function mixText(mix: Mix): string {
  return classes.map((name) => `${(100 * mix[name]).toFixed(1)} %`).join(" / ");
}

/** Draws questions of one answer: a principal by the distribution, then one of its resources by it, then any of the questions on it. */
class Drawer {
  private readonly principals: readonly (readonly (readonly number[])[])[];
  private readonly ranks: Ranks;
  private readonly resourceRanks: readonly Ranks[];

  constructor(
    questions: readonly LoadQuestion[],
    places: readonly number[],
    distribution: Distribution,
    private readonly random: Random,
  ) {
    const groups = new Map<string, Map<string, number[]>>();
    for (const place of places) {
      const { principal = "", resource = "" } = questions[place]?.question ?? {};
      const own = groups.get(principal) ?? new Map<string, number[]>();
      groups.set(principal, own);
      own.set(resource, [...(own.get(resource) ?? []), place]);
    }
    this.principals = random.shuffled([...groups.values()]).map((own) => random.shuffled([...own.values()]));
    this.ranks = new Ranks(this.principals.length, distribution);
    this.resourceRanks = this.principals.map((own) => new Ranks(own.length, distribution));
  }

  draw(): number {
    const rank = this.ranks.draw(this.random);
    const resources = this.principals[rank] ?? [];
    const places = resources[this.resourceRanks[rank]?.draw(this.random) ?? 0] ?? [];
    return this.random.pick(places);
  }
}
