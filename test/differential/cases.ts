// Random simulation cases: one set of policies and several requests that it is asked about. Equal seeds and numbers give
// equal cases, so a case is named by its seed, the number of its set and the number of its request.
import { parseRequester } from "../../src/policy/requester.js";
import { Random } from "../kit/random.js";
import { splitFields } from "../oracle/arn.js";
import type { CasePolicies, CaseRequest, OwnerPattern, SimulationCase } from "../oracle/simulation-case.js";
import { generateContext, generateTags } from "./conditions.js";
import { type DocumentType, generateDocument } from "./documents.js";
import { generateFocus } from "./focus.js";
import { generateActionPattern, generateResourcePattern } from "./patterns.js";
import { generatePrincipal } from "./principals.js";
import { generateRecorded } from "./recorded.js";
import { type Scene, sceneOf } from "./scene.js";
import { breakTarget, generateAction, generateResource, generateTarget, type Target } from "./targets.js";
import { generateText, generateWorld, type World } from "./world.js";

/** How many requests every set of policies is asked about. */
export const REQUESTS_PER_SET = 4;

/** The cases of one set: the same policies, different requests. */
export function generateCases(seed: number, setNumber: number): SimulationCase[] {
  const random = new Random(seed, setNumber);
  const generate = random.weighted([
    [8, generateFocus],
    [66, generateRecorded],
    [26, generateLayered],
  ]);
  const cases = generate(random, REQUESTS_PER_SET);
  return cases.map((one, index) => ({ id: `${seed}/${setNumber}/${index}`, ...one }));
}

function generateLayered(random: Random): SimulationCase[] {
  const world = generateWorld(random);
  const whatIf = random.chance(0.15);
  const hasBoundary = random.chance(0.3);
  const first = generateRequest(random, world);
  const scene = sceneOf(world, first, whatIf, hasBoundary);
  const isTrust = isRoleTrust(first, world);
  const policies = generatePolicies(random, scene, hasBoundary, isTrust ? "trust" : "resource");
  const frame = {
    policies,
    ...(random.chance(0.7) && !whatIf ? {} : { whatIf }),
    ...(world.profile === "generic" || random.chance(0.1) ? { profile: world.profile } : {}),
    ...(random.chance(0.1) ? { mandatoryResourcePolicies: [mandatoryFor(random, scene)] } : {}),
    ...(random.chance(0.15) ? { owners: ownersFor(random, world, first) } : {}),
  };
  const requests = Array.from({ length: REQUESTS_PER_SET }, (_, index) => {
    const varied = index === 0 ? first : varyRequest(random, world, first);
    const request = random.chance(0.08) ? addSessionPolicy(random, varied, scene) : varied;
    // What is no trust policy may be none (TYPE-1).
    if (isTrust || !isRoleTrust(request, world)) return request;
    return { ...request, action: first.action, resource: first.resource };
  });
  return requests.map((request) => ({
    ...frame,
    request: random.chance(0.05) ? request : withoutStraySession(request),
  }));
}

/** The request without session facts that its requester cannot have: they are an error for it (IN-7). */
function withoutStraySession(request: CaseRequest): CaseRequest {
  const { sessionPolicies: _, sessionTags: __, ...rest } = request;
  const isSession = /^arn:[^:]*:(sts::[^:]+:(assumed-role|federated-user)|iam::[^:]+:role)\//.test(request.principal);
  const issuer = request.principalIssuerArn ?? request.principal;
  return isSession && !issuer.includes(":role/aws-service-role/") ? request : rest;
}

function generateRequest(random: Random, world: World): CaseRequest {
  const asked = generateTarget(random, world);
  const target = random.chance(0.004) ? breakTarget(random, asked) : asked;
  const facts = generatePrincipal(random, world);
  const isAccountless = !facts.principal.startsWith("arn:") || facts.principalIsProvider === true;
  const account = (): string => random.pick([world.accounts[0], world.accounts[0], world.accounts[1]]);
  const isNamed = !isOwned(target) && isAccountless ? random.chance(0.97) : random.chance(0.3);
  return {
    ...facts,
    ...target,
    ...(isNamed ? { resourceAccount: account() } : {}),
    ...(random.chance(0.6) ? { principalTags: generateTags(random) } : {}),
    ...(random.chance(0.3) ? { sessionTags: generateTags(random) } : {}),
    ...(random.chance(0.5) ? { resourceTags: generateTags(random) } : {}),
    ...(random.chance(0.9) ? { context: generateContext(random, true) } : {}),
    ...generateOrganization(random, "principal"),
    ...generateOrganization(random, "resource"),
    ...(random.chance(0.1) && target.resource.includes(":s3:") ? { restrictPublicBuckets: true } : {}),
  };
}

function isOwned({ resource }: Target): boolean {
  return (resource.split(":")[4] ?? "") !== "";
}

function generateOrganization(random: Random, side: "principal" | "resource"): Partial<CaseRequest> {
  const id = random.pick(["o-a", "o-a", "o-b"]);
  return {
    ...(random.chance(0.5) ? { [`${side}OrgId`]: id } : {}),
    ...(random.chance(0.4)
      ? { [`${side}OrgPaths`]: random.list(0, 2, () => `${id}/r-1/${random.pick(["", "ou-1/"])}`) }
      : {}),
    ...(random.chance(0.06) ? { [`${side}InManagementAccount`]: random.chance(0.9) } : {}),
  };
}

/** A request beside another one: most of its facts are the same. */
function varyRequest(random: Random, world: World, request: CaseRequest): CaseRequest {
  const { principal: _, principalIssuerArn, principalUniqueId, principalIsProvider, ...others } = request;
  const [service = "s3"] = request.action.split(":");
  const requester = random.chance(0.25)
    ? generatePrincipal(random, world)
    : {
        principal: request.principal,
        ...(principalIssuerArn === undefined ? {} : { principalIssuerArn }),
        ...(principalUniqueId === undefined ? {} : { principalUniqueId }),
        ...(principalIsProvider === undefined ? {} : { principalIsProvider }),
      };
  const merged = {
    ...others,
    ...requester,
    ...(random.chance(0.2) ? { action: generateAction(random, service.toLowerCase()) } : {}),
    ...(random.chance(0.25) ? { resource: generateResource(random, world, service.toLowerCase()) } : {}),
    ...(random.chance(0.5) ? { context: varyContext(random, request.context ?? {}) } : {}),
    ...(random.chance(0.15) ? { principalTags: generateTags(random) } : {}),
    ...(random.chance(0.15) ? { resourceTags: generateTags(random) } : {}),
    ...(random.chance(0.1) ? { sessionTags: generateTags(random) } : {}),
  };
  const isKnown = merged.resourceAccount !== undefined || requester.principal.startsWith("arn:") || isOwned(merged);
  if (random.chance(0.004)) return { ...merged, principal: random.pick(NOBODY), principalIsProvider: false };
  return isKnown && random.chance(0.9) ? merged : { ...merged, resourceAccount: random.pick(world.accounts) };
}

/** Spellings that name no requester (IN-2). */
const NOBODY = [
  "arn:aws:iam::111122223333:group/g",
  "arn:aws:s3:::depot",
  "arn:aws:iam:::user/x",
  "arn:aws:sts::111122223333:assumed-role/deployer",
];

/** A context beside another one. */
export function varyContext(random: Random, context: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const fresh = Object.entries(generateContext(random, false));
  const kept = Object.entries(context).filter(
    ([key]) => random.chance(0.85) && !fresh.some(([other]) => other.toLowerCase() === key.toLowerCase()),
  );
  return Object.fromEntries([...kept, ...fresh]);
}

function generatePolicies(
  random: Random,
  scene: Scene,
  hasBoundary: boolean,
  resourceType: "resource" | "trust",
): CasePolicies {
  const document = (type: DocumentType): unknown => generateDocument(random, type, scene);
  const named = (name: string) => (index: number) => ({ name: `${name}-${index}`, document: document("identity") });
  const levels = (type: "scp" | "rcp", most: number): unknown[][] =>
    random.list(0, most, () =>
      type === "scp" && random.chance(0.55)
        ? [FULL_ACCESS, ...(random.chance(0.25) ? [document(type)] : [])]
        : random.list(random.chance(0.05) ? 0 : 1, 2, () => document(type)),
    );
  const isTemporary = /:(sts|iam)::[^:]*:(assumed-role|federated-user|role)/.test(scene.request.principal);
  return {
    ...(random.chance(0.85) ? { identity: random.list(1, 2, named("own")) } : {}),
    ...(random.chance(0.15) ? { groups: { devs: random.list(0, 2, named("devs")), ops: [named("ops")(0)] } } : {}),
    ...(hasBoundary ? { boundary: document("boundary") } : {}),
    ...(random.chance(isTemporary ? 0.45 : 0.1)
      ? { session: random.chance(0.5) ? document("session") : random.list(0, 2, () => document("session")) }
      : {}),
    ...(random.chance(resourceType === "trust" ? 0.9 : 0.65) ? { resource: document(resourceType) } : {}),
    ...(random.chance(0.2) ? { endpoint: document("endpoint") } : {}),
    ...(random.chance(0.3) ? { scps: levels("scp", 3) } : {}),
    ...(random.chance(0.2) ? { rcps: levels("rcp", 2) } : {}),
  };
}

const FULL_ACCESS = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] };

function mandatoryFor(random: Random, { request }: Scene): { action: string; resource: string } {
  const source = { values: new Map<string, readonly string[]>(), hasVariables: false };
  const resource = generateResourcePattern(random, request.resource, source, false);
  const action = generateActionPattern(random, request.action);
  return {
    action: /\s/.test(action) ? "*" : action,
    resource: /^(\*+|arn(:[^:]*){4}:.*|arn:.*\*)$/s.test(resource) ? resource : "*",
  };
}

/** Owner patterns around the resource, each wider than the one before, so that any two can be ordered (XACC-5). */
function ownersFor(random: Random, world: World, { resource }: CaseRequest): OwnerPattern[] {
  const fields = splitFields(resource.replace(/[*?]/g, "x"));
  if (fields.length !== 6 || fields[0] !== "arn" || resource.includes("${")) return [];
  const owners = new Map<string, OwnerPattern>();
  const rest = fields[5] ?? "";
  const widened = [rest, `${rest.slice(0, random.between(0, 4))}*`, "*"];
  for (const [index, field] of [5, 5, 5, 3, 4, 2].entries()) {
    fields[field] = widened[index] ?? "*";
    const isRefused = index === 0 && (rest === "" || /[/:]$/.test(rest));
    if (isRefused || random.chance(0.5)) continue;
    const pattern = fields.join(":");
    owners.set(pattern, { pattern, account: random.pick(world.accounts) });
  }
  return [...owners.values()].reverse();
}

function isRoleTrust({ action, resource }: Target, { profile }: World): boolean {
  return /^sts:/i.test(action) && parseRequester(resource, profile)?.kind === "role";
}

/** A session policy that comes with the request, or a broken one, which is an error for that request alone. */
function addSessionPolicy(random: Random, request: CaseRequest, scene: Scene): CaseRequest {
  const broken = {
    Version: "2012-10-17",
    Statement: [{ Effect: "allow", Action: generateText(random), Resource: "*" }],
  };
  const document = random.chance(0.02) ? broken : generateDocument(random, "session", scene);
  return { ...request, sessionPolicies: [document] };
}
