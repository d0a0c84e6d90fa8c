/**
 * Advice about a whole policy set: every document for each type that it is attached as, managed
 * policies that nothing attaches, and what is attached to whom.
 */
import type { PolicyDocument } from "../policy/document/document.js";
import { parsePolicyDocument } from "../policy/document/parse-document.js";
import { policyTypeOfArn } from "../policy/formats/policy-arn.js";
import { fullAccess } from "../policy/formats/policy-directory.js";
import type { DocumentFile } from "../policy/formats/policy-reading.js";
import { forEachAttached, type NamedPolicy, type PolicySet } from "../policy/policy-set.js";
import type { PolicyType } from "../question/layers.js";
import type { Finding, SourcePosition } from "../text/finding.js";
import { sortFindings } from "../text/sort-findings.js";
import type { TreeNode } from "../text/tree.js";
import { adviseAttachments } from "./attachment-limits.js";
import type { Catalogue } from "./catalogue/catalogue.js";
import { ownServices } from "./catalogue/own-services.js";
import { documentOrigins, managedDocuments, placeKey } from "./document-origins.js";
import type { DocumentOrigin } from "./document-places.js";
import { knownPrincipals } from "./known-principals.js";
import type { Storage } from "./subject.js";
import { adviseDocument } from "./validate-document.js";

/** One use of a document. */
export interface AttachedDocument {
  readonly document: PolicyDocument;
  readonly type: PolicyType | "any";
  readonly name?: string;
  readonly origin?: DocumentOrigin;
  readonly resourceArn?: string;
  readonly refusesPublic?: boolean;
  readonly storage?: Storage;
}

/** Everything that there is to advise on in a set. `files` are those that the set was loaded from. */
export function attachedDocuments(set: PolicySet, files: readonly DocumentFile[]): readonly AttachedDocument[] {
  const originOf = documentOrigins(files);
  const uses = new Map<string, AttachedDocument>();
  for (const use of usesOf(set)) {
    if (use.document === fullAccess.document) continue;
    const origin = originOf(positionOf(use.document));
    const key = `${use.type} ${use.resourceArn ?? ""} ${placeKey(positionOf(use.document))}`;
    if (!uses.has(key)) uses.set(key, { ...use, ...(origin === undefined ? {} : { origin }) });
  }
  const attached = new Set([...uses.values()].map(({ document }) => placeKey(positionOf(document))));
  const unattached = files.flatMap((file) =>
    managedDocuments(file).flatMap(({ origin, position, name, isIdentity }): readonly AttachedDocument[] => {
      const type = isIdentity ? "identity" : (set.profile === "aws" && policyTypeOfArn(name ?? "")) || "any";
      if (attached.has(placeKey(position))) return [];
      const document = parsePolicyDocument(origin.node, origin.source, "any", [], { profile: set.profile });
      if (document === undefined) return [];
      const storage = type === "identity" ? ({ storage: "managed" } as const) : {};
      return [
        {
          document,
          type,
          origin,
          ...storage,
          ...(name === undefined ? {} : { name }),
        },
      ];
    }),
  );
  return [...uses.values(), ...unattached];
}

function positionOf({ source, offset }: PolicyDocument): SourcePosition {
  return source.positionAt(offset);
}

/** The findings about a set, in the order of its files. */
export function advisePolicySet(
  set: PolicySet,
  files: readonly DocumentFile[],
  catalogue?: Catalogue,
  documents: readonly AttachedDocument[] = attachedDocuments(set, files),
  tell: (documentsDone: number) => void = () => {},
): readonly Finding[] {
  const { profile } = set;
  const own = ownServices(
    documents.map(({ document }) => document),
    [...set.resources.map(({ arn }) => arn), ...set.mandatoryResourcePolicies.map(({ resource }) => resource)],
  );
  const options = {
    profile,
    ownServices: own,
    principals: knownPrincipals(set),
    ...(catalogue === undefined ? {} : { catalogue }),
  };
  const findings = documents.flatMap(({ document, type, origin, ...use }, index) => {
    tell(index);
    const tree = origin === undefined ? {} : { origin: { ...origin, node: readOnce(origin.node) } };
    return [...adviseDocument(document, type, { ...use, ...tree, ...options })];
  });
  if (profile === "aws") adviseAttachments(files, findings);
  return sortFindings(findings);
}

/** The tree of a document that is looked into many times, and then no more: those of 1,000,000 statements do not fit into memory together. */
function readOnce(node: TreeNode): TreeNode {
  return node.kind === "object" ? { ...node, kind: "object", members: node.members } : node;
}

function usesOf(set: PolicySet): readonly AttachedDocument[] {
  const uses: AttachedDocument[] = [];
  forEachAttached(set, (policy, type, resource) => {
    const { name, document } = policy;
    uses.push({
      document,
      type,
      name,
      ...(type === "identity" ? { storage: storageOf(policy) } : {}),
      ...(resource && { resourceArn: resource.arn, refusesPublic: resource.restrictPublicBuckets }),
    });
  });
  return uses;
}

/** A policy without ARN may be either; as an inline policy it has no limit of its own. */
function storageOf({ name }: NamedPolicy): Storage {
  return name.startsWith("arn:") ? "managed" : "inline";
}
