/** The work of `verdict check`: one decision. Exit code 0 if allowed, 1 if denied, 2 if there is no decision. */
import { policyPath } from "../../config/policy-settings.js";
import { readSetting } from "../../config/settle-setting.js";
import { Engine } from "../../engine/engine.js";
import { readInputs } from "../../files/piped-source.js";
import { isDirectory } from "../../files/sources.js";
import { arnMeant } from "../../policy/document/arn.js";
import { parsePolicyDocument } from "../../policy/document/parse-document.js";
import { parseSource } from "../../policy/formats/build-policy-set.js";
import type { PolicySet } from "../../policy/policy-set.js";
import { type AuthorizationQuestion, parseQuestion } from "../../question/authorization-question.js";
import type { Decision, DecisionError } from "../../question/decision.js";
import { type ServerFlags, serverFlagsOf } from "../../reach/server-options.js";
import { millisecondsGiven } from "../../terminal/clock-option.js";
import { CommandError, refuse } from "../../terminal/command-error.js";
import { contextOf, tagsOf } from "../../terminal/key-value.js";
import { loadPolicies } from "../../terminal/load-policies.js";
import { reportDecision } from "../../terminal/report-decision.js";
import { findingLine } from "../../terminal/report-findings.js";
import { printError, printJson } from "../../terminal/terminal.js";
import { didYouMean } from "../../text/closest-name.js";
import type { Finding } from "../../text/finding.js";
import { readJson } from "../../text/json-reader.js";
import { quote } from "../../text/quote.js";
import { sourceText } from "../../text/source-text.js";
import { warnOfQuestion } from "./question-warnings.js";

/** What the command line gave. */
export interface CheckOptions extends ServerFlags {
  readonly policies?: string;
  readonly question?: string;
  readonly questions?: string;
  readonly principal?: string;
  readonly action?: string;
  readonly resource?: string;
  readonly context: readonly string[];
  readonly resourceAccount?: string;
  readonly resourceTag: readonly string[];
  readonly sessionTag: readonly string[];
  readonly sessionPolicy: readonly string[];
  readonly endpoint?: string;
  readonly time?: string;
  readonly explain?: boolean;
  readonly json?: boolean;
}

/** Runs the command. */
export async function check(options: CheckOptions): Promise<void> {
  const { server } = options;
  if (server !== undefined) return checkServer(server, options);
  const [serverFlag] = serverFlagsOf(options);
  if (serverFlag !== undefined) throw refuse(`${serverFlag}: needs --server`);
  const nowMs = clockOf(options);
  const read = options.question === undefined ? undefined : await readQuestion(options.question);
  const policySet = await loadPolicies(readSetting(policyPath, { policies: options.policies }));
  const question = read ?? (await questionOf(options, (file) => readSessionPolicy(file, policySet)));
  // CTX-1: a question that asks "what if" is asked of files, so that nobody is let in by its answer.
  const engine = await Engine.start({ workers: 0, allowWhatIf: true });
  try {
    engine.publish(policySet);
    const answer = engine.decide(question, { detail: "explain", ...(nowMs === undefined ? {} : { nowMs }) });
    const { closestPrincipal } = await import("../../policy/closest-principal.js");
    if ("error" in answer) {
      const meant = answer.error.startsWith("principal:")
        ? closestPrincipal(question.principal, policySet)
        : answer.error.startsWith("resource:")
          ? arnMeant(question.resource)
          : undefined;
      await tell(question, { error: `${answer.error}${didYouMean(meant)}` }, options);
      return;
    }
    const suggestion = answer.unknownPrincipal ? closestPrincipal(question.principal, policySet) : undefined;
    if (policySet.profile === "aws") await warnOfQuestion(question);
    warnOfAccount(question, policySet);
    await tell(question, answer, { ...options, ...(suggestion === undefined ? {} : { suggestion }) });
  } finally {
    await engine.close();
  }
}

/** An account that the set does not know may be anybody's, unless it is no account at all (XACC-5). */
function warnOfAccount({ resourceAccount }: AuthorizationQuestion, { accounts }: PolicySet): void {
  if (resourceAccount === undefined || /^[0-9]{12}$/.test(resourceAccount)) return;
  if (accounts.some(({ id }) => id === resourceAccount)) return;
  const cause = `${quote(resourceAccount)} is neither twelve digits nor an account of the set`;
  printError({ text: "warning", colour: "yellow" }, `: --resource-account: ${cause}`);
}

/** Asks a running server: the same answers, texts and exit codes. */
async function checkServer(server: string, options: CheckOptions): Promise<void> {
  if (options.policies !== undefined) throw refuse("--policies, --server: a question is asked to one of them");
  if (options.time !== undefined) throw refuse("--time: a running server decides by its own clock");
  const question =
    options.question === undefined ? await questionOf(options, readPolicyText) : await readQuestion(options.question);
  const { askedServer } = await import("../../reach/asked-server.js");
  const asked = await askedServer(server, options);
  const { askServer } = await import("../../reach/ask-server.js");
  const answer = await askServer(asked, question, "explain");
  if (!("error" in answer)) await warnOfQuestion(question);
  await tell(question, answer, options);
}

async function tell(
  question: AuthorizationQuestion,
  answer: Decision | DecisionError,
  { json, explain, suggestion }: CheckOptions & { readonly suggestion?: string },
): Promise<void> {
  process.exitCode = "error" in answer ? 2 : answer.allowed ? 0 : 1;
  const told = explain === true || "error" in answer ? answer : withoutExplanation(answer);
  if (json === true) await printJson(told);
  else if ("error" in told) throw refuse(told.error);
  else await reportDecision(question, told, suggestion);
}

/** Explanations are long; whose both sides are is worth a line to everybody. */
export function withoutExplanation({ layers: _, statements: __, message: ___, ...decision }: Decision): Decision {
  return decision;
}

async function questionOf(
  options: CheckOptions,
  readPolicy: (file: string) => Promise<string>,
): Promise<AuthorizationQuestion> {
  const { principal = "", action = "", resource = "", resourceAccount, endpoint } = options;
  return {
    principal,
    action,
    resource,
    context: contextOf("--context", options.context),
    ...(resourceAccount === undefined ? {} : { resourceAccount }),
    resourceTags: tagsOf("--resource-tag", options.resourceTag),
    sessionPolicies: await Promise.all(options.sessionPolicy.map(readPolicy)),
    sessionTags: tagsOf("--session-tag", options.sessionTag),
    ...(endpoint === undefined ? {} : { endpoint }),
    whatIf: false,
  };
}

/** The text of a document that the server reads. */
async function readPolicyText(file: string): Promise<string> {
  const findings: Finding[] = [];
  const [source] = (await isDirectory(file)) ? [] : await readInputs(file, findings);
  if (findings.length > 0) throw new CommandError(findings.map(findingLine));
  if (source === undefined) throw refuse(`--session-policy: ${quote(file)} is a directory`);
  if (!/^\s*\{/.test(source.text)) throw refuse(`${source.file}:1:1: a session policy is a JSON text`);
  return source.text;
}

/** The text of a document, parsed here as well so that mistakes are told with their lines. */
async function readSessionPolicy(file: string, { profile, accounts }: PolicySet): Promise<string> {
  if (await isDirectory(file)) throw refuse(`--session-policy: ${quote(file)} is a directory`);
  const findings: Finding[] = [];
  const [source] = await readInputs(file, findings);
  const node = source && parseSource(source, findings);
  if (source !== undefined && node !== undefined) {
    const accountIds = new Set(accounts.map(({ id }) => id));
    parsePolicyDocument(node, source, "session", findings, { profile, accountIds });
    if (!/^\s*\{/.test(source.text)) throw refuse(`${source.file}:1:1: a session policy is a JSON text`);
  }
  if (findings.some(({ severity }) => severity === "error")) throw new CommandError(findings.map(findingLine));
  return source?.text ?? "";
}

/** The clock that the command line gives, in milliseconds since 1970. Throws CommandError. */
export function clockOf({ time }: Pick<CheckOptions, "time">): number | undefined {
  return time === undefined ? undefined : millisecondsGiven("--time", time);
}

/** The question that a file or a stream has, read as HTTP reads it. Throws CommandError with every mistake and its place. */
/** Of a file, or of the option itself where it holds the JSON. */
async function readQuestion(given: string): Promise<AuthorizationQuestion> {
  const isInline = /^\s*\{/.test(given);
  if (!isInline && (await isDirectory(given))) throw refuse(`--question: ${quote(given)} is a directory`);
  const findings: Finding[] = [];
  const [source] = isInline ? [sourceText("--question", given)] : await readInputs(given, findings);
  const node = source && readJson(source, findings);
  const question = node && source && parseQuestion(node, source, findings);
  if (question === undefined) throw new CommandError(findings.map(findingLine));
  return question;
}
