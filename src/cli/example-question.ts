/** A question about a policy set that is worth asking first, for the ready line of `verdict serve`. */
import type { AuthorizationQuestion } from "../policy/authorization-question.js";
import type { DirectoryPrincipal, PolicySet } from "../policy/policy-set.js";

/** A question that `isAllowed`, else any question made of a statement, else one about the first principal. */
export function exampleQuestion(
  policySet: PolicySet,
  isAllowed: (question: AuthorizationQuestion) => boolean,
): AuthorizationQuestion {
  let first: AuthorizationQuestion | undefined;
  let tried = 0;
  for (const question of candidates(policySet)) {
    first ??= question;
    if (isAllowed(question)) return question;
    tried++;
    if (tried === mostCandidates) break;
  }
  const principal = policySet.principals[0]?.arn ?? "arn:aws:iam::111111111111:user/alice";
  return first ?? question(principal, "s3:GetObject", "arn:aws:s3:::example/key");
}

/** The command line that asks the question, quoted for a shell. */
export function checkCommand(policies: string, { principal, action, resource }: AuthorizationQuestion): string {
  const words = ["--policies", policies, "--principal", principal, "--action", action, "--resource", resource];
  return `npx verdict check ${words.map(shellWord).join(" ")}`;
}

const mostCandidates = 500;

/** Users first: people are easier to think of than roles. */
function* candidates({ principals }: PolicySet): Generator<AuthorizationQuestion> {
  const users = principals.filter(({ kind }) => kind === "user");
  const others = principals.filter(({ kind }) => kind === "session" || kind === "role");
  for (const principal of [...users, ...others]) yield* questionsOf(principal);
}

function* questionsOf({ arn, identityPolicies }: DirectoryPrincipal): Generator<AuthorizationQuestion> {
  for (const { effect, action, resource } of identityPolicies.flatMap(({ document }) => document.statements)) {
    if (effect !== "Allow" || action.negated || resource === undefined || resource.negated) continue;
    const concreteAction = action.patterns.find((pattern) => /^[^*?$]+$/.test(pattern));
    const resources = resource.patterns.filter((pattern) => !/[?$]/.test(pattern) && pattern.startsWith("arn:"));
    if (concreteAction === undefined) continue;
    for (const pattern of resources) yield question(arn, concreteAction, pattern.replaceAll(/\*+/g, "example"));
  }
}

function question(principal: string, action: string, resource: string): AuthorizationQuestion {
  return {
    principal,
    action,
    resource,
    context: new Map(),
    resourceTags: [],
    sessionPolicies: [],
    sessionTags: [],
    whatIf: false,
  };
}

function shellWord(text: string): string {
  return /^[A-Za-z0-9_./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
