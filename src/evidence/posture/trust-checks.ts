/** Who may assume roles: strangers, other accounts, services, federations. */
import type { PrincipalEntry, Statement } from "../../policy/document/document.js";
import { accountOfArn, isServiceLinkedRole } from "../../policy/requester.js";
import { quote } from "../../text/quote.js";
import { type Carrier, placeOfStatement } from "./carriers.js";
import { type Check, type Found, lowered } from "./check.js";
import type { PostureContext } from "./context.js";
import { asksForMfa, binds, testsOn } from "./statements.js";

/** Services that call for an instance or a function of the account itself: nobody else can make them. */
const ownServices: ReadonlySet<string> = new Set([
  "ec2.amazonaws.com",
  "lambda.amazonaws.com",
  "edgelambda.amazonaws.com",
]);

/** Keys that say on whose behalf a service calls. */
const behalfKeys = ["aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths"];

/** Keys that say who comes, or from where. */
const narrowingKeys = [
  "aws:principalorgid",
  "aws:principalorgpaths",
  "aws:principalaccount",
  "aws:principalarn",
  "aws:sourceip",
  "aws:sourcevpc",
  "aws:sourcevpce",
  "aws:userid",
];

const githubProvider = /(?:^|\/)token\.actions\.githubusercontent\.com$/;

function* trusts(
  { carriers }: PostureContext,
  look: (
    role: Carrier,
    statement: Statement,
    entries: readonly PrincipalEntry[],
  ) => Iterable<Omit<Found, "subject" | "account" | "place">>,
): Iterable<Found> {
  for (const role of carriers) {
    if (role.trustPolicy === undefined || isServiceLinkedRole(role.arn)) continue;
    for (const statement of role.trustPolicy.document.statements) {
      const { effect, principal } = statement;
      if (effect !== "Allow" || principal === undefined) continue;
      const entries: readonly PrincipalEntry[] = principal.negated ? [{ kind: "everyone" }] : principal.entries;
      for (const found of look(role, statement, entries)) {
        yield {
          subject: role.arn,
          account: role.account,
          statement,
          place: placeOfStatement(statement) ?? role.place,
          ...found,
        };
      }
    }
  }
}

/** Accounts that a statement trusts as a whole or by one of their principals, the role's own left out. */
function foreignAccounts(role: Carrier, entries: readonly PrincipalEntry[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const entry of entries) {
    const account = entry.kind === "account" ? entry.account : "arn" in entry ? accountOfArn(entry.arn) : "";
    if (account !== "" && account !== role.account) found.set(account, "arn" in entry ? entry.arn : account);
  }
  return found;
}

function organizationOf({ auditor }: PostureContext, account: string): string | undefined {
  return auditor.terms.set.accounts.find(({ id }) => id === account)?.organizationId;
}

/** The checks. */
export const trustChecks: readonly Check[] = [
  {
    id: "trust-anyone",
    title: "no role trusts everybody",
    severity: "high",
    standard: [],
    fix: "name the accounts or roles that may assume the role",
    find: (context) =>
      trusts(context, function* (_role, statement, entries) {
        if (!entries.some(({ kind }) => kind === "everyone")) return;
        const isNarrowed = testsOn(statement, ...narrowingKeys).some(binds);
        const reason = "the role trusts every principal of every account";
        if (!isNarrowed) yield { reason };
        else yield { reason: `${reason}; a condition narrows it`, effective: false, severity: lowered("high") };
      }),
  },
  {
    id: "trust-github-without-sub",
    title: "roles for GitHub Actions name the repository",
    severity: "high",
    standard: [],
    fix: "bind `token.actions.githubusercontent.com:sub` to the repository and branch",
    find: (context) =>
      trusts(context, function* (_role, statement, entries) {
        if (!entries.some((entry) => entry.kind === "federated" && githubProvider.test(entry.name))) return;
        const tests = testsOn(statement, "token.actions.githubusercontent.com:sub").filter(binds);
        const isOpen = (value: string): boolean => /^[*?]/.test(value) || /^repo:[*?]/.test(value);
        if (tests.some(({ values }) => !values.some(isOpen))) return;
        yield { reason: "every repository of GitHub may assume the role: nothing binds the token's `sub`" };
      }),
  },
  {
    id: "trust-service-without-source",
    title: "roles for services say on whose behalf the service may come",
    severity: "low",
    standard: [],
    fix: "bind `aws:SourceAccount` or `aws:SourceArn`",
    find: (context) =>
      trusts(context, function* (_role, statement, entries) {
        if (testsOn(statement, ...behalfKeys).some(({ operator }) => !operator.negated)) return;
        for (const entry of entries) {
          if (entry.kind !== "service" || ownServices.has(entry.name)) continue;
          const reason = `service ${quote(entry.name)} may assume the role for whoever asks it to: nothing binds the source`;
          yield { detail: entry.name, reason };
        }
      }),
  },
  {
    id: "trust-without-external-id",
    title: "roles for other companies ask for an external id",
    severity: "medium",
    standard: [],
    fix: "bind `sts:ExternalId` to a value of your own for each partner",
    find: (context) =>
      trusts(context, function* (role, statement, entries) {
        const isBound = testsOn(statement, "sts:externalid", "aws:principalorgid", "aws:principalorgpaths").some(binds);
        if (isBound || asksForMfa(statement)) return;
        const own = organizationOf(context, role.account);
        for (const [account, who] of foreignAccounts(role, entries)) {
          if (own !== undefined && organizationOf(context, account) === own) continue;
          yield { detail: who, reason: `${quote(who)} of another account may assume the role without an external id` };
        }
      }),
  },
  {
    id: "trust-outside-organization",
    title: "roles trust the organization only",
    severity: "medium",
    standard: [],
    fix: "see whether the account still needs the role; bind `aws:PrincipalOrgID` where it is yours",
    *find(context) {
      const unknown = new Set<string>();
      yield* trusts(context, function* (role, statement, entries) {
        const own = organizationOf(context, role.account);
        const foreign = foreignAccounts(role, entries);
        if (own === undefined) {
          if (foreign.size > 0) unknown.add(role.account);
          return;
        }
        if (testsOn(statement, "aws:principalorgid").some(binds)) return;
        for (const [account, who] of foreign) {
          if (organizationOf(context, account) === own) continue;
          yield { detail: who, reason: `the role trusts ${quote(who)}, which is not in organization ${quote(own)}` };
        }
      });
      for (const subject of unknown) yield { subject, needs: "the organization that the account is in" };
    },
  },
  {
    id: "read-access-for-other-account",
    title: "other accounts do not read everything",
    severity: "medium",
    standard: [],
    fix: "attach a policy with what the other account is to see: ReadOnlyAccess reads data, too",
    find: (context) =>
      trusts(context, function* (role, _statement, entries) {
        const reads = role.attachments.some(({ policy }) => /(?:^|\/)ReadOnlyAccess$/.test(policy.name));
        if (!reads) return;
        for (const [, who] of foreignAccounts(role, entries)) {
          yield { detail: who, reason: `${quote(who)} of another account may read everything through ReadOnlyAccess` };
        }
      }),
  },
];
