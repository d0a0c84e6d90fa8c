/**
 * Which resources a recorded call was about: those that the record lists, those whose ARN stands in its parameters, else the ARN templates
 * of the catalogue filled with its parameters. Nothing is guessed: what cannot be filled is unknown.
 */
import { accountOfArn } from "../../policy/requester.js";
import { isJsonObject, type JsonObject } from "../../text/json-object.js";
import { actionIn, type Catalogue } from "../../validate/catalogue/catalogue.js";
import { bucketOf } from "./actions-of-event.js";
import { memberAt, objectsAt, textAt } from "./event.js";

/** What a policy set knows by names: ARNs of principals and policies whose records lack the path. */
export interface NameDirectory {
  /** The ARN of an entity of IAM, by account, kind (`user`, `role`, `group`, `policy`) and name. */
  entity(account: string, kind: string, name: string): string | undefined;
}

/** One resource and whose it is, where the record says. */
export interface EventResource {
  readonly arn: string;
  readonly account?: string;
}

/** The resources of one action of a record; undefined where they are not known. */
export function resourcesOfEvent(
  event: JsonObject,
  action: string,
  catalogue: Catalogue | undefined,
  names: NameDirectory,
): readonly EventResource[] | undefined {
  const parameters = memberAt(event, "requestParameters");
  if (action === "s3:GetObject" && /Copy/.test(textAt(event, "eventName") ?? "")) return copySource(event, parameters);
  const types = typesOf(catalogue, action);
  if (types === undefined) return undefined;
  const { templates, test } = types;
  if (templates.length === 0) return anyResource;
  if (action === "ec2:RunInstances") return startedInstances(event);
  const listed = listedResources(event, test);
  if (listed.length > 0) return listed;
  const written = writtenArns(parameters, test);
  if (written.length > 0) return [...new Set(written)].map((arn) => ({ arn }));
  const filled: EventResource[] = [];
  for (const template of templates)
    for (const arn of fillTemplate(template, event, parameters, names)) filled.push({ arn });
  return filled.length === 0 ? undefined : filled;
}

const anyResource: readonly EventResource[] = [{ arn: "*" }];

/** Of what the record lists that which fits, and of that what lies deepest: the object, not its bucket. */
function listedResources(event: JsonObject, test: RegExp): readonly EventResource[] {
  let found: EventResource[] = [];
  let longest = 0;
  for (const resource of objectsAt(event, "resources")) {
    const arn = textAt(resource, "ARN") ?? textAt(resource, "arn");
    if (arn === undefined || !test.test(arn)) continue;
    const account = textAt(resource, "accountId");
    const depth = arn.split("/").length;
    if (depth < longest) continue;
    if (depth > longest) found = [];
    longest = depth;
    found.push({ arn, ...(account === undefined ? {} : { account }) });
  }
  return found;
}

/** The ARN templates of an action's resource types, and a test whether an ARN is made by one of them. */
interface ResourceTypes {
  readonly templates: readonly string[];
  readonly test: RegExp;
}

const typesByAction = new WeakMap<object, Map<string, ResourceTypes | undefined>>();

/** The resource types of an action; undefined for an action that nobody knows. */
function typesOf(catalogue: Catalogue | undefined, action: string): ResourceTypes | undefined {
  if (catalogue === undefined) return undefined;
  let memo = typesByAction.get(catalogue);
  if (memo === undefined) {
    memo = new Map();
    typesByAction.set(catalogue, memo);
  }
  let types = memo.get(action);
  if (types === undefined && !memo.has(action)) {
    const templates = actionIn(catalogue, action)?.resourceTypes.map(({ arn }) => arn);
    types = templates && { templates, test: new RegExp(templates.map(templateTest).join("|"), "s") };
    memo.set(action, types);
  }
  return types;
}

/**
 * The template as a test of a whole ARN: a placeholder stands for anything in its field, the last one for all that follows. Names that
 * stand alone behind the account, as those of buckets and queues, have no slash.
 */
function templateTest(template: string): string {
  const texts = template.split(/\$\{[^}]*\}/).map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const last = texts.pop() ?? "";
  const start = texts.join("[^:]*");
  return last === "" ? `^${start}${/:\$\{[^}]*\}$/.test(template) ? "[^/]+" : ".+"}$` : `^${start}[^:]*${last}$`;
}

/** ARNs that stand in the parameters. */
function writtenArns(parameters: unknown, test: RegExp): readonly string[] {
  const found: string[] = [];
  if (!isJsonObject(parameters)) return found;
  for (const name of Object.keys(parameters)) {
    const text = textAt(parameters, name);
    if (text?.startsWith("arn:") === true && test.test(text)) found.push(text);
  }
  return found;
}

/** `x-amz-copy-source` is `/bucket/key`, percent-encoded. */
function copySource(event: JsonObject, parameters: unknown): readonly EventResource[] | undefined {
  const source = textAt(parameters, "x-amz-copy-source")
    ?.replace(/^\//, "")
    .replace(/\?versionId=.*$/, "");
  if (source === undefined || !source.includes("/")) return undefined;
  return [{ arn: `arn:${partitionOf(event)}:s3:::${decode(source)}` }];
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Of all that a start of instances touches, what the parameters name; instances, volumes and interfaces do not exist yet. */
function startedInstances(event: JsonObject): readonly EventResource[] | undefined {
  const parameters = memberAt(event, "requestParameters");
  const own = `arn:${partitionOf(event)}:ec2:${textAt(event, "awsRegion") ?? ""}:${ownAccount(event)}`;
  const images = objectsAt(parameters, "instancesSet", "items").flatMap((item) => textAt(item, "imageId") ?? []);
  if (images.length === 0) return undefined;
  const shared = `arn:${partitionOf(event)}:ec2:${textAt(event, "awsRegion") ?? ""}:`;
  const groups = objectsAt(parameters, "groupSet", "items").flatMap((item) => textAt(item, "groupId") ?? []);
  const subnet = textAt(parameters, "subnetId");
  const keys = objectsAt(parameters, "instancesSet", "items").flatMap((item) => textAt(item, "keyName") ?? []);
  const arns = [
    ...images.map((id) => `${shared}:image/${id}`),
    `${own}:instance/*`,
    `${own}:volume/*`,
    `${own}:network-interface/*`,
    ...(subnet === undefined ? [] : [`${own}:subnet/${subnet}`]),
    ...groups.map((id) => `${own}:security-group/${id}`),
    ...keys.map((name) => `${own}:key-pair/${name}`),
  ];
  return [...new Set(arns)].map((arn) => ({ arn }));
}

function partitionOf(event: JsonObject): string {
  const arn = textAt(event, "userIdentity", "arn") ?? "";
  return arn.startsWith("arn:aws:") ? "aws" : (/^arn:([^:]+):/.exec(arn)?.[1] ?? "aws");
}

/** The account in whose trail the record is. */
export function ownAccount(event: JsonObject): string {
  const recipient = textAt(event, "recipientAccountId");
  if (recipient !== undefined) return recipient;
  const caller = accountOfArn(textAt(event, "userIdentity", "arn") ?? "");
  return caller === "" ? (textAt(event, "userIdentity", "accountId") ?? "") : caller;
}

/** The ARNs that a template makes; none if a placeholder has no value. Of a list of ids each makes one. */
function fillTemplate(
  template: string,
  event: JsonObject,
  parameters: unknown,
  names: NameDirectory,
): readonly string[] {
  const entity = iamEntity(template, event, parameters, names);
  if (entity !== undefined) return [entity];
  let made = "";
  let several: readonly string[] | undefined;
  for (const { text, placeholder } of partsOf(template)) {
    const values = placeholder === undefined ? text : valuesOf(placeholder, event, parameters);
    if (values === undefined) return none;
    if (typeof values === "string") {
      if (several === undefined) made += values;
      else several = several.map((start) => `${start}${values}`);
    } else several = (several ?? [made]).flatMap((start) => values.map((value) => `${start}${value}`));
  }
  if (several === undefined) return [made];
  return several.length <= 1000 ? several : none;
}

const none: readonly string[] = [];

interface TemplatePart {
  readonly text: string;
  readonly placeholder: string | undefined;
}

const parts = new Map<string, readonly TemplatePart[]>();

function partsOf(template: string): readonly TemplatePart[] {
  let known = parts.get(template);
  if (known === undefined) {
    known = template.split(/(\$\{[^}]*\})/).map((text) => ({ text, placeholder: /^\$\{([^}]*)\}$/.exec(text)?.[1] }));
    parts.set(template, known);
  }
  return known;
}

/** What stands for a placeholder: a text, several, or nothing that the record tells. */
function valuesOf(placeholder: string, event: JsonObject, parameters: unknown): string | readonly string[] | undefined {
  switch (placeholder) {
    case "Partition":
      return partitionOf(event);
    case "Region":
      return textAt(event, "awsRegion");
    case "Account":
      return ownAccount(event) || undefined;
    case "BucketName":
      return bucketOf(event);
    case "ObjectName":
      return (
        textAt(parameters, "key") ??
        objectsAt(parameters, "delete", "objects").flatMap((one) => textAt(one, "key") ?? [])
      );
    case "QueueName":
      return textAt(parameters, "queueUrl")?.split("/").at(-1) || textAt(parameters, "queueName");
    case "ParameterNameWithoutLeadingSlash":
      return textAt(parameters, "name")?.replace(/^\//, "");
    default:
      return parameterValues(placeholder, parameters);
  }
}

/** The parameter of the placeholder's name, whatever its case; ids of EC2 stand in lists of items. */
function parameterValues(placeholder: string, parameters: unknown): string | readonly string[] | undefined {
  if (!isJsonObject(parameters)) return undefined;
  const wanted = lowered(placeholder);
  const shorter = shortened(wanted);
  let list: unknown;
  for (const name of Object.keys(parameters)) {
    const folded = lowered(name);
    const isIt =
      folded === wanted ||
      (shorter !== "" && (folded === shorter || folded === `${shorter}name` || folded === `${shorter}id`));
    const value = isIt ? textAt(parameters, name) : undefined;
    if (value !== undefined && !value.startsWith("arn:")) return value;
    if (list === undefined && (folded === `${shorter}sset` || folded === `${shorter}set`)) list = parameters[name];
  }
  if (list === undefined) return undefined;
  return objectsAt(list, "items").flatMap((item) => {
    const key = Object.keys(item).find((name) => name.toLowerCase() === wanted);
    return (key === undefined ? undefined : textAt(item, key)) ?? [];
  });
}

/** Names of parameters and placeholders are few. */
const loweredNames = new Map<string, string>();
const shortenedNames = new Map<string, string>();
const mostNames = 20_000;

function lowered(name: string): string {
  return remembered(loweredNames, name, () => name.toLowerCase());
}

function shortened(name: string): string {
  return remembered(shortenedNames, name, () => name.replace(/(?:name|id)$/, ""));
}

function remembered(names: Map<string, string>, name: string, make: () => string): string {
  let found = names.get(name);
  if (found === undefined) {
    found = make();
    if (names.size < mostNames) names.set(name, found);
  }
  return found;
}

/** Records name entities of IAM without their path: the policy set knows it, or the call says it. */
function iamEntity(template: string, event: JsonObject, parameters: unknown, names: NameDirectory): string | undefined {
  if (!template.endsWith("WithPath}")) return undefined;
  const kind = /:iam::\$\{Account\}:(user|role|group|policy)\/\$\{\w+WithPath\}$/.exec(template)?.[1];
  if (kind === undefined) return undefined;
  const caller = kind === "user" ? textAt(event, "userIdentity", "userName") : undefined;
  const name = textAt(parameters, `${kind}Name`) ?? (kind === "user" && !hasEntity(parameters) ? caller : undefined);
  const account = ownAccount(event);
  if (name === undefined || account === "") return undefined;
  const path = textAt(parameters, "path") ?? "/";
  return names.entity(account, kind, name) ?? `arn:${partitionOf(event)}:iam::${account}:${kind}${path}${name}`;
}

/** Calls of IAM that name nobody are about the caller. */
function hasEntity(parameters: unknown): boolean {
  return (
    isJsonObject(parameters) &&
    Object.keys(parameters).some((name) => /^(?:user|role|group|policy)(?:Name|Arn)$/.test(name))
  );
}
