/** The request that a document's check shows as a simulation case, so that whoever has the document can have it decided again. */
import { questionJson } from "../audit/question-json.js";
import { isFederationAction } from "../policy/requester.js";
import type { AuthorizationQuestion } from "../question/authorization-question.js";
import type { PolicyType } from "../question/layers.js";
import { ownerAccount } from "./document-worlds.js";
import { hasPrincipals } from "./lone-set.js";

const full = {
  name: "account",
  document: { Version: "2012-10-17", Statement: { Effect: "Allow", Action: "*", Resource: "*" } },
};

/** The case; `document` stands in it as it is given. Who asks is allowed everything by their own account where the document says who. */
export function replayCase(
  id: string,
  document: unknown,
  type: PolicyType,
  question: AuthorizationQuestion,
): Readonly<Record<string, unknown>> {
  const { whatIf: _, ...request } = questionJson(question);
  const { principal, action } = question;
  const isProvider =
    /^arn:.*:(?:oidc|saml)-provider\//s.test(principal) ||
    (!principal.startsWith("arn:") && isFederationAction(action));
  return {
    id,
    profile: "generic",
    whatIf: true,
    policies: hasPrincipals(type)
      ? {
          identity: [full],
          ...(principal.includes(":federated-user/") ? { session: full.document } : {}),
          resource: document,
        }
      : { identity: [{ name: id, document }] },
    request: {
      ...request,
      ...(hasPrincipals(type) ? { resourceAccount: ownerAccount } : {}),
      ...(isProvider ? { principalIsProvider: true } : {}),
    },
  };
}

/** A shell's words that decide it by some files of documents, one after the other. */
export function replayCommand(files: readonly string[], type: PolicyType, question: AuthorizationQuestion): string {
  // Both are a word of jq's: the name of the file, and what it holds.
  const [name, held] = ["\ue0f0name\ue0f0", "\ue0f0held\ue0f0"];
  const program = JSON.stringify(replayCase(name, held, type, question))
    .replaceAll(`"${name}"`, "$file")
    .replaceAll(`"${held}"`, "$document[0]");
  const names = files.map(shellWord).join(" ");
  return `for file in ${names}; do jq -cn --arg file "$file" --slurpfile document "$file" ${shellWord(program)}; done | verdict simulate`;
}

/** For a shell. */
export function shellWord(text: string): string {
  return /^[A-Za-z0-9_./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
