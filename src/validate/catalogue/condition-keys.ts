/**
 * What is known about condition keys without a catalogue: the global keys of section 10 of the
 * semantics, with the type and the number of their values (CTX-3, CTX-13).
 */

import type { KeyType } from "../../policy/document/operators.js";

/** What is known about one key. */
export interface ConditionKeyFacts {
  /** As AWS spells it. */
  readonly name: string;
  readonly type: KeyType;
  /** It is a list, whatever the number of its values (CTX-14). */
  readonly multivalued: boolean;
}

/** The facts about a key that exists everywhere; undefined for keys of services and for unknown ones. */
export function globalKey(name: string): ConditionKeyFacts | undefined {
  const folded = name.toLowerCase();
  const slashAt = folded.indexOf("/");
  if (slashAt < 0) return keys.get(folded);
  return slashAt === folded.length - 1 ? undefined : keys.get(folded.slice(0, slashAt + 1));
}

/** All names, for guesses about misspelt ones. Keys of tags end in a slash. */
export function globalKeyNames(): readonly string[] {
  return [...keys.values()].map(({ name }) => name);
}

const strings = [
  "aws:PrincipalAccount",
  "aws:PrincipalOrgID",
  "aws:PrincipalOrgMasterAccountId",
  "aws:PrincipalServiceName",
  "aws:PrincipalTag/",
  "aws:PrincipalType",
  "aws:userid",
  "aws:username",
  "aws:FederatedProvider",
  "aws:SourceIdentity",
  "aws:Ec2InstanceSourceVpc",
  "aws:SourceVpc",
  "aws:SourceVpce",
  "aws:VpceAccount",
  "aws:VpceOrgID",
  "aws:ResourceAccount",
  "aws:ResourceOrgID",
  "aws:ResourceTag/",
  "aws:RequestTag/",
  "aws:RequestedRegion",
  "aws:CalledViaFirst",
  "aws:CalledViaLast",
  "aws:CalledViaAWSMCP",
  "aws:Referer",
  "aws:SourceAccount",
  "aws:SourceOrgID",
  "aws:SourceOwner",
  "aws:UserAgent",
] as const;

const otherTypes: readonly (readonly [name: string, type: KeyType])[] = [
  ["aws:PrincipalArn", "ARN"],
  ["aws:SourceArn", "ARN"],
  ["aws:SourceVpcArn", "ARN"],
  ["aws:ChatbotSourceArn", "ARN"],
  ["aws:SignInSessionArn", "ARN"],
  ["aws:PrincipalIsAWSService", "Bool"],
  ["aws:AssumedRoot", "Bool"],
  ["aws:MultiFactorAuthPresent", "Bool"],
  ["aws:SecureTransport", "Bool"],
  ["aws:ViaAWSService", "Bool"],
  ["aws:ViaAWSMCPService", "Bool"],
  ["aws:IsMcpServiceAction", "Bool"],
  ["aws:MultiFactorAuthAge", "Numeric"],
  ["aws:CurrentTime", "Date"],
  ["aws:EpochTime", "Date"],
  ["aws:TokenIssueTime", "Date"],
  ["aws:SourceIp", "IPAddress"],
  ["aws:VpcSourceIp", "IPAddress"],
  ["aws:Ec2InstanceSourcePrivateIPv4", "IPAddress"],
];

const multivalued = [
  "aws:PrincipalOrgPaths",
  "aws:PrincipalServiceNamesList",
  "aws:ResourceOrgPaths",
  "aws:SourceOrgPaths",
  "aws:VpceOrgPaths",
  "aws:CalledVia",
  "aws:TagKeys",
  "sts:TransitiveTagKeys",
] as const;

const keys: ReadonlyMap<string, ConditionKeyFacts> = new Map(
  [
    ...strings.map((name): ConditionKeyFacts => ({ name, type: "String", multivalued: false })),
    ...otherTypes.map(([name, type]): ConditionKeyFacts => ({ name, type, multivalued: false })),
    ...multivalued.map((name): ConditionKeyFacts => ({ name, type: "String", multivalued: true })),
  ].map((facts) => [facts.name.toLowerCase(), facts]),
);

/** Keys that fence accounts, organizations, VPCs and endpoints by identifier (CTX-15), with the form of their values. */
export const identifierKeys: ReadonlyMap<string, IdentifierForm> = new Map(
  (
    [
      ["aws:PrincipalAccount", "account"],
      ["aws:ResourceAccount", "account"],
      ["aws:SourceAccount", "account"],
      ["aws:VpceAccount", "account"],
      ["aws:PrincipalOrgID", "organization"],
      ["aws:ResourceOrgID", "organization"],
      ["aws:SourceOrgID", "organization"],
      ["aws:VpceOrgID", "organization"],
      ["aws:SourceVpc", "vpc"],
      ["aws:SourceVpce", "endpoint"],
    ] as const
  ).map(([name, form]) => [name.toLowerCase(), form]),
);

/** What the values of such a key name. */
export type IdentifierForm = "account" | "organization" | "vpc" | "endpoint";

/** Keys that hold organization paths (CTX-9). */
export const organizationPathKeys: ReadonlySet<string> = new Set(
  ["aws:PrincipalOrgPaths", "aws:ResourceOrgPaths", "aws:SourceOrgPaths", "aws:VpceOrgPaths"].map((name) =>
    name.toLowerCase(),
  ),
);
