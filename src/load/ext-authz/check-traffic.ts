/**
 * Traffic as Envoy would send it: HTTP requests that the routes of a mapping ask about, each with the answer that is due. Recorded questions
 * become requests as they are; made ones are few among what a set can be asked, so that further ones are drawn for the routes.
 */
import type { AuthorizationQuestion } from "../../question/authorization-question.js";
import type { Decision, DecisionError } from "../../question/decision.js";
import type { Mapping } from "../../server/ext-authz/mapping.js";
import { Random } from "../../synth/random.js";
import { type LoadQuestion, type Mix, mixOf, type Traffic } from "../traffic/traffic.js";
import { type CheckedQuestion, hasPrincipal, requestFor, resourcesOf } from "./reverse-mapping.js";

/** What requests are made with. */
export interface CheckTerms {
  readonly mapping: Mapping;
  readonly decide: (question: AuthorizationQuestion) => Decision | DecisionError;
  /** How further requests are drawn; undefined: what was recorded is sent and nothing else. */
  readonly drawn: { readonly seed: string; readonly mix: Mix } | undefined;
}

/** Questions that are drawn at most, and contexts that they have. */
const mostDrawn = 20_000;
const mostContexts = 64;

/** Makes it of traffic; throws where nothing of it is a request. */
export function checkTraffic(traffic: Traffic, terms: CheckTerms): Traffic {
  const { mapping, drawn } = terms;
  const made = new Requests(terms);
  const placeOf = new Map<number, number>();
  for (const [place, { question }] of traffic.questions.entries()) {
    const found = made.add(question);
    if (found !== undefined) placeOf.set(place, found);
  }
  if (drawn !== undefined) for (const question of drawnQuestions(traffic, mapping, drawn.seed)) made.add(question);
  if (made.questions.length === 0)
    throw new Error("no question of this set is asked by a route of the mapping with a principal of its rules");
  const { questions, checks } = made;
  // Requests say more or less than the questions that they were made of, so that they may reach other statements.
  const common = { questions, checks, coverage: undefined, nowMs: traffic.nowMs };
  if (drawn !== undefined) {
    const order = mixed(questions, drawn, traffic.order.length);
    return { ...common, order, mix: mixOf(questions, order), remarks: [...remarksOf(questions, drawn.mix)] };
  }
  const kept = [...traffic.order.keys()].filter((index) => placeOf.has(traffic.order[index] ?? -1));
  const order = Uint32Array.from(kept, (index) => placeOf.get(traffic.order[index] ?? -1) ?? 0);
  const { dueMs } = traffic;
  const left = traffic.order.length - kept.length;
  return {
    ...common,
    order,
    ...(dueMs === undefined ? {} : { dueMs: Float64Array.from(kept, (index) => dueMs[index] ?? 0) }),
    mix: mixOf(questions, order),
    remarks: [
      ...traffic.remarks,
      ...(left === 0
        ? []
        : [`${left} of ${traffic.order.length} questions are no request of a route, and are left out`]),
    ],
  };
}

/** Requests, each once. */
class Requests {
  readonly questions: LoadQuestion[] = [];
  readonly checks: Buffer[] = [];
  private readonly places = new Map<string, number>();

  constructor(private readonly terms: CheckTerms) {}

  /** The place of a question's request; undefined where there is none that can be decided. */
  add(question: AuthorizationQuestion): number | undefined {
    const made: CheckedQuestion | undefined = requestFor(this.terms.mapping, question);
    if (made === undefined) return undefined;
    const key = made.message.toString("latin1");
    const known = this.places.get(key);
    if (known !== undefined) return known;
    const decision = this.terms.decide(made.question);
    if ("error" in decision) return undefined;
    const place = this.questions.length;
    this.places.set(key, place);
    this.questions.push({ question: made.question, expected: decision.decision });
    this.checks.push(made.message);
    return place;
  }
}

/** Every route with principals, resources and contexts that occur in the traffic, drawn from a seed. */
function* drawnQuestions(traffic: Traffic, mapping: Mapping, seed: string): Generator<AuthorizationQuestion> {
  const asked = traffic.questions.map(({ question }) => question);
  const askers = unique(
    asked.filter(({ principal }) => hasPrincipal(mapping, principal)),
    ({ principal, sessionTags }) => JSON.stringify([principal, sessionTags]),
  );
  const contexts = unique(asked, ({ context }) => JSON.stringify([...context])).slice(0, mostContexts);
  const known = [...new Set(asked.map(({ resource }) => resource))];
  const routes = mapping.routes.map((route) => ({ route, resources: resourcesOf(route, known) }));
  const random = Random.named(seed, "ext-authz");
  if (askers.length === 0 || routes.length === 0) return;
  for (let made = 0; made < Math.min(mostDrawn, 2 * traffic.order.length); made++) {
    const { route, resources } = random.pick(routes);
    const { context } = random.pick(contexts);
    const resource = random.pick(resources);
    yield { ...random.pick(askers), action: route.action, resource, context, resourceTags: [], whatIf: false };
  }
}

function unique<T>(list: readonly T[], keyOf: (one: T) => string): readonly T[] {
  return [...new Map(list.map((one) => [keyOf(one), one])).values()];
}

const outcomes = ["allowed", "implicitDeny", "explicitDeny"] as const;

/** Places in the shares of a mix, as far as there are such answers. */
function mixed(questions: readonly LoadQuestion[], { seed, mix }: { seed: string; mix: Mix }, length: number) {
  const random = Random.named(seed, "ext-authz order");
  const groups = outcomes.map((outcome) => ({
    share: mix[outcome],
    places: [...questions.keys()].filter((place) => questions[place]?.expected === outcome),
  }));
  const there = groups.filter(({ places, share }) => places.length > 0 && share > 0);
  const used = there.length > 0 ? there : groups.filter(({ places }) => places.length > 0);
  const sum = used.reduce((total, { share }) => total + share, 0) || 1;
  return Uint32Array.from({ length }, () => {
    let left = random.share() * sum;
    const group = used.find(({ share }) => {
      left -= share;
      return left < 0;
    });
    return random.pick((group ?? used[0])?.places ?? [0]);
  });
}

function* remarksOf(questions: readonly LoadQuestion[], mix: Mix): Generator<string> {
  yield `${questions.length} different requests of the mapping's routes`;
  for (const outcome of outcomes)
    if (mix[outcome] > 0 && !questions.some(({ expected }) => expected === outcome))
      yield `no request was found that is answered ${outcome}`;
}
