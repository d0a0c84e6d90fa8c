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
  const templates = templatesOf(catalogue, action);
  if (templates === undefined) return undefined;
  if (templates.length === 0) return [{ arn: "*" }];
  if (action === "ec2:RunInstances") return startedInstances(event);
  const fits = (text: string): boolean => templates.some((template) => templateTest(template).test(text));
  const listed = objectsAt(event, "resources").flatMap((resource): readonly EventResource[] => {
    const arn = textAt(resource, "ARN") ?? textAt(resource, "arn");
    const account = textAt(resource, "accountId");
    return arn !== undefined && fits(arn) ? [{ arn, ...(account === undefined ? {} : { account }) }] : [];
  });
  const longest = Math.max(0, ...listed.map(({ arn }) => arn.split("/").length));
  if (listed.length > 0) return listed.filter(({ arn }) => arn.split("/").length === longest);
  const written = textsOf(parameters).filter((text) => text.startsWith("arn:") && fits(text));
  if (written.length > 0) return [...new Set(written)].map((arn) => ({ arn }));
  const filled = templates.flatMap((template) => fillTemplate(template, event, parameters, names));
  return filled.length === 0 ? undefined : filled.map((arn) => ({ arn }));
}

const templatesByAction = new WeakMap<object, Map<string, readonly string[] | undefined>>();

/** The templates of an action's resource types; undefined for an action that nobody knows. */
function templatesOf(catalogue: Catalogue | undefined, action: string): readonly string[] | undefined {
  if (catalogue === undefined) return undefined;
  let memo = templatesByAction.get(catalogue);
  if (memo === undefined) {
    memo = new Map();
    templatesByAction.set(catalogue, memo);
  }
  let templates = memo.get(action);
  if (templates === undefined && !memo.has(action)) {
    templates = actionIn(catalogue, action)?.resourceTypes.map(({ arn }) => arn);
    memo.set(action, templates);
  }
  return templates;
}

/**
 * The template as a test of a whole ARN: a placeholder stands for anything in its field, the last one for all that follows. Names that
 * stand alone behind the account, as those of buckets and queues, have no slash.
 */
function templateTest(template: string): RegExp {
  let test = tests.get(template);
  if (test === undefined) {
    const texts = template.split(/\$\{[^}]*\}/).map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    const last = texts.pop() ?? "";
    const start = texts.join("[^:]*");
    test = new RegExp(
      last === "" ? `^${start}${/:\$\{[^}]*\}$/.test(template) ? "[^/]+" : ".+"}$` : `^${start}[^:]*${last}$`,
      "s",
    );
    tests.set(template, test);
  }
  return test;
}

const tests = new Map<string, RegExp>();

function textsOf(parameters: unknown): readonly string[] {
  if (!isJsonObject(parameters)) return [];
  return Object.keys(parameters).flatMap((name) => textAt(parameters, name) ?? []);
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
  let made: readonly string[] = [""];
  for (const { text, placeholder } of partsOf(template)) {
    const values = placeholder === undefined ? [text] : valuesOf(placeholder, event, parameters);
    if (values.length === 0) return values;
    made = made.flatMap((start) => values.map((value) => `${start}${value}`));
  }
  return made.length <= 1000 ? made : [];
}

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

function valuesOf(placeholder: string, event: JsonObject, parameters: unknown): readonly string[] {
  switch (placeholder) {
    case "Partition":
      return [partitionOf(event)];
    case "Region":
      return textAt(event, "awsRegion") === undefined ? [] : [textAt(event, "awsRegion") ?? ""];
    case "Account":
      return ownAccount(event) === "" ? [] : [ownAccount(event)];
    case "BucketName":
      return bucketOf(event) === undefined ? [] : [bucketOf(event) ?? ""];
    case "ObjectName": {
      const several = objectsAt(parameters, "delete", "objects").flatMap((one) => textAt(one, "key") ?? []);
      const key = textAt(parameters, "key");
      return key === undefined ? several : [key];
    }
    case "QueueName":
      return lastPart(textAt(parameters, "queueUrl")) ?? oneOf(textAt(parameters, "queueName"));
    case "ParameterNameWithoutLeadingSlash":
      return oneOf(textAt(parameters, "name")?.replace(/^\//, ""));
    default:
      return parameterValues(placeholder, parameters);
  }
}

function oneOf(text: string | undefined): readonly string[] {
  return text === undefined ? [] : [text];
}

function lastPart(address: string | undefined): readonly string[] | undefined {
  const part = address?.split("/").at(-1);
  return part === undefined || part === "" ? undefined : [part];
}

/** The parameter of the placeholder's name, whatever its case; ids of EC2 stand in lists of items. */
function parameterValues(placeholder: string, parameters: unknown): readonly string[] {
  if (!isJsonObject(parameters)) return [];
  const wanted = lowered(placeholder);
  const shorter = shortened(wanted);
  for (const name of Object.keys(parameters)) {
    const folded = lowered(name);
    const isIt =
      folded === wanted ||
      (shorter !== "" && (folded === shorter || folded === `${shorter}name` || folded === `${shorter}id`));
    const value = isIt ? textAt(parameters, name) : undefined;
    if (value !== undefined && !value.startsWith("arn:")) return [value];
  }
  const listName = Object.keys(parameters).find(
    (name) => lowered(name) === `${shorter}sset` || lowered(name) === `${shorter}set`,
  );
  const ids = listName === undefined ? [] : objectsAt(parameters, listName, "items");
  return ids.flatMap((item) => {
    const key = Object.keys(item).find((name) => name.toLowerCase() === wanted);
    return key === undefined ? [] : oneOf(textAt(item, key));
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
