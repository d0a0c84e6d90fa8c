// Further requests about the very directory that a case has: other actions of the same service, other contexts. Policies are read
// and compiled once for all of them, so they cost a fifth of a case.
import { parseQuestion } from "../../src/question/authorization-question.js";
import type { SimulationCase as BuiltCase } from "../../src/simulate/simulation-case.js";
import { readJson } from "../../src/text/json-reader.js";
import { sourceText } from "../../src/text/source-text.js";
import { Random } from "../kit/random.js";
import type { SimulationCase } from "../oracle/simulation-case.js";
import { varyContext } from "./cases.js";
import { generateAction } from "./targets.js";

/** Calls that make another kind of requester or of policy out of the same texts; their actions stay as they are. */
const FIXED_SERVICE = /^sts:/i;

/** So many variations of a case; equal seeds and numbers give equal ones. */
export function variationsOf(one: SimulationCase, seed: number, count: number): SimulationCase[] {
  const { request } = one;
  const random = new Random(seed, numberOf(one.id ?? ""));
  const [service = ""] = request.action.toLowerCase().split(":");
  return Array.from({ length: count }, (_, index) => {
    const changes = !FIXED_SERVICE.test(request.action) && random.chance(0.5);
    return {
      ...one,
      id: `${one.id ?? ""}+${index}`,
      request: {
        ...request,
        action: changes ? generateAction(random, service) : request.action,
        context: varyContext(random, request.context ?? {}),
      },
    };
  });
}

/** A variation as the reader would give it, over the policy set of its case; undefined where the reader refuses the request. */
export function buildVariation(base: BuiltCase, { id = "", request }: SimulationCase): BuiltCase | undefined {
  const { principal, action, resource, context = {} } = request;
  const source = sourceText("case.json", JSON.stringify({ principal, action, resource, context }));
  const node = readJson(source, []);
  const question = node && parseQuestion(node, source, []);
  if (question === undefined) return undefined;
  return { ...base, id, request: { ...base.request, action: question.action, context: question.context } };
}

/** A number of its own for each case of a seed: `seed/set/request`. */
function numberOf(id: string): number {
  const [, set = "0", request = "0"] = id.split("/");
  return 0x40000000 + Number(set) * 4 + Number(request);
}
