/** The accounts that a policy set knows: declared ones, and those of its principals and resources, their ARNs included. */
import { parseArn } from "../policy/document/arn.js";
import type { PolicySet } from "../policy/policy-set.js";

const memo = new WeakMap<PolicySet, ReadonlySet<string>>();

/** Their ids. */
export function knownAccounts(set: PolicySet): ReadonlySet<string> {
  let known = memo.get(set);
  if (known === undefined) {
    const found = new Set(set.accounts.map(({ id }) => id));
    for (const { account } of [...set.principals, ...set.resources]) if (account !== undefined) found.add(account);
    for (const { arn } of set.resources) found.add(parseArn(arn)?.account ?? "");
    for (const { account } of set.owners) found.add(account);
    found.delete("");
    known = found;
    memo.set(set, known);
  }
  return known;
}
