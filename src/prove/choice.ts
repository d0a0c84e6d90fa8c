/** Whom a choice of principals means. */
import { globOfPattern } from "../audit/candidates.js";
import { knownAccounts } from "../classes/known-accounts.js";
import type { RequesterFacts } from "../classes/requester-facts.js";
import { type Glob, globHolds } from "../globs/glob.js";
import { hasWildcard } from "../policy/document/arn.js";
import type { PolicySet } from "../policy/policy-set.js";
import { accountOfArn } from "../policy/requester.js";
import type { PrincipalChoice } from "./assertion.js";

/** Whether somebody is meant: always, never, or for resources of other accounts than the own. */
export type Meant = boolean | "foreign" | "own";

/** Decides who is meant; one for each choice. */
export class ChosenPrincipals {
  private readonly globs: readonly Glob[] | undefined;
  private readonly texts: ReadonlySet<string>;
  private readonly except: ChosenPrincipals | undefined;

  constructor(private readonly choice: PrincipalChoice) {
    this.globs = choice.patterns?.filter(hasWildcard).flatMap(globOfPattern);
    this.texts = new Set(choice.patterns?.filter((pattern) => !hasWildcard(pattern)));
    this.except = choice.except && new ChosenPrincipals(choice.except);
  }

  /** Texts and patterns of principals that the choice speaks of. */
  get patterns(): readonly string[] {
    return [...(this.choice.patterns ?? []), ...(this.except?.patterns ?? [])];
  }

  /** Accounts that it names. */
  get accounts(): readonly string[] {
    const own = this.choice.account === undefined ? [] : [this.choice.account];
    return [...own, ...(this.except?.accounts ?? [])];
  }

  /** Texts that are meant whether somebody knows them or not. */
  get literals(): readonly string[] {
    return [...this.texts];
  }

  /** Whether the choice needs an organization to be outside of. */
  get needsOrganization(): boolean {
    return this.choice.outside === "organization" || this.except?.needsOrganization === true;
  }

  /** Whether a requester is meant. */
  means(text: string, facts: RequesterFacts, set: PolicySet): Meant {
    const { account, outside, isAnonymous } = this.choice;
    const { globs, texts } = this;
    if (isAnonymous === true && text !== "anonymous") return false;
    if (globs !== undefined && !texts.has(text) && !globs.some((glob) => globHolds(glob, text))) return false;
    if (account !== undefined && facts.accountId !== account) return false;
    let meant: Meant = true;
    if (outside !== undefined) {
      // Services belong nowhere: who means them names them.
      if (facts.principal.kind === "service") return false;
      if (outside === "organization" && isInside(text, facts, set)) return false;
      if (outside === "account") meant = "foreign";
    }
    const less = this.except?.means(text, facts, set) ?? false;
    if (less === true) return false;
    if (less === false) return meant;
    const rest: Meant = less === "foreign" ? "own" : "foreign";
    return meant === true || meant === rest ? rest : false;
  }
}

/** Whether somebody belongs to an organization of the set. */
function isInside(text: string, { account, derived, principal }: RequesterFacts, set: PolicySet): boolean {
  const organizations = new Set(set.accounts.flatMap(({ organizationId }) => organizationId ?? []));
  if (principal.kind === "provider") {
    // A provider of an account's own; others vouch for anybody.
    const owner = accountOfArn(text);
    const facts = set.accounts.find(({ id }) => id === owner);
    return owner !== "" && knownAccounts(set).has(owner) && organizations.has(facts?.organizationId ?? "");
  }
  const own = account?.organizationId ?? derived.get("aws:principalorgid")?.[0];
  return own !== undefined && organizations.has(own);
}
