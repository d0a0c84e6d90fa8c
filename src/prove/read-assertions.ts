/**
 * A file of assertions, YAML or JSON. What is wrong with it is a finding at its place; a file with errors has no assertions that could be
 * relied on.
 */
import type { Finding } from "../text/finding.js";
import { quote } from "../text/quote.js";
import type { SourceText } from "../text/source-text.js";
import type { TreeNode } from "../text/tree.js";
import {
  type Members,
  placeText,
  positionOf,
  readItems,
  readMembers,
  readText,
  report,
  requireMember,
  type TreePlace,
} from "../text/tree-place.js";
import { type Assertion, type Claim, type ClaimName, claims, everyone, type Scope } from "./assertion.js";
import { outsideOrganizationAt, readChoice, readScope, scopeMembers } from "./read-scope.js";

/** The members of a file. */
export const assertionFileMembers = ["assertions"] as const;

/** The members of an assertion: one of the claims, and what narrows it. */
export const assertionMembers = ["id", "why", ...claims, ...scopeMembers] as const;

/** What narrows a claim may stand in it as well. */
export const grantMembers = ["actions", "resources"] as const;

/** The members of a comparison with another policy set. */
export const newAccessMembers = ["than", ...scopeMembers] as const;

/** Likewise. */
export const equivalenceMembers = ["to", ...scopeMembers] as const;

/** Reads a file; undefined after errors. */
export function readAssertions(
  node: TreeNode,
  source: SourceText,
  findings: Finding[],
): readonly Assertion[] | undefined {
  const place: TreePlace = { node, source, findings, path: undefined };
  const before = findings.length;
  const members = readMembers(place, assertionFileMembers);
  const list = members && requireMember(place, members, "assertions");
  const found = readItems(list).flatMap((item) => readAssertion(item) ?? []);
  if (list?.node.kind === "array" && list.node.items.length === 0) {
    report(list, "SET-FORMAT", "must not be empty: nothing would be proved");
  }
  checkIds(found, findings);
  return findings.slice(before).some(({ severity }) => severity === "error") ? undefined : found;
}

function readAssertion(place: TreePlace): Assertion | undefined {
  const members = readMembers(place, assertionMembers);
  if (members === undefined) return undefined;
  const id = readText(requireMember(place, members, "id"));
  const why = readText(members.get("why"));
  const [name, ...more] = claims.filter((one) => members.has(one));
  if (name === undefined) {
    report(place, "SET-FORMAT", `needs a claim: one of ${claims.map((one) => `\`${one}\``).join(", ")}`);
    return undefined;
  }
  for (const other of more) {
    const second = members.get(other);
    if (second !== undefined) report(second, "SET-FORMAT", `an assertion has one claim, and this one has \`${name}\``);
  }
  const claim = members.get(name);
  const read = claim && claimReaders[name](claim, members);
  if (id === undefined || read === undefined) return undefined;
  return { id, ...(why === undefined ? {} : { why }), place: positionOf(place), ...read };
}

type Read = Pick<Assertion, "claim" | "scope" | "organizationAt"> | undefined;

const claimReaders: Readonly<Record<ClaimName, (place: TreePlace, members: Members) => Read>> = {
  never: (place, members) => decisionClaim("never", place, members),
  always: (place, members) => decisionClaim("always", place, members),
  notGranted: (place, members) => {
    const own = readMembers(place, grantMembers);
    if (own === undefined) return undefined;
    for (const name of grantMembers) requireMember(place, own, name);
    return claimOf({ kind: "notGranted" }, members, own);
  },
  notPublic: (place, members) => {
    const own = new Map([["resources", place]]);
    const principals = members.get("principals");
    if (principals !== undefined) {
      report(principals, "SET-FORMAT", "`notPublic` is about strangers: it takes no `principals`");
    }
    return claimOf({ kind: "notPublic" }, members, own);
  },
  noNewAccess: (place, members) => comparison("noNewAccess", "than", place, members),
  equivalent: (place, members) => comparison("equivalent", "to", place, members),
};

function decisionClaim(kind: "never" | "always", place: TreePlace, members: Members): Read {
  const decision = readText(place);
  if (decision !== undefined && decision !== "allowed") {
    report(place, "SET-FORMAT", `must be \`allowed\`, not ${quote(decision)}`);
  }
  return claimOf({ kind }, members);
}

function comparison(
  kind: "noNewAccess" | "equivalent",
  member: "than" | "to",
  place: TreePlace,
  members: Members,
): Read {
  const own = readMembers(place, kind === "noNewAccess" ? newAccessMembers : equivalenceMembers);
  const path = own && readText(requireMember(place, own, member));
  return path === undefined ? undefined : claimOf({ kind, path }, members, own);
}

/** The claim with its scope, whose members stand beside the claim or in it, each once. */
function claimOf(claim: Claim, beside: Members, inside: Members = new Map()): Read {
  const members = new Map<string, TreePlace>();
  for (const name of scopeMembers) {
    const [one, other] = [beside.get(name), inside.get(name)];
    if (one !== undefined && other !== undefined) {
      report(
        one,
        "SET-FORMAT",
        `\`${name}\` is given in \`${claim.kind}\` as well, at ${placeText(positionOf(other))}`,
      );
    }
    const member = other ?? one;
    if (member !== undefined) members.set(name, member);
  }
  const principals = members.get("principals");
  const scope: Scope = { ...readScope(members), principals: principals ? readChoice(principals) : everyone };
  const organizationAt = principals && outsideOrganizationAt(principals);
  return { claim, scope, ...(organizationAt && { organizationAt }) };
}

/** A report that names an id means one assertion. */
function checkIds(assertions: readonly Assertion[], findings: Finding[]): void {
  const seen = new Map<string, Assertion>();
  for (const assertion of assertions) {
    const earlier = seen.get(assertion.id);
    if (earlier === undefined) seen.set(assertion.id, assertion);
    else {
      const message = `assertion ${quote(assertion.id)} is given twice: first at ${placeText(earlier.place)}`;
      findings.push({ ...assertion.place, rule: "SET-FORMAT", severity: "error", message });
    }
  }
}
