// What a request means once its facts are settled: the generators aim their statements at it. The oracle is used to aim
// only; a comparison never looks here.
import { buildContext } from "../oracle/build-context.js";
import { deriveKeys, isDerivedKey } from "../oracle/derived-keys.js";
import { readDocument } from "../oracle/document.js";
import type { Question } from "../oracle/question.js";
import { isIamRequester, parseRequester } from "../oracle/requester.js";
import type { CaseRequest, PolicyType } from "../oracle/simulation-case.js";
import { evaluateStatement, type StatementResult } from "../oracle/statement.js";
import type { World } from "./world.js";

/** The decision time of every random case. */
export const NOW_MS = Date.UTC(2025, 5, 1, 12, 0, 0, 999);

/** A request that statements are aimed at. */
export interface Scene {
  readonly world: World;
  readonly request: CaseRequest;
  /** The keys of the request with their values, derived ones included. */
  readonly values: ReadonlyMap<string, readonly string[]>;
  /** Absent if the request is no question. */
  readonly question: Question | undefined;
}

/** Settles the facts of a request. */
export function sceneOf(world: World, request: CaseRequest, whatIf: boolean, hasBoundary: boolean): Scene {
  try {
    const requester = parseRequester(request, world.profile);
    const inArn = request.resource.split(":")[4] ?? "";
    const own = isIamRequester(requester) ? requester.account : "";
    const ownerAccount = request.resourceAccount ?? (inArn === "" ? own : inArn);
    const values = new Map<string, readonly string[]>();
    for (const [key, list] of deriveKeys(request, requester, ownerAccount)) if (list.length > 0) values.set(key, list);
    for (const [key, given] of Object.entries(request.context ?? {})) {
      const list = given === null ? [] : (Array.isArray(given) ? given : [given]).map(String);
      if (list.length > 0 && (whatIf || !isDerivedKey(key))) values.set(key, list);
    }
    const question: Question = {
      profile: world.profile,
      requester,
      action: request.action,
      resource: request.resource,
      ownerAccount,
      context: buildContext(request, requester, ownerAccount, { whatIf, nowMs: NOW_MS }),
      uniqueId: request.principalUniqueId,
      canonicalId: request.principalCanonicalId,
      hasBoundary,
      restrictPublicBuckets: request.restrictPublicBuckets === true,
      mandatoryResourcePolicies: [],
    };
    return { world, request, values, question };
  } catch {
    return { world, request, values: new Map(), question: undefined };
  }
}

/** How the tests of a statement come out for a scene; undefined if that cannot be said. */
export function aim(statement: unknown, version: unknown, type: PolicyType, scene: Scene): StatementResult | undefined {
  if (scene.question === undefined) return undefined;
  const document = readDocument({ Version: version, Statement: [statement] });
  const [only] = document.statements;
  return only && evaluateStatement(only, document, type, scene.question);
}
