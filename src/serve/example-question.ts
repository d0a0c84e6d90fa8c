/** A question about a policy set that is worth asking first, for the ready lines of `verdict serve`. */
import type { SampleQuestion } from "../policy/sample-questions.js";

/** The first question that `isAllowed`, else the first one. */
export function exampleQuestion(
  samples: readonly SampleQuestion[],
  isAllowed: (question: SampleQuestion) => boolean,
): SampleQuestion | undefined {
  return samples.find(isAllowed) ?? samples[0];
}

/** The command line that asks the question, quoted for a shell. */
export function checkCommand(policies: string, { principal, action, resource }: SampleQuestion): string {
  const words = ["--policies", policies, "--principal", principal, "--action", action, "--resource", resource];
  return `npx verdict check ${words.map(shellWord).join(" ")}`;
}

function shellWord(text: string): string {
  return /^[A-Za-z0-9_./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
