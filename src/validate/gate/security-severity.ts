/** How grave the findings of a rule can be, on the scale of CVSS (0.0 to 10.0): what code-scanning services sort alerts by. */

/** The grade of a rule that is about security; none for the others. */
export function securitySeverity(rule: string): string | undefined {
  return grades.get(rule);
}

/** From 9.0 critical, from 7.0 high, from 4.0 medium. */
const grades: ReadonlyMap<string, string> = new Map(
  Object.entries({
    "LINT-PUBLIC": "9.1",
    "SVC-6": "9.1",
    "LINT-ADMIN": "8.8",
    "LINT-ESCALATION": "8.8",
    "LINT-PASSROLE": "8.1",
    "COND-9": "7.5",
    "LINT-NOT-ACTION": "7.5",
    "SET-2": "7.5",
    "BOOL-3": "7.1",
    "LINT-IFEXISTS-MFA": "7.1",
    "LINT-NOT-RESOURCE": "6.8",
    "SVC-4": "6.5",
    "SET-6": "5.3",
    "LINT-NEVER": "4.3",
  }),
);
