/** The tree of an organization out of its listings. Each lists what lies below one node, which only its file's name tells. */
import type { JsonObject } from "../../text/json-object.js";
import { quote } from "../../text/quote.js";
import type { Evidence, OrganizationListing } from "../sources/evidence.js";
import { textOf } from "../sources/recognised.js";
import { unknownPolicy } from "./merged-exports.js";

/** A node as a file of Verdict has it. */
export interface TreeNodeEntry {
  readonly id: string;
  readonly name?: string;
  readonly accounts?: readonly string[];
  readonly units?: readonly TreeNodeEntry[];
  readonly serviceControlPolicies?: readonly string[];
  readonly resourceControlPolicies?: readonly string[];
}

/** The file of an organization. */
export interface OrganizationFile {
  readonly organization?: { readonly id: string; readonly managementAccount?: string; readonly root: TreeNodeEntry };
  readonly accounts?: readonly Omit<TreeNodeEntry, "units" | "accounts" | "name">[];
  readonly policies: readonly { readonly arn: string; readonly document: JsonObject }[];
}

/** What is known of a policy of the organization. */
interface KnownPolicy {
  readonly reference: string;
  readonly type: string;
}

const memberOfType: ReadonlyMap<string, "serviceControlPolicies" | "resourceControlPolicies"> = new Map([
  ["SERVICE_CONTROL_POLICY", "serviceControlPolicies"],
  ["RESOURCE_CONTROL_POLICY", "resourceControlPolicies"],
]);

/** Puts the listings together; `missing` says what they do not tell. */
export function organizationFile(evidence: Pick<Evidence, "organization" | "organizationPolicies">): {
  readonly file: OrganizationFile | undefined;
  readonly missing: readonly string[];
} {
  const missing: string[] = [];
  const { organization: listings, organizationPolicies } = evidence;
  if (listings.length === 0 && organizationPolicies.length === 0) return { file: undefined, missing };
  const tree = new Tree(listings, missing);
  const attachments = attachmentsOf(evidence, missing);
  const policies = organizationPolicies.flatMap(({ id, arn, content, name }) => {
    if (content === undefined) missing.push(`the text of policy ${quote(name)} cannot be read: it allows nothing`);
    return isFullAccess(name) ? [] : [{ arn: arn || arnOfId(id), document: content ?? unknownPolicy }];
  });
  const unknown = [...attachments.unknown].map((arn) => ({ arn, document: unknownPolicy }));
  const all = distinctBy([...policies, ...unknown], ({ arn }) => arn);
  const { organizationId: id } = tree;
  const root = tree.root;
  if (id === undefined || root === undefined) {
    missing.push("the organization has no tree: `describe-organization` and `list-roots` are missing");
    return { file: all.length === 0 ? undefined : { policies: all }, missing };
  }
  const managementAccount = tree.managementAccount;
  const nodeOf = (node: string, depth: number): TreeNodeEntry => {
    const units = depth > 8 ? [] : tree.unitsOf(node);
    const name = tree.nameOf(node);
    return {
      id: node,
      ...(name === undefined ? {} : { name }),
      accounts: tree.accountsOf(node),
      ...(units.length === 0 ? {} : { units: units.map((unit) => nodeOf(unit, depth + 1)) }),
      ...attachments.of(node),
    };
  };
  const entry = nodeOf(root, 0);
  const accounts = tree.accounts.flatMap((account) => {
    const own = attachments.of(account);
    return Object.keys(own).length === 0 ? [] : [{ id: account, ...own }];
  });
  tree.sayMissing();
  attachments.sayMissing([root, ...tree.nodes, ...tree.accounts]);
  return {
    file: {
      organization: { id, ...(managementAccount === undefined ? {} : { managementAccount }), root: entry },
      ...(accounts.length === 0 ? {} : { accounts }),
      policies: all,
    },
    missing,
  };
}

/** What lies below what. */
class Tree {
  readonly organizationId: string | undefined;
  readonly managementAccount: string | undefined;
  readonly root: string | undefined;
  readonly nodes = new Set<string>();
  private readonly parents = new Map<string, string>();
  private readonly names = new Map<string, string>();
  private readonly allAccounts = new Set<string>();
  private readonly listed = new Set<string>();

  constructor(
    listings: readonly OrganizationListing[],
    private readonly missing: string[],
  ) {
    let [id, manager, root]: (string | undefined)[] = [];
    for (const { what, about, items } of listings) {
      for (const item of items) {
        const own = textOf(item.Id) ?? textOf(item.TargetId);
        if (own === undefined) continue;
        const arn = textOf(item.Arn) ?? "";
        id ??= what === "organization" ? own : /:(?:root|ou|account)\/(o-[a-z0-9]+)\//.exec(arn)?.[1];
        if (what === "organization") {
          manager = textOf(item.MasterAccountId) ?? textOf(item.ManagementAccountId) ?? manager;
        }
        if (what === "roots") root ??= own;
        const name = textOf(item.Name);
        if (name !== undefined) this.names.set(own, name);
        if (what === "units" || (what === "children" && own.startsWith("ou-"))) this.add(own, about, this.nodes);
        if (what === "accounts" || (what === "children" && /^[0-9]{12}$/.test(own)))
          this.add(own, about, this.allAccounts);
        if (what === "parents" && about !== undefined) {
          this.parents.set(about, own);
          (about.startsWith("ou-") ? this.nodes : this.allAccounts).add(about);
          if (own.startsWith("r-")) root ??= own;
        }
        manager ??= /^arn:[^:]*:organizations::([0-9]{12}):/.exec(arn)?.[1];
      }
      if ((what === "units" || what === "accounts" || what === "children") && about !== undefined)
        this.listed.add(about);
    }
    root ??= [...this.parents.values()].find((parent) => parent.startsWith("r-"));
    [this.organizationId, this.managementAccount, this.root] = [id, manager, root];
    // It is in the tree, whether a file lists it or not.
    if (manager !== undefined) this.allAccounts.add(manager);
  }

  private add(id: string, about: string | undefined, to: Set<string>): void {
    to.add(id);
    const isParent = about !== undefined && (about.startsWith("r-") || about.startsWith("ou-"));
    if (isParent && about !== id) this.parents.set(id, about);
  }

  get accounts(): readonly string[] {
    return [...this.allAccounts].sort();
  }

  /** Those whose parent no file tells lie below the root. */
  private below(node: string, all: Iterable<string>): readonly string[] {
    return [...all].filter((one) => (this.knownParent(one) ?? this.root) === node).sort();
  }

  private knownParent(id: string): string | undefined {
    const parent = this.parents.get(id);
    return parent === this.root || this.nodes.has(parent ?? "") ? parent : undefined;
  }

  unitsOf(node: string): readonly string[] {
    return this.below(node, this.nodes);
  }

  accountsOf(node: string): readonly string[] {
    return this.below(node, this.allAccounts);
  }

  nameOf(node: string): string | undefined {
    return this.names.get(node);
  }

  sayMissing(): void {
    for (const id of [...this.nodes, ...this.allAccounts]) {
      if (this.knownParent(id) !== undefined) continue;
      this.missing.push(
        `no file tells the parent of ${quote(id)}, so it lies below the root: name listings after the parent`,
      );
    }
    for (const node of [this.root ?? "", ...this.nodes]) {
      if (!this.listed.has(node)) this.missing.push(`no file lists what lies below ${quote(node)}`);
    }
  }
}

/** Which policies are attached where. */
function attachmentsOf(
  { organization, organizationPolicies }: Pick<Evidence, "organization" | "organizationPolicies">,
  missing: string[],
) {
  const byId = new Map<string, KnownPolicy>();
  for (const { id, arn, name, type } of organizationPolicies) {
    byId.set(id, { reference: isFullAccess(name) ? name : arn || arnOfId(id), type });
  }
  const byTarget = new Map<string, Map<"serviceControlPolicies" | "resourceControlPolicies", string[]>>();
  const unknown = new Set<string>();
  const listed = new Set<string>();
  const attach = (target: string, { reference, type }: KnownPolicy): void => {
    const member = memberOfType.get(type);
    if (member === undefined) return;
    const own = byTarget.get(target) ?? new Map();
    byTarget.set(target, own);
    const list = own.get(member) ?? [];
    own.set(member, list);
    if (!list.includes(reference)) list.push(reference);
  };
  for (const { what, about, items } of organization) {
    if (what === "targets" && about !== undefined) {
      const policy = byId.get(about);
      for (const item of items) {
        const target = textOf(item.TargetId);
        if (target !== undefined && policy !== undefined) attach(target, policy);
      }
    }
    if (what !== "policies") continue;
    if (about === undefined || about.startsWith("p-")) {
      missing.push("a list of policies is named after no root, unit or account: it attaches nothing");
      continue;
    }
    listed.add(about);
    for (const item of items) {
      const [id = "", name = "", arn = "", type = ""] = [item.Id, item.Name, item.Arn, item.Type].map(textOf);
      const isKnown = byId.has(id) || isFullAccess(name);
      const reference = isFullAccess(name) ? name : arn || arnOfId(id);
      if (!memberOfType.has(type)) continue;
      if (!isKnown) {
        missing.push(
          `policy ${quote(name)} is attached to ${quote(about)} and no \`describe-policy\` has its text: it allows nothing`,
        );
        unknown.add(reference);
      }
      attach(about, byId.get(id) ?? { reference, type });
    }
  }
  return {
    unknown,
    of: (target: string): Pick<TreeNodeEntry, "serviceControlPolicies" | "resourceControlPolicies"> =>
      Object.fromEntries(byTarget.get(target) ?? []),
    sayMissing(targets: readonly string[]): void {
      if (listed.size === 0 && byTarget.size === 0) {
        missing.push("no file tells which policies are attached to the organization: none bind in this set");
        return;
      }
      for (const target of targets) {
        if (!listed.has(target) && !byTarget.has(target)) {
          missing.push(`no file lists the policies of ${quote(target)}: none of its own bind in this set`);
        }
      }
    },
  };
}

/** Of a policy whose listing somebody cut down. */
function arnOfId(id: string): string {
  return `arn:aws:organizations:::policy/${id}`;
}

function isFullAccess(name: string): boolean {
  return name === "FullAWSAccess" || name === "RCPFullAWSAccess";
}

function distinctBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): readonly Item[] {
  return [...new Map(items.map((item) => [keyOf(item), item])).values()];
}
