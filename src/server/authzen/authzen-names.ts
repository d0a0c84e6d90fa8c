/**
 * Names between AuthZEN and IAM: types and ids of subjects and resources to ARNs, names of actions to `service:Name`, and
 * back for searches. A name that stands for nothing is unresolved, never guessed.
 */

import type { SetDirectory } from "../../ask/set-directory.js";
import { parseArn } from "../../policy/document/arn.js";
import type { PrincipalKind } from "../../policy/policy-set.js";
import { parseRequester } from "../../policy/requester.js";
import { quote } from "../../text/quote.js";
import type { AuthzenMapping } from "./authzen-mapping.js";
import { fillTemplate, idIn } from "./id-template.js";

/** Why a name stands for nothing. */
export interface Unresolved {
  /** As HTTP has them: 404 is unknown, 400 is wrong, 422 is a value that policies read and cannot use. */
  readonly status: 400 | 404 | 422;
  readonly error: string;
}

/** Types of subjects that need no mapping, and the kind of requester (IN-2) that each is. */
const subjectKinds: ReadonlyMap<string, PrincipalKind> = new Map([
  ["user", "user"],
  ["role", "role"],
  ["assumed-role", "session"],
  ["federated-user", "federatedUser"],
  ["service", "service"],
  ["account", "root"],
  ["anonymous", "anonymous"],
]);

/** The principal that a subject is. */
export function principalOf(
  mapping: AuthzenMapping,
  directory: SetDirectory,
  type: string,
  id: string,
): string | Unresolved {
  const template = mapping.subjects.get(type);
  const kind = subjectKinds.get(type);
  if (template !== undefined) {
    const name = idIn(template, id) ?? id;
    // An id with a colon or a slash could name another principal than those of its type.
    if (/[\s:/*?\p{Cc}]/u.test(name))
      return { status: 400, error: `subject.id: ${quote(id)} is no id of ${quote(type)}` };
    return fillTemplate(template, name);
  }
  if (id.startsWith("arn:")) return principalByArn(type, id, kind);
  if (kind === undefined) return { status: 404, error: `subject.type: ${quote(type)} is unknown` };
  if (kind === "anonymous") return "anonymous";
  if (kind === "service") return id;
  if (kind === "root") return rootOf(id);
  if (kind === "session") return sessionOf(directory, id);
  return theOnly(directory.named(kind, id), type, id);
}

/** The ARN that a resource is. */
export function resourceOf(mapping: AuthzenMapping, type: string, id: string): string | Unresolved {
  const templates = mapping.resources.get(type);
  if (templates !== undefined) {
    // A caller that passes ids on must not reach resources of other types by their ARNs.
    const isArn = id.startsWith("arn:");
    if (!isArn) return fillTemplate(templates.arn, id);
    if (idIn(templates.arn, id) !== undefined) return id;
    return { status: 400, error: `resource.id: ${quote(id)} is not the ARN of ${quote(type)}` };
  }
  if (id.startsWith("arn:") || id === "*") return id;
  return { status: 404, error: `resource.id: ${quote(id)} is no ARN, and type ${quote(type)} is unknown` };
}

/** The action that a name means for a type of resources: a name with a colon is one already. */
export function actionOf({ resources }: AuthzenMapping, type: string, name: string): string {
  const templates = resources.get(type);
  return templates === undefined || name.includes(":") ? name : fillTemplate(templates.action, name);
}

/** The subjects of a type that a policy set knows, by the ids that requests name them by. */
export function subjectsOfType(
  mapping: AuthzenMapping,
  directory: SetDirectory,
  type: string,
  named: readonly string[],
): readonly Named[] {
  const template = mapping.subjects.get(type);
  const kind = subjectKinds.get(type);
  if (template !== undefined) {
    const all = (["user", "role", "federatedUser"] as const).flatMap((one) => directory.principals(one));
    return all.flatMap((name) => {
      const id = idIn(template, name);
      return id === undefined || principalOf(mapping, directory, type, id) !== name ? [] : [{ id, name }];
    });
  }
  if (kind === "anonymous") return [{ id: "anonymous", name: "anonymous" }];
  if (kind === undefined) return [];
  // Sessions and principals of other accounts are in no directory.
  const others = named.filter((name) => parseRequester(name, "generic")?.kind === kind);
  return [...new Set([...directory.principals(kind), ...others])].map((name) => ({ id: name, name }));
}

/** The kind of requester that subjects of a type are; undefined for a type that stands for nothing. */
export function kindOfType(mapping: AuthzenMapping, type: string): PrincipalKind | undefined {
  const template = mapping.subjects.get(type);
  return template === undefined ? subjectKinds.get(type) : parseRequester(fillTemplate(template, "x"), "generic")?.kind;
}

/** Patterns of the ARNs that resources of a type can have, and their service. Without a template as `resourcesOfType` has them. */
export function resourcePatternsOf(
  mapping: AuthzenMapping,
  type: string,
): { readonly service: string; readonly patterns: readonly string[] } | undefined {
  const template = mapping.resources.get(type)?.arn;
  if (template !== undefined) {
    const service = parseArn(fillTemplate(template, "x"))?.service.toLowerCase() ?? "";
    return { service, patterns: [fillTemplate(template, "*")] };
  }
  const [, service = "", kind] = /^([^\s:/*?]+)(?::([^\s:/*?]+))?$/.exec(type) ?? [];
  if (service === "") return undefined;
  const start = `arn:*:${service}:*:*:`;
  return {
    service: service.toLowerCase(),
    patterns: kind === undefined ? [`${start}*`] : [`${start}${kind}/*`, `${start}${kind}:*`],
  };
}

/** The resources of a type that a policy set knows. Without a template the type is a service, or `service:type`. */
export function resourcesOfType(mapping: AuthzenMapping, directory: SetDirectory, type: string): readonly Named[] {
  const templates = mapping.resources.get(type);
  return directory.resources.flatMap((name) => {
    const id = templates === undefined ? (isOfType(name, type) ? name : undefined) : idIn(templates.arn, name);
    return id === undefined || resourceOf(mapping, type, id) !== name ? [] : [{ id, name }];
  });
}

/** The actions that a policy set names exactly, or that are `known` besides, and that resources of a type can have. */
export function actionsOfType(
  { resources }: AuthzenMapping,
  directory: SetDirectory,
  type: string,
  resource: string,
  known: readonly string[],
): readonly Named[] {
  const templates = resources.get(type);
  const service = serviceOf({ resources }, type, resource);
  // Names that differ in case only are one (ACT-2).
  const names = new Map([...directory.actions, ...known].map((name) => [name.toLowerCase(), name]));
  return [...names.values()].flatMap((name) => {
    if (templates !== undefined) {
      const id = idIn(templates.action, name, true);
      return id === undefined ? [] : [{ id, name: fillTemplate(templates.action, id) }];
    }
    return name.slice(0, name.indexOf(":")).toLowerCase() === service ? [{ id: name, name }] : [];
  });
}

/** The service, in lower case, of the actions that a resource can have: that of its ARN; without one, that of its type. */
export function serviceOf({ resources }: Pick<AuthzenMapping, "resources">, type: string, resource: string): string {
  const templates = resources.get(type);
  const named = templates === undefined ? undefined : /^([^:]+):/.exec(templates.action.prefix)?.[1];
  return (named ?? parseArn(resource)?.service ?? type.split(":", 1)[0] ?? "").toLowerCase();
}

/** A candidate: its id in requests and its name in policies. */
export interface Named {
  readonly id: string;
  readonly name: string;
}

/** A known type with the ARN of another kind is a confusion that could let a role pass for a user. */
function principalByArn(type: string, id: string, kind: PrincipalKind | undefined): string | Unresolved {
  const found = parseRequester(id, "generic")?.kind;
  if (found === undefined) return { status: 400, error: `subject.id: ${quote(id)} is not the ARN of a principal` };
  if (kind === undefined || kind === found) return id;
  return { status: 400, error: `subject.id: ${quote(id)} is not the ARN of ${quote(type)}` };
}

function rootOf(id: string): string | Unresolved {
  if (/^[0-9]{12}$/.test(id)) return `arn:aws:iam::${id}:root`;
  return { status: 400, error: `subject.id: ${quote(id)} is not an account id` };
}

/** `Role/session` of the one role of that name. */
function sessionOf(directory: SetDirectory, id: string): string | Unresolved {
  const [, name = "", session = ""] = /^([^\s:/*?]+)\/([^\s:/*?]+)$/.exec(id) ?? [];
  const role = name === "" ? undefined : theOnly(directory.named("role", name), "role", name);
  if (role === undefined)
    return { status: 400, error: `subject.id: ${quote(id)} is neither an ARN nor \`Role/session\`` };
  if (typeof role !== "string") return role;
  const { partition = "", account = "" } = parseRequester(role, "generic") ?? {};
  return `arn:${partition}:sts::${account}:assumed-role/${name}/${session}`;
}

function theOnly(arns: readonly string[], type: string, id: string): string | Unresolved {
  const [arn, second] = arns;
  if (second !== undefined) {
    return { status: 400, error: `subject.id: ${quote(id)} is the name of ${arns.length} principals: give an ARN` };
  }
  return arn ?? { status: 404, error: `subject.id: no ${type} ${quote(id)} in the policy set` };
}

function isOfType(arn: string, type: string): boolean {
  const parts = parseArn(arn);
  if (parts === undefined) return false;
  const [, kind = ""] = /^([^:/]+)[:/]/.exec(parts.rest) ?? [];
  return type === parts.service || (kind !== "" && type === `${parts.service}:${kind}`);
}
