/** A document by itself as a policy set: attached to what everybody or everything stands for, with no other policy around it. */
import type { PolicyDocument, PrincipalEntry, Statement } from "../policy/document/document.js";
import { type DirectoryPrincipal, type DirectoryResource, noCounts, type PolicySet } from "../policy/policy-set.js";
import type { PolicyType } from "../question/layers.js";

/** Types whose documents say who. */
export function hasPrincipals(type: PolicyType): boolean {
  return type === "resource" || type === "trust" || type === "rcp" || type === "endpoint";
}

/** A set with these entries and nothing else, no digest either; rules of AWS's services, which ask for more than a document, are off. */
export function loneSet(principals: readonly DirectoryPrincipal[], resources: readonly DirectoryResource[]): PolicySet {
  return {
    digest: "",
    profile: "generic",
    accounts: [],
    principals,
    resources,
    endpoints: [],
    mandatoryResourcePolicies: [],
    owners: [],
    counts: noCounts,
  };
}

const noPlace = { file: "", positionAt: () => ({ file: "", line: 0, column: 0 }) };

/** Allows everything; `principal`: to everybody. */
export function allowAll(principal: boolean): PolicyDocument {
  const statement: Statement = {
    effect: "Allow",
    ...(principal ? { principal: { negated: false, entries: [{ kind: "everyone" as const }] } } : {}),
    action: { negated: false, patterns: ["*"] },
    resource: { negated: false, patterns: ["*"] },
    conditions: [],
    source: noPlace,
    offset: 0,
  };
  return { version: "2012-10-17", statements: [statement], source: noPlace, offset: 0 };
}

/**
 * The document as it is compared: who is named by an id that only a directory could resolve is somebody of an account of their own,
 * and what a type implies is written out (RCP-1).
 */
export function comparable(document: PolicyDocument, type: PolicyType): PolicyDocument {
  const statements = document.statements.map((statement): Statement => {
    const { principal } = statement;
    if (principal === undefined) return statement;
    return { ...statement, principal: { ...principal, entries: principal.entries.map(resolved) } };
  });
  return { ...document, statements: type === "rcp" ? [...statements, ...allowAll(true).statements] : statements };
}

function resolved(entry: PrincipalEntry): PrincipalEntry {
  if (entry.kind === "canonicalUser") return { kind: "account", account: inventedAccount(entry.id) };
  if (entry.kind !== "uniqueId") return entry;
  const kind = entry.id.startsWith("AROA") ? "role" : "user";
  return { kind, arn: `arn:aws:iam::${inventedAccount(entry.id)}:${kind}/${entry.id}` };
}

/** Twelve digits for an id: the same for the same. */
function inventedAccount(id: string): string {
  let number = 7;
  for (const unit of id) number = (number * 31 + (unit.codePointAt(0) ?? 0)) % 99_999_999_999;
  return String(100_000_000_000 + number);
}
