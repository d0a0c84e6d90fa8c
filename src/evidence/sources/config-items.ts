/** Items of AWS Config: of snapshots, histories, batches, advanced queries and aggregators, which write the same in several ways. */
import { isJsonObject, type JsonObject } from "../../text/json-object.js";
import { quote } from "../../text/quote.js";
import { timeOf } from "../cloudtrail/time.js";
import type { Evidence, ResourceFact } from "./evidence.js";
import { documentIn, objectIn, objectsOf, type Recogniser, textOf } from "./recognised.js";
import { tagsIn } from "./resource-files.js";

/** A snapshot, a history, a batch, the rows of a query, or one item by itself. */
export const configItems: Recogniser = (value, _origin, evidence) => {
  const items = itemsOf(value);
  if (items === undefined) return undefined;
  const accounts = new Set<string>();
  let told: number | undefined;
  for (const item of items) {
    const account = textOf(item.awsAccountId) ?? textOf(item.accountId);
    if (account !== undefined) accounts.add(account);
    const time = timeOf(item.configurationItemCaptureTime);
    if (time !== undefined && (told === undefined || time > told)) told = time;
  }
  return {
    kind: "AWS Config",
    accounts: [...accounts],
    told,
    entries: items.length,
    isTruncated: textOf(value.nextToken) !== undefined || textOf(value.NextToken) !== undefined,
    take: (from) => {
      const entities: Record<EntityList, JsonObject[]> = {
        UserDetailList: [],
        GroupDetailList: [],
        RoleDetailList: [],
        Policies: [],
      };
      for (const item of items) {
        const account = textOf(item.awsAccountId) ?? textOf(item.accountId) ?? from.account;
        const entity = entityOf(item);
        if (entity !== undefined) entities[entity.list].push(entity.detail);
        else addResource(item, { ...from, account }, evidence);
      }
      if (Object.values(entities).some((list) => list.length > 0)) evidence.pages.push({ ...from, page: entities });
    },
  };
};

function itemsOf(value: JsonObject): readonly JsonObject[] | undefined {
  for (const member of ["configurationItems", "baseConfigurationItems", "BaseConfigurationItems"]) {
    const items = objectsOf(value[member]);
    if (items !== undefined) return items;
  }
  const rows: unknown = value.Results;
  if (Array.isArray(rows)) {
    const items = rows.flatMap((row: unknown): readonly JsonObject[] => {
      const item = objectIn(row);
      return item !== undefined && isItem(item) ? [item] : [];
    });
    return items.length > 0 || rows.length === 0 ? items : undefined;
  }
  return isItem(value) ? [value] : undefined;
}

function isItem({ resourceType }: JsonObject): boolean {
  return typeof resourceType === "string" && resourceType.startsWith("AWS::");
}

/** Whether a text begins as a document does and is none. */
function isBrokenDocument(value: unknown): boolean {
  return typeof value === "string" && /^\s*(?:\{|%7B)/i.test(value) && objectIn(value) === undefined;
}

/** Where a type of resource has the roles or instance profiles that it runs as; in items of either spelling. */
const roleMembers: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    "AWS::Lambda::Function": ["role", "Role"],
    "AWS::EC2::Instance": ["iamInstanceProfile"],
    "AWS::EC2::LaunchTemplate": ["LaunchTemplateData.IamInstanceProfile"],
    "AWS::CloudFormation::Stack": ["roleARN", "roleArn"],
    "AWS::CodeBuild::Project": ["serviceRole"],
    // The execution role is the agent's: what runs in a task does not get it.
    "AWS::ECS::TaskDefinition": ["taskRoleArn", "TaskRoleArn"],
    "AWS::Batch::JobDefinition": ["containerProperties.jobRoleArn", "ContainerProperties.JobRoleArn"],
    "AWS::BedrockAgentCore::Runtime": ["RoleArn"],
    "AWS::BedrockAgentCore::BrowserCustom": ["ExecutionRoleArn"],
    "AWS::BedrockAgentCore::CodeInterpreterCustom": ["ExecutionRoleArn"],
    "AWS::StepFunctions::StateMachine": ["roleArn", "RoleArn"],
    "AWS::Glue::Job": ["role", "Role"],
    "AWS::SageMaker::NotebookInstance": ["roleArn", "RoleArn"],
    "AWS::AutoScaling::LaunchConfiguration": ["iamInstanceProfile"],
    "AWS::EKS::Cluster": ["roleArn", "RoleArn"],
    "AWS::AppRunner::Service": ["instanceRoleArn", "InstanceConfiguration.InstanceRoleArn"],
    "AWS::IAM::InstanceProfile": ["Roles", "roles"],
  }),
);

/** The texts at a member, which may be an ARN, a name, an object with either, or a list of them. */
function rolesAt(configuration: JsonObject, path: string): readonly string[] {
  let held: unknown = configuration;
  for (const name of path.split(".")) held = isJsonObject(held) ? held[name] : undefined;
  const items: readonly unknown[] = Array.isArray(held) ? held : [held];
  return items.flatMap((item) => {
    const found = isJsonObject(item)
      ? [item.arn, item.Arn, item.roleName, item.RoleName, item.name, item.Name].map(textOf)
      : [textOf(item)];
    return found.find((one) => one !== undefined) ?? [];
  });
}

function addResource(
  item: JsonObject,
  from: Pick<ResourceFact, "file" | "account" | "at">,
  { resources, problems }: Evidence,
): void {
  const arn = textOf(item.ARN) ?? textOf(item.arn);
  const type = textOf(item.resourceType);
  if (arn === undefined || type === undefined || item.configurationItemStatus === "ResourceDeleted") return;
  const configuration = objectIn(item.configuration) ?? {};
  const further = objectIn(item.supplementaryConfiguration) ?? {};
  const bucketPolicy = objectIn(further.BucketPolicy);
  const written = [
    bucketPolicy === undefined ? further.BucketPolicy : bucketPolicy.policyText,
    further.Policy,
    configuration.policy,
    configuration.Policy,
    objectIn(configuration.attributes)?.Policy,
    configuration.ResourcePolicy,
  ];
  const policy = written.map(documentIn).find((one) => one !== undefined);
  if (policy === undefined && written.some(isBrokenDocument)) {
    const text = `the policy of ${quote(arn)} is no policy document: it is left out`;
    problems.push({ file: from.file, kind: "incomplete", account: from.account, text });
  }
  const block = objectIn(further.PublicAccessBlockConfiguration);
  const roles = (roleMembers.get(type) ?? []).flatMap((member) => rolesAt(configuration, member));
  const hasTags = item.tags !== undefined && item.tags !== null;
  resources.push({
    ...from,
    arn,
    type,
    roles,
    ...(policy === undefined ? {} : { policy }),
    ...(hasTags ? { tags: tagsIn(item.tags) } : {}),
    ...(block === undefined ? {} : { publicAccessBlock: block }),
  });
}

type EntityList = "UserDetailList" | "GroupDetailList" | "RoleDetailList" | "Policies";

const entityLists: ReadonlyMap<string, EntityList> = new Map(
  Object.entries({
    "AWS::IAM::User": "UserDetailList",
    "AWS::IAM::Group": "GroupDetailList",
    "AWS::IAM::Role": "RoleDetailList",
    "AWS::IAM::Policy": "Policies",
  }),
);

/** Users, groups, roles and policies in the members that `get-account-authorization-details` has for them. */
function entityOf(item: JsonObject): { readonly list: EntityList; readonly detail: JsonObject } | undefined {
  const list = entityLists.get(textOf(item.resourceType) ?? "");
  const configuration = objectIn(item.configuration);
  if (list === undefined || configuration === undefined || item.configurationItemStatus === "ResourceDeleted")
    return undefined;
  const detail = capitalised(configuration);
  // Config writes some names otherwise.
  if (detail.PermissionsBoundary === null) delete detail.PermissionsBoundary;
  return typeof detail.Arn === "string" ? { list, detail } : undefined;
}

/** Deeper than any entity. */
const deepest = 12;

/** Members that begin in upper case, except in policy documents, which keep their own. */
function capitalised(value: JsonObject, depth = 0): Record<string, unknown> {
  const result: Record<string, unknown> = Object.create(null);
  for (const [name, member] of Object.entries(value)) {
    const upper = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
    result[upper] = /Document$/.test(upper) ? member : capitalisedValue(member, depth + 1);
  }
  return result;
}

function capitalisedValue(value: unknown, depth: number): unknown {
  if (depth > deepest) return null;
  if (isJsonObject(value)) return capitalised(value, depth);
  if (!Array.isArray(value)) return value;
  const items: readonly unknown[] = value;
  return items.map((item) => capitalisedValue(item, depth + 1));
}
