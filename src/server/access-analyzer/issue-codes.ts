/**
 * Which issue of Access Analyzer a finding is: its code and type, where AWS has the check; else the rule's own id in AWS's spelling and
 * a type by severity.
 */
import type { Finding, Severity } from "../../text/finding.js";
import { helpUri } from "../../validate/rules/help-uri.js";

/** How Access Analyzer weighs a finding. */
export type AwsFindingType = "ERROR" | "SECURITY_WARNING" | "WARNING" | "SUGGESTION";

/** What AWS says of a finding beside its text and place. */
export interface AwsIssue {
  readonly issueCode: string;
  readonly findingType: AwsFindingType;
  /** AWS's page about the check, or the address of our rule. */
  readonly learnMoreLink: string;
}

/** The issue that a finding is. `text` is the string that it stands at, if it stands at one. */
export function issueOf({ rule, message, severity }: Finding, text = ""): AwsIssue {
  const row = rowsOf.get(rule)?.find(({ says, at }) => says.test(message) && at.test(text));
  if (row !== undefined) return { issueCode: row.code, findingType: row.type, learnMoreLink: awsPage(row) };
  const issueCode = rule.replaceAll("-", "_");
  return { issueCode, findingType: typeOf[severity], learnMoreLink: helpUri(rule) ?? "" };
}

const typeOf: Readonly<Record<Severity, AwsFindingType>> = {
  error: "ERROR",
  securityWarning: "SECURITY_WARNING",
  warning: "WARNING",
  suggestion: "SUGGESTION",
};

interface Row {
  readonly rule: string;
  readonly code: string;
  readonly type: AwsFindingType;
  /** What the message says where a rule stands for several checks of AWS. */
  readonly says: RegExp;
  /** What the text at its place is, likewise. */
  readonly at: RegExp;
}

const anything = /(?:)/;
const row = (rule: string, code: string, type: AwsFindingType, says = anything, at = anything): Row => {
  return { rule, code, type, says, at };
};
const error = (rule: string, code: string, says?: RegExp): Row => row(rule, code, "ERROR", says);
const security = (rule: string, code: string, says?: RegExp, at?: RegExp): Row => {
  return row(rule, code, "SECURITY_WARNING", says, at);
};
const warning = (rule: string, code: string, says?: RegExp): Row => row(rule, code, "WARNING", says);
const suggestion = (rule: string, code: string, says?: RegExp): Row => row(rule, code, "SUGGESTION", says);

/** Of several rows of a rule the first that fits counts. */
const rows: readonly Row[] = [
  error("DOC-1", "INVALID_POLICY_ELEMENT", /unknown member/),
  error("DOC-1", "DATA_TYPE_MISMATCH", /must be an object/),
  error("DOC-1", "JSON_SYNTAX_ERROR"),
  error("DOC-2", "JSON_SYNTAX_ERROR"),
  error("DOC-3", "MISSING_STATEMENT", /needs the member/),
  error("DOC-3", "DATA_TYPE_MISMATCH", /must be an object/),
  error("DOC-4", "INVALID_VERSION", /must be/),
  warning("DOC-4", "MISSING_VERSION", /missing/),
  error("DOC-5", "DATA_TYPE_MISMATCH"),
  error("DOC-6", "DATA_TYPE_MISMATCH", /must be a string/),
  error("DOC-6", "UNSUPPORTED_SID", /letters A to Z/),
  error("DOC-6", "UNIQUE_SIDS_REQUIRED", / policy .* is already the Sid|^Statement.*is already the Sid/),
  suggestion("DOC-6", "EMPTY_SID_VALUE", /is empty/),
  error("DOC-7", "MISSING_EFFECT", /needs `Effect`/),
  error("DOC-7", "MISSING_ACTION", /needs `Action`/),
  error("DOC-7", "INVALID_POLICY_ELEMENT", /unknown member/),
  error("DOC-7", "UNSUPPORTED_ELEMENT_COMBINATION", /has both/),
  error("DOC-8", "INVALID_EFFECT"),
  suggestion("DOC-10", "EMPTY_ARRAY_ACTION", /\.(?:Not)?Action:/),
  suggestion("DOC-10", "EMPTY_ARRAY_RESOURCE", /\.(?:Not)?Resource:/),
  suggestion("DOC-10", "EMPTY_ARRAY_PRINCIPAL", /\.(?:Not)?Principal/),
  suggestion("DOC-10", "EMPTY_OBJECT_CONDITION", /\.Condition.*: is empty/),
  suggestion("DOC-10", "EMPTY_ARRAY_CONDITION", /\.Condition/),
  error("DOC-11", "DATA_TYPE_MISMATCH"),
  error("TYPE-1", "UNSUPPORTED_PRINCIPAL", /has no `Principal`|has no `NotPrincipal`/),
  error("TYPE-1", "MISSING_RESOURCE", /needs `Resource`/),
  error("TYPE-1", "ROLE_TRUST_POLICY_SYNTAX_ERROR_RESOURCE", /trust policy has no `(?:Not)?Resource`/),
  error("TYPE-1", "INVALID_VERSION", /must have `2012-10-17`/),
  error("TYPE-3", "POLICY_SIZE_EXCEEDS_SCP_QUOTA", /service control/),
  warning("TYPE-3", "POLICY_SIZE_EXCEEDS_ROLE_TRUST_POLICY_QUOTA", /trust policy/),
  warning("TYPE-3", "POLICY_SIZE_EXCEEDS_RESOURCE_POLICY_QUOTA", /resource policy/),
  warning("TYPE-3", "POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA"),
  error("PRN-1", "INVALID_PRINCIPAL_KEY", /unknown member/),
  error("PRN-1", "INVALID_PRINCIPAL_FORMAT"),
  error("PRN-8", "UNSUPPORTED_WILDCARD_IN_PRINCIPAL"),
  error("PRN-13", "MISSING_PRINCIPAL"),
  security("NPR-5", "ALLOW_WITH_NOT_PRINCIPAL"),
  error("COND-1", "INVALID_CONDITION_OPERATOR"),
  error("COND-2", "DUPLICATE_KEYS_WITH_DIFFERENT_CASE", /is the same key as/),
  error("COND-9", "MISSING_QUALIFIER"),
  security("SET-2", "FORALLVALUES_WITH_SINGLE_VALUED_KEY", /has one value/),
  security("SET-6", "FORALLVALUES_WITH_SINGLE_VALUED_KEY", /ForAllValues/),
  error("NULL-2", "NULL_WITH_IF_EXISTS", /takes no `IfExists`/),
  suggestion("NULL-2", "NULL_WITH_QUALIFIER", /changes nothing/),
  warning("NULL-1", "TYPE_MISMATCH_BOOLEAN"),
  warning("BOOL-2", "TYPE_MISMATCH_BOOLEAN"),
  error("BOOL-4", "INVALID_CONDITION_MULTIPLE_BOOLEAN"),
  warning("NUM-3", "TYPE_MISMATCH_NUMBER"),
  warning("DATE-4", "TYPE_MISMATCH_DATE"),
  warning("DATE-3", "INVALID_DATE_VALUE"),
  warning("BIN-2", "TYPE_MISMATCH_STRING"),
  warning("IP-6", "TYPE_MISMATCH_IP_RANGE"),
  warning("IP-4", "TYPE_MISMATCH_IP_RANGE"),
  warning("IP-3", "TYPE_MISMATCH_IP_RANGE", /beyond its length$/),
  suggestion("IP-3", "IMPROVE_IP_RANGE"),
  warning("STR-2", "WILDCARD_WITHOUT_LIKE_OPERATOR"),
  error("VAR-1", "VARIABLE_UNSUPPORTED_IN_VERSION"),
  error("VAR-2", "UNSUPPORTED_SPACE_IN_VARIABLE"),
  error("VAR-6", "UNSUPPORTED_SPACE_IN_VARIABLE", /blank/),
  error("VAR-6", "MISSING_QUOTE_IN_VARIABLE"),
  error("VAR-10", "INVALID_VARIABLE_FOR_OPERATOR"),
  error("VAR-12", "EMPTY_VARIABLE", /has no name/),
  error("VAR-12", "MISSING_BRACE_IN_VARIABLE", /no closing/),
  error("ACT-10", "VARIABLE_UNSUPPORTED_IN_ELEMENT"),
  suggestion("ACT-5", "WILDCARD_IN_SERVICE_NAME", /wildcard in its service prefix/),
  error("ACT-5", "INVALID_ACTION"),
  error("ACT-6", "INVALID_ACTION"),
  error("RES-16", "INVALID_ARN_PREFIX"),
  error("RES-7", "MISSING_ARN_FIELD"),
  error("RES-6", "MISSING_ARN_FIELD"),
  error("LINT-ARN-ACCOUNT", "INVALID_ARN_ACCOUNT"),
  error("LINT-ARN-FIELDS", "INVALID_ARN_RESOURCE", /\.(?:Not)?Resource/),
  error("LINT-ARN-PARTITION", "INVALID_PARTITION"),
  error("LINT-ACTION", "INVALID_ACTION"),
  error("LINT-SERVICE", "INVALID_SERVICE_IN_ACTION", /\.(?:Not)?Action/),
  error("LINT-SERVICE", "INVALID_SERVICE"),
  error("LINT-CONDITION-KEY", "UNSUPPORTED_ACTION_FOR_CONDITION_KEY", /no action of the statement/),
  error("LINT-CONDITION-KEY", "MISSING_TAG_KEY_IN_CONDITION", /lacks a tag key/),
  error("LINT-CONDITION-KEY", "INVALID_CONDITION_KEY_FORMAT", /prefix/),
  error("LINT-CONDITION-KEY", "INVALID_GLOBAL_CONDITION_KEY", /`aws:/i),
  error("LINT-CONDITION-KEY", "INVALID_SERVICE_CONDITION_KEY"),
  warning("LINT-TYPE-MISMATCH", "TYPE_MISMATCH"),
  security("LINT-PASSROLE", "PASS_ROLE_WITH_STAR_IN_RESOURCE_AND_NOT_ACTION", /\.NotAction/),
  security("LINT-PASSROLE", "PASS_ROLE_WITH_STAR_IN_ACTION_AND_RESOURCE", anything, /[*?]/),
  security("LINT-PASSROLE", "PASS_ROLE_WITH_STAR_IN_RESOURCE"),
  security("LINT-ADMIN", "PASS_ROLE_WITH_STAR_IN_ACTION_AND_RESOURCE"),
  suggestion("LINT-PRIVATE-IP", "PRIVATE_NOT_IP_ADDRESS_SUBSET", /\.NotIpAddress\..*\[[0-9]+\]: /),
  suggestion("LINT-PRIVATE-IP", "PRIVATE_IP_ADDRESS_SUBSET", /\[[0-9]+\]: /),
  error("LINT-PRIVATE-IP", "PRIVATE_NOT_IP_ADDRESS", /\.NotIpAddress/),
  error("LINT-PRIVATE-IP", "PRIVATE_IP_ADDRESS"),
  suggestion("LINT-REDUNDANT-ACTION", "REDUNDANT_ACTION"),
  suggestion("LINT-REDUNDANT-RESOURCE", "REDUNDANT_RESOURCE"),
  suggestion("LINT-REDUNDANT-STATEMENT", "REDUNDANT_STATEMENT"),
];

const rowsOf: ReadonlyMap<string, readonly Row[]> = new Map(
  [...new Set(rows.map(({ rule }) => rule))].map((rule) => [rule, rows.filter((one) => one.rule === rule)]),
);

/** The part of the page that is about the check. */
function awsPage({ code, type }: Row): string {
  const kind = {
    ERROR: "error",
    SECURITY_WARNING: "security-warning",
    WARNING: "general-warning",
    SUGGESTION: "suggestion",
  };
  const name = code.toLowerCase().replaceAll("_", "-");
  const page = "https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html";
  return `${page}#access-analyzer-reference-policy-checks-${kind[type]}-${name}`;
}
