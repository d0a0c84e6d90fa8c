/** One question to a running server over gRPC, answered as an engine in this process would answer it. */
import type { Detail, Failure } from "../client/answer.js";
import { NO_CONNECTION } from "../client/call-failure.js";
import { connect } from "../client/client.js";
import type { AuthorizationQuestion } from "../question/authorization-question.js";
import type { Decision, DecisionError } from "../question/decision.js";
import type { Question } from "../question/question.js";
import { refuse } from "../terminal/command-error.js";
import type { Tag } from "../text/tag.js";
import type { AskedServer } from "./asked-server.js";
import { connectionTrouble } from "./connection-trouble.js";

/** The decision, or why the server has none. Throws CommandError where the server cannot be asked. */
export async function askServer(
  { address, options }: AskedServer,
  question: AuthorizationQuestion,
  detail: Detail,
): Promise<Decision | DecisionError> {
  const client = connect(address, options);
  try {
    const answer = await client.authorize(plainQuestion(question), { detail });
    if (answer.decision !== "error") return answer;
    if (answer.code === "undecided" || answer.code === "invalidQuestion") return { error: answer.error };
    throw refuse(`${address}: ${await troubleOf(answer, address, options.tls ?? false)}`);
  } finally {
    client.close();
  }
}

async function troubleOf(
  failure: Failure,
  address: string,
  tls: Parameters<typeof connectionTrouble>[1],
): Promise<string> {
  const { code, error, status } = failure;
  const reason = error.replace(/^call: [A-Z_]+: /, "");
  if (code === "unavailable") {
    const trouble = await connectionTrouble(address, tls);
    if (trouble !== undefined) return trouble;
    return reason.startsWith(NO_CONNECTION)
      ? "the connection was ended before an answer: does the server ask for a certificate of the client (--tls-cert, --tls-key)?"
      : reason;
  }
  if (code === "deadlineExceeded") return (await connectionTrouble(address, tls)) ?? "no answer in time";
  if (status === "UNAUTHENTICATED") return `${reason}: give --token-file FILE, or --tls-cert and --tls-key`;
  if (status === "UNIMPLEMENTED") return "what listens there has no verdict.v1.AuthorizationService";
  return reason;
}

/** The members that a client sends. */
function plainQuestion(question: AuthorizationQuestion): Question {
  const { context, resourceTags, sessionTags, ...rest } = question;
  return {
    ...rest,
    context: Object.fromEntries(context),
    resourceTags: tagsObject(resourceTags),
    sessionTags: tagsObject(sessionTags),
  };
}

function tagsObject(tags: readonly Tag[]): Readonly<Record<string, string>> {
  return Object.fromEntries(tags.map(({ key, value }) => [key, value]));
}
