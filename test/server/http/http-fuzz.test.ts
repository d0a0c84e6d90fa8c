// Mutated requests at every route: whatever comes, the failure is the caller's and the answer can be read.
import { afterAll, beforeAll, expect, it } from "vitest";
import { DecisionPoint } from "../../../src/ask/decision-point.js";
import { Engine } from "../../../src/engine/engine.js";
import { httpFailureOf } from "../../../src/server/http/http-error.js";
import type { Route } from "../../../src/server/http/route.js";
import { Readiness } from "../../../src/server/readiness.js";
import { httpRoutes } from "../../../src/server/routes/http-routes.js";
import { authzenMapping, examplePolicies } from "../../kit/http-server.js";
import { Random } from "../../kit/random.js";

const principal = "arn:acme:iam::111111111111:user/alice";
const resource = "arn:acme:records::111111111111:record/record-1";
const policy = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "records:*", Resource: "*" }] };
const question = {
  principal,
  action: "records:read",
  resource,
  context: { a: "b" },
  resourceTags: { x: "y" },
  sessionPolicies: [policy],
  sessionTags: { a: "b" },
  endpoint: "e",
  resourceAccount: "111111111111",
};
const evaluation = {
  subject: { type: "user", id: "alice", properties: { a: 1 } },
  action: { name: "read", properties: {} },
  resource: { type: "record", id: "record-1", properties: { status: "x" } },
  context: { a: [1] },
};
const several = {
  ...evaluation,
  evaluations: [{}, { resource: { id: "record-2" } }],
  options: { evaluations_semantic: "execute_all" },
};
const search = { ...evaluation, page: { limit: 1 } };
const bodies: readonly (readonly [path: string, body: object])[] = [
  ["/v1/authorize", question],
  ["/v1/batch", { defaults: question, requests: [{}, question, 7] }],
  ["/access/v1/evaluation", evaluation],
  ["/access/v1/evaluations", several],
  ["/access/v1/search/subject", search],
  ["/access/v1/search/resource", search],
  ["/access/v1/search/action", search],
];
const form = new Map([
  ["Action", "SimulateCustomPolicy"],
  ["Version", "2010-05-08"],
  ["PolicyInputList.member.1", JSON.stringify(policy)],
  ["ActionNames.member.1", "records:read"],
  ["ResourceArns.member.1", resource],
  ["ContextEntries.member.1.ContextKeyName", "a:b"],
  ["ContextEntries.member.1.ContextKeyValues.member.1", "1"],
  ["ContextEntries.member.1.ContextKeyType", "string"],
]);
const oddValues = [
  '""',
  "null",
  "0",
  "-1",
  "1e400",
  "true",
  "[]",
  "{}",
  '"*"',
  '"arn:"',
  '"\\u0000"',
  '"😀"',
  '"__proto__"',
  "[[]]",
  "[{}]",
  '{"a":{"b":1}}',
];
const oddTexts = [
  "",
  "*",
  "arn:aws:iam::1:root",
  "{",
  `${JSON.stringify(policy)}}`,
  "\r\n",
  "sts:AssumeRole",
  "😀",
  "-1",
  "SimulatePrincipalPolicy",
];

let engine: Engine;
let routes: readonly Route[];
beforeAll(async () => {
  engine = await Engine.start({ workers: 0 });
  engine.publish(await examplePolicies("authzen/policy-set"));
  const mapping = authzenMapping("authzen/authzen.yaml");
  const point = new DecisionPoint(engine);
  routes = httpRoutes({ point, readiness: new Readiness(), maxSearchCandidates: 10, authzen: () => mapping });
});
afterAll(() => engine.close());

it.each([1, 2, 3])("answers mutated requests (seed %i)", async (seed) => {
  const random = new Random(seed);
  const pick = <T>(items: readonly T[]): T => random.pick(items);
  /** Puts an odd value, or nothing, in the place of some value, or damages the text. */
  const mutated = (body: object): string => {
    let text = JSON.stringify(body);
    for (let count = 1 + random.below(3); count > 0; count--) {
      const values = [...text.matchAll(/(?<=:|\[|,)("[^"]*"|\d+|\{\}|\[\])(?=[,\]}])/g)];
      const found = values.length === 0 ? undefined : pick(values);
      if (found === undefined) break;
      text = text.slice(0, found.index) + pick(oddValues) + text.slice(found.index + found[0].length);
    }
    if (random.below(8) > 0) return text;
    const at = random.below(text.length);
    return text.slice(0, at) + pick(['"', "{", "}", "[", ",", "\\", "\\ud800", ""]) + text.slice(at + 1);
  };
  const mutatedForm = (): string => {
    const parameters = new Map(form);
    for (let count = 1 + random.below(3); count > 0; count--)
      parameters.set(pick([...parameters.keys()]), pick(oddTexts));
    return [...parameters].map((pair) => pair.map(encodeURIComponent).join("=")).join("&");
  };
  const ask = async (path: string, text: string): Promise<number> => {
    const route = routes.find((one) => one.path === path);
    const facts = { transport: "http", caller: { name: "x", mayExplain: true }, peer: "p" } as const;
    const call = {
      path,
      rawHeaders: [],
      query: new URLSearchParams(),
      policySet: "",
      facts,
      signal: new AbortController().signal,
      share: "one",
    };
    try {
      const reply = await route?.handle({ ...call, body: Buffer.from(text) });
      const body = Array.isArray(reply?.body) ? reply.body.join("") : String(reply?.body);
      if (path !== "/") JSON.parse(body);
      return reply?.status ?? 0;
    } catch (error: unknown) {
      const failure = httpFailureOf(error);
      if (failure.isOurs) throw new Error(`${path} ${text}`, { cause: error });
      return failure.status;
    }
  };
  const statuses = new Set<number>();
  for (let count = 0; count < 400; count++) {
    const [path, body] = pick(bodies);
    statuses.add(await ask(path, mutated(body)));
    statuses.add(await ask("/", mutatedForm()));
  }
  statuses.delete(404);
  expect([...statuses].sort()).toEqual([200, 400]);
});
