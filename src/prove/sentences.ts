/** What results say, as a colleague would. */
import type { AuthorizationQuestion } from "../question/authorization-question.js";
import type { MatchedStatement } from "../question/decision.js";

/** Added where a stranger's request breaks `notPublic`. */
export const whyPublic = ", and so is anybody's";

/** A request in words: who, what, on which resource, with which keys. */
export function requestInWords(question: AuthorizationQuestion): string {
  const { principal, action, resource, context } = question;
  const on = resource === "*" ? "" : ` on ${resource}${resourceFacts(question)}`;
  const keys = [...context].map(([key, values]) => `${key}=${values.join(",")}`);
  return `${action}${on} by ${principal}${keys.length === 0 ? "" : ` with ${keys.join(" ")}`}`;
}

/** What a request tells of its resource besides the ARN: a decision may turn on it. */
function resourceFacts({ resourceAccount, resourceTags }: AuthorizationQuestion): string {
  const facts = [
    ...(resourceAccount === undefined ? [] : [`of account ${resourceAccount}`]),
    ...resourceTags.map(({ key, value }) => `tagged ${key}=${value}`),
  ];
  return facts.length === 0 ? "" : ` (${facts.join(", ")})`;
}

/** `policy/Sid` or `policy[index]`, with its place. */
export function statementInWords({ policyType, policy, statement, sid, file, line }: MatchedStatement): string {
  const name = policy.replace(/^arn:.*[:/]/, "");
  return `${policyType} ${name}${sid === undefined ? `[${statement}]` : `/${sid}`}${file === "" ? "" : ` (${file}:${line})`}`;
}

/** Several of them. */
function listed(statements: readonly MatchedStatement[]): string {
  return [...new Set(statements.map(statementInWords))].join(", ");
}

/** Why an assertion fails. */
export function breaks(
  question: AuthorizationQuestion,
  isAllowed: boolean,
  decidedBy: readonly MatchedStatement[],
  more: string,
): string {
  const by =
    decidedBy.length === 0
      ? isAllowed
        ? ", which needs no grant (SVC-7): name `actions` to leave out what AWS allows to everybody"
        : ", since nothing allows it"
      : `, by ${listed(decidedBy)}`;
  return `${requestInWords(question)} is ${isAllowed ? "allowed" : "refused"}${more}${by}`;
}

/** What a proof rests on: it would fail without each of these statements. `isUpToOthers`: some is granted if their own account does, too. */
export function carried(
  carriers: readonly MatchedStatement[] | undefined,
  wanted: boolean,
  isUpToOthers: boolean,
): string {
  if (carriers === undefined) return "proved; there are too many classes to say by which statements";
  if (wanted) {
    if (carriers.length === 0 && isUpToOthers)
      return "what grants it to them is not enough by itself, and none has to deny it";
    if (carriers.length === 0) return "no statement grants it to them, so none has to deny it";
    return `it rests on ${carriers.length === 1 ? "this denial" : `these ${carriers.length} denials`}: ${listed(carriers)}`;
  }
  if (carriers.length === 0) return "it needs no grant, and nothing denies it";
  return `it rests on ${carriers.length === 1 ? "this grant" : `these ${carriers.length} grants`}, and nothing denies it: ${listed(carriers)}`;
}

/** What a comparison has shown. */
export function unchanged(bothWays: boolean): string {
  return bothWays ? "both sets decide every request alike" : "whatever is allowed now was allowed before";
}

/** What depends on the policies of a stranger's account. */
export function caveatOf(question: AuthorizationQuestion): string {
  return `${requestInWords(question)} is up to the caller's account, whose policies the set does not have: this side would let it pass (XACC-1)`;
}
