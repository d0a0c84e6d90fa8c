/** Every edge from a principal: each row of the table tried with each target that its requests can be about, decided over the set. */

import { globOfPattern } from "../audit/candidates.js";
import type { AuditAnswer } from "../audit/decided-again.js";
import { globHolds } from "../globs/glob.js";
import { parseArn } from "../policy/document/arn.js";
import type { PolicyDocument } from "../policy/document/document.js";
import type { DirectoryPrincipal, PolicySet } from "../policy/policy-set.js";
import { isServiceLinkedRole } from "../policy/requester.js";
import { lowerAscii } from "../text/fold.js";
import { Administrators, resourcesFor } from "./administrator.js";
import {
  freeSet,
  holdsDeny,
  joinedSet,
  raisedSet,
  trustingSet,
  unboundedSet,
  undeniedSet,
  versionSet,
} from "./changed-sets.js";
import { administrator, type Edge } from "./edge.js";
import { raisingRows, takingRows } from "./iam-rows.js";
import { type Inventory, nothingTold, type PolicyVersion } from "./inventory.js";
import type { Row, RowChange, RowStep } from "./row.js";
import { existingRows, passingRows } from "./service-rows.js";
import type { About, View, Views } from "./views.js";

/** The table, but for data that can be opened. */
export const allRows: readonly Row[] = [...raisingRows, ...takingRows, ...passingRows, ...existingRows];

/** All that is asked about a set that somebody changed. */
export const askedAfterChanges: readonly string[] = [
  ...allRows.flatMap(({ steps }) => steps.map(({ action }) => action)),
  "iam:*",
  "sts:*",
];

/** So many changes of its own somebody makes one after the other before it takes a step that is looked at. */
const mostChanges = 2;

/** Who and what a row is tried with. */
interface Target {
  /** Who is acted as, or who is raised. */
  readonly principal: string;
  /** What the requests are about, where it is not the principal. */
  readonly resource?: string;
  /** A policy of the principal. */
  readonly policy?: string;
  /** A version of the resource. */
  readonly version?: PolicyVersion;
  /** What is there and runs as a role: requests about resources of its kind are about it. */
  readonly holder?: string;
}

const modifies = /^iam:(Attach|Detach|Put|Delete)(User|Role)(Policy|PermissionsBoundary)$/;

/** Finds edges. */
export class EdgeFinder {
  private readonly principals: ReadonlyMap<string, DirectoryPrincipal>;
  private readonly administrators = new Map<View, Administrators>();
  private readonly patterns = new Map<string, About>();
  /** Whom a service acts as is the same for everybody. */
  private readonly trusted = new Map<View, Map<string, ReadonlyMap<string, AuditAnswer>>>();
  /** Users and roles of an account, and what its roles trust, are the same for everybody. */
  private readonly entities = new Map<string, readonly string[]>();
  private readonly providers = new Map<string, readonly Target[]>();
  private readonly set: PolicySet;

  constructor(
    private readonly views: Views,
    private readonly inventory: Inventory = nothingTold,
  ) {
    this.set = views.base.auditor.terms.set;
    this.principals = new Map(
      this.set.principals.filter(({ kind }) => kind === "user" || kind === "role").map((one) => [one.arn, one]),
    );
  }

  /** Whoever can act: users and roles, but those that only a service acts as. */
  get actors(): readonly string[] {
    return [...this.principals.keys()].filter((arn) => !isServiceLinkedRole(arn));
  }

  /** Who is an administrator in a view. */
  administratorsOf(view: View = this.views.base): Administrators {
    const known = this.administrators.get(view) ?? new Administrators(view);
    this.administrators.set(view, known);
    return known;
  }

  /** All of them, in the order of the table. */
  async from(principal: string, view: View = this.views.base, depth = 0): Promise<readonly Edge[]> {
    const found: Edge[] = [];
    const changes = new Map<View, Edge>();
    for (const row of allRows) found.push(...(await this.ofRow(row, principal, view, changes)));
    found.push(...(await this.withoutDenials(principal, view)));
    // Who becomes an administrator at once needs no second step.
    if (depth < mostChanges && !found.some(({ to }) => to === administrator)) {
      for (const [changed, first] of changes) {
        const known = new Set(found.filter(({ limited }) => limited === undefined).map(({ to }) => to));
        for (const later of await this.from(principal, changed, depth + 1)) {
          if (known.has(later.to) || later.limited !== undefined) continue;
          found.push(joined(first, later));
        }
      }
    }
    return found;
  }

  /** The edges of one row; what somebody changes of its own without becoming an administrator is put into `changes`. */
  async ofRow(
    row: Row,
    principal: string,
    view: View = this.views.base,
    changes = new Map<View, Edge>(),
  ): Promise<readonly Edge[]> {
    if (row.service !== undefined) return this.throughService(row, row.service, principal, view);
    const found: Edge[] = [];
    for (const target of this.targetsOf(row, principal, view)) {
      const steps = this.stepsOf(row, principal, target, view);
      if (steps === undefined) continue;
      const edge = { ...edgeOf(row, principal, target.principal, steps), by: target.policy ?? target.resource };
      const versions = row.change === "version" ? this.inventory.versions(target.resource ?? "") : undefined;
      if (versions === undefined) found.push(...(await this.outcome(row, edge, target, view, changes)));
      for (const version of versions ?? []) {
        const known = {
          ...edge,
          does: edge.does.replace("another version", `version \`${version.id}\``),
          supposes: undefined,
        };
        const reached = await this.outcome(row, known, { ...target, version }, view, changes);
        found.push(...reached);
        // One that makes an administrator is enough.
        if (reached.length > 0) break;
      }
    }
    return found;
  }

  /** What follows from the steps of a row. */
  private async outcome(
    { change }: Row,
    edge: Edge,
    target: Target,
    view: View,
    changes: Map<View, Edge>,
  ): Promise<readonly Edge[]> {
    if (change === undefined) return [edge];
    const changed = await this.views.of(view, changeOf(change, target));
    if (change === "trusting") {
      const after = changed.ask(edge.from, "sts:AssumeRole", [target.principal]);
      return after === undefined ? [] : [{ ...edge, afterwards: [after] }];
    }
    const isSelf = target.principal === edge.from;
    if (this.administratorsOf(changed).of(target.principal) !== undefined) {
      // Whoever is one already gains nothing by it.
      if (this.administratorsOf(view).of(target.principal) !== undefined) return [];
      return [{ ...edge, to: administrator, by: isSelf ? edge.by : target.principal }];
    }
    if (isSelf && !changes.has(changed)) changes.set(changed, edge);
    return [];
  }

  /** A service that acts as a role: something new that the role is passed to, or something that is there. */
  private throughService(row: Row, service: string, principal: string, view: View): readonly Edge[] {
    const { partition = "aws", account = "" } = parseArn(principal) ?? {};
    const { passes = false } = row;
    const context = { "iam:PassedToService": service };
    const trusting = this.trusting(service, account, view);
    // Found once for everybody: most services of the table are trusted by nobody.
    if (trusting.size === 0) return [];
    if (passes && !view.can(principal, "iam:PassRole", [`arn:${partition}:iam::${account}:role/*`])) return [];
    const own = this.stepsOf(row, principal, { principal }, view);
    if (own === undefined) return [];
    const found: Edge[] = [];
    const holders = row.holder === undefined ? undefined : this.inventory.holders(row.holder, account);
    for (const [role, trust] of trusting) {
      if (role === principal) continue;
      const pass = passes ? view.ask(principal, "iam:PassRole", [role], context) : undefined;
      if (passes && pass === undefined) continue;
      const held = holders && this.throughHolder(row, principal, holders.byRole.get(role) ?? [], view);
      if (held !== undefined) {
        const edge = edgeOf(row, principal, role, [...held.steps, trust]);
        found.push({ ...edge, by: held.resource, supposes: row.supposesOfHolder });
      }
      // What holds it is known, or that nothing does.
      if (held !== undefined || holders?.isWhole === true) continue;
      found.push(edgeOf(row, principal, role, [...(pass === undefined ? [] : [pass]), ...own, trust]));
    }
    return found;
  }

  /** The first of some resources that all requests of a row are allowed on. */
  private throughHolder(
    row: Row,
    principal: string,
    resources: readonly string[],
    view: View,
  ): { readonly resource: string; readonly steps: readonly AuditAnswer[] } | undefined {
    for (const resource of resources) {
      const steps = this.stepsOf(row, principal, { principal, holder: resource }, view);
      if (steps !== undefined) return { resource, steps };
    }
    return undefined;
  }

  /** The roles of an account that trust a service, with what shows it. */
  private trusting(service: string, account: string, view: View): ReadonlyMap<string, AuditAnswer> {
    const known = this.trusted.get(view) ?? new Map<string, ReadonlyMap<string, AuditAnswer>>();
    this.trusted.set(view, known);
    const id = `${service} ${account}`;
    const found = known.get(id) ?? this.findTrusting(service, account, view);
    known.set(id, found);
    return found;
  }

  private findTrusting(service: string, account: string, view: View): ReadonlyMap<string, AuditAnswer> {
    const found = new Map<string, AuditAnswer>();
    const known = new Map(
      view.auditor.terms.set.principals.map(({ arn, trustPolicy }) => [arn, trustPolicy?.document]),
    );
    for (const role of this.rolesOf(account)) {
      // Most roles trust a service or two: what none of their statements can allow is not asked.
      if (!mayTrust(known.get(role), service)) continue;
      const trust = view.ask(service, "sts:AssumeRole", [role]);
      if (trust !== undefined) found.set(role, trust);
    }
    return found;
  }

  /** Whoever takes the policies away that deny it the rest. */
  private async withoutDenials(principal: string, view: View): Promise<readonly Edge[]> {
    const facts = this.principals.get(principal);
    const denying = facts?.identityPolicies.filter(holdsDeny) ?? [];
    if (facts === undefined || denying.length === 0) return [];
    const steps: AuditAnswer[] = [];
    for (const { name, owner } of denying) {
      const group = this.groupsOf(principal, true).find((one) =>
        owner === undefined
          ? one.identityPolicies.some((policy) => policy.name === name)
          : owner.kind === "group" && one.arn.endsWith(`/${owner.name}`),
      );
      const kind = group !== undefined ? "Group" : facts.kind === "user" ? "User" : "Role";
      const verb = owner === undefined ? "Detach" : "Delete";
      const about = group?.arn ?? principal;
      const own = owner === undefined ? { "iam:PolicyARN": name } : {};
      const action = `iam:${verb}${kind}Policy`;
      const answer = view.ask(principal, action, [about], { ...this.boundaryContext(action, about), ...own });
      if (answer === undefined) return [];
      steps.push(answer);
    }
    const changed = await this.views.of(view, ["undenied", undeniedSet]);
    if (this.administratorsOf(changed).of(principal) === undefined) return [];
    const row: Row = {
      id: "iam-remove-denying-policies",
      does: "takes the policies away that deny it something",
      targets: facts.kind === "user" ? "self user" : "self role",
      steps: [],
    };
    return [edgeOf(row, principal, administrator, steps)];
  }

  private targetsOf(row: Row, principal: string, view: View): readonly Target[] {
    const { partition = "aws", account = "" } = parseArn(principal) ?? {};
    const kind = this.principals.get(principal)?.kind;
    const isPossible = (targets: () => readonly Target[], pattern: string): readonly Target[] =>
      row.steps.every(({ action, on }) => on !== "target" || view.can(principal, action, [pattern])) ? targets() : [];
    const iam = `arn:${partition}:iam::${account}:`;
    switch (row.targets) {
      case "self user":
      case "self role":
        return row.targets === `self ${kind}` ? [{ principal }] : [];
      case "own group":
        return this.groupsOf(principal, true).map(({ arn }) => ({ principal, resource: arn }));
      case "other group":
        if (kind !== "user") return [];
        return isPossible(
          () => this.groupsOf(principal, false).map(({ arn }) => ({ principal, resource: arn })),
          `${iam}group/*`,
        );
      case "own policy":
        return this.policiesOf(principal, iam).map((resource) => ({ principal, resource }));
      case "user":
        return isPossible(
          () => this.others(principal, account, "user").map((arn) => ({ principal: arn })),
          `${iam}user/*`,
        );
      case "role":
        return isPossible(() => this.withPolicies(row, principal, account, iam), `${iam}role/*`);
      case "any role":
        return isPossible(
          () =>
            [...this.principals.values()].flatMap((one) =>
              one.kind === "role" && one.arn !== principal ? [{ principal: one.arn }] : [],
            ),
          "arn:*:iam::*:role/*",
        );
      case "provider":
        return this.providersOf(account, row);
      case "sso role":
        return [...this.principals.keys()]
          .filter((arn) => arn !== principal && arn.includes(":role/aws-reserved/sso.amazonaws.com/"))
          .map((arn) => ({ principal: arn }));
      case "account root":
        return this.memberRoots(account, partition);
      case "data":
        return [];
    }
  }

  /** The requests of a row, each allowed; undefined if some is never. */
  stepsOf(row: Row, principal: string, target: Target, view: View): readonly AuditAnswer[] | undefined {
    const found: AuditAnswer[] = [];
    for (const step of row.steps) {
      const about = this.aboutOf(step, principal, target);
      const isOne = typeof about !== "string" && about.length === 1 && about[0] !== undefined;
      const context = isOne ? this.boundaryContext(step.action, about[0] ?? "") : {};
      const answer =
        row.targets === "account root"
          ? view.askAsOwn(principal, step.action, target.principal)
          : view.ask(principal, step.action, about, { ...context, ...step.context });
      if (answer === undefined) return undefined;
      found.push(answer);
    }
    if (row.targets !== "provider") return found;
    const isSaml = target.resource?.includes(":saml-provider/") === true;
    const action = isSaml ? "sts:AssumeRoleWithSAML" : "sts:AssumeRoleWithWebIdentity";
    const trust = view.ask(target.resource ?? "", action, [target.principal]);
    return trust === undefined ? undefined : [...found, trust];
  }

  /** AWS tells the boundary of whom a request changes. */
  private boundaryContext(action: string, about: string): Readonly<Record<string, string | null>> {
    const one = this.principals.get(about);
    if (one === undefined || !modifies.test(action)) return {};
    return { "iam:PermissionsBoundary": one.permissionsBoundary?.name ?? null };
  }

  private aboutOf(
    { action, on, type }: RowStep,
    principal: string,
    { resource, policy, holder, ...target }: Target,
  ): About {
    if (on === "self") return [principal];
    if (on === "policy") return [policy ?? ""];
    if (on === "target") return [resource ?? target.principal];
    const any = this.anyOf(action, principal, type);
    if (holder === undefined || any === "none") return any;
    return any.some((pattern) => globOfPattern(pattern).some((glob) => globHolds(glob, holder))) ? [holder] : any;
  }

  /** What an action is about in the account of who asks, by the catalogue. */
  anyOf(action: string, principal: string, type?: string): About {
    const { partition = "aws", account = "" } = parseArn(principal) ?? {};
    const id = `${action} ${type ?? ""} ${partition} ${account}`;
    const known = this.patterns.get(id);
    if (known !== undefined) return known;
    const { catalogue } = this.views.base.auditor.terms;
    const found = resourcesFor(action, catalogue, partition, account, type) ?? ["*"];
    this.patterns.set(id, found);
    return found;
  }

  private others(principal: string, account: string, kind: "user" | "role"): readonly string[] {
    return this.entitiesOf(account, kind).filter((arn) => arn !== principal);
  }

  private rolesOf(account: string): readonly string[] {
    return this.entitiesOf(account, "role");
  }

  private entitiesOf(account: string, kind: "user" | "role"): readonly string[] {
    const id = `${kind} ${account}`;
    let found = this.entities.get(id);
    if (found === undefined) {
      found = [...this.principals.values()].flatMap((one) =>
        one.kind === kind && one.account === account && !isServiceLinkedRole(one.arn) ? [one.arn] : [],
      );
      this.entities.set(id, found);
    }
    return found;
  }

  /** Roles, with each customer managed policy of theirs where a row is about one. */
  private withPolicies(row: Row, principal: string, account: string, iam: string): readonly Target[] {
    const roles = this.others(principal, account, "role");
    if (!row.steps.some(({ on }) => on === "policy")) return roles.map((arn) => ({ principal: arn }));
    return roles.flatMap((arn) => this.policiesOf(arn, iam).map((policy) => ({ principal: arn, policy })));
  }

  private policiesOf(principal: string, iam: string): readonly string[] {
    const names = this.principals.get(principal)?.identityPolicies.map(({ name }) => name) ?? [];
    return [...new Set(names.filter((name) => name.startsWith(`${iam}policy/`)))];
  }

  private groupsOf(principal: string, isIn: boolean) {
    const account = parseArn(principal)?.account;
    return (this.set.groups ?? []).filter(
      ({ arn, members = [] }) => parseArn(arn)?.account === account && members.includes(principal) === isIn,
    );
  }

  private providersOf(account: string, { id }: Row): readonly Target[] {
    const wanted = id.includes("saml") ? ":saml-provider/" : ":oidc-provider/";
    const known = this.providers.get(`${wanted} ${account}`);
    if (known !== undefined) return known;
    const found = this.rolesOf(account).flatMap((arn) => {
      const entries = this.principals
        .get(arn)
        ?.trustPolicy?.document.statements.flatMap(({ principal }) => principal?.entries ?? []);
      const names = (entries ?? []).flatMap((entry) =>
        entry.kind === "federated" && entry.name.includes(wanted) ? [entry.name] : [],
      );
      return [...new Set(names)].map((resource) => ({ principal: arn, resource }));
    });
    this.providers.set(`${wanted} ${account}`, found);
    return found;
  }

  private memberRoots(account: string, partition: string): readonly Target[] {
    const own = this.set.accounts.find(({ id }) => id === account);
    if (own?.isManagementAccount !== true) return [];
    return this.set.accounts
      .filter(({ id, organizationId }) => id !== account && organizationId === own.organizationId)
      .map(({ id }) => ({ principal: `arn:${partition}:iam::${id}:root` }));
  }
}

/** Whether some statement may name a service; regional names begin alike (PRN-9). */
function mayTrust(document: PolicyDocument | undefined, service: string): boolean {
  const [label] = service.split(".", 1);
  return (document?.statements ?? []).some(
    ({ effect, principal }) =>
      effect === "Allow" &&
      principal !== undefined &&
      (principal.negated ||
        principal.entries.some(
          (entry) =>
            entry.kind === "everyone" ||
            (entry.kind === "service" && lowerAscii(entry.name).split(".", 1)[0] === label),
        )),
  );
}

function changeOf(
  change: RowChange,
  { resource = "", version }: Target,
): readonly [string, (set: PolicySet) => PolicySet] {
  if (change === "joined") return [`joined ${resource}`, (set) => joinedSet(set, resource)];
  if (change === "version" && version !== undefined)
    return [`${version.id} of ${resource}`, (set) => versionSet(set, resource, version)];
  const made = change === "version" ? "raised" : change;
  return [made, changeMakers[made]];
}

const changeMakers = { raised: raisedSet, unbounded: unboundedSet, free: freeSet, trusting: trustingSet } as const;

function edgeOf({ id, does, supposes, limited }: Row, from: string, to: string, steps: readonly AuditAnswer[]): Edge {
  return { from, to, path: id, does, steps, afterwards: [], supposes, limited };
}

/** Two edges one after the other, where the first changes what its own principal may do. */
function joined(first: Edge, later: Edge): Edge {
  const { to, path, through, by, does, steps, afterwards } = later;
  const supposes = [first.supposes, later.supposes].filter((one) => one !== undefined).join("; ");
  return {
    ...first,
    to,
    by: by ?? first.by,
    through: through === undefined ? path : `${path}, ${through}`,
    does: `${first.does} and ${does}`,
    afterwards: [...first.afterwards, ...steps, ...afterwards],
    supposes: supposes === "" ? undefined : supposes,
  };
}
