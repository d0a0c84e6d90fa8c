/**
 * Sessions of roles, with names and tags that the request gives: what asks for them is out of reach of a role by its own ARN, which
 * stands for a session of which nothing is known (EVAL-9).
 */
import type { Asker, Auditor } from "../audit/auditor.js";
import type { KeyFacts } from "../classes/key-space.js";
import type { RequesterFacts } from "../classes/requester-facts.js";
import { parseArn } from "../policy/document/arn.js";
import type { AuthorizationQuestion } from "../question/authorization-question.js";
import { foldText } from "../text/fold.js";

const tagPrefix = "aws:principaltag/";
const plainName = "verdict-load";

/** A session of a role, whose name and tags are open; undefined for whoever is none. */
export function sessionAsker(auditor: Auditor, asker: Asker): Asker | undefined {
  const [role] = asker.requesters;
  if (role?.principal.kind !== "role") return undefined;
  const arn = parseArn(role.principal.arn);
  if (arn === undefined) return undefined;
  const name = arn.rest.slice(arn.rest.lastIndexOf("/") + 1);
  const principal = `arn:${arn.partition}:sts::${arn.account}:assumed-role/${name}/${plainName}`;
  const session = auditor.asker({ principal, members: [principal], isWhole: true });
  return session && { ...session, requesters: session.requesters.map(opened) };
}

function opened(facts: RequesterFacts): RequesterFacts {
  const { principal, derived } = facts;
  const tags = new Set(principal.tags.map(({ key }) => `${tagPrefix}${foldText(key)}`));
  const openFacts = (name: string): KeyFacts | undefined => {
    const isId = name === "aws:userid" && principal.uniqueId !== undefined;
    if (!isId && !name.startsWith(tagPrefix)) return undefined;
    // A session may give a role's tag another value; it cannot take it away.
    return { type: undefined, alwaysPresent: isId || tags.has(name), isList: false, single: true };
  };
  return { ...facts, openFacts, derived: new Map([...derived].filter(([name]) => openFacts(name) === undefined)) };
}

/** The request as a session asks it: its name and tags in place of the keys that follow from them; undefined if no session can. */
export function asSession(question: AuthorizationQuestion, facts: RequesterFacts): AuthorizationQuestion | undefined {
  if (facts.openFacts === undefined) return question;
  const context = new Map<string, readonly string[]>();
  const sessionTags: { key: string; value: string }[] = [];
  let { principal } = question;
  for (const [key, values] of question.context) {
    const name = foldText(key);
    const [value = ""] = values;
    if (name.startsWith(tagPrefix)) sessionTags.push({ key: key.slice(tagPrefix.length), value });
    else if (name === "aws:userid") {
      const id = `${facts.principal.uniqueId}:`;
      const sessionName = value.slice(id.length);
      if (!value.startsWith(id) || !/^[\w+=,.@-]{2,64}$/.test(sessionName)) return undefined;
      principal = `${principal.slice(0, principal.lastIndexOf("/") + 1)}${sessionName}`;
    } else context.set(key, values);
  }
  return { ...question, principal, context, sessionTags };
}
