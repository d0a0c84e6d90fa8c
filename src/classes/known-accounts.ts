/** The accounts that a policy set knows: declared ones, and those of its principals and resources, their ARNs included. */
import { parseArn } from "../policy/document/arn.js";
import { ownerOf } from "../policy/owner-patterns.js";
import type { PolicySet } from "../policy/policy-set.js";

const memo = new WeakMap<PolicySet, ReadonlySet<string>>();

/** Their ids. */
export function knownAccounts(set: PolicySet): ReadonlySet<string> {
  let known = memo.get(set);
  if (known === undefined) {
    const found = new Set(set.accounts.map(({ id }) => id));
    for (const { account } of [...set.principals, ...set.resources]) if (account !== undefined) found.add(account);
    // An entry that says nothing of its account is of the one that its ARN names.
    for (const { arn, account } of set.resources) {
      if (account === undefined && ownerOf(set.owners, arn) === undefined) found.add(parseArn(arn)?.account ?? "");
    }
    for (const { account } of set.owners) found.add(account);
    found.delete("");
    known = found;
    memo.set(set, known);
  }
  return known;
}
