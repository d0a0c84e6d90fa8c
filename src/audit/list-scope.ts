/**
 * What a list of names can be complete about. A program that asks for a list (who, what, on what) gets names; this says which names
 * there are to be decided, and what beyond them is allowed, too, so that nobody takes a list for more than it is.
 */

import { hasWildcard, parseArn } from "../policy/document/arn.js";
import type { PrincipalKind } from "../policy/policy-set.js";
import { parseRequester } from "../policy/requester.js";
import { actionIn } from "../validate/catalogue/catalogue.js";
import type { Asker, Auditor } from "./auditor.js";
import { type KnownSubjects, knownSubjects, type Subject } from "./candidates.js";
import { whichResources } from "./which-resources.js";

/** One request with one of its parts left open. */
export type ListQuestion =
  | { readonly open: "principal"; readonly kind: PrincipalKind; readonly action: string; readonly resource: string }
  | { readonly open: "action"; readonly principal: string; readonly service: string; readonly resource: string }
  | {
      readonly open: "resource";
      readonly principal: string;
      readonly action: string;
      /** Patterns of the resources that are asked about: the auditor's region. */
      readonly service: string;
    };

/** What there is to be listed, and what there is beyond. */
export interface ListScope {
  /** Names to decide, of all kinds of principals or of all actions of the service; resources are those of the set. */
  readonly names: readonly string[];
  /** Whether the set or the catalogue knows the service that is asked about. */
  readonly isKnown: boolean;
  /** Patterns of what is allowed, or may be, and has no name. */
  readonly beyond: readonly string[];
}

/** Finds them. The auditor's region is closed: what the request does not say is absent. */
export function listScope(auditor: Auditor, question: ListQuestion): ListScope {
  if (question.open === "principal") return principalScope(auditor, question);
  if (question.open === "action") return actionScope(auditor, question);
  const [asker] = auditor.askers({ principals: [question.principal], outside: true });
  const isKnown = isKnownService(auditor, question.service);
  if (asker === undefined) return { names: [], isKnown, beyond: [] };
  const beyond: string[] = [];
  for (const line of whichResources(auditor, asker, question.action, false).lines) {
    if (line !== undefined && hasWildcard(line.resource)) beyond.push(line.resource);
  }
  return { names: [], isKnown, beyond };
}

function principalScope(
  auditor: Auditor,
  { kind, action, resource }: ListQuestion & { readonly open: "principal" },
): ListScope {
  const { named, others } = knownSubjects(auditor.terms.set);
  const subjects = kind === "session" ? sessionsOfRoles(named) : others.filter((one) => kindOf(one) === kind);
  const beyond = subjects.flatMap((subject) => {
    const asker = auditor.asker(subject);
    if (asker === undefined) return [];
    return isNever(auditor, asker, [action], resource) ? [] : [subject.principal];
  });
  return { names: named, isKnown: true, beyond };
}

/** Of a pattern: that of whom it stands for. */
function kindOf({ principal }: Subject): PrincipalKind | undefined {
  return parseRequester(principal.replace("*", "x"), "generic")?.kind;
}

/** Sessions of each role, under a name that nobody has. */
function sessionsOfRoles(named: KnownSubjects["named"]): readonly Subject[] {
  return named.flatMap((arn) => {
    const parts = parseRequester(arn, "generic")?.kind === "role" ? parseArn(arn) : undefined;
    if (parts === undefined) return [];
    const name = parts.rest.slice(parts.rest.lastIndexOf("/") + 1);
    const session = `arn:${parts.partition}:sts::${parts.account}:assumed-role/${name}/`;
    return [{ principal: `${session}*`, members: [`${session}verdict-audit`], isWhole: true }];
  });
}

function actionScope(
  auditor: Auditor,
  { principal, service, resource }: ListQuestion & { readonly open: "action" },
): ListScope {
  const { actions, terms } = auditor;
  const prefix = `${service}:`;
  const names = [...actions.names].flatMap(([folded, name]) => (folded.startsWith(prefix) ? [name] : []));
  const isKnown = isKnownService(auditor, service);
  // AWS's own actions are all in the catalogue.
  if (names.some((name) => actionIn(terms.catalogue, name) !== undefined)) return { names, isKnown, beyond: [] };
  const [asker] = auditor.askers({ principals: [principal], outside: true });
  if (asker === undefined) return { names, isKnown, beyond: [] };
  const invented = auditor.invented(asker, `${prefix}*`);
  const isNone = invented?.length === 0 || isNever(auditor, asker, invented, resource);
  return { names, isKnown, beyond: isNone ? [] : [`${prefix}*`] };
}

/** Whether it is certain. Tags that the request states and the set contradicts leave nothing to look at: that proves nothing. */
function isNever(auditor: Auditor, asker: Asker, actions: readonly string[] | undefined, resource: string): boolean {
  if (actions === undefined || auditor.worlds(asker, actions, [resource]).length === 0) return false;
  return auditor.answerFor(asker, actions, [resource], { tellsWhen: false }).access === "never";
}

/** Whether anything of the service is known: to AWS's catalogue, or to the set as an action or as a resource. */
function isKnownService({ actions, resources, terms }: Auditor, service: string): boolean {
  if (terms.catalogue?.prefixes.has(service) === true) return true;
  const patterns = [...actions.names.keys(), ...actions.patterns.map((one) => one.toLowerCase())];
  if (patterns.some((one) => one.startsWith(`${service}:`))) return true;
  return [...resources.arns].some((arn) => parseArn(arn)?.service.toLowerCase() === service);
}
