// A workload as a Verdict policy set, by way of the loader: what is measured went through the same readers as any file.
import type { buildPolicySet } from "../../src/policy/formats/load-policy-set.js";
import type { PolicySet } from "../../src/policy/policy-set.js";
import type { sourceText } from "../../src/text/source-text.js";
import type { Workload } from "./workload.js";

/** The loader of some build. */
export interface Loader {
  readonly buildPolicySet: typeof buildPolicySet;
  readonly sourceText: typeof sourceText;
}

/** Verdict's own format. */
export function verdictFile(workload: Workload): string {
  const { account, policies, groups, principals } = workload;
  const policyArn = (name: string): string => `arn:aws:iam::${account}:policy/${name}`;
  const entitiesOf = (kind: "user" | "role") =>
    principals
      .filter((principal) => principal.kind === kind)
      .map(({ arn, team, groups: memberOf, policies: attached }) => ({
        arn,
        ...(team === undefined ? {} : { tags: { team } }),
        ...(memberOf.length === 0 ? {} : { groups: memberOf }),
        managedPolicies: attached.map(policyArn),
      }));
  return JSON.stringify({
    policies: Object.entries(policies).map(([name, document]) => ({ arn: policyArn(name), document })),
    groups: Object.entries(groups).map(([name, attached]) => ({
      arn: `arn:aws:iam::${account}:group/${name}`,
      managedPolicies: attached.map(policyArn),
    })),
    users: entitiesOf("user"),
    roles: entitiesOf("role"),
  });
}

/** Loads a workload; throws if the loader refuses it. */
export function loadWorkloadSet(loader: Loader, workload: Workload): PolicySet {
  const result = loader.buildPolicySet([loader.sourceText(`${workload.name}.json`, verdictFile(workload))]);
  if (result.ok) return result.policySet;
  const first = result.findings.find(({ severity }) => severity === "error");
  throw new Error(`${first?.file}:${first?.line}: ${first?.message ?? "refused"}`);
}
