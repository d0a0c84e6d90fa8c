/**
 * A policy document out of what somebody was seen to do: it allows all of that, and beyond it only what its generalisations say. Resources
 * are generalised by prefix alone, since among prefixes there is one best.
 */
import { compareUtf8 } from "../../text/compare-texts.js";
import { foldText } from "../../text/fold.js";
import {
  type BindingFacts,
  type Bindings,
  type Bound,
  noBindings,
  noFacts,
  StatementBinder,
} from "./bind-statements.js";
import type { Use } from "./use.js";

/** What a document is made by. */
export interface GenerateOptions {
  /** Resources that an action may have one by one; more become prefixes. */
  readonly mostResources: number;
  /** Whether to bind every statement to the networks that were seen. */
  readonly bindsNetwork: boolean;
  /** Which other conditions are wanted. */
  readonly bindings?: Bindings;
}

/** A statement as JSON. */
export interface GeneratedStatement {
  readonly Sid: string;
  readonly Effect: "Allow";
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

/** What was made, and what it says beyond what was seen. */
export interface GeneratedPolicy {
  readonly document: { readonly Version: "2012-10-17"; readonly Statement: readonly GeneratedStatement[] };
  /** In words, one a line. */
  readonly notes: readonly string[];
}

interface Seen {
  /** With the accounts that records have for them. */
  readonly resources: Map<string, string | undefined>;
  /** Calls whose record does not tell the resource. */
  unknown: number;
}

/** Actions that one principal was allowed, in any order. */
export class PolicyGenerator {
  private readonly actions = new Map<string, Seen>();
  private readonly networks = new Set<string>();
  private readonly passed = new Map<string, Set<string>>();
  private readonly sessionTagKeys = new Set<string>();
  private withoutNetwork = 0;
  private unmapped = 0;
  /** Uses that count. */
  count = 0;

  constructor(private readonly facts: BindingFacts = noFacts) {}

  /** Takes a use; one that AWS denied gives nothing. */
  add({
    action,
    resources,
    resourceAccounts,
    allowed,
    network,
    service,
    passedRoles = [],
    sessionTagKeys = [],
  }: Use): void {
    if (!allowed) return;
    if (action === null) {
      this.unmapped++;
      return;
    }
    this.count++;
    const seen = this.actions.get(action) ?? { resources: new Map<string, string | undefined>(), unknown: 0 };
    this.actions.set(action, seen);
    if (resources === undefined) seen.unknown++;
    for (const [index, resource] of (resources ?? []).entries())
      seen.resources.set(resource, resourceAccounts?.[index] ?? seen.resources.get(resource));
    if (network === undefined) this.withoutNetwork++;
    else this.networks.add(network);
    for (const key of sessionTagKeys) this.sessionTagKeys.add(foldText(key));
    for (const role of passedRoles) {
      const services = this.passed.get(role) ?? new Set<string>();
      this.passed.set(role, services.add(`${service}.amazonaws.com`));
    }
  }

  /** The document. */
  generate({ mostResources, bindsNetwork, bindings = noBindings }: GenerateOptions): GeneratedPolicy {
    const notes: string[] = [];
    const networks = this.networkRanges(bindsNetwork, notes);
    // What a session brings is another value in another session.
    const steady = [...this.facts.principalTags].filter(([key]) => !this.sessionTagKeys.has(foldText(key)));
    const binder = new StatementBinder({ ...this.facts, principalTags: new Map(steady) }, bindings);
    const groups = new Map<
      string,
      { readonly statement: Omit<GeneratedStatement, "Sid" | "Action">; actions: string[] }
    >();
    for (const action of [...this.actions.keys()].sort(compareUtf8)) {
      const seen = this.actions.get(action);
      if (seen === undefined) continue;
      const Resource = resourcesFor(action, seen, mostResources, notes);
      const bound = binder.of(action, seen.unknown > 0 ? new Map([["*", undefined]]) : seen.resources);
      const statement = { Effect: "Allow" as const, Resource, ...conditionOf(networks, bound) };
      // Actions of one service on the same resources stand together.
      const key = JSON.stringify([action.split(":", 1)[0], statement]);
      const group = groups.get(key) ?? { statement, actions: [] };
      groups.set(key, group);
      group.actions.push(action);
    }
    notes.push(...binder.notes);
    const statements: GeneratedStatement[] = [];
    const counts = new Map<string, number>();
    for (const { statement, actions } of groups.values()) {
      const service = (actions[0]?.split(":", 1)[0] ?? "").replace(/[^A-Za-z0-9]/g, "");
      const number = (counts.get(service) ?? 0) + 1;
      counts.set(service, number);
      const Sid = `${service.charAt(0).toUpperCase()}${service.slice(1)}${number}`;
      const { Effect, Resource, ...condition } = statement;
      statements.push({ Sid, Effect, Action: actions, Resource, ...condition });
    }
    statements.push(...this.passRoleStatements(notes));
    if (this.unmapped > 0) notes.push(`${this.unmapped} calls are of no known action and are not covered`);
    notes.push("calls that the records do not hold, such as data events, are not covered");
    return { document: { Version: "2012-10-17", Statement: statements }, notes };
  }

  private networkRanges(binds: boolean, notes: string[]): readonly string[] {
    const ranges = [...this.networks].filter((network) => network.includes("/")).sort(compareUtf8);
    const isWhole = this.withoutNetwork === 0 && ranges.length === this.networks.size && ranges.length > 0;
    if (binds && isWhole) return ranges;
    if (binds) notes.push("not bound to networks: some calls came through endpoints or services, or tell no address");
    else if (isWhole) notes.push(`every call came from ${ranges.join(", ")}: --source-network binds to that`);
    return [];
  }

  /** `iam:PassRole` is in no record: it is inferred from the roles that calls named. */
  private passRoleStatements(notes: string[]): readonly GeneratedStatement[] {
    return [...this.passed.keys()].sort(compareUtf8).map((role, index) => {
      const services = [...(this.passed.get(role) ?? [])].sort(compareUtf8);
      notes.push(`iam:PassRole on ${role} is inferred: calls of ${services.join(", ")} named it`);
      return {
        Sid: `InferredPassRole${index + 1}`,
        Effect: "Allow",
        Action: ["iam:PassRole"],
        Resource: [role],
        Condition: { StringEquals: { "iam:PassedToService": services } },
      };
    });
  }
}

function conditionOf(networks: readonly string[], bound: Bound): Pick<GeneratedStatement, "Condition"> {
  if (networks.length === 0 && bound.size === 0) return {};
  return {
    Condition: {
      ...(networks.length === 0 ? {} : { IpAddress: { "aws:SourceIp": networks } }),
      ...(bound.size === 0 ? {} : { StringEquals: Object.fromEntries(bound) }),
    },
  };
}

function resourcesFor(action: string, { resources, unknown }: Seen, most: number, notes: string[]): readonly string[] {
  if (unknown > 0) {
    notes.push(`${action}: on every resource, since ${unknown} records do not tell which`);
    return ["*"];
  }
  const sorted = [...resources.keys()].sort(compareUtf8);
  if (sorted.includes("*")) return ["*"];
  if (sorted.length <= most) return sorted.map(literal);
  const prefixes = prefixesOf(sorted, most);
  notes.push(`${action}: ${sorted.length} resources as ${prefixes.join(", ")}`);
  return prefixes;
}

/** Resources whose names hold wildcards stand for themselves. */
function literal(resource: string): string {
  return resource.replace(/[*?$]/g, (character) => `\${${character}}`);
}

/**
 * At most so many prefixes that cover all of the resources: first by bucket, queue or whatever stands up to the sixth colon and its first
 * slash, then level by level deeper as long as there is room.
 */
function prefixesOf(resources: readonly string[], most: number): readonly string[] {
  let groups = groupBy(resources, 0);
  for (let depth = 1; depth < 20; depth++) {
    const deeper = groupBy(resources, depth);
    if (deeper.size > most) break;
    groups = deeper;
  }
  return [...groups].map(([start, members]) =>
    members.length === 1 ? literal(members[0] ?? "") : `${literal(start)}*`,
  );
}

function groupBy(resources: readonly string[], depth: number): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const resource of resources) {
    const start = startOf(resource, depth);
    const members = groups.get(start) ?? [];
    groups.set(start, members);
    members.push(resource);
  }
  return groups;
}

/** The fields of an ARN up to the account, with so many parts of what is behind it. */
function startOf(resource: string, depth: number): string {
  const fields = resource.split(":");
  const rest = fields.slice(5).join(":");
  const parts = rest.split(/(?<=[/:])/);
  return `${fields.slice(0, 5).join(":")}:${parts.slice(0, Math.min(depth, parts.length - 1)).join("")}`;
}
