/**
 * The policy types: one row each, from which documents are checked, images get their words, and logs, reports, metrics, help and
 * advice get their names and orders. The matcher has the same names in its `Layer`, which is the order of OUT-2.
 */
import { LAYER_COUNT, Layer } from "../../assembly/format/layout.js";

/** What can keep a request from being allowed (OUT-2): the types of policies, and `service` for what services refuse. */
export type LayerName = Uncapitalize<keyof typeof Layer>;

/** What a document is attached as; decides which elements it may hold (TYPE-1). A key policy is `resource`. */
export type PolicyType = Exclude<LayerName, "service"> | "trust";

/** A type that an organization attaches to its nodes, level by level. */
export type ControlType = Extract<PolicyType, "scp" | "rcp">;

/** How a type of an organization's policies binds. */
export interface ControlRow {
  /** Whose account's levels bind a request: the requester's (SCP-1) or the owner's (RCP-2). */
  readonly bindsBy: "requester" | "owner";
  /** AWS's own policy that allows all: attached where nothing is said (SCP-2), or implied and never written out (RCP-1). */
  readonly fullAccess: { readonly name: string; readonly isImplied: boolean };
  /** How many a node may have (TYPE-3). */
  readonly mostOfNode: number;
  /** What the schema of files says of them. */
  readonly description: string;
}

/**
 * What a layer's policies do in a decision (EVAL-2): give; deny alone; or limit what others give: where a requester has any, on each
 * level by itself, or whoever gave what.
 */
export type LayerPart = "grants" | "denies" | "limits" | "limits at each level" | "lets through";

/** How answers speak of a layer. */
export interface LayerRow {
  readonly layer: Layer;
  readonly part: LayerPart;
  /** What the sentence of OUT-12 calls it. */
  readonly denialNoun: string;
  /** Its place, from 0, where the sentence names one of several (OUT-12). */
  readonly denialPlace: number;
  /** Whether the sentence goes on with the ARN of the policy that denied (OUT-12). */
  readonly namesPolicy: boolean;
  /** Its place in a report for people, which leads from the organization down to the session; none for what is no policy. */
  readonly reportPlace?: number;
  /** What AWS's answers call it, where they have a word (OUT-9). */
  readonly sourceType?: "IAM Policy" | "Resource Policy" | "Permissions Boundary Policy";
}

/** The most that AWS stores of one document, in characters (TYPE-3). */
export interface SizeLimit {
  readonly noun: string;
  readonly most: number;
  /** To which AWS raises the limit on request; absent where it does not. */
  readonly mostAtAll?: number;
  readonly countsWhiteSpace: boolean;
}

/** What a type of policies allows in its documents (TYPE-1), and what can be said about them. */
export interface DocumentRow {
  /** For messages, with its article. */
  readonly noun: string;
  readonly principal: "none" | "required";
  /** NotPrincipal with Deny; with Allow it is refused everywhere (NPR-5). */
  readonly notPrincipal: boolean;
  readonly resource: "required" | "optional" | "none";
  /** They belong to a requester and pad incomplete ARNs (RES-7). */
  readonly padsArns: boolean;
  /** Whether an incomplete ARN may stand in them at all (RES-7). */
  readonly incompleteArns: boolean;
  /** DOC-6: the character set of Sids and their uniqueness. */
  readonly strictSids: boolean;
  readonly newVersionOnly: boolean;
  /** An Allow gives something by itself, not only a limit to what others give. */
  readonly grants: boolean;
  /** None where it depends on what the policy is attached to. */
  readonly limit?: SizeLimit;
}

const identityLike = {
  principal: "none",
  notPrincipal: false,
  resource: "required",
  padsArns: true,
  incompleteArns: true,
  strictSids: true,
  newVersionOnly: false,
  grants: true,
} as const;

const resourceLike = {
  principal: "required",
  notPrincipal: true,
  resource: "optional",
  padsArns: false,
  incompleteArns: false,
  strictSids: false,
  newVersionOnly: false,
  grants: true,
} as const;

const stored = (noun: string, most: number): SizeLimit => ({ noun, most, countsWhiteSpace: true });
const managed = { noun: "a managed policy", most: 6_144, countsWhiteSpace: false } as const;

type Rows = Readonly<
  Record<Exclude<PolicyType, "trust">, LayerRow & DocumentRow> &
    Record<"trust", DocumentRow> &
    Record<ControlType, ControlRow>
>;

const rows: Rows = {
  identity: {
    ...identityLike,
    layer: Layer.Identity,
    part: "grants",
    noun: "an identity policy",
    denialNoun: "identity-based policy",
    denialPlace: 6,
    namesPolicy: false,
    reportPlace: 4,
    sourceType: "IAM Policy",
    limit: managed,
  },
  boundary: {
    ...identityLike,
    layer: Layer.Boundary,
    part: "limits",
    noun: "a permissions boundary",
    denialNoun: "permissions boundary",
    denialPlace: 4,
    namesPolicy: false,
    reportPlace: 5,
    sourceType: "Permissions Boundary Policy",
    grants: false,
    limit: managed,
  },
  session: {
    ...identityLike,
    layer: Layer.Session,
    part: "limits",
    noun: "a session policy",
    denialNoun: "session policy",
    denialPlace: 3,
    namesPolicy: false,
    reportPlace: 6,
    incompleteArns: false,
    limit: stored("a session policy", 2_048),
  },
  resource: {
    ...resourceLike,
    layer: Layer.Resource,
    part: "grants",
    noun: "a resource policy",
    denialNoun: "resource-based policy",
    denialPlace: 5,
    namesPolicy: false,
    reportPlace: 3,
    sourceType: "Resource Policy",
  },
  // The resource policy of a role.
  trust: {
    ...resourceLike,
    noun: "a trust policy",
    notPrincipal: false,
    resource: "none",
    limit: { noun: "a trust policy by default", most: 2_048, mostAtAll: 4_096, countsWhiteSpace: false },
  },
  endpoint: {
    ...resourceLike,
    layer: Layer.Endpoint,
    part: "lets through",
    noun: "an endpoint policy",
    denialNoun: "VPC endpoint policy",
    denialPlace: 2,
    namesPolicy: false,
    reportPlace: 2,
    resource: "required",
    limit: stored("an endpoint policy", 20_480),
  },
  scp: {
    ...identityLike,
    layer: Layer.Scp,
    part: "limits at each level",
    noun: "a service control policy",
    denialNoun: "service control policy",
    denialPlace: 0,
    namesPolicy: true,
    reportPlace: 0,
    padsArns: false,
    incompleteArns: false,
    newVersionOnly: true,
    grants: false,
    limit: stored("a service control policy", 5_120),
    bindsBy: "requester",
    fullAccess: { name: "FullAWSAccess", isImplied: false },
    mostOfNode: 5,
    description: "Limits of principals, from the root down.",
  },
  rcp: {
    ...identityLike,
    layer: Layer.Rcp,
    part: "denies",
    noun: "a resource control policy",
    denialNoun: "resource control policy",
    denialPlace: 1,
    namesPolicy: true,
    reportPlace: 1,
    principal: "required",
    padsArns: false,
    incompleteArns: false,
    newVersionOnly: true,
    limit: stored("a resource control policy", 5_120),
    bindsBy: "owner",
    fullAccess: { name: "RCPFullAWSAccess", isImplied: true },
    mostOfNode: 5,
    description: "Limits of resources, from the root down.",
  },
};

/** The types of documents by name. */
export const documentTypes: Readonly<Record<PolicyType, DocumentRow>> = rows;

/** The types of an organization's policies by name. */
export const controlTypes: Readonly<Record<ControlType, ControlRow & LayerRow & DocumentRow>> = {
  scp: rows.scp,
  rcp: rows.rcp,
};

/** Their names in the order of the table. */
export const policyTypes: readonly PolicyType[] = namesOf(documentTypes);

/** The layers by name. */
export const layers: Readonly<Record<LayerName, LayerRow>> = {
  identity: rows.identity,
  boundary: rows.boundary,
  session: rows.session,
  resource: rows.resource,
  endpoint: rows.endpoint,
  scp: rows.scp,
  rcp: rows.rcp,
  service: { layer: Layer.Service, part: "denies", denialNoun: "service", denialPlace: 7, namesPolicy: false },
};

/** The names of the layers in the order of `Layer` (OUT-2). */
export const layerNames: readonly LayerName[] = ordered((name) => layers[name].layer);

/** Likewise in the order in which the sentence of a denial names one of several (OUT-12). */
export const denialOrder: readonly LayerName[] = ordered((name) => layers[name].denialPlace);

/** Likewise in the order of a report, without what is no policy. */
export const reportOrder: readonly LayerName[] = namesOf(layers)
  .filter((name) => layers[name].reportPlace !== undefined)
  .sort((left, right) => (layers[left].reportPlace ?? 0) - (layers[right].reportPlace ?? 0));

const controlTypeNames = namesOf(controlTypes);

/** The row of a type of an organization's policies; undefined for others. */
export function controlTypeOf(name: string): ControlRow | undefined {
  // Asked for every attachment of a set.
  const type = controlTypeNames.find((one) => one === name);
  return type && controlTypes[type];
}

/** Whether a policy of this type and name is the full access that AWS itself has written. */
export function isFullAccess(type: string, policy: string): boolean {
  return controlTypeOf(type)?.fullAccess.name === policy;
}

/** The row of a layer by the name that an answer gives; undefined for a name that is none. */
export function layerOf(name: string): LayerName | undefined {
  return layerNames.find((one) => one === name);
}

/** The noun of a policy type with its article, by the name that an answer gives. */
export function nounOf(name: string): string {
  const type = policyTypes.find((one) => one === name);
  return type === undefined ? `a ${name} policy` : documentTypes[type].noun;
}

/** All layers by their places, each of which has to be there once. */
function ordered(placeOf: (name: LayerName) => number): readonly LayerName[] {
  const names = namesOf(layers).sort((left, right) => placeOf(left) - placeOf(right));
  if (names.length !== LAYER_COUNT || names.some((name, place) => placeOf(name) !== place))
    throw new Error("src/question/layers.ts does not have each place once");
  return names;
}

/** The names of a table, in its order. */
export function namesOf<Name extends string>(table: Readonly<Record<Name, unknown>>): Name[] {
  const names: Name[] = [];
  for (const name in table) names.push(name);
  return names;
}
