// pbac takes AWS's documents almost as they are: numbers must be numbers, in documents and context, or no numeric test is ever true.
// One instance a principal, context nested by the parts of the key.
import { loadPeer } from "../peer-packages.js";
import { type DocumentJson, documentsOf, listOf, type Workload } from "../workloads/workload.js";
import { fullContext, type Peer } from "./peer.js";

interface Pbac {
  evaluate(question: Question): boolean;
}

interface Question {
  readonly action: string;
  readonly resource: string;
  readonly context: Readonly<Record<string, Readonly<Record<string, string | number>>>>;
}

/** The one key of W1 that is compared as a number. */
const NUMERIC_KEY = "aws:MultiFactorAuthAge";

/** pbac with the policies of a workload. */
export function openPbac(workload: Workload): Peer {
  const Pbac = loadPeer<new (policies: readonly unknown[]) => Pbac>("pbac");
  const instances = workload.principals.map((principal) => {
    return new Pbac(documentsOf(workload, principal).map((name) => withNumbers(workload.policies[name])));
  });
  const questions = workload.questions.map(({ action, resource }, index): Question => {
    const context: Record<string, Record<string, string | number>> = {};
    for (const [key, value] of Object.entries(fullContext(workload, index))) {
      const [service = "", ...name] = key.split(":");
      context[service] = { ...context[service], [name.join(":")]: key === NUMERIC_KEY ? Number(value) : value };
    }
    return { action, resource, context };
  });
  return {
    name: "pbac",
    decide(index) {
      const instance = instances[workload.questions[index]?.principal ?? -1];
      return instance?.evaluate(questions[index] as Question) === true ? "allowed" : "denied";
    },
  };
}

function withNumbers(document: DocumentJson | undefined): unknown {
  const statements = document?.Statement.map(({ Condition, ...rest }) => {
    if (Condition === undefined) return rest;
    const tests = Object.entries(Condition).map(([operator, keys]) => {
      if (!operator.startsWith("Numeric")) return [operator, keys] as const;
      return [
        operator,
        Object.fromEntries(Object.entries(keys).map(([key, values]) => [key, listOf(values).map(Number)])),
      ];
    });
    return { ...rest, Condition: Object.fromEntries(tests) };
  });
  return { Version: document?.Version, Statement: statements };
}
