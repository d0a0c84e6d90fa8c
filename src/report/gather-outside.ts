/**
 * What principals from outside may do: anybody, other accounts, identity providers. A user or role of another account also needs an Allow of
 * its own account, which the set does not know: it is decided supposing that one, and the line says so.
 */
import type { Asker, Auditor } from "../audit/auditor.js";
import { auditorOver } from "../audit/auditor-over.js";
import { principalEntries, type Subject, single } from "../audit/candidates.js";
import { waysInWords } from "../audit/words.js";
import { knownAccounts } from "../classes/known-accounts.js";
import { Engine } from "../engine/engine.js";
import { joinedByOthers } from "../escalation/changed-sets.js";
import { hasWildcard, parseArn } from "../policy/document/arn.js";
import type { PolicySet } from "../policy/policy-set.js";
import { isServiceLinkedRole } from "../policy/requester.js";
import { shownOf } from "./gather-access.js";
import type { OutsideLine } from "./report-data.js";

/** What whoever is not in the directory may do on resources with a policy and on roles. */
export async function outsideOf(inside: Auditor): Promise<readonly OutsideLine[]> {
  const { terms } = inside;
  const region = { ...terms.region, outside: true };
  const auditor = inside.within(region);
  const askers = outsidersOf(auditor);
  const found = [...linesOfAll(auditor, askers, undefined)];
  const others = askers.filter(({ principal }) => /^arn:[^:]*:iam::[^:]*:(?:user|role)\//.test(principal));
  if (others.length === 0) return withoutRepeated(found);
  const engine = await Engine.start({ workers: 0, allowWhatIf: true, bareSets: true });
  try {
    const named = namedOthers(terms.set);
    const set = joinedByOthers(terms.set, new Set([...others.flatMap(membersOf), ...named]));
    engine.publish(set);
    const joined = auditorOver(engine, { ...terms, set, region, actionIndex: inside.actions });
    // Those whom a policy names stand for themselves, behind all of their account.
    const subjects = [...others.map((one) => subjectOf(one, named)), ...[...named].map(single)];
    const again = subjects.flatMap((one) => joined.asker(one) ?? []);
    found.push(...linesOfAll(joined, again, "its own account allows it, too"));
  } finally {
    await engine.close();
  }
  return withoutRepeated(found);
}

/** Strangers, and those whom the policies of the set name without its having them. */
function outsidersOf(auditor: Auditor): readonly Asker[] {
  const { set } = auditor.terms;
  const accounts = knownAccounts(set);
  const providers = providersOf(auditor);
  return auditor.askers().filter(({ principal }) => {
    if (providers.has(principal)) return true;
    // Services act for somebody; that they are trusted is what roles of services are for.
    return !principal.endsWith(".amazonaws.com") && !accounts.has(parseArn(principal)?.account ?? "-");
  });
}

function providersOf({ terms: { set } }: Auditor): ReadonlySet<string> {
  return new Set(principalEntries(set).flatMap((entry) => (entry.kind === "federated" ? [entry.name] : [])));
}

/** Users and roles of accounts that a set does not know, by the names that its policies have for them. */
function namedOthers(set: PolicySet): ReadonlySet<string> {
  const accounts = knownAccounts(set);
  return new Set(
    principalEntries(set).flatMap((entry) =>
      (entry.kind === "user" || entry.kind === "role") && !accounts.has(parseArn(entry.arn)?.account ?? "")
        ? [entry.arn]
        : [],
    ),
  );
}

function membersOf({ requesters }: Asker): readonly string[] {
  return [...new Set(requesters.map(({ principal }) => principal.arn))];
}

function subjectOf(asker: Asker, named: ReadonlySet<string>): Subject {
  const { principal, requesters, isWhole, organization } = asker;
  const subject = { principal, members: membersOf(asker).filter((one) => !named.has(one)), isWhole };
  if (organization === undefined) return subject;
  const paths = requesters.flatMap(({ told }) => told?.get("aws:PrincipalOrgPaths") ?? []);
  return { ...subject, organization, organizationPaths: [...new Set(paths)] };
}

function* linesOfAll(auditor: Auditor, askers: readonly Asker[], supposes: string | undefined): Generator<OutsideLine> {
  const { set } = auditor.terms;
  const providers = providersOf(auditor);
  const resources = [
    ...set.resources.flatMap(({ arn, policy }) => (policy === undefined ? [] : [{ arn, patterns: [arn, `${arn}/*`] }])),
    ...set.principals.flatMap(({ arn, trustPolicy }) =>
      trustPolicy === undefined || isServiceLinkedRole(arn) ? [] : [{ arn, patterns: [arn] }],
    ),
  ];
  for (const { arn, patterns } of resources) {
    const service = parseArn(arn)?.service === "iam" ? "sts" : (parseArn(arn)?.service ?? "*");
    const names = auditor.actions.matching(`${service}:*`);
    for (const asker of askers) {
      const openTo = providers.has(asker.principal) ? "provider" : openToOf(asker);
      yield* linesOf(auditor, { asker, openTo, resource: arn, patterns, names, supposes });
    }
  }
}

interface About extends Pick<OutsideLine, "openTo" | "resource" | "supposes"> {
  readonly asker: Asker;
  readonly patterns: readonly string[];
  readonly names: readonly string[];
}

function* linesOf(auditor: Auditor, about: About): Generator<OutsideLine> {
  const { asker, openTo, resource, patterns, names, supposes } = about;
  for (const group of auditor.alike(asker, names)) {
    const [first] = group;
    if (first === undefined) continue;
    const name = auditor.actions.names.get(first) ?? first;
    const answer = auditor.answerFor(asker, [name], patterns, { tellsNever: false });
    if (answer.witness === undefined) continue;
    // What AWS asks no policy for (SVC-7) is nothing that a policy gives.
    if (!answer.decidedBy.some(({ effect, policyType }) => effect === "Allow" && policyType === "resource")) continue;
    yield {
      who: asker.organization === undefined ? asker.principal : `${asker.principal} in ${asker.organization}`,
      openTo,
      resource,
      actions: group.map((one) => auditor.actions.names.get(one) ?? one),
      access: answer.access,
      conditions: waysInWords(answer.when).slice(0, 4),
      shown: shownOf(answer.witness, answer.decidedBy),
      ...(supposes === undefined ? {} : { supposes }),
    };
  }
}

/** The accounts that stand for those whom no policy names are the last ones that there are. */
function openToOf({ principal, organization }: Asker): OutsideLine["openTo"] {
  if (organization !== undefined) return "organization";
  const account = parseArn(principal)?.account ?? "";
  return principal === "anonymous" || hasWildcard(account) || /^9{11}\d$/.test(account) ? "anybody" : "account";
}

/**
 * One line for the root, the users and the roles of an account that may do the same, and none for those who may do no more than anybody:
 * the first line of each stands.
 */
function withoutRepeated(lines: readonly OutsideLine[]): readonly OutsideLine[] {
  const anybody = new Set(lines.flatMap((line) => (line.openTo === "anybody" ? [sameAs(line, "")] : [])));
  const seen = new Set<string>();
  return lines.filter((line) => {
    if (line.openTo !== "anybody" && anybody.has(sameAs(line, ""))) return false;
    const keys =
      line.openTo === "anybody" ? [""] : [accountIn(line.who) ?? line.who, parseArn(line.who)?.account ?? ""];
    const own = keys.map((one) => sameAs(line, one));
    if (own.some((one) => seen.has(one))) return false;
    seen.add(own[0] ?? "");
    return true;
  });
}

function sameAs({ resource, actions, conditions }: OutsideLine, who: string): string {
  return JSON.stringify([who, resource, actions, conditions]);
}

/** The account of a user, role or root that stands for all of them; those who are named stand for themselves. */
function accountIn(who: string): string | undefined {
  return /^arn:[^:]*:iam::([^:]*):(?:root|(?:user|role)\/\*)(?: in .*)?$/.exec(who)?.[1];
}
