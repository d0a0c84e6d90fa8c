/** The sentence that AWS prints for a denial (OUT-12). Texts in, a text out. */

/** The policy types in the order in which one is chosen where several deny. */
export const denialOrder = [
  "scp",
  "rcp",
  "endpoint",
  "session",
  "boundary",
  "resource",
  "identity",
  "service",
] as const;
const POLICY_WORDS: Readonly<Record<string, string>> = {
  scp: "service control policy",
  rcp: "resource control policy",
  endpoint: "VPC endpoint policy",
  session: "session policy",
  boundary: "permissions boundary",
  resource: "resource-based policy",
  identity: "identity-based policy",
  service: "service",
};

/** The answer that the sentence is about; of an allow nobody asks. */
export interface Denial {
  readonly decision: "explicitDeny" | "implicitDeny" | "allowed";
  /** Absent in an answer without reasons. */
  readonly blockedBy?: readonly string[];
  readonly matchedStatements?: readonly { readonly policyType: string; readonly policy: string }[];
}

/** Who asked for what. */
export interface DeniedQuestion {
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
}

/** The sentence; of an answer without reasons it says no more than that it is a denial. */
export function denialMessage({ principal, action, resource }: DeniedQuestion, denial: Denial): string {
  const { text, namesAction } = denialReason(denial);
  const what = `${principal} is not authorized to perform: ${action} on resource: ${resource}${text}`;
  return namesAction ? `${what}${action} action` : what;
}

/** What the sentence says after the question, whatever that was; where it names the action again, up to there. */
export function denialReason({ decision, blockedBy, matchedStatements }: Denial): {
  readonly text: string;
  readonly namesAction: boolean;
} {
  if (blockedBy === undefined) {
    return { text: decision === "explicitDeny" ? " with an explicit deny" : "", namesAction: false };
  }
  const name = denialOrder.find((one) => blockedBy.includes(one)) ?? "identity";
  const type = POLICY_WORDS[name] ?? "";
  if (decision === "explicitDeny") {
    const article = /^[aeiou]/i.test(type) ? "an" : "a";
    const arn = name === "scp" || name === "rcp" ? managedPolicy(name, matchedStatements) : "";
    return { text: ` with an explicit deny in ${article} ${type}${arn}`, namesAction: false };
  }
  // What nobody may do (SVC-4, SVC-8) no policy could allow.
  if (type === POLICY_WORDS.service) return { text: "", namesAction: false };
  return { text: ` because no ${type} allows the `, namesAction: true };
}

/** The first policy of the type that denied, where it has an ARN: what the sentence ends with. */
function managedPolicy(type: "scp" | "rcp", statements: Denial["matchedStatements"]): string {
  const policy = statements?.find(({ policyType }) => policyType === type)?.policy ?? "";
  return policy.startsWith("arn:") ? `: ${policy}` : "";
}
