/** What the ARN of a managed policy says about it. */
import type { PolicyType } from "../../question/layers.js";

/** The type that AWS gives policies with such ARNs; undefined where the ARN does not say. */
export function policyTypeOfArn(arn: string): Extract<PolicyType, "identity" | "scp" | "rcp"> | undefined {
  if (/^arn:aws[a-z-]*:iam::[^:]*:policy\//.test(arn)) return "identity";
  const kind = /^arn:aws[a-z-]*:organizations::[^:]*:policy\/[^/]+\/(service|resource)_control_policy\//.exec(arn)?.[1];
  return kind === undefined ? undefined : kind === "service" ? "scp" : "rcp";
}
