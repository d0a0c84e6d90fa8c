// Random policy documents of every type, valid for it (TYPE-1), aimed at a scene so that most statements apply or nearly do.

import type { Random } from "../kit/random.js";
import type { PolicyType } from "../oracle/simulation-case.js";
import { generateCondition } from "./conditions.js";
import { generateActionPattern, generateResourcePattern, type PatternSource } from "./patterns.js";
import { generatePrincipalElement } from "./principals.js";
import { aim, type Scene } from "./scene.js";
import { ACTIONS, generateAction } from "./targets.js";

/** A policy type, or the resource policy of a role. */
export type DocumentType = PolicyType | "trust";

type Elements = Record<string, unknown>;

interface Writing {
  readonly type: DocumentType;
  readonly scene: Scene;
  readonly version: string | undefined;
  readonly source: PatternSource;
}

const DENY_SHARE: Readonly<Record<DocumentType, number>> = {
  identity: 0.16,
  boundary: 0.1,
  session: 0.1,
  resource: 0.18,
  trust: 0.15,
  endpoint: 0.1,
  scp: 0.12,
  rcp: 1,
};

/** A document of the type given. */
export function generateDocument(random: Random, type: DocumentType, scene: Scene): unknown {
  const isControl = type === "scp" || type === "rcp";
  const version = isControl
    ? "2012-10-17"
    : random.weighted([
        [14, "2012-10-17"],
        [3, "2008-10-17"],
        [3, undefined],
      ]);
  const source = { values: scene.values, hasVariables: version === "2012-10-17" };
  const writing = { type, scene, version, source };
  const statements = random.chance(0.01) ? [] : random.list(1, 3, (index) => generateStatement(random, writing, index));
  return {
    ...(version === undefined ? {} : { Version: version }),
    ...(random.chance(0.05) ? { Id: "id" } : {}),
    Statement: statements.length === 1 && random.chance(0.3) ? statements[0] : statements,
  };
}

/** How a statement is meant to meet the scene: all of it, all but its condition, or by chance. */
type Aim = "applies" | "condition" | "chance";

const AIMS: Readonly<Record<"Allow" | "Deny", readonly (readonly [number, Aim])[]>> = {
  Allow: [
    [48, "applies"],
    [34, "condition"],
    [18, "chance"],
  ],
  Deny: [
    [14, "applies"],
    [48, "condition"],
    [38, "chance"],
  ],
};

function generateStatement(random: Random, writing: Writing, index: number): unknown {
  const { type, scene, version } = writing;
  const effect = random.chance(DENY_SHARE[type]) ? "Deny" : "Allow";
  const meant = random.weighted(AIMS[effect]);
  const sid = generateSid(random, type, index);
  let elements = generateElements(random, writing, effect, meant);
  for (let attempt = 0; meant !== "chance" && attempt < 6; attempt++) {
    const policyType = type === "trust" ? "resource" : type;
    const result = aim({ Effect: effect, ...joined(elements) }, version, policyType, scene);
    if (result === undefined || result.applies) break;
    const { principalHolds, actionHolds, resourceHolds } = result;
    const isMet = principalHolds && actionHolds && resourceHolds;
    if (isMet && meant === "condition") break;
    const others = generateElements(random, writing, effect, meant);
    if (!principalHolds) elements = { ...elements, principal: others.principal };
    if (!actionHolds) elements = { ...elements, action: others.action };
    if (!resourceHolds) elements = { ...elements, resource: others.resource };
    if (isMet) elements = { ...elements, condition: others.condition };
  }
  return { ...sid, Effect: effect, ...joined(elements) };
}

interface StatementElements {
  readonly principal: Elements;
  readonly action: Elements;
  readonly resource: Elements;
  readonly condition: Elements;
}

function joined({ principal, action, resource, condition }: StatementElements): Elements {
  return { ...principal, ...action, ...resource, ...condition };
}

function generateElements(random: Random, writing: Writing, effect: "Allow" | "Deny", meant: Aim): StatementElements {
  const { source } = writing;
  const isConditional = meant === "condition" || random.chance(0.35);
  return {
    principal: generatePrincipals(random, writing, effect),
    action: generateActions(random, writing),
    resource: generateResources(random, writing),
    condition: isConditional ? { Condition: generateCondition(random, source) } : {},
  };
}

function generatePrincipals(random: Random, { type, scene }: Writing, effect: "Allow" | "Deny"): Elements {
  if (type === "rcp") return { Principal: "*" };
  if (type !== "resource" && type !== "trust" && type !== "endpoint") return {};
  const isNegated = effect === "Deny" && type !== "trust" && random.chance(0.4);
  if (type === "endpoint" && !isNegated && random.chance(0.5)) return { Principal: "*" };
  const element = generatePrincipalElement(random, scene.world, scene.request);
  return isNegated ? { NotPrincipal: element } : { Principal: element };
}

function generateActions(random: Random, { type, scene }: Writing): Elements {
  const { action } = scene.request;
  const [service = "s3"] = action.split(":");
  const make = (): string => {
    const near = random.chance(0.8) ? action : generateAction(random, random.pick(Object.keys(ACTIONS)));
    const pattern = generateActionPattern(random, near);
    if (type === "trust") return /^sts:/i.test(pattern) ? pattern : "sts:*";
    return type === "rcp" && /^\*+$/.test(pattern) ? `${service}:*` : pattern;
  };
  const isNegated = type !== "rcp" && random.chance(0.14);
  return { [isNegated ? "NotAction" : "Action"]: generateList(random, isNegated, make) };
}

function generateResources(random: Random, { type, scene, source }: Writing): Elements {
  if (type === "trust" || (type === "resource" && random.chance(0.15))) return {};
  const padded = type === "identity" || type === "boundary";
  const make = (): string => generateResourcePattern(random, scene.request.resource, source, padded);
  const isNegated = random.chance(0.14);
  return { [isNegated ? "NotResource" : "Resource"]: generateList(random, isNegated, make) };
}

/** A bare string, a list, or rarely an empty list, which no negated element has (DOC-9, DOC-10). */
function generateList(random: Random, isNegated: boolean, make: () => string): unknown {
  if (!isNegated && random.chance(0.01)) return [];
  return random.chance(0.45) ? make() : random.list(1, 3, make);
}

/** DOC-6: letters and digits, unique, where the type asks for it. */
function generateSid(random: Random, type: DocumentType, index: number): Elements {
  if (random.chance(0.6)) return {};
  const isFree = type === "resource" || type === "trust" || type === "endpoint";
  if (isFree && random.chance(0.4)) return { Sid: random.pick(["", "two words", "Same", "é"]) };
  return { Sid: random.chance(0.1) ? "" : `S${index}` };
}
