/** The custom policy checks of Access Analyzer: `CheckNoNewAccess`, `CheckAccessNotGranted`, `CheckNoPublicAccess`. */
import { DEFAULT_BUDGET } from "../../audit/auditor.js";
import { actionText, checkResource, RegionRefusal } from "../../audit/read-region.js";
import { hasWildcard } from "../../policy/document/arn.js";
import type { PolicyDocument } from "../../policy/document/document.js";
import { parsePolicyDocument } from "../../policy/document/parse-document.js";
import { type CheckReason, type CheckResult, DocumentChecks } from "../../prove/document-checks.js";
import { resourceTypes } from "../../prove/public-resources.js";
import type { PolicyType } from "../../question/layers.js";
import type { Finding } from "../../text/finding.js";
import { readJson } from "../../text/json-reader.js";
import { quote } from "../../text/quote.js";
import { sourceText } from "../../text/source-text.js";
import { loadWholeCatalogue } from "../../validate/catalogue/load-catalogue.js";
import { AnalyzerError, UnprocessableError } from "./analyzer-error.js";
import type { AnalyzerRequest } from "./analyzer-request.js";

/** The answer to a check. */
export interface CheckReply {
  readonly result: "PASS" | "FAIL";
  readonly message: string;
  readonly reasons: readonly CheckReason[];
}

/** `CheckNoNewAccess`. */
export async function checkNoNewAccess(request: AnalyzerRequest): Promise<CheckReply> {
  const kind = request.choice("policyType", policyKinds);
  const texts = [readDocument(request, "existingPolicyDocument"), readDocument(request, "newPolicyDocument")] as const;
  const type = kind === "IDENTITY_POLICY" ? "identity" : texts.every(isTrust) ? "trust" : "resource";
  const [existing, updated] = [typed(texts[0], type), typed(texts[1], type)];
  return replyOf((await checks()).checkNoNewAccess(existing, updated, type));
}

/** `CheckAccessNotGranted`. */
export async function checkAccessNotGranted(request: AnalyzerRequest): Promise<CheckReply> {
  const kind = request.choice("policyType", policyKinds);
  const text = readDocument(request, "policyDocument");
  const [access, ...more] = request.objects("access");
  if (access === undefined || more.length > 0) throw wrong("access", "must have one entry");
  const [actions, resources] = [readTexts(access, "actions"), readTexts(access, "resources")];
  if (actions === undefined && resources === undefined) throw wrong("access", "must name actions or resources");
  const broad = actions?.find((action) => hasWildcard(action) || !actionText.test(action));
  if (broad !== undefined) throw access.wrong("actions", `${quote(broad)} is not one action`);
  for (const resource of resources ?? []) checkResourceIn(access, resource);
  const type = kind === "IDENTITY_POLICY" ? "identity" : isTrust(text) ? "trust" : "resource";
  const one = { ...(actions && { actions }), ...(resources && { resources }) };
  return replyOf((await checks()).checkAccessNotGranted(typed(text, type), type, [one]));
}

/** `CheckNoPublicAccess`. */
export async function checkNoPublicAccess(request: AnalyzerRequest): Promise<CheckReply> {
  const resourceType = request.choice("resourceType", resourceTypes);
  const type = resourceTypes[resourceType].isTrust ? "trust" : "resource";
  const document = typed(readDocument(request, "policyDocument"), type);
  return replyOf((await checks()).checkNoPublicAccess(document, resourceType));
}

const policyKinds = { IDENTITY_POLICY: true, RESOURCE_POLICY: true } as const;

/** As AWS has it: so many actions, and so many resources. */
const mostTexts = 100;

let started: Promise<DocumentChecks> | undefined;

function checks(): Promise<DocumentChecks> {
  started ??= loadWholeCatalogue().then((catalogue) =>
    DocumentChecks.start({ catalogue, budget: DEFAULT_BUDGET, nowMs: Date.now() }),
  );
  return started;
}

function readTexts(access: AnalyzerRequest, name: string): readonly string[] | undefined {
  const texts = access.texts(name);
  if (texts.length > mostTexts) throw access.wrong(name, `at most ${mostTexts}`);
  return texts.length === 0 ? undefined : texts;
}

function checkResourceIn(access: AnalyzerRequest, resource: string): void {
  try {
    checkResource(resource);
  } catch (error: unknown) {
    if (error instanceof RegionRefusal) throw access.wrong("resources", error.message);
    throw error;
  }
}

interface DocumentText {
  readonly member: string;
  readonly text: string;
}

function readDocument(request: AnalyzerRequest, member: string): DocumentText {
  return { member, text: request.document(member) };
}

/** A document about no resource with actions of STS alone can only be the trust policy of a role. */
function isTrust(text: DocumentText): boolean {
  const findings: Finding[] = [];
  return parse(text, "trust", findings) !== undefined && findings.every(({ severity }) => severity !== "error");
}

function typed(text: DocumentText, type: PolicyType): PolicyDocument {
  const findings: Finding[] = [];
  const document = parse(text, type, findings);
  const first = findings.find(({ severity }) => severity === "error");
  if (document !== undefined && first === undefined) return document;
  const place = first === undefined ? "" : `line ${first.line}, column ${first.column}: ${first.message}`;
  throw wrong(text.member, place === "" ? "is no policy document" : place);
}

function parse({ member, text }: DocumentText, type: PolicyType, findings: Finding[]): PolicyDocument | undefined {
  const source = sourceText(member, text);
  const node = readJson(source, findings);
  return node && parsePolicyDocument(node, source, type, findings);
}

/** What cannot be decided within bounds is neither of AWS's two results. */
function replyOf({ result, message, reasons }: CheckResult): CheckReply {
  if (result === "UNKNOWN") throw new UnprocessableError(message);
  return { result, message, reasons };
}

function wrong(field: string, cause: string): AnalyzerError {
  return new AnalyzerError("fieldValidationFailed", `${field}: ${cause}`, field);
}
