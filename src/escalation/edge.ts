/** An edge: somebody can become somebody else or an administrator, with the requests that show it. */
import type { AuditAnswer } from "../audit/decided-again.js";
import { questionJson } from "../audit/question-json.js";
import type { WhenEntry } from "../classes/answer.js";

/** Where a chain ends. */
export const administrator = "administrator";

/** An entry of `when`; `step` counts from 1 where there are several. */
export type EdgeWhenEntry = WhenEntry & { readonly step?: number };

/** One way from one principal to another. */
export interface Edge {
  readonly from: string;
  /** An ARN, or `administrator`. */
  readonly to: string;
  /** The id of the way. */
  readonly path: string;
  /** Who is taken over on the way to `administrator`, or the group or policy that is changed. */
  readonly by?: string | undefined;
  /** The id of the way that is open once the first was gone. */
  readonly through?: string | undefined;
  /** For a sentence that begins with who does it. */
  readonly does: string;
  /** Requests that are allowed today, all of them needed. */
  readonly steps: readonly AuditAnswer[];
  /** Requests that are allowed once the steps were made; what changes then is not in the policy set of today. */
  readonly afterwards: readonly AuditAnswer[];
  /** What the policy set does not tell and has to be so. */
  readonly supposes?: string | undefined;
  /** Why it is less than becoming the target. */
  readonly limited?: string | undefined;
}

/** So many ways of several steps together are told. */
const mostWays = 8;

/** The conditions of all steps together: each list is enough by itself; empty if none of them asks for any. */
export function whenOf(steps: readonly AuditAnswer[]): {
  readonly when: readonly (readonly EdgeWhenEntry[])[];
  readonly whenIsPartial: boolean;
} {
  let ways: readonly (readonly EdgeWhenEntry[])[] = [[]];
  let isPartial = false;
  for (const [index, { access, when, whenIsPartial }] of steps.entries()) {
    if (access === "always") continue;
    if (whenIsPartial || when.length === 0) isPartial = true;
    if (when.length === 0) continue;
    const own = when.map((way) => way.map((entry) => (steps.length === 1 ? entry : { step: index + 1, ...entry })));
    const all = ways.flatMap((way) => own.map((more) => [...way, ...more]));
    if (all.length > mostWays) isPartial = true;
    ways = all.slice(0, mostWays);
  }
  const isAlways = ways.every((way) => way.length === 0);
  return { when: isAlways ? [] : ways, whenIsPartial: isPartial };
}

/** The edge as JSON. */
export function edgeJson(edge: Edge): Readonly<Record<string, unknown>> {
  const { from, to, path, by, through, does, steps, afterwards, supposes, limited } = edge;
  const decidedBy = [
    ...new Map(steps.flatMap((one) => one.decidedBy).map((one) => [JSON.stringify(one), one])).values(),
  ];
  return {
    from,
    to,
    path,
    ...(by === undefined ? {} : { by }),
    ...(through === undefined ? {} : { through }),
    does,
    steps: questionsOf(steps),
    ...(afterwards.length === 0 ? {} : { afterwards: questionsOf(afterwards) }),
    ...whenOf(steps),
    ...(supposes === undefined ? {} : { supposes }),
    ...(limited === undefined ? {} : { limited }),
    decidedBy,
  };
}

function questionsOf(answers: readonly AuditAnswer[]) {
  return answers.flatMap(({ witness }) => (witness === undefined ? [] : [questionJson(witness)]));
}
