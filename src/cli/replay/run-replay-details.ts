/**
 * The work of `verdict replay --troubleshooter`: decides again what AWS's Access Troubleshooter explains, and tells where Verdict answers
 * otherwise or for other statements. Exit code 0, 1 if something differs, 2 if something could not be read.
 */
import { policyPath } from "../../config/policy-settings.js";
import { readSetting } from "../../config/settle-setting.js";
import { Engine } from "../../engine/engine.js";
import type { Cause } from "../../evidence/cloudtrail/judge-calls.js";
import { DetailsJudge, type EvaluationJudgement } from "../../evidence/cloudtrail/judge-details.js";
import type { AwsEvaluation, AwsStatement, RequestDetails } from "../../evidence/cloudtrail/request-details.js";
import { readEvidence } from "../../evidence/sources/read-evidence.js";
import type { MatchedStatement } from "../../question/decision.js";
import { loadPolicies } from "../../terminal/load-policies.js";
import { isOutputClosed, printError, printJson, printLine } from "../../terminal/terminal.js";

/** What the command line gave. */
export interface DetailsOptions {
  readonly policies?: string | undefined;
  readonly json?: boolean;
}

interface Tally {
  events: number;
  agree: number;
  /** The same answer for other statements. */
  statementsDiffer: number;
  readonly causes: Record<Cause, number>;
  /** Evaluations of which AWS does not say the answer. */
  unanswered: number;
}

/** Runs the command. */
export async function replayDetails(paths: readonly string[], options: DetailsOptions): Promise<void> {
  const set = await loadPolicies(readSetting(policyPath, { ...options }));
  const { explained, problems } = await readEvidence(paths.map((path) => ({ path })));
  for (const { file, kind, text } of problems)
    printError(`${file}: ${kind === "unknown" ? "passed over: " : ""}${text}`);
  const engine = await Engine.start({ workers: 0, allowWhatIf: true });
  engine.publish(set);
  const judge = new DetailsJudge(set, (question) => engine.decide(question));
  const causes = { policyMissing: 0, contextMissing: 0, unmappedEvent: 0, engine: 0 };
  const tally: Tally = { events: 0, agree: 0, statementsDiffer: 0, causes, unanswered: 0 };
  try {
    for (const { file, details } of explained) {
      if (details.isTruncated) printError(`${file}: more evaluations are on another page`);
      for (const [index, evaluation] of details.evaluations.entries()) {
        if (isOutputClosed()) return;
        if (evaluation.answer === undefined) tally.unanswered++;
        else await judgeOne(judge, { details, evaluation, name: `${file}#${index}` }, tally, options);
      }
    }
  } finally {
    await engine.close();
  }
  const isUnreadable = problems.some(({ kind }) => kind === "unreadable");
  if (tally.events === 0 && !isUnreadable) printError("no answer of AWS's could be compared");
  process.exitCode = isUnreadable || tally.events === 0 ? 2 : tally.agree < tally.events ? 1 : 0;
  await printTally(tally, options);
}

interface Judged {
  readonly details: RequestDetails;
  readonly evaluation: AwsEvaluation;
  /** The file, and which of its evaluations. */
  readonly name: string;
}

async function judgeOne(judge: DetailsJudge, one: Judged, tally: Tally, options: DetailsOptions): Promise<void> {
  const { details, evaluation } = one;
  const judgement = judge.judge(evaluation, details);
  tally.events++;
  if (judgement.agrees) {
    tally.agree++;
    return;
  }
  if (judgement.decision === evaluation.answer) tally.statementsDiffer++;
  if (judgement.cause !== undefined) tally.causes[judgement.cause]++;
  await printDifference(one, judgement, options);
}

async function printDifference(
  { details, evaluation, name }: Judged,
  { decision, cause, onlyAws, onlyVerdict, missing }: EvaluationJudgement,
  { json }: DetailsOptions,
): Promise<void> {
  const { action, resource, answer, question } = evaluation;
  const principal = question?.principal ?? details.principal ?? null;
  if (json === true) {
    const statements = { aws: onlyAws.map(awsJson), verdict: onlyVerdict.map(verdictJson) };
    const rest = { principal, action, resource, statements, missingPolicies: missing };
    await printJson({ eventID: name, aws: answer, decision, cause, ...rest });
    return;
  }
  const aws = { text: answer ?? "", colour: "yellow" } as const;
  const ours = { text: decision ?? "not decided", colour: "red" } as const;
  await printLine(`${name}: ${principal ?? "?"} ${action} ${resource}: AWS `, aws, ", here ", ours);
  for (const { policy, sid, effect } of onlyAws) {
    const what = `${effect ?? "a statement"} ${sid === undefined ? "without Sid" : `\`${sid}\``}`;
    await printLine(`  only AWS: ${what} of ${policy.isInline ? `an inline ${policy.type ?? ""} policy` : policy.uri}`);
  }
  for (const { policy, policyType, sid, statement, effect } of onlyVerdict) {
    await printLine(
      `  only here: ${effect} ${sid === undefined ? `statement ${statement}` : `\`${sid}\``} of ${policyType} policy ${policy}`,
    );
  }
  for (const policy of missing) await printLine(`  not in the set: ${policy}`);
}

function awsJson({ policy: { uri, type, isInline }, sid, effect }: AwsStatement) {
  return { policyType: type ?? null, policy: uri, inline: isInline, sid: sid ?? null, effect: effect ?? null };
}

function verdictJson({ policyType, policy, statement, sid, effect }: MatchedStatement) {
  return { policyType, policy, statement, sid: sid ?? null, effect };
}

const causeTexts: readonly (readonly [Cause, string])[] = [
  ["policyMissing", "a policy that took part is not in the set"],
  ["contextMissing", "AWS's context lacks what the set's policies read"],
  ["engine", "the set decides otherwise"],
];

async function printTally({ events, agree, statementsDiffer, causes, unanswered }: Tally, { json }: DetailsOptions) {
  if (json === true) {
    await printJson({ summary: { events, agree, statementsDiffer, causes, unanswered } });
    return;
  }
  for (const [cause, text] of causeTexts) if (causes[cause] > 0) await printLine(`${causes[cause]} differ: ${text}`);
  if (unanswered > 0) await printLine(`${unanswered} passed over: AWS does not say what it answered`);
  if (events > 0) await printLine(`${agree} of ${events} answers of AWS agree, statement by statement`);
}
