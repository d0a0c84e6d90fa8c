/** Which actions AWS authorises for a recorded call. */

import type { JsonObject } from "../../text/json-object.js";
import { actionIn, type Catalogue } from "../../validate/catalogue/catalogue.js";
import { actionExceptions, servicePrefixes } from "./action-exceptions.js";
import { memberAt, objectsAt, textAt } from "./event.js";
import type { OperationActions } from "./service-reference.js";

/** The actions of a record in the catalogue's spelling; undefined for a call that nothing here maps, none where AWS asks no policy. */
export function actionsOfEvent(
  event: JsonObject,
  catalogue: Catalogue | undefined,
  operations?: OperationActions,
): readonly string[] | undefined {
  const prefix = prefixOf(event);
  const name = textAt(event, "eventName");
  if (prefix === undefined || name === undefined) return undefined;
  const special =
    prefix === "s3" ? s3Actions(event, name) : prefix === "dynamodb" ? dynamoActions(event, name) : undefined;
  if (special !== undefined) return special;
  const found = actionsOfName(prefix, name, catalogue);
  if (found !== undefined) return found;
  const told = operations?.get(`${prefix}:${name}`);
  return told === undefined ? undefined : [told];
}

/** Actions by catalogue, prefix and name, as far as these tell them: records have few of them. */
const known = new WeakMap<object, Map<string, readonly string[] | undefined>>();
const mostKnown = 50_000;

function actionsOfName(prefix: string, name: string, catalogue: Catalogue | undefined): readonly string[] | undefined {
  if (catalogue === undefined) return findActions(prefix, name, catalogue);
  const memo = known.get(catalogue) ?? new Map<string, readonly string[] | undefined>();
  known.set(catalogue, memo);
  const key = `${prefix}:${name}`;
  if (memo.has(key)) return memo.get(key);
  const found = findActions(prefix, name, catalogue);
  if (memo.size < mostKnown) memo.set(key, found);
  return found;
}

function findActions(prefix: string, name: string, catalogue: Catalogue | undefined): readonly string[] | undefined {
  if (prefix === "apigateway") return apiGatewayActions(name);
  const exception = actionExceptions.get(prefix)?.get(name);
  if (exception !== undefined) return exception;
  const plain = name.replace(prefix === "lambda" ? /\d{8}(?:v\d+)?$/ : /\d{4}_\d{2}_\d{2}$/, "");
  const renamed = actionExceptions.get(prefix)?.get(plain);
  if (renamed !== undefined) return renamed;
  const listed = actionIn(catalogue, `${prefix}:${plain}`);
  return listed === undefined ? undefined : [`${prefix}:${listed.name}`];
}

/** The service prefix of a record. */
export function prefixOf(event: JsonObject): string | undefined {
  const source = textAt(event, "eventSource");
  if (source === undefined) return undefined;
  let prefix = prefixes.get(source);
  if (prefix === undefined) {
    const name = source.replace(/\.amazonaws\.com(?:\.cn)?$/, "");
    prefix = name === source ? "" : (servicePrefixes.get(name) ?? name);
    if (prefixes.size < mostKnown) prefixes.set(source, prefix);
  }
  if (prefix === "s3" && bucketOf(event)?.endsWith("--x-s3") === true) return "s3express";
  return prefix === "" ? undefined : prefix;
}

/** By event source; empty where it tells none. */
const prefixes = new Map<string, string>();

/** The bucket of a call of S3. */
export function bucketOf(event: JsonObject): string | undefined {
  return textAt(event, "requestParameters", "bucketName");
}

const versioned: ReadonlyMap<string, string> = new Map([
  ["DeleteObject", "s3:DeleteObjectVersion"],
  ["DeleteObjectTagging", "s3:DeleteObjectVersionTagging"],
  ["GetObject", "s3:GetObjectVersion"],
  ["GetObjectAcl", "s3:GetObjectVersionAcl"],
  ["GetObjectTagging", "s3:GetObjectVersionTagging"],
  ["HeadObject", "s3:GetObjectVersion"],
  ["PutObjectAcl", "s3:PutObjectVersionAcl"],
  ["PutObjectTagging", "s3:PutObjectVersionTagging"],
]);

function s3Actions(event: JsonObject, name: string): readonly string[] | undefined {
  if (name.endsWith("PublicAccessBlock") && /^(?:Get|Put|Delete)P/.test(name)) {
    const kind = bucketOf(event) === undefined ? "Account" : "Bucket";
    return [`s3:${name.startsWith("Get") ? "Get" : "Put"}${kind}PublicAccessBlock`];
  }
  // The source is read as well.
  if (name === "CopyObject" || name === "UploadPartCopy") return ["s3:PutObject", "s3:GetObject"];
  const byVersion = versioned.get(name);
  if (byVersion === undefined) return undefined;
  return memberAt(event, "requestParameters", "versionId") === undefined ? undefined : [byVersion];
}

/** What a transaction does stands in its entries. */
function dynamoActions(event: JsonObject, name: string): readonly string[] | undefined {
  if (name === "TransactGetItems") return ["dynamodb:GetItem"];
  if (name === "TransactWriteItems") {
    const entries = objectsAt(event, "requestParameters", "transactItems");
    const found = new Set(
      entries.flatMap((entry) => Object.keys(entry)).flatMap((key) => transactions.get(key.toLowerCase()) ?? []),
    );
    return found.size === 0 ? undefined : [...found];
  }
  if (name !== "ExecuteStatement" && name !== "BatchExecuteStatement") return undefined;
  const single = textAt(event, "requestParameters", "statement");
  const several = objectsAt(event, "requestParameters", "statements").flatMap(
    (entry) => textAt(entry, "statement") ?? [],
  );
  const verbs = [...(single === undefined ? [] : [single]), ...several].map(
    (statement) => /^\s*([a-z]+)/i.exec(statement)?.[1]?.toLowerCase() ?? "",
  );
  const found = new Set(verbs.flatMap((verb) => partiQl.get(verb) ?? []));
  return found.size === 0 ? undefined : [...found];
}

const transactions: ReadonlyMap<string, string> = new Map([
  ["conditioncheck", "dynamodb:ConditionCheckItem"],
  ["delete", "dynamodb:DeleteItem"],
  ["put", "dynamodb:PutItem"],
  ["update", "dynamodb:UpdateItem"],
]);

const partiQl: ReadonlyMap<string, string> = new Map([
  ["delete", "dynamodb:PartiQLDelete"],
  ["insert", "dynamodb:PartiQLInsert"],
  ["select", "dynamodb:PartiQLSelect"],
  ["update", "dynamodb:PartiQLUpdate"],
]);

/** Its actions are the methods of HTTP, and the names of its calls begin with what they do. */
function apiGatewayActions(name: string): readonly string[] | undefined {
  for (const [start, method] of methods) if (name.startsWith(start)) return [`apigateway:${method}`];
  return undefined;
}

const methods = [
  ["Get", "GET"],
  ["Create", "POST"],
  ["Import", "POST"],
  ["Test", "POST"],
  ["Flush", "DELETE"],
  ["Delete", "DELETE"],
  ["Put", "PUT"],
  ["Update", "PATCH"],
] as const;
