// A question as the baselines get it: parsed before the clock starts, with everything that is equal for all statements done.
import { NOW_SECONDS, type Workload, type WorkloadQuestion } from "../workloads/workload.js";

/** Context by lower-case key; the keys that the engine derives (section 10) are in it. */
export type ContextValues = ReadonlyMap<string, string>;

/** A parsed question. */
export interface ParsedQuestion {
  /** Index into the workload's principals: finding them by ARN is free, too. */
  readonly principal: number;
  /** In lower case. */
  readonly action: string;
  readonly resource: string;
  readonly context: ContextValues;
}

/** Parses a question of a workload. */
export function parseQuestion(workload: Workload, question: WorkloadQuestion): ParsedQuestion {
  const principal = workload.principals[question.principal];
  if (principal === undefined) throw new Error(`no principal ${question.principal}`);
  const context = new Map<string, string>();
  for (const [key, value] of Object.entries(question.context)) context.set(key.toLowerCase(), value);
  context.set("aws:principalarn", principal.arn);
  context.set("aws:principalaccount", workload.account);
  context.set("aws:principaltype", principal.kind === "user" ? "User" : "AssumedRole");
  context.set("aws:principalisawsservice", "false");
  context.set("aws:resourceaccount", workload.account);
  context.set("aws:currenttime", new Date(NOW_SECONDS * 1000).toISOString());
  context.set("aws:epochtime", String(NOW_SECONDS));
  if (principal.kind === "user") context.set("aws:username", principal.name);
  if (principal.team !== undefined) context.set("aws:principaltag/team", principal.team);
  for (const [tag, value] of Object.entries(question.resourceTags ?? {})) {
    context.set(`aws:resourcetag/${tag.toLowerCase()}`, value);
  }
  return {
    principal: question.principal,
    action: question.action.toLowerCase(),
    resource: question.resource,
    context,
  };
}
