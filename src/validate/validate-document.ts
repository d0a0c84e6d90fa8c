/**
 * Advice about one policy document that parsed without errors: what AWS's own policy validation
 * would say, and every lint mark of the semantics. It never changes what a document decides.
 */
import type { PolicyDocument } from "../policy/document/document.js";
import type { Profile } from "../policy/document/document-reading.js";
import type { PolicyType } from "../question/layers.js";
import type { Finding } from "../text/finding.js";
import { adviseActions } from "./action-advice.js";
import type { Catalogue } from "./catalogue/catalogue.js";
import { ownServices } from "./catalogue/own-services.js";
import { adviseFromCatalogue } from "./catalogue-advice.js";
import { adviseConditions, adviseEmptyBlocks } from "./condition-advice.js";
import { adviseWholeDocument } from "./document-advice.js";
import { type DocumentOrigin, documentPlaces } from "./document-places.js";
import type { KnownPrincipals } from "./known-principals.js";
import { adviseContradictions } from "./never-applies.js";
import { advisePrincipals } from "./principal-advice.js";
import { adviseDeniedStatement, adviseRedundantStatements } from "./redundancy.js";
import { adviseResources } from "./resource-advice.js";
import { adviseForeignResources } from "./service-mismatch.js";
import { adviseSize } from "./size-limits.js";
import { placedStatements, type Storage, type Subject } from "./subject.js";
import { adviseVariables } from "./variable-advice.js";

/** What is known besides the document and its type. */
export interface AdviseOptions {
  readonly profile: Profile;
  /** Without one nothing is said about which actions, keys and resource types exist. */
  readonly catalogue?: Catalogue;
  /** Prefixes of services that no catalogue knows. Default: those in ARNs of other partitions in the document. */
  readonly ownServices?: ReadonlySet<string>;
  /** The policy's name or ARN. Policies that AWS manages get security warnings only: nobody can edit them. */
  readonly name?: string;
  /** The tree that the document was parsed from: sizes and exact places of values need it. */
  readonly origin?: DocumentOrigin;
  /** The ARN that a resource policy is attached to. */
  readonly resourceArn?: string;
  /** S3's RestrictPublicBuckets of that resource. */
  readonly refusesPublic?: boolean;
  readonly storage?: Storage;
  /** Who is in the set. Without it nothing is said about whom policies name. */
  readonly principals?: KnownPrincipals;
}

/** Gives the findings about a document of a type; with `any`, those that hold for every type. */
export function adviseDocument(
  document: PolicyDocument,
  type: PolicyType | "any",
  options: AdviseOptions,
): readonly Finding[] {
  const subject: Subject = {
    document,
    type,
    profile: options.profile,
    catalogue: options.catalogue,
    ownServices: options.ownServices ?? ownServices([document]),
    resourceArn: options.resourceArn,
    refusesPublic: options.refusesPublic ?? false,
    storage: options.storage,
    principals: options.principals,
    places: documentPlaces(options.origin),
    statements: placedStatements(document),
    findings: [],
  };
  adviseWholeDocument(subject);
  adviseSize(subject);
  for (const placed of subject.statements) {
    advisePrincipals(subject, placed);
    adviseActions(subject, placed);
    adviseResources(subject, placed);
    adviseConditions(subject, placed);
    adviseVariables(subject, placed);
    adviseContradictions(subject, placed);
    adviseDeniedStatement(subject, placed);
    if (options.catalogue === undefined) adviseForeignResources(subject, placed);
    adviseFromCatalogue(subject, placed);
  }
  adviseEmptyBlocks(subject);
  adviseRedundantStatements(subject);
  if (!isAwsManaged(options.name)) return subject.findings;
  return subject.findings.filter(({ severity }) => severity === "securityWarning");
}

function isAwsManaged(name = ""): boolean {
  return /^arn:[^:]*:iam::aws:policy\//.test(name);
}
