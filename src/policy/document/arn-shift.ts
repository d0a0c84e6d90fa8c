/**
 * ARNs and ARN patterns of AWS whose fields stand in the wrong places, so that nothing real has such an ARN: a colon astray, a field left
 * out. Says only what is certain; partitions that are not AWS's have ARNs of their own making.
 */
import { hasWildcard, isAllStars, isAwsPartition } from "./arn.js";

/** How far a wildcard of the pattern reaches: within its field, to the next ones if it ends its field (RES-6), anywhere (STR-3). */
export type WildcardReach = "field" | "runsOn" | "anywhere";

/**
 * What is shifted, as a sentence without its subject: `has a region in its account field`. Takes the fields of `splitArnFields`, up to
 * six of them; undefined if an ARN of AWS may have them. A `$` stands for a variable (`templateSkeleton`).
 */
export function shiftedField(fields: readonly string[], reach: WildcardReach): string | undefined {
  const certain = certainFields(fields, reach);
  const [scheme, partition, service, region, account, rest] = certain;
  if (scheme !== "arn" || partition === undefined) return undefined;
  // With three fields or fewer there is nothing to be shifted against.
  if (fields.length > 3 && partition === "") return "has an empty partition field";
  if (fields.length > 3 && service === "") return "has an empty service field";
  if (!isAwsPartition(partition) && !hasWildcard(partition)) {
    return isRegion(service) ? "has a region in its service field: its partition is missing" : undefined;
  }
  return (
    inHead("service", service) ??
    inHead("region", region) ??
    inAccount(service, account) ??
    inRest(account, rest) ??
    ofService(service, region, account, rest)
  );
}

/** The fields up to the first one that is not certain to be matched by its own counterpart. */
function certainFields(fields: readonly string[], reach: WildcardReach): readonly string[] {
  const last = fields.findIndex((field, index) => {
    if (index > 4 || reach === "field") return false;
    return reach === "runsOn" ? field.endsWith("*") : field.includes("*");
  });
  // What stands before the star stands in this field; the field as a whole says nothing.
  return last < 0 ? fields : fields.slice(0, last + 1);
}

function inHead(name: "service" | "region", field: string | undefined): string | undefined {
  if (isAccount(field)) return `has an account id in its ${name} field`;
  if (isResource(field)) return `has a resource in its ${name} field`;
  return name === "service" && isRegion(field) ? "has a region in its service field" : undefined;
}

function inAccount(service = "", account: string | undefined): string | undefined {
  if (isRegion(account)) return "has a region in its account field";
  if (isResource(account)) return "has a resource in its account field";
  return account !== undefined && colonTypes.get(service)?.includes(account) === true
    ? `has the resource type \`${account}\` in its account field`
    : undefined;
}

function inRest(account: string | undefined, rest: string | undefined): string | undefined {
  if (rest?.startsWith(":") === true) return "has a colon too many before its resource";
  return account === "" && rest !== undefined && /^[0-9]{12}:/.test(rest)
    ? "has an account id in its resource field"
    : undefined;
}

function ofService(
  service: string | undefined,
  region: string | undefined,
  account: string | undefined,
  rest: string | undefined,
): string | undefined {
  if (service === "iam" || service === "sts") {
    if (region !== undefined && region !== "" && !isOpen(region)) return `has a region, which ARNs of ${service} lack`;
    return account === "" ? `has an empty account field, which ARNs of ${service} fill` : undefined;
  }
  if (service !== "s3") return undefined;
  if (region !== undefined && region !== "" && !isOpen(region) && !isRegion(region)) {
    return "has a bucket in its region field";
  }
  if (account !== undefined && account !== "" && !isOpen(account) && !/^[0-9]+$/.test(account)) {
    return "has a bucket in its account field";
  }
  const isPlaced = [region, account].some((field) => field !== undefined && field !== "" && !isAllStars(field));
  return isPlaced && rest !== undefined && isBucket(rest)
    ? "has a region or an account, which buckets lack"
    : undefined;
}

/** True if only a bucket, or objects in one, can have the resource part: nothing else of S3, which all have accounts. */
function isBucket(rest: string): boolean {
  const openAt = rest.search(/[*?$]/);
  const literal = openAt < 0 ? rest : rest.slice(0, openAt);
  return !accountTypesOfS3.some((type) => type.startsWith(literal) || literal.startsWith(type));
}

const accountTypesOfS3 = ["accesspoint/", "access-grants/", "async-request/", "job/", "storage-lens"];

function isOpen(field: string): boolean {
  return hasWildcard(field) || field.includes("$");
}

function isAccount(field: string | undefined): boolean {
  return field !== undefined && /^[0-9]{12}$/.test(field);
}

function isRegion(field: string | undefined): boolean {
  return field !== undefined && /^[a-z]{2,4}(?:-[a-z]+)+-[0-9]+$/.test(field);
}

/** Services, regions and accounts have no slash. */
function isResource(field: string | undefined): boolean {
  return field?.includes("/") === true;
}

/** Resource types that a colon parts from their names, so that a field left out moves them into the place of the account. */
const colonTypes: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    autoscaling: ["autoScalingGroup", "launchConfiguration"],
    backup: ["backup-plan", "backup-vault"],
    cloudwatch: ["alarm"],
    codedeploy: ["application", "deploymentconfig", "deploymentgroup"],
    elasticache: ["cluster", "replicationgroup", "snapshot", "subnetgroup", "user", "usergroup"],
    lambda: ["code-signing-config", "event-source-mapping", "function", "layer"],
    logs: ["destination", "log-group"],
    rds: ["cluster", "cluster-pg", "cluster-snapshot", "db", "db-proxy", "es", "og", "pg", "ri", "snapshot", "subgrp"],
    redshift: ["cluster", "dbgroup", "dbname", "dbuser", "namespace", "parametergroup", "snapshot", "subnetgroup"],
    secretsmanager: ["secret"],
    states: ["activity", "execution", "express", "stateMachine"],
  }),
);
