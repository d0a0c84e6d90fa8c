/** Questions about a policy set that are worth asking first: made of statements, without variables and wildcards in names. */
import type { AuthorizationQuestion } from "../question/authorization-question.js";
import type { DirectoryPrincipal, PolicySet } from "./policy-set.js";

/** The least that a question needs. */
export interface SampleQuestion {
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
}

/** At most so many questions, users first: people are easier to think of than roles. Never empty. */
export function sampleQuestions(policySet: PolicySet, most = 500): readonly SampleQuestion[] {
  const samples: SampleQuestion[] = [];
  for (const sample of candidates(policySet)) {
    samples.push(sample);
    if (samples.length === most) return samples;
  }
  if (samples.length > 0) return samples;
  const principal = policySet.principals[0]?.arn ?? "arn:aws:iam::111111111111:user/alice";
  return [{ principal, action: "s3:GetObject", resource: "arn:aws:s3:::example/key" }];
}

/** The question with nothing else said. */
export function plainQuestion(sample: SampleQuestion): AuthorizationQuestion {
  const { principal, action, resource } = sample;
  const nothing = { context: new Map(), resourceTags: [], sessionPolicies: [], sessionTags: [], whatIf: false };
  return { principal, action, resource, ...nothing };
}

function* candidates({ principals }: PolicySet): Generator<SampleQuestion> {
  for (const principal of principals) if (principal.kind === "user") yield* questionsOf(principal);
  for (const principal of principals)
    if (principal.kind === "session" || principal.kind === "role") yield* questionsOf(principal);
}

function* questionsOf({ arn, identityPolicies }: DirectoryPrincipal): Generator<SampleQuestion> {
  for (const { effect, action, resource } of identityPolicies.flatMap(({ document }) => document.statements)) {
    if (effect !== "Allow" || action.negated || resource === undefined || resource.negated) continue;
    const concreteAction = action.patterns.find((pattern) => /^[^*?$]+$/.test(pattern));
    const resources = resource.patterns.filter((pattern) => !/[?$]/.test(pattern) && pattern.startsWith("arn:"));
    if (concreteAction === undefined) continue;
    for (const pattern of resources)
      yield { principal: arn, action: concreteAction, resource: pattern.replaceAll(/\*+/g, "example") };
  }
}
