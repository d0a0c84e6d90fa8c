/**
 * From what statements say to whether the request is allowed: EVAL-2 with its layers, for statements of which some may be undecided.
 * More Allows never take an allow away and more Denys never give one, so that two readings bound every undecided request.
 */
import { type LayerName, layerNames, layers } from "../question/layers.js";
import type { MatchClass } from "./requester-facts.js";

/** What a statement belongs to. */
export type ClassLayer = Exclude<LayerName, "service">;

/** Layers whose policies, where a requester has any, have to allow what others grant (EVAL-2). */
export const limitingLayers: readonly ClassLayer[] = layerNames.filter(
  (layer): layer is ClassLayer => layer !== "service" && layers[layer].part === "limits",
);

/** What is known of a test, a statement or a decision: undefined where it is still open. */
export type Truth = boolean | undefined;

/** A statement's place in the decision. */
export interface Standing {
  readonly layer: ClassLayer;
  readonly effect: "Allow" | "Deny";
  /** SCPs: the level, root first. */
  readonly level: number;
  /** Allows of resource policies. */
  readonly matchClass: MatchClass | undefined;
}

/** Whether two effects are said in the same place of a decision. */
export function isSamePlace(one: Standing, other: Standing): boolean {
  return one.layer === other.layer && one.level === other.level && one.matchClass === other.matchClass;
}

/** What a decision needs to know beside the statements. */
export interface DecisionFrame {
  readonly isAlwaysAllowed: boolean;
  /** SVC-9. */
  readonly isRefusedAsPublic: boolean;
  readonly scpLevels: number;
  readonly isIam: boolean;
  readonly isRoot: boolean;
  readonly isSameAccount: boolean;
  readonly isIssuedByRoot: boolean;
  readonly isFederatedUser: boolean;
  /** The limiting layers that have policies. */
  readonly limits: readonly ClassLayer[];
  readonly hasEndpoint: boolean;
}

/** Section 15: rules that may depend on an undecided resource. */
export interface ServiceTruths {
  readonly isForbidden: Truth;
  readonly isMandatory: Truth;
}

/** Whether the request is allowed; undefined where what is open may decide. */
export function combine(
  frame: DecisionFrame,
  standings: readonly Standing[],
  applies: readonly Truth[],
  service: ServiceTruths,
): Truth {
  if (frame.isAlwaysAllowed) return true; // SVC-7
  if (frame.isRefusedAsPublic) return false;
  if (reading(frame, standings, applies, service, false)) return true;
  return reading(frame, standings, applies, service, true) ? undefined : false;
}

/** The decision if everything open turns out well for the request, or badly. */
function reading(
  frame: DecisionFrame,
  standings: readonly Standing[],
  applies: readonly Truth[],
  service: ServiceTruths,
  well: boolean,
): boolean {
  if (service.isForbidden ?? !well) return false; // SVC-4, SVC-8
  const levels = new Set<number>();
  const classes = new Set<MatchClass>();
  const allowing = new Set<ClassLayer>();
  for (const [index, { layer, effect, level, matchClass }] of standings.entries()) {
    const isAllow = effect === "Allow";
    if (!(applies[index] ?? well === isAllow)) continue;
    if (!isAllow) return false; // EVAL-1
    allowing.add(layer);
    if (layer === "scp") levels.add(level);
    else if (layer === "resource" && matchClass !== undefined) classes.add(matchClass);
  }
  if (levels.size < frame.scpLevels) return false; // SCP-2
  if (frame.hasEndpoint && !allowing.has("endpoint")) return false; // VPCE-1
  const isDirect = classes.has("exact") || classes.has("wildcard");
  if (!frame.isIam) return isDirect; // EVAL-5, EVAL-6
  const isMandatory = service.isMandatory ?? !well; // SVC-1
  if (frame.isRoot) return (frame.isSameAccount && !isMandatory) || classes.size > 0; // EVAL-4, XACC-4
  const identity = frame.isIssuedByRoot || allowing.has("identity"); // EVAL-7, EVAL-8
  const isWithin = isWithinLimits(frame, allowing);
  const isGiven = identity && isWithin;
  if (!frame.isSameAccount) return classes.size > 0 && isGiven; // XACC-1, XACC-2
  if (isDirect) return true; // RBP-1
  if (classes.has("issuer") && isWithin) return true; // RBP-2
  return isGiven && (!isMandatory || classes.has("account")); // RBP-3
}

/** Whether every limit allows as well; a federated user has no rights of its own without session policies (EVAL-8). */
function isWithinLimits({ limits, isFederatedUser }: DecisionFrame, allowing: ReadonlySet<ClassLayer>): boolean {
  if (isFederatedUser && !limits.includes("session")) return false;
  return limits.every((layer) => allowing.has(layer));
}
