/**
 * Managed policies by ARN and by name, as attachments mean them. One policy is one object however
 * often it is attached, and is checked once for each type it is attached as (TYPE-1).
 */

import { type ControlRow, controlTypeOf, type PolicyType } from "../../question/layers.js";
import { didYouMean, Guesses } from "../../text/closest-name.js";
import type { Finding } from "../../text/finding.js";
import type { Sha256 } from "../../text/platform.js";
import { quote } from "../../text/quote.js";
import type { SourcePositions } from "../../text/source-text.js";
import { placeText, positionOf, report } from "../../text/tree-place.js";
import type { PolicyDocument } from "../document/document.js";
import { checkDocumentType } from "../document/parse-document.js";
import type { NamedPolicy } from "../policy-set.js";
import { digestDocument } from "../policy-set-digest.js";
import { accountOfArn } from "../requester.js";
import type { Declarations, PolicyDeclaration, PolicyReference } from "./declaration.js";
import { policyTypeOfArn } from "./policy-arn.js";
import { refusedDocument, reportDuplicate } from "./policy-reading.js";
import { PolicySnapshots } from "./policy-snapshots.js";

/** Resolves attachments. */
export interface PolicyDirectory {
  /** The policies of attachments; `account` is the one that names are looked up in, absent for organizations. */
  resolve(references: readonly PolicyReference[], type: PolicyType, account?: string): readonly NamedPolicy[];
  /** Checks what nothing has attached as what its ARN says that it is (TYPE-1): whoever attaches it later has not changed it. */
  checkUnattached(): void;
}

/** AWS's own policy stands in no file. */
const nowhere: SourcePositions = { file: "", positionAt: () => ({ file: "", line: 0, column: 0 }) };

/** What AWS attaches to every node of an organization when service control policies are enabled (SCP-2). */
export const fullAccess: NamedPolicy = {
  name: "FullAWSAccess",
  document: {
    version: "2012-10-17",
    statements: [
      {
        effect: "Allow",
        action: { negated: false, patterns: ["*"] },
        resource: { negated: false, patterns: ["*"] },
        conditions: [],
        source: nowhere,
        offset: 0,
      },
    ],
    source: nowhere,
    offset: 0,
  },
};

/** Collects the managed policies of a set. The same ARN twice is a finding that names both places. */
export function policyDirectory(declarations: Declarations, findings: Finding[]): PolicyDirectory {
  const byArn = new Map<string, PolicyDeclaration>();
  const byName = new Map<string, PolicyDeclaration[]>();
  const snapshots = new PolicySnapshots(declarations);
  const checked = new Map<PolicyType, Set<PolicyDocument>>();
  const guesses = new Guesses();
  for (const declaration of declarations.policies) addPolicy(declaration);
  return {
    resolve(references, type, account) {
      const policies: NamedPolicy[] = [];
      for (const reference of references) {
        const policy =
          reference.kind === "inline" ? reference.policy : find(reference.text, reference.place, type, account);
        if (policy !== undefined) policies.push(policy);
      }
      return policies;
    },
    checkUnattached() {
      if (declarations.profile !== "aws") return;
      for (const declaration of declarations.policies) {
        const { document } = declaration.policy;
        const type = policyTypeOfArn(declaration.arn ?? "");
        const isChecked = [...checked.values()].some((documents) => documents.has(document));
        if (type !== undefined && !isChecked) check(declaration, type);
      }
    },
  };

  function addPolicy(declaration: PolicyDeclaration): void {
    const { arn, name, place } = declaration;
    const namesakes = byName.get(name) ?? [];
    const earlier = arn === undefined ? namesakes.find((other) => other.arn === undefined) : byArn.get(arn);
    if (earlier !== undefined) {
      if (isSameAwsPolicy(declaration, earlier, declarations.sha256)) return;
      if (isAwsPolicy(declaration) && isAwsPolicy(earlier)) {
        snapshots.add(declaration, earlier);
        check(declaration, "identity");
      } else reportDuplicate(place, arn ?? name, earlier.place);
      return;
    }
    if (arn !== undefined) byArn.set(arn, declaration);
    byName.set(name, [...namesakes, declaration]);
    if (declaration.isIdentityPolicy) check(declaration, "identity");
  }

  function find(text: string, place: PolicyDeclaration["place"], type: PolicyType, account?: string) {
    const full = fullAccessNamed(text, type);
    if (full?.isImplied === true) return undefined;
    const named = text.startsWith("arn:") ? byArn.get(text) : findByName(text, place, account);
    if (named === "ambiguous") return undefined;
    const found = named && snapshots.of(named, place, account);
    if (found !== undefined) {
      check(found, type);
      return found.policy;
    }
    if (full !== undefined) return fullAccess;
    const where = text.startsWith("arn:") || account === undefined ? "" : ` in account ${quote(account)}`;
    const known = text.startsWith("arn:") ? undefined : guesses.meant(text, byName.keys());
    const elsewhere = known === text ? byName.get(text)?.[0]?.arn : known;
    const fix = /^arn:[^:]*:iam::aws:policy\//.test(text)
      ? "declare it under `policies` with the document that AWS has for it: none of AWS's own is known by itself"
      : undefined;
    report(place, "SET-REFERENCE", `unknown policy ${quote(text)}${where}${didYouMean(elsewhere)}`, "error", fix);
    return undefined;
  }

  function findByName(name: string, place: PolicyDeclaration["place"], account?: string) {
    const all = byName.get(name) ?? [];
    const candidates = account === undefined ? all : all.filter((policy) => isReachable(policy, account));
    const [first, second] = candidates;
    if (first === undefined || second === undefined) return first;
    const [one, two] = [first, second].map(({ arn, place: at }) => quote(arn ?? placeText(positionOf(at))));
    report(place, "SET-REFERENCE", `${quote(name)} may mean ${one} or ${two}: write the ARN`);
    return "ambiguous" as const;
  }

  function check({ policy }: PolicyDeclaration, type: PolicyType): void {
    const documents = checked.get(type) ?? new Set();
    if (policy.document === refusedDocument || documents.has(policy.document)) return;
    checked.set(type, documents.add(policy.document));
    checkDocumentType(policy.document, type, findings, declarations.profile);
  }
}

/** AWS's own policy that allows all, where a text names that of the type by name or ARN. */
function fullAccessNamed(text: string, type: PolicyType): ControlRow["fullAccess"] | undefined {
  const row = controlTypeOf(type)?.fullAccess;
  if (row === undefined) return undefined;
  const name = text.replace(/^arn:[^:]+:organizations::aws:policy\/.*\/p-/, "");
  return row.name === name ? row : undefined;
}

/** Exports of several accounts repeat the policies that AWS manages; equal ones are one policy. */
function isSameAwsPolicy(one: PolicyDeclaration, other: PolicyDeclaration, sha256: Sha256): boolean {
  if (!isAwsPolicy(one) || !isAwsPolicy(other)) return false;
  return digestDocument(one.policy.document, sha256) === digestDocument(other.policy.document, sha256);
}

function isAwsPolicy({ arn, isIdentityPolicy }: PolicyDeclaration): boolean {
  return isIdentityPolicy && accountOfArn(arn ?? "") === "aws";
}

/** A name means a policy of the account, one that AWS manages, or one without ARN. */
function isReachable({ arn }: PolicyDeclaration, account: string): boolean {
  if (arn === undefined) return true;
  const owner = accountOfArn(arn);
  return owner === account || owner === "aws";
}
