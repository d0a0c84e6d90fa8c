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

/** Decisions that the sentence is about; of an allow nobody asks. */
type DenyingDecision = "explicitDeny" | "implicitDeny" | "allowed";

/** Who asked for what. */
export interface DeniedQuestion {
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
}

/** The sentence; of an answer without reasons it says no more than that it is a denial. */
export function denialMessage(
  { principal, action, resource }: DeniedQuestion,
  decision: DenyingDecision,
  blockedBy: readonly string[] | undefined,
): string {
  const { text, namesAction } = denialReason(decision, blockedBy);
  const what = `${principal} is not authorized to perform: ${action} on resource: ${resource}${text}`;
  return namesAction ? `${what}${action} action` : what;
}

/** What the sentence says after the question, whatever that was; where it names the action again, up to there. */
export function denialReason(
  decision: DenyingDecision,
  blockedBy: readonly string[] | undefined,
): { readonly text: string; readonly namesAction: boolean } {
  if (blockedBy === undefined) {
    return { text: decision === "explicitDeny" ? " with an explicit deny" : "", namesAction: false };
  }
  const type = POLICY_WORDS[denialOrder.find((name) => blockedBy.includes(name)) ?? "identity"] ?? "";
  if (decision === "explicitDeny") {
    const article = /^[aeiou]/i.test(type) ? "an" : "a";
    return { text: ` with an explicit deny in ${article} ${type}`, namesAction: false };
  }
  // What nobody may do (SVC-4, SVC-8) no policy could allow.
  if (type === POLICY_WORDS.service) return { text: "", namesAction: false };
  return { text: ` because no ${type} allows the `, namesAction: true };
}
