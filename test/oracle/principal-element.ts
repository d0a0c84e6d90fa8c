// The shape of Principal and NotPrincipal: entries, each under the member that holds it (PRN-1). Who matches is elsewhere.
import { InputError } from "./input-error.js";

/** One entry of Principal or NotPrincipal (PRN-1). */
export interface PrincipalEntry {
  readonly member: "AWS" | "Service" | "Federated" | "CanonicalUser";
  readonly value: string;
}

/** Reads `"*"` or an object of strings and lists; the bare star is `{"AWS": "*"}` (PRN-1, PRN-3). */
export function readPrincipalEntries(json: unknown): PrincipalEntry[] {
  if (json === "*") return [{ member: "AWS", value: "*" }];
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new InputError("PRN-1", "a principal is neither `*` nor an object");
  }
  return Object.entries(json).flatMap(([member, values]: [string, unknown]) => {
    if (member !== "AWS" && member !== "Service" && member !== "Federated" && member !== "CanonicalUser") {
      throw new InputError("PRN-1", `unknown principal member \`${member}\``);
    }
    const list: readonly unknown[] = Array.isArray(values) ? values : [values];
    return list.map((value) => {
      if (typeof value !== "string") throw new InputError("DOC-11", "a principal is no string");
      return { member, value };
    });
  });
}

/** Tells whether an entry names everyone (PRN-3). */
export function isEveryone({ member, value }: PrincipalEntry): boolean {
  return member === "AWS" && value === "*";
}
