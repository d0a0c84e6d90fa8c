/**
 * How types and ids of AuthZEN become ARNs: a file of templates (`--authzen`). Types that it does not name follow the rules
 * of `authzen-names.ts`.
 */
import { parseArn, splitArnFields } from "../../policy/document/arn.js";
import type { MappingReading } from "../../supply/followed-mapping.js";
import { readMappingText } from "../../supply/read-mapping-text.js";
import { quote } from "../../text/quote.js";
import type { SourceText } from "../../text/source-text.js";
import type { TreeNode } from "../../text/tree.js";
import { readEntries, readMembers, readText, report, requireMember, type TreePlace } from "../../text/tree-place.js";
import { fillTemplate, type IdTemplate, parseIdTemplate } from "./id-template.js";

/** Templates by type. */
export interface AuthzenMapping {
  readonly subjects: ReadonlyMap<string, IdTemplate>;
  readonly resources: ReadonlyMap<string, ResourceTemplates>;
}

/** A type of resources. */
export interface ResourceTemplates {
  readonly arn: IdTemplate;
  /** From an action's name to `service:Name`. */
  readonly action: IdTemplate;
}

/** A mapping that names nothing. */
export const noMapping: AuthzenMapping = { subjects: new Map(), resources: new Map() };

/** The members of a mapping. */
export const authzenMembers = ["subjects", "resources"] as const;

/** The members of a type of resources that is more than a template. */
export const resourceTemplateMembers = ["arn", "action"] as const;

/** Reads the text of a mapping file. */
export function buildAuthzenMapping(source: SourceText): MappingReading<AuthzenMapping> {
  return readMappingText(source, readMapping);
}

/** Whether a file is a mapping, well made or not: policy sets have no subjects, and their resources are a list. */
export function isAuthzenMapping(node: TreeNode): boolean {
  if (node.kind !== "object") return false;
  return node.members.some(({ key, value }) => key === "subjects" || (key === "resources" && value.kind === "object"));
}

function readMapping(place: TreePlace): AuthzenMapping {
  const members = readMembers(place, authzenMembers);
  const subjects = new Map<string, IdTemplate>();
  const resources = new Map<string, ResourceTemplates>();
  for (const [type, one] of readEntries(members?.get("subjects"))) {
    const arn = readArnTemplate(one);
    if (arn !== undefined) subjects.set(type, arn);
  }
  for (const [type, one] of readEntries(members?.get("resources"))) {
    const templates = readResource(one);
    if (templates !== undefined) resources.set(type, templates);
  }
  return { subjects, resources };
}

/** A template alone, or with one for actions; actions are called after the service of the ARN unless that is said. */
function readResource(place: TreePlace): ResourceTemplates | undefined {
  const members = place.node.kind === "string" ? undefined : readMembers(place, resourceTemplateMembers);
  const arnPlace = members === undefined ? place : requireMember(place, members, "arn");
  if (arnPlace === undefined || (members === undefined && place.node.kind !== "string")) return undefined;
  const arn = readArnTemplate(arnPlace);
  if (arn === undefined) return undefined;
  const given = members?.get("action");
  const service = parseArn(fillTemplate(arn, "id"))?.service ?? "";
  const text = given === undefined ? `${service}:{name}` : readText(given);
  const action = text === undefined ? undefined : parseIdTemplate(text, "{name}");
  if (action !== undefined && /^[^:\s*?]+:[^:\s*?]*$/.test(action.prefix) && !/[:\s*?]/.test(action.suffix)) {
    return { arn, action };
  }
  if (text !== undefined) {
    report(given ?? place, "SET-FORMAT", `${quote(text)} is not of the form \`service:{name}\``);
  }
  return undefined;
}

/** The gap stands in the last field: an id must not choose the account or the service. */
function readArnTemplate(place: TreePlace): IdTemplate | undefined {
  const text = readText(place);
  if (text === undefined) return undefined;
  const template = parseIdTemplate(text, "{id}");
  const isArn = template !== undefined && splitArnFields(template.prefix).length === 6 && text.startsWith("arn:");
  if (isArn && !/[*?]/.test(text)) return template;
  report(place, "SET-FORMAT", `${quote(text)} is not an ARN with one \`{id}\` in its last field`);
  return undefined;
}
