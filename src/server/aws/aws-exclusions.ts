/** `PolicyExclusionList` of `SimulatePrincipalPolicy`: which policies of the set are left out. Those of the call never are. */
import type { DirectoryPrincipal, NamedPolicy } from "../../policy/policy-set.js";
import { AwsError } from "./aws-error.js";
import type { AwsQueryParameters } from "./aws-query-parameters.js";

/** What a call excludes. */
export interface PolicyExclusions {
  readonly types: ReadonlySet<string>;
  readonly arns: ReadonlySet<string>;
  readonly inline: readonly InlineExclusion[];
}

/** One inline policy. */
export interface InlineExclusion {
  readonly policy: string;
  readonly ownerKind: string;
  readonly owner: string;
}

/** Reads the list. */
export function readExclusions(parameters: AwsQueryParameters): PolicyExclusions {
  const types = new Set<string>();
  const arns = new Set<string>();
  const inline: InlineExclusion[] = [];
  for (const number of parameters.structures(listName)) {
    const entry = `${listName}.member.${number}`;
    const type = parameters.text(`${entry}.PolicyType`);
    const arn = parameters.text(`${entry}.PolicyArn`);
    const one = readInline(parameters, `${entry}.InlinePolicyIdentifier`, number);
    if ([type, arn, one].filter((given) => given !== undefined).length !== 1) {
      throw new AwsError(
        "ValidationError",
        `${entry}: must have exactly one of PolicyType, PolicyArn and InlinePolicyIdentifier`,
      );
    }
    if (type !== undefined && !excludableTypes.includes(type)) throw enumError(number, "policyType", excludableTypes);
    if (type !== undefined) types.add(type);
    if (arn !== undefined) arns.add(arn);
    if (one !== undefined) inline.push(one);
  }
  return { types, arns, inline };
}

/** The principal without what is excluded; SCPs are of its account. */
export function withoutExcluded(
  { permissionsBoundary: boundary, ...principal }: DirectoryPrincipal,
  exclusions: PolicyExclusions,
): DirectoryPrincipal {
  const { types } = exclusions;
  return {
    ...principal,
    identityPolicies: principal.identityPolicies.filter((policy) => !isExcluded(policy, exclusions)),
    ...(boundary === undefined || types.has("permission-boundary") ? {} : { permissionsBoundary: boundary }),
  };
}

const listName = "PolicyExclusionList";
/** RCPs bind resources: excluding them is accepted and has no effect. */
const excludableTypes = ["scp", "permission-boundary", "aws-managed", "user-managed", "inline", "rcp"];
const ownerKinds = ["user", "role", "group"];

function readInline(parameters: AwsQueryParameters, place: string, number: number): InlineExclusion | undefined {
  const policy = parameters.text(`${place}.PolicyName`);
  const ownerKind = parameters.text(`${place}.AttachmentType`);
  const owner = parameters.text(`${place}.AttachmentName`);
  if (policy === undefined && ownerKind === undefined && owner === undefined) return undefined;
  for (const [name, text] of [
    ["policyName", policy],
    ["attachmentName", owner],
  ] as const) {
    if (text !== undefined && !/[\w+=,.@-]/.test(text)) {
      throw inlineError(number, name, "Member must satisfy regular expression pattern: .*[\\w+=,.@-]+.*");
    }
  }
  if (ownerKind !== undefined && !ownerKinds.includes(ownerKind)) {
    throw enumError(number, "inlinePolicyIdentifier.attachmentType", ownerKinds);
  }
  const isIncomplete = policy === undefined || ownerKind === undefined || owner === undefined;
  if (isIncomplete || /[*?]/.test(policy) || /\*.*\*/s.test(owner)) {
    throw new AwsError(
      "InvalidInput",
      "Invalid inline policy exclusion: policyName, attachmentType, and attachmentName are required",
    );
  }
  return { policy, ownerKind, owner };
}

function enumError(number: number, member: string, values: readonly string[]): AwsError {
  return constraintError(number, member, `Member must satisfy enum value set: [${values.join(", ")}]`);
}

function inlineError(number: number, member: string, constraint: string): AwsError {
  return constraintError(number, `inlinePolicyIdentifier.${member}`, constraint);
}

function constraintError(number: number, member: string, constraint: string): AwsError {
  return new AwsError(
    "ValidationError",
    `1 validation error detected: Value at 'policyExclusionList.${number}.member.${member}' failed to satisfy constraint: ${constraint}`,
  );
}

function isExcluded({ name, owner }: NamedPolicy, { types, arns, inline }: PolicyExclusions): boolean {
  if (owner !== undefined) {
    const isNamed = inline.some(
      (one) => one.policy === name && one.ownerKind === owner.kind && one.owner === owner.name,
    );
    return types.has("inline") || isNamed;
  }
  const [, start, account, bareName] = /^(arn:[^:]*:iam::([^:]+):policy\/)(?:.*\/)?([^/]+)$/s.exec(name) ?? [];
  if (account === "aws") return types.has("aws-managed") || arns.has(name);
  // Of a customer's policy the path does not count, as AWS answers it.
  return types.has("user-managed") || arns.has(start === undefined ? name : `${start}${bareName}`);
}
