/** The entities of a policy set by name, for records that lack their paths. */

import { parseArn } from "../../policy/document/arn.js";
import type { PolicySet } from "../../policy/policy-set.js";
import { forEachAttached } from "../../policy/policy-set.js";
import type { NameDirectory } from "./resources-of-event.js";

/** The directory of a set; of none it knows nobody. */
export function namesOfSet(set: PolicySet | undefined): NameDirectory {
  if (set === undefined) return { entity: () => undefined };
  const byName = new Map<string, string>();
  const add = (text: string): void => {
    const arn = parseArn(text);
    const [kind, ...rest] = (arn?.rest ?? "").split("/");
    if (arn?.service === "iam" && rest.length > 0) byName.set(`${arn.account} ${kind} ${rest.at(-1)}`, text);
  };
  for (const { arn } of set.principals) add(arn);
  for (const { arn } of set.groups ?? []) add(arn);
  for (const { arn } of set.resources) add(arn);
  forEachAttached(set, ({ name }) => add(name));
  return { entity: (account, kind, name) => byName.get(`${account} ${kind} ${name}`) };
}
