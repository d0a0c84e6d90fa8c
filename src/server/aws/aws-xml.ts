/** Answers of AWS's query protocol as XML: lists have `member`s, maps have `entry`s. */
import { randomUUID } from "node:crypto";
import type { Reply } from "../http/reply.js";
import type { ActionResult } from "./aws-action-result.js";
import type { AwsErrorCode } from "./aws-error.js";

const namespace = "https://iam.amazonaws.com/doc/2010-05-08/";

/** The answer to a simulation call. */
export function simulationReply(action: string, results: readonly ActionResult[], marker: string | undefined): Reply {
  return resultReply(action, { EvaluationResults: results, IsTruncated: marker !== undefined, Marker: marker });
}

/** The answer to a call for context keys. */
export function contextKeysReply(action: string, names: readonly string[]): Reply {
  return resultReply(action, { ContextKeyNames: names });
}

function resultReply(action: string, result: object): Reply {
  const body = element(`${action}Result`, result) + element("ResponseMetadata", { RequestId: randomUUID() });
  return xmlReply(200, `<${action}Response xmlns="${namespace}">${body}</${action}Response>`);
}

/** The answer to a failed call. */
export function awsErrorReply(status: number, code: AwsErrorCode, message: string, detail?: string): Reply {
  const error = { Type: status < 500 ? "Sender" : "Receiver", Code: code, Message: message, Detail: detail };
  const body = element("Error", error) + element("RequestId", randomUUID());
  return xmlReply(status, `<ErrorResponse xmlns="${namespace}">${body}</ErrorResponse>`);
}

function xmlReply(status: number, body: string): Reply {
  return { status, contentType: "text/xml", body: `${body}\n` };
}

function element(name: string, value: unknown): string {
  return value === undefined ? "" : `<${name}>${content(name, value)}</${name}>`;
}

function content(name: string, value: unknown): string {
  if (Array.isArray(value)) return value.map((item) => element("member", item)).join("");
  if (typeof value !== "object" || value === null) return escapeXml(String(value));
  const members = Object.entries(value);
  if (!maps.has(name)) return members.map(([key, one]) => element(key, one)).join("");
  return members.map(([key, one]) => `<entry>${element("key", key)}${element("value", one)}</entry>`).join("");
}

/** The members of the protocol that are maps. */
const maps: ReadonlySet<string> = new Set(["EvalDecisionDetails", "MissingContextKeysByType"]);

/** A line break as it is would come back as another one. */
function escapeXml(text: string): string {
  return text.replace(/[&<>"'\r]/g, (character) => `&#${character.charCodeAt(0)};`);
}
