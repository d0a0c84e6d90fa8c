/** The users and roles of a policy set by account, for advice about policies that name somebody who is not there. */
import { parseArn } from "../policy/document/arn.js";
import type { PolicySet } from "../policy/policy-set.js";
import { Guesses } from "../text/closest-name.js";

/** Who is in a set. */
export interface KnownPrincipals {
  /** What is wrong with the ARN of a user, role or session; undefined if it is in the set, or if the set knows nobody of its account. */
  problemOf(arn: string): { readonly cause: string; readonly meant: string | undefined } | undefined;
}

/** The principals of a set. Accounts of which it has nobody say nothing: a set need not have everybody. */
export function knownPrincipals({ principals }: Pick<PolicySet, "principals">): KnownPrincipals {
  const accounts = new Map<string, Set<string>>();
  const guesses = new Guesses();
  for (const { kind, arn, account } of principals) {
    if ((kind !== "user" && kind !== "role") || account === undefined || arn === undefined) continue;
    const known = accounts.get(account) ?? new Set();
    accounts.set(account, known.add(arn));
  }
  return {
    problemOf(text) {
      const arn = parseArn(text);
      const known = arn && accounts.get(arn.account);
      if (arn === undefined || known === undefined || known.has(text)) return undefined;
      const [type = "", ...path] = arn.rest.split("/");
      const isSession = type === "assumed-role";
      const wanted = isSession ? (path[0] ?? "") : path.join("/");
      const kind = isSession ? "role" : type;
      const names = [...known].flatMap((one) => {
        const [ofType = "", ...name] = (parseArn(one)?.rest ?? "").split("/");
        return ofType === kind ? [isSession ? (name.at(-1) ?? "") : name.join("/")] : [];
      });
      // The ARN of a session has no path.
      if (isSession && names.includes(wanted)) return undefined;
      const byName = names.find(
        (name) => name.slice(name.lastIndexOf("/") + 1) === wanted.slice(wanted.lastIndexOf("/") + 1),
      );
      const meant = byName ?? guesses.meant(wanted, names);
      return {
        cause: `the set has no ${kind} \`${wanted}\` in account \`${arn.account}\``,
        meant: meant === undefined ? undefined : text.replace(wanted, meant),
      };
    },
  };
}
