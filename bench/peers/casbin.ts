// casbin: a rule for every combination of action and resource of a statement. Wildcards and conditions, which its own functions do not
// have in this form, are functions of the baseline. Two ways to use it: one enforcer where principals hold policies as roles, and an
// enforcer for each principal that holds its rules only.
import { compileCondition } from "../evaluator/condition.js";
import { matchGlob } from "../evaluator/glob.js";
import { holdAll } from "../evaluator/plain.js";
import { type ContextValues, parseQuestion } from "../evaluator/question.js";
import { loadPeer } from "../peer-packages.js";
import { documentsOf, listOf, type Workload } from "../workloads/workload.js";
import { conditionTests } from "./condition-test.js";
import type { Peer } from "./peer.js";

interface Casbin {
  newModelFromString(text: string): unknown;
  newEnforcer(model: unknown): Promise<Enforcer>;
}

interface Enforcer {
  addFunction(name: string, call: (...values: never[]) => boolean): Promise<void>;
  addPolicies(rules: readonly (readonly string[])[]): Promise<boolean>;
  addGroupingPolicies(rules: readonly (readonly string[])[]): Promise<boolean>;
  enforceSync(...values: unknown[]): boolean;
}

const MODEL = `
[request_definition]
r = sub, act, obj, ctx
[policy_definition]
p = sub, act, obj, cond, eft
[role_definition]
g = _, _
[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))
[matchers]
m = g(r.sub, p.sub) && glob(p.act, r.act) && glob(p.obj, r.obj) && holds(r.ctx, p.cond)
`;

/** casbin with the policies of a workload in one enforcer. */
export async function openCasbin(workload: Workload): Promise<Peer> {
  const { rules, holds } = translate(workload);
  const enforcer = await newEnforcer(holds);
  await enforcer.addPolicies(rules);
  await enforcer.addGroupingPolicies(
    workload.principals.flatMap((one) => documentsOf(workload, one).map((name) => [one.arn, name])),
  );
  return peerOf("casbin", workload, () => enforcer);
}

/** casbin with an enforcer for each principal. */
export async function openCasbinByPrincipal(workload: Workload): Promise<Peer> {
  const { rules, holds } = translate(workload);
  const enforcers = await Promise.all(
    workload.principals.map(async (principal) => {
      const enforcer = await newEnforcer(holds);
      const names = new Set(documentsOf(workload, principal));
      const own = rules.filter(([name = ""]) => names.has(name)).map(([, ...rest]) => [principal.arn, ...rest]);
      await enforcer.addPolicies(own);
      return enforcer;
    }),
  );
  return peerOf("casbin, an enforcer a principal", workload, (principal) => enforcers[principal]);
}

type Holds = (context: ContextValues, condition: string) => boolean;

function translate(workload: Workload): { readonly rules: readonly (readonly string[])[]; readonly holds: Holds } {
  const conditions: ReturnType<typeof compileCondition>[][] = [];
  const rules: string[][] = [];
  for (const [name, document] of Object.entries(workload.policies)) {
    for (const statement of document.Statement) {
      const index = conditions.length;
      conditions.push(
        conditionTests(statement).map(({ operator, key, values }) => compileCondition(operator, key, values)),
      );
      const effect = statement.Effect.toLowerCase();
      for (const action of listOf(statement.Action)) {
        for (const resource of listOf(statement.Resource)) {
          rules.push([name, action.toLowerCase(), resource, String(index), effect]);
        }
      }
    }
  }
  return { rules, holds: (context, condition) => holdAll(conditions[Number(condition)] ?? [], context) };
}

async function newEnforcer(holds: Holds): Promise<Enforcer> {
  const casbin = loadPeer<Casbin>("casbin");
  const enforcer = await casbin.newEnforcer(casbin.newModelFromString(MODEL));
  await enforcer.addFunction("glob", matchGlob);
  await enforcer.addFunction("holds", holds);
  return enforcer;
}

function peerOf(name: string, workload: Workload, enforcerOf: (principal: number) => Enforcer | undefined): Peer {
  const questions = workload.questions.map((question) => parseQuestion(workload, question));
  return {
    name,
    decide(index) {
      const question = questions[index];
      const enforcer = enforcerOf(question?.principal ?? -1);
      if (question === undefined || enforcer === undefined) throw new Error(`casbin: no question ${index}`);
      const { principal, action, resource, context } = question;
      return enforcer.enforceSync(workload.principals[principal]?.arn, action, resource, context)
        ? "allowed"
        : "denied";
    },
  };
}
