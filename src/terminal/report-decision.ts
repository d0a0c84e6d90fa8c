/** A decision in words: what was decided, by which statement of which file, and what was missing. */

import { parseOperator } from "../policy/document/operator.js";
import type { AuthorizationQuestion } from "../question/authorization-question.js";
import type { CrossAccount, Decision, MatchedStatement } from "../question/decision.js";
import { isFullAccess, nounOf, reportOrder } from "../question/layers.js";
import { type Piece, printLine } from "./terminal.js";

/** A decision of this process or of a server, which may have kept its reasons to itself. */
export interface ReportedDecision extends Decision {
  readonly outcomeOnly?: true;
}

/** Prints a decision for a person. */
export async function reportDecision(
  question: AuthorizationQuestion,
  decision: ReportedDecision,
  /** Who may have been meant by a principal that the set does not know. */
  suggestion?: string,
): Promise<void> {
  const colour = decision.allowed ? "green" : "red";
  if (decision.outcomeOnly === true) {
    await printLine({ text: decision.decision, colour }, ": the server tells this caller the outcome only");
    return;
  }
  await printLine({ text: decision.decision, colour }, `: ${reasonOf(decision)}`);
  for (const statement of decision.matchedStatements) await printLine(`  ${statementText(statement)}`);
  if (decision.unknownPrincipal) {
    await printLine(`  the policy set does not know ${question.principal}: decided without identity policies`);
    if (suggestion !== undefined) await printLine(`  did you mean ${suggestion}?`);
  }
  if (decision.crossAccount !== undefined && !decision.allowed) {
    for (const line of crossAccountLines(decision.crossAccount)) await printLine(`  ${line}`);
  }
  if (decision.blockedBy.length > 0) await printLine(`blocked by: ${decision.blockedBy.join(", ")}`);
  if (decision.missingContextKeys.length > 0) {
    await printLine(`missing context keys: ${decision.missingContextKeys.join(", ")}`);
  }
  // Identity and resource policies are in the list above (OUT-6); the others tell by themselves what they lacked (OUT-13).
  for (const [type, keys] of Object.entries(decision.missingContextKeysByType ?? {})) {
    if (type === "identity" || type === "resource") continue;
    await printLine(`missing context keys of the ${nounOf(type).replace(/^an? /, "")}: ${keys.join(", ")}`);
  }
  await reportExplanation(decision);
}

/** Both accounts of a question across accounts, and who says so. */
function crossAccountLines({ principalAccount, resourceAccount, ...from }: CrossAccount): readonly string[] {
  return [
    "across accounts both sides have to allow (XACC-1):",
    `  the principal is of ${principalAccount} (its ARN)`,
    `  the resource is of ${resourceAccount} (${ownerSource(from)})`,
    ...(from.resourceAccountFrom === "arn"
      ? ["  if it is not: `owners` in the policy set or --resource-account says whose"]
      : []),
  ];
}

function ownerSource({ resourceAccountFrom, namedBy }: Pick<CrossAccount, "resourceAccountFrom" | "namedBy">): string {
  if (resourceAccountFrom === "question") return "the question's resource account";
  if (resourceAccountFrom === "resource") return `the entry ${namedBy ?? ""} of \`resources\``;
  if (resourceAccountFrom === "owners") return `the pattern ${namedBy ?? ""} of \`owners\``;
  return "the fifth field of its ARN";
}

/** Why it was decided so, in a few words. */
export function reasonOf({ decision, blockedBy, matchedStatements }: Decision): string {
  if (decision === "allowed") {
    const types = [...new Set(matchedStatements.map(({ policyType }) => policyType))];
    return types.length === 0
      ? "nothing limits this principal here"
      : `${listed(types.map(nounOf))} ${types.length === 1 ? "allows" : "allow"} it`;
  }
  if (decision === "explicitDeny") {
    return `${listed(blockedBy.map(nounOf))} ${blockedBy.length === 1 ? "denies" : "deny"} it`;
  }
  const reasons = blockedBy.map((type) =>
    type === "service"
      ? "the service does not accept this principal"
      : `no ${nounOf(type).replace(/^an? /, "")} allows it`,
  );
  return reasons.length === 0 ? "no statement allows it" : listed(reasons);
}

function listed(texts: readonly string[]): string {
  const last = texts.at(-1) ?? "";
  return texts.length < 2 ? last : `${texts.slice(0, -1).join(", ")} and ${last}`;
}

/** `Deny in scp policy StayInEurope, Sid DenyElsewhere (policies/StayInEurope.json:4:5)`. */
export function statementText({
  effect,
  policyType,
  policy,
  statement,
  sid,
  file,
  line,
  column,
  attachedTo,
}: MatchedStatement): string {
  const name = sid === undefined || sid === "" ? `Statement[${statement}]` : `Sid ${sid}`;
  const place =
    file === ""
      ? isFullAccess(policyType, policy)
        ? " (AWS's own policy, no file)"
        : ""
      : ` (${file}:${line}:${column})`;
  const level = attachedTo === undefined ? "" : `, attached to ${attachedTo}`;
  return `${effect} in ${policyType} policy ${policy}, ${name}${place}${level}`;
}

/** The layers from the organization down to the session, then the statements that did not apply. */
async function reportExplanation({ layers = [], statements = [], message }: Decision): Promise<void> {
  if (layers.length > 0) {
    await printLine("");
    for (const type of reportOrder) {
      for (const { policyType, verdict } of layers) {
        if (policyType === type) await printLine(`  ${policyType.padEnd(10)}`, verdictPiece(verdict));
      }
    }
  }
  // What only a condition kept from applying is nearer to an answer than what is about something else.
  const isNear = ({ failedElement }: Failure): number => (failedElement === "condition" ? 1 : 0);
  const others = statements.filter(({ applies }) => !applies).sort((left, right) => isNear(right) - isNear(left));
  if (others.length > 0) {
    await printLine("");
    await printLine("did not apply:");
    for (const { statement, ...why } of others) await printLine(`  ${statementText(statement)}: ${failureText(why)}`);
  }
  if (message !== undefined && message !== "") {
    await printLine("");
    await printLine(message);
  }
}

/** What a layer answered, in the colour of that. */
export function verdictPiece(verdict: string): Piece {
  return { text: verdict, colour: verdict === "allow" ? "green" : verdict === "deny" ? "red" : "dim" };
}

/** What an explanation says besides the statement. */
export type Failure = Omit<NonNullable<Decision["statements"]>[number], "statement" | "applies">;

/** Why a statement did not apply. */
export function failureText({
  failedElement,
  operator,
  key,
  requestValues = [],
  keyMissing,
  wantedValues = [],
  moreWantedValues = 0,
}: Failure): string {
  if (failedElement !== "condition") return `the ${failedElement ?? "statement"} does not match`;
  const test = `${operator ?? "the condition"} ${key ?? ""}`.trim();
  const but = operator !== undefined && parseOperator(operator)?.negated === true ? "anything but " : "";
  const wanted = wantedValues.length === 0 ? "" : `wanted ${but}${wantedText(wantedValues, moreWantedValues)}, `;
  if (keyMissing === true) return `${test}: ${wanted}the request does not have the key`;
  return `${test}: ${wanted}the request has ${requestValues.length === 0 ? "no value" : requestValues.join(", ")}`;
}

/** Values that one line has room for. */
const MOST_VALUES = 5;

/** `green (${aws:PrincipalTag/team})`, with what was written behind what its variables made of it. */
function wantedText(values: NonNullable<Failure["wantedValues"]>, others: number): string {
  const shown = values
    .slice(0, MOST_VALUES)
    .map(({ written, filled }) => (filled === undefined ? written : `${filled} (${written})`));
  const more = values.length - shown.length + others;
  return `${shown.join(" or ")}${more > 0 ? ` or ${more} more` : ""}`;
}
