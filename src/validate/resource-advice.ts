/** Advice about `Resource` and `NotResource`: the shape of ARN patterns (RES-5 to RES-16, DOC-10). */
import { hasWildcard, isAllStars, isAwsPartition, splitArnFields } from "../policy/document/arn.js";
import { shiftedField } from "../policy/document/arn-shift.js";
import { parseTemplate } from "../policy/document/template.js";
import { closestName } from "../text/closest-name.js";
import { quote } from "../text/quote.js";
import { globalKey } from "./catalogue/condition-keys.js";
import { adviseRedundancy, resourceComparison } from "./redundancy.js";
import {
  advise,
  adviseBlanks,
  arnForm,
  elementPlace,
  isGrant,
  type PlacedStatement,
  type PlacedText,
  padsIncompleteArns,
  placedPatterns,
  type Subject,
} from "./subject.js";

/** Adds what there is to say about the resources of a statement. */
export function adviseResources(subject: Subject, placed: PlacedStatement): void {
  const { resource, effect } = placed.statement;
  if (resource === undefined) return;
  const place = elementPlace(placed, "Resource");
  if (resource.patterns.length === 0) {
    const cause = "is empty: the statement applies to nothing";
    advise(subject, "DOC-10", "warning", place, cause, "name resources, or leave the statement out");
    return;
  }
  const patterns = placedPatterns(placed, "Resource");
  for (const pattern of patterns) {
    adviseResource(subject, pattern);
    adviseBlanks(subject, pattern);
  }
  adviseRedundancy(subject, "LINT-REDUNDANT-RESOURCE", patterns, resourceComparison(subject));
  if (effect === "Allow" && resource.negated && isGrant(subject)) {
    const cause = "allows every resource that it does not list, those to come included";
    advise(subject, "LINT-NOT-RESOURCE", "securityWarning", place, cause, "list what to allow in `Resource`");
  }
}

function adviseResource(subject: Subject, place: PlacedText): void {
  const { text } = place;
  if (isAllStars(text)) return;
  const fields = splitArnFields(text);
  const [scheme = "", partition = "", service = "", , account = "", rest = ""] = fields;
  const shifted = subject.profile === "aws" ? shiftedField(fields, "runsOn") : undefined;
  if (hasWildcard(scheme)) {
    const cause = `${quote(text)} has a wildcard in its first field`;
    advise(subject, "RES-16", "warning", place, cause, "begin it with `arn:`, or write `*` for everything");
  } else if (shifted !== undefined) {
    const cause = `${quote(text)} ${shifted}: it matches no resource of AWS`;
    advise(subject, "LINT-ARN-FIELDS", "warning", place, cause, arnOfBucket(fields) ?? arnForm);
  } else if (subject.profile === "aws" && hasColonInBucket(fields)) {
    const cause = `${quote(text)} has a colon in its bucket name, which no bucket has: it matches no resource of AWS`;
    advise(subject, "LINT-ARN-FIELDS", "warning", place, cause, "write `arn:aws:s3:::bucket/key`");
  } else if (fields.length < 6) {
    adviseShortArn(subject, place, fields);
  } else if (hasWildcard(service)) {
    const cause = `${quote(text)} has a wildcard in its service field, which AWS's grammar does not have`;
    advise(subject, "RES-15", "warning", place, cause, "name the service");
  } else if (typedServices.has(service) && /^[^:/]*[*?][^:/]*[:/]/.test(rest)) {
    const cause = `${quote(text)} has a wildcard in its resource type, which AWS's grammar does not have`;
    advise(subject, "RES-15", "warning", place, cause, "spell the resource type out");
  }
  if (subject.profile === "aws") adviseArnFields(subject, place, partition, account);
  adviseVariables(subject, place, rest);
}

/** A bucket that was written into the region or account field. */
function arnOfBucket(fields: readonly string[]): string | undefined {
  const [, partition, service] = fields;
  const last = fields.at(-1) ?? "";
  if (service !== "s3" || fields.length < 4 || fields.length > 5 || last === "") return undefined;
  if (fields.slice(3, -1).some((field) => field !== "")) return undefined;
  return `write \`arn:${partition}:s3:::${last}\``;
}

/** Only where no star in front of the colon may stand for a bucket and a slash. */
function hasColonInBucket([, partition = "", service, region, account, rest = ""]: readonly string[]): boolean {
  if (service !== "s3" || region !== "" || account !== "" || !isAwsPartition(partition)) return false;
  const bucket = rest.replace(/\$\{[^}]*\}/g, "").split("/")[0] ?? "";
  return /^[^*:]+:/.test(bucket);
}

function adviseShortArn(subject: Subject, place: PlacedText, fields: readonly string[]): void {
  const { text } = place;
  const runOnAt = fields.findIndex((field) => field.endsWith("*"));
  const fix = "write all six fields";
  if (!text.endsWith("*")) {
    const effect = padsIncompleteArns(subject) ? "the missing ones match everything" : "it matches nothing";
    advise(subject, "RES-7", "warning", place, `${quote(text)} has ${fields.length} fields of six: ${effect}`, fix);
  } else if (runOnAt < fields.length - 1) {
    const cause = `${quote(text)} has ${fields.length} fields of six: the star of field ${runOnAt + 1} runs on over the next ones`;
    advise(subject, "RES-6", "warning", place, cause, fix);
  } else {
    const cause = `${quote(text)} has ${fields.length} fields of six: its last star covers the others`;
    advise(subject, "RES-7", "suggestion", place, cause, fix);
  }
}

function adviseArnFields(subject: Subject, place: PlacedText, partition: string, account: string): void {
  const { text } = place;
  // Own services have partitions of their own; only what looks like one of AWS's is a mistake.
  const meant = isAwsPartition(partition) ? undefined : closestName(partition, awsPartitions);
  if (meant !== undefined && !hasWildcard(partition)) {
    const cause = `${quote(text)} has the partition ${quote(partition)}, which is none of AWS's`;
    advise(subject, "LINT-ARN-PARTITION", "warning", place, cause, `write \`${meant}\``);
  }
  if (/^[0-9]+$/.test(account) && account.length !== 12) {
    const cause = `${quote(text)} has an account of ${account.length} digits`;
    advise(subject, "LINT-ARN-ACCOUNT", "warning", place, cause, "write the twelve digits of the account");
  }
}

const awsPartitions = ["aws", "aws-cn", "aws-us-gov"] as const;

function adviseVariables(subject: Subject, place: PlacedText, rest: string): void {
  for (const part of parseTemplate(rest, subject.document.version)) {
    if (part.kind !== "variable" || globalKey(part.key)?.multivalued !== true) continue;
    const cause = `\`\${${part.key}}\` never has a value: its key is a list`;
    advise(subject, "VAR-9", "warning", place, cause, "use a key with one value");
  }
}

/** Services all of whose ARNs have a resource type before their first `/` or `:` in the sixth field. */
const typedServices: ReadonlySet<string> = new Set([
  "dynamodb",
  "ec2",
  "ecr",
  "ecs",
  "eks",
  "elasticloadbalancing",
  "iam",
  "lambda",
  "logs",
  "rds",
  "secretsmanager",
]);
