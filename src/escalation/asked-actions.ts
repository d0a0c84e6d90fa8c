/**
 * A set without the patterns of actions that no question is about. Every set that somebody changes is compiled and has a matcher of its
 * own, exports name thousands of actions, and a table of ways asks about two hundred.
 */
import { actionGlob, globHolds } from "../globs/glob.js";
import { hasWildcard } from "../policy/document/arn.js";
import type { PatternList } from "../policy/document/document.js";
import type { NamedPolicy, PolicySet } from "../policy/policy-set.js";
import { lowerAscii } from "../text/fold.js";

/** Those of one service, in lower case. */
interface Asked {
  readonly names: Set<string>;
  isWhole: boolean;
}

/** The actions that are asked about. */
export class AskedActions {
  private readonly services = new Map<string, Asked>();
  private readonly policies = new Map<NamedPolicy, NamedPolicy>();

  /** Names, and `iam:*` for a whole service. */
  constructor(actions: Iterable<string>) {
    for (const action of actions) {
      const service = serviceOf(action);
      const asked = this.services.get(service) ?? { names: new Set(), isWhole: false };
      this.services.set(service, asked);
      if (action.endsWith(":*")) asked.isWhole = true;
      else asked.names.add(lowerAscii(action));
    }
  }

  /** Whether an action is one of them. */
  has(action: string): boolean {
    const asked = this.services.get(serviceOf(action));
    return asked !== undefined && (asked.isWhole || asked.names.has(lowerAscii(action)));
  }

  /** The same set for questions about them: what users, roles and groups carry says nothing of others. */
  narrowed(set: PolicySet): PolicySet {
    const all = (policies: readonly NamedPolicy[]) => policies.map((one) => this.policyFor(one));
    const principals = set.principals.map(({ permissionsBoundary, ...one }) => ({
      ...one,
      identityPolicies: all(one.identityPolicies),
      ...(permissionsBoundary === undefined ? {} : { permissionsBoundary: this.policyFor(permissionsBoundary) }),
    }));
    const groups = set.groups?.map((one) => ({ ...one, identityPolicies: all(one.identityPolicies) }));
    const narrowed = { ...set, digest: `${set.digest} narrowed`, principals };
    return groups === undefined ? narrowed : { ...narrowed, groups };
  }

  private policyFor(policy: NamedPolicy): NamedPolicy {
    let found = this.policies.get(policy);
    if (found === undefined) {
      const { document } = policy;
      const statements = document.statements.map((one) => ({ ...one, action: this.listFor(one.action) }));
      found = { ...policy, document: { ...document, statements } };
      this.policies.set(policy, found);
    }
    return found;
  }

  /** One that matches none of them stays where a list would be empty. */
  private listFor({ negated, patterns }: PatternList): PatternList {
    const named = patterns.filter((pattern) => this.meets(pattern));
    return { negated, patterns: named.length > 0 ? named : patterns.slice(0, 1) };
  }

  private meets(pattern: string): boolean {
    const service = serviceOf(pattern);
    // `*`, and a service that is written as a pattern (ACT-4, ACT-5).
    if (service === "" || hasWildcard(service)) return true;
    const asked = this.services.get(service);
    if (asked === undefined || asked.isWhole) return asked !== undefined;
    const folded = lowerAscii(pattern);
    if (!hasWildcard(folded)) return asked.names.has(folded);
    const glob = actionGlob(folded);
    return [...asked.names].some((name) => globHolds(glob, name));
  }
}

/** In lower case; empty where none is named. */
function serviceOf(action: string): string {
  return lowerAscii(action.slice(0, Math.max(0, action.indexOf(":"))));
}
