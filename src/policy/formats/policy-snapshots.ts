/**
 * Policies that AWS manages, as exports of several accounts hold them: exports of different days hold different default versions,
 * and each account has the version of its own export (TYPE-4).
 */

import { quote } from "../../text/quote.js";
import { placeText, positionOf, report, type TreePlace } from "../../text/tree-place.js";
import { accountOfArn } from "../requester.js";
import type { Declarations, PolicyDeclaration } from "./declaration.js";

/** The versions of policies that differ between exports. */
export class PolicySnapshots {
  /** By the declaration that came first: all of them. */
  private readonly versions = new Map<PolicyDeclaration, PolicyDeclaration[]>();
  private accounts: ReadonlyMap<string, ReadonlySet<string>> | undefined;

  constructor(private readonly declarations: Declarations) {}

  /** Keeps a further version of a policy beside the one that came first; a warning names both places. */
  add(declaration: PolicyDeclaration, first: PolicyDeclaration): void {
    const all = this.versions.get(first) ?? [first];
    this.versions.set(first, [...all, declaration]);
    const text =
      `${quote(declaration.arn ?? declaration.name)} has another default version at ` +
      `${placeText(positionOf(first.place))}: each account has the one of its own export`;
    report(declaration.place, "TYPE-4", text, "warning");
  }

  /**
   * The version that an attachment in an account means: that of the account's own export. Where exports do not tell whose they
   * are, a finding refuses the set: no version may stand for another.
   */
  of(first: PolicyDeclaration, place: TreePlace, account: string | undefined): PolicyDeclaration | undefined {
    const all = this.versions.get(first);
    if (all === undefined) return first;
    const file = place.source.file;
    const own = all.filter((version) => account !== undefined && this.accountsOf(version).has(account));
    const candidates = own.length > 0 ? own : all;
    const [found, second] =
      candidates.length > 1 ? candidates.filter((version) => fileOf(version) === file) : candidates;
    if (found !== undefined && second === undefined) return found;
    const places = all.map((version) => placeText(positionOf(version.place))).join(" and ");
    report(place, "SET-DUPLICATE", `${quote(first.arn ?? first.name)} has several default versions: ${places}`);
    return undefined;
  }

  /** The accounts that the file of a version speaks of. */
  private accountsOf(version: PolicyDeclaration): ReadonlySet<string> {
    this.accounts ??= accountsByFile(this.declarations);
    return this.accounts.get(fileOf(version)) ?? new Set();
  }
}

function fileOf({ place }: { readonly place: TreePlace }): string {
  return place.source.file;
}

function accountsByFile({ users, roles, groups, policies }: Declarations): ReadonlyMap<string, ReadonlySet<string>> {
  const accounts = new Map<string, Set<string>>();
  const add = (place: TreePlace, arn: string | undefined): void => {
    const account = accountOfArn(arn ?? "");
    if (account === undefined || account === "" || account === "aws") return;
    const file = place.source.file;
    accounts.set(file, (accounts.get(file) ?? new Set()).add(account));
  };
  for (const { place, arn } of [...users, ...roles, ...groups, ...policies]) add(place, arn);
  return accounts;
}
