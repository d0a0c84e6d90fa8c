/** `ValidatePolicy`: what `verdict validate` says of one document, as Access Analyzer's findings. */
import { parsePolicyDocument } from "../../policy/document/parse-document.js";
import type { PolicyType } from "../../question/layers.js";
import type { Finding } from "../../text/finding.js";
import { readJson } from "../../text/json-reader.js";
import { quote } from "../../text/quote.js";
import { sortFindings } from "../../text/sort-findings.js";
import { type SourceText, sourceText } from "../../text/source-text.js";
import type { TreeNode } from "../../text/tree.js";
import { loadCatalogue } from "../../validate/catalogue/load-catalogue.js";
import { cataloguePrefixes } from "../../validate/catalogue-advice.js";
import { adviseDocument } from "../../validate/validate-document.js";
import { placeOfToken, placeToken } from "../aws/place-token.js";
import { AnalyzerError } from "./analyzer-error.js";
import type { AnalyzerRequest } from "./analyzer-request.js";
import { type AwsLocation, findingLocation, stringAt } from "./finding-location.js";
import { type AwsIssue, issueOf } from "./issue-codes.js";

/** One finding. */
export interface AwsFinding extends AwsIssue {
  readonly findingDetails: string;
  readonly locations: readonly AwsLocation[];
}

/** The answer to a call. */
export interface ValidationPage {
  readonly findings: readonly AwsFinding[];
  readonly nextToken?: string;
}

/** Answers a call; the query says which page. */
export async function validatePolicy(request: AnalyzerRequest, query: URLSearchParams): Promise<ValidationPage> {
  const text = request.document("policyDocument");
  const type = policyTypeOf(request);
  const locale = request.text("locale") ?? "EN";
  if (!/^[A-Z]{2}(?:_[A-Z]{2})?$/.test(locale)) {
    throw new AnalyzerError("fieldValidationFailed", `locale: ${quote(locale)} is no locale`, "locale");
  }
  const first = firstOf(query.get("nextToken"));
  const most = mostOf(query.get("maxResults"));
  const source = sourceText("policyDocument", text);
  const { findings, node } = await findingsAbout(source, type);
  // Places are found for what is told only: of thousands of findings each would go through the document.
  const page = findings.slice(first, first + most).map((finding) => awsFinding(finding, source, node));
  const next = first + page.length;
  return next < findings.length ? { findings: page, nextToken: placeToken(placeNoun, next) } : { findings: page };
}

const policyTypes = {
  IDENTITY_POLICY: "identity",
  RESOURCE_POLICY: "resource",
  SERVICE_CONTROL_POLICY: "scp",
  RESOURCE_CONTROL_POLICY: "rcp",
} as const satisfies Readonly<Record<string, PolicyType>>;

/** Kinds of resources that AWS validates policies of more closely; of the rest it knows that they are resource policies. */
const resourceTypes = {
  "AWS::S3::Bucket": "resource",
  "AWS::S3::AccessPoint": "resource",
  "AWS::S3::MultiRegionAccessPoint": "resource",
  "AWS::S3ObjectLambda::AccessPoint": "resource",
  "AWS::DynamoDB::Table": "resource",
  "AWS::IAM::AssumeRolePolicyDocument": "trust",
} as const satisfies Readonly<Record<string, PolicyType>>;

function policyTypeOf(request: AnalyzerRequest): PolicyType {
  const name = request.choice("policyType", policyTypes);
  if (request.text("validatePolicyResourceType") === undefined) return policyTypes[name];
  const resourceType = request.choice("validatePolicyResourceType", resourceTypes);
  if (name === "RESOURCE_POLICY") return resourceTypes[resourceType];
  const cause = "goes with the policy type RESOURCE_POLICY only";
  throw new AnalyzerError(
    "fieldValidationFailed",
    `validatePolicyResourceType: ${cause}`,
    "validatePolicyResourceType",
  );
}

interface Validated {
  readonly findings: readonly Finding[];
  /** Undefined where the text is no JSON. */
  readonly node: TreeNode | undefined;
}

async function findingsAbout(source: SourceText, type: PolicyType): Promise<Validated> {
  const findings: Finding[] = [];
  const node = readJson(source, findings);
  const document = node && parsePolicyDocument(node, source, type, findings);
  const catalogue = document && (await loadCatalogue(cataloguePrefixes([document])));
  const advice =
    node === undefined || document === undefined
      ? []
      : adviseDocument(document, type, { profile: "aws", origin: { source, node }, ...(catalogue && { catalogue }) });
  return { findings: sortFindings([...findings, ...advice]), node };
}

function awsFinding(finding: Finding, source: SourceText, root: TreeNode | undefined): AwsFinding {
  const { message, fix } = finding;
  const location = findingLocation(finding, source, root);
  return {
    findingDetails: fix === undefined ? message : `${message}: ${fix}`,
    ...issueOf(finding, root && stringAt(root, location)),
    locations: [location],
  };
}

/** As AWS has it where a call names none. */
const mostFindings = 100;

function mostOf(text: string | null): number {
  if (text === null) return mostFindings;
  const most = /^[0-9]{1,4}$/.test(text) ? Number(text) : 0;
  if (most >= 1 && most <= 1000) return most;
  throw new AnalyzerError("fieldValidationFailed", `maxResults: must be 1 to 1000, not ${quote(text)}`, "maxResults");
}

const placeNoun = "finding";

function firstOf(token: string | null): number {
  if (token === null) return 0;
  const place = placeOfToken(placeNoun, token);
  if (place === undefined) throw new AnalyzerError("fieldValidationFailed", "nextToken: is of no answer", "nextToken");
  return place;
}
