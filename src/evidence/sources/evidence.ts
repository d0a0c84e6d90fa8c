/** What AWS says about accounts beside their policies, gathered out of files of many kinds. */
import type { JsonObject } from "../../text/json-object.js";
import type { RequestDetails } from "../cloudtrail/request-details.js";

/** The kinds of files that are told apart, by their content. */
export type SourceKind =
  | "account authorization details"
  | "credential report"
  | "account summary"
  | "password policy"
  | "virtual MFA devices"
  | "server certificates"
  | "organization"
  | "service last accessed"
  | "resource policy"
  | "resource tags"
  | "public access block"
  | "AWS Config"
  | "organization policy"
  | "request authorization details"
  | "CloudTrail"
  | "decision log";

/** One thing that was read. */
export interface EvidenceInput {
  readonly file: string;
  readonly kind: SourceKind;
  /** Whose it is, if the content or the path says so; several for a file about several accounts. */
  readonly accounts: readonly string[];
  /** The day and time it is of, ISO 8601. */
  readonly date: string;
  /** Where the date is from: the content says it, the name of the file does, or only its time of change does. */
  readonly datedBy: "content" | "name" | "file";
  /** How many entries it has. */
  readonly entries: number;
}

/** Where a fact is from, and whose it is. */
export interface FromInput {
  readonly file: string;
  readonly account: string | undefined;
  /** The time it is of, in milliseconds since 1970: ages are counted to it. */
  readonly at: number;
}

/** One line of a credential report. */
export interface CredentialRow {
  /** As the report has it: a name, or `<root_account>`. */
  readonly user: string;
  readonly arn: string;
  readonly isRoot: boolean;
  readonly line: number;
  /** The cells by the names of their columns. */
  readonly cells: ReadonlyMap<string, string>;
}

/** A credential report. */
export interface CredentialReport extends FromInput {
  readonly rows: readonly CredentialRow[];
}

/** The counts of `get-account-summary`. */
export interface AccountSummary extends FromInput {
  readonly counts: ReadonlyMap<string, number>;
}

/** The password policy of an account; undefined: AWS says that there is none. */
export interface PasswordPolicy extends FromInput {
  readonly policy: JsonObject | undefined;
}

/** The virtual MFA devices of an account. */
export interface VirtualMfaDevices extends FromInput {
  /** ARNs of those who have them. */
  readonly users: readonly string[];
}

/** A server certificate. */
export interface ServerCertificate extends FromInput {
  readonly arn: string;
  readonly expiration: string;
}

/** What a principal could call and when it did, as AWS tracks it. */
export interface LastAccessedReport extends FromInput {
  /** The ARN of whose it is, if somebody wrote it into the file: AWS does not. */
  readonly about: string | undefined;
  readonly services: readonly {
    readonly namespace: string;
    readonly name: string;
    readonly lastAuthenticated: string | undefined;
  }[];
}

/** What is known of a resource: each piece may come from another file. */
export interface ResourceFact extends FromInput {
  readonly arn: string;
  /** The document of its policy, as an object. */
  readonly policy?: JsonObject;
  readonly tags?: readonly { readonly key: string; readonly value: string }[];
  readonly publicAccessBlock?: JsonObject;
  /** ARNs or names of the roles and instance profiles that it carries. */
  readonly roles?: readonly string[];
  /** As AWS Config names it. */
  readonly type?: string;
}

/** An organization's policy with its text. */
export interface OrganizationPolicy extends FromInput {
  readonly id: string;
  readonly arn: string;
  readonly name: string;
  readonly type: string;
  readonly content: JsonObject | undefined;
}

/** A listing of an organization, with what its file name says it is about. */
export interface OrganizationListing extends FromInput {
  readonly what: "organization" | "roots" | "units" | "accounts" | "policies" | "children" | "parents" | "targets";
  /** The parent, target, child or policy that was asked about, where the name of the file has its id. */
  readonly about: string | undefined;
  readonly items: readonly JsonObject[];
}

/** A page of `get-account-authorization-details`. */
export interface AuthorizationPage extends FromInput {
  readonly page: JsonObject;
}

/** A denied request, as AWS's Access Troubleshooter explains it. */
export interface ExplainedRequest extends FromInput {
  readonly details: RequestDetails;
}

/** Something that is wrong with an input. */
export interface EvidenceProblem {
  readonly file: string;
  /** `unreadable` ends with exit code 2; `incomplete` is a finding; `unknown` is passed over. */
  readonly kind: "unreadable" | "incomplete" | "unknown";
  readonly account?: string | undefined;
  readonly text: string;
}

/** Everything that was read. Lists are filled by the readers of files. */
export interface Evidence {
  readonly inputs: EvidenceInput[];
  readonly problems: EvidenceProblem[];
  readonly pages: AuthorizationPage[];
  readonly credentialReports: CredentialReport[];
  readonly accountSummaries: AccountSummary[];
  readonly passwordPolicies: PasswordPolicy[];
  readonly virtualMfaDevices: VirtualMfaDevices[];
  readonly serverCertificates: ServerCertificate[];
  readonly lastAccessed: LastAccessedReport[];
  readonly resources: ResourceFact[];
  readonly organizationPolicies: OrganizationPolicy[];
  readonly organization: OrganizationListing[];
  readonly explained: ExplainedRequest[];
  /** Files of records, which are read by others, one after the other. */
  readonly records: { readonly file: string; readonly kind: "CloudTrail" | "decision log" }[];
}

/** Nothing. */
export function noEvidence(): Evidence {
  return {
    inputs: [],
    problems: [],
    pages: [],
    credentialReports: [],
    accountSummaries: [],
    passwordPolicies: [],
    virtualMfaDevices: [],
    serverCertificates: [],
    lastAccessed: [],
    resources: [],
    organizationPolicies: [],
    organization: [],
    explained: [],
    records: [],
  };
}
