/**
 * The sentence that AWS prints for a denial (OUT-12), piece by piece: the matcher gets the pieces in its image, logs compose them
 * here. A test holds the two to the same words.
 */
import { denialOrder, type LayerName, layers } from "./layers.js";

/** Between who asked and the action. */
export const NOT_AUTHORIZED = " is not authorized to perform: ";
/** Between the action and the resource. */
export const ON_RESOURCE = " on resource: ";
/** After the action that the sentence names again. */
export const ACTION_END = " action";

/** What follows the question where policies of this layer deny; the ARN of one may follow. */
export function explicitDeny(name: LayerName): string {
  const noun = layers[name].denialNoun;
  return ` with an explicit deny in ${/^[aeiou]/.test(noun) ? "an" : "a"} ${noun}`;
}

/** What follows the question where no policy of this layer allows; the action and `ACTION_END` follow. */
export function noPolicy(name: LayerName): string {
  return ` because no ${layers[name].denialNoun} allows the `;
}

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
  const what = `${principal}${NOT_AUTHORIZED}${action}${ON_RESOURCE}${resource}${text}`;
  return namesAction ? `${what}${action}${ACTION_END}` : what;
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
  if (decision === "explicitDeny") {
    const policy = layers[name].namesPolicy ? managedPolicy(name, matchedStatements) : "";
    return { text: `${explicitDeny(name)}${policy}`, namesAction: false };
  }
  // What nobody may do (SVC-4, SVC-8) no policy could allow.
  if (name === "service") return { text: "", namesAction: false };
  return { text: noPolicy(name), namesAction: true };
}

/** The first policy of the type that denied, where it has an ARN: what the sentence ends with. */
function managedPolicy(type: LayerName, statements: Denial["matchedStatements"]): string {
  const policy = statements?.find(({ policyType }) => policyType === type)?.policy ?? "";
  return policy.startsWith("arn:") ? `: ${policy}` : "";
}
