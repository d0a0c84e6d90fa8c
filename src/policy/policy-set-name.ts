/** Names under which policy sets are served. */

/** What a name looks like, as the source of a regular expression: it stands in paths and settings as it is. */
export const policySetNamePattern = "[A-Za-z0-9._-]{1,128}";

const wholeName = new RegExp(`^${policySetNamePattern}$`);

/** Whether a policy set can have the name. */
export function isPolicySetName(text: string): boolean {
  return wholeName.test(text);
}
