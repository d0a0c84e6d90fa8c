// W2: what an account looks like that uses AWS's own policies. 500 roles with one to ten managed policies each, as AWS publishes
// them: statements with hundreds of actions, real conditions and variables. The policies are AWS's, everything else is seeded.
import { Random } from "../../test/kit/random.js";
import { ActionCatalogue } from "./action-catalogue.js";
import { managedDocuments } from "./managed-documents.js";
import { makeManagedQuestions } from "./managed-question.js";
import { ACCOUNT, type DocumentJson, listOf, type Workload, type WorkloadPrincipal } from "./workload.js";

const SEED = 2;
const ROLES = 500;
const QUESTIONS = 20_000;
/** Policies that allow or deny everything would hide what the others cost. */
const SWEEPING = new Set(["AdministratorAccess", "PowerUserAccess", "AWSDenyAll", "IAMFullAccess"]);

/** Makes W2. */
export function makeManaged(): Workload {
  const random = new Random(SEED);
  const documents = managedDocuments();
  const names = [...documents.keys()].filter((name) => isAccepted(documents.get(name)));
  const denying = names.filter((name) => documents.get(name)?.Statement.some(({ Effect }) => Effect === "Deny"));
  const principals = Array.from({ length: ROLES }, (_, index): WorkloadPrincipal => {
    const name = `role${index}`;
    const attached = new Set<string>();
    for (let count = random.between(1, 10); attached.size < count; ) {
      const policy = random.pick(random.chance(0.06) ? denying : names);
      if (!SWEEPING.has(policy) || random.chance(0.02)) attached.add(policy);
    }
    return { kind: "role", name, arn: `arn:aws:iam::${ACCOUNT}:role/${name}`, groups: [], policies: [...attached] };
  });
  const policies: Record<string, DocumentJson> = {};
  for (const name of principals.flatMap((principal) => principal.policies)) {
    const document = documents.get(name);
    if (document !== undefined) policies[name] = document;
  }
  const world: Workload = { name: "W2", seed: SEED, account: ACCOUNT, policies, groups: {}, principals, questions: [] };
  return { ...world, questions: makeManagedQuestions(world, new ActionCatalogue(), random, QUESTIONS) };
}

/** VAR-11: a variable before the fifth colon refuses a document; of AWS's policies one has such a variable. */
function isAccepted(document: DocumentJson | undefined): boolean {
  const statements = document?.Statement ?? [];
  return !statements.some(({ Resource }) => listOf(Resource).some((arn) => /^([^:]*:){0,4}[^:]*\$\{/.test(arn)));
}
