/** Guesses who was meant by a principal that a policy set does not know. Never used to decide. */

import { closestName } from "../text/closest-name.js";
import { splitArnFields } from "./document/arn.js";

/** Whom a policy set knows. */
interface NamedPrincipals {
  readonly principals: readonly { readonly arn: string }[];
}

/** The ARN that only its path or a slip of the pen tells from the one given; undefined for none. */
export function closestPrincipal(arn: string, { principals }: NamedPrincipals): string | undefined {
  const asked = partsOf(arn);
  if (asked === undefined) return arn.includes(":") ? undefined : closestByName(arn, principals);
  const known = principals.flatMap((one) => {
    const parts = partsOf(one.arn);
    return parts !== undefined && parts.type === asked.type ? [{ arn: one.arn, ...parts }] : [];
  });
  const sameName = known.filter(({ name }) => name === asked.name);
  const near = sameName.find(({ account }) => account === asked.account) ?? sameName[0];
  if (near !== undefined) return near.arn;
  const ofAccount = known.filter(({ account }) => account === asked.account);
  const name = closestName(
    asked.name,
    ofAccount.map((one) => one.name),
  );
  return ofAccount.find((one) => one.name === name)?.arn;
}

/** A bare name, or a name with its path, is nobody's ARN but often all that is known of somebody. */
function closestByName(text: string, principals: NamedPrincipals["principals"]): string | undefined {
  const nameOf = (arn: string): string => arn.slice(arn.lastIndexOf("/") + 1);
  const asked = nameOf(text);
  const name = principals.some((one) => nameOf(one.arn) === asked)
    ? asked
    : closestName(
        asked,
        principals.map((one) => nameOf(one.arn)),
      );
  return name === undefined ? undefined : principals.find((one) => nameOf(one.arn) === name)?.arn;
}

/** Account, type and name without path of a user or role; of a session those of its role. */
function partsOf(arn: string) {
  const [, , service, , account = "", rest = ""] = splitArnFields(arn);
  const [type = "", ...names] = rest.split("/");
  const name = service === "sts" ? names[0] : names.at(-1);
  if (name === undefined || name === "") return undefined;
  return { account, type: type === "assumed-role" ? "role" : type, name };
}
