/**
 * What a policy type allows in its documents (TYPE-1 and the rules around it), checked on a parsed
 * document: a managed policy is parsed once and checked for each use.
 */
import { coversSixFields, isAllStars } from "./arn.js";
import type { PatternList, PolicyDocument, PolicyType, Statement } from "./document.js";
import { addErrorAt, itemPath, type Profile } from "./document-reading.js";
import type { Finding } from "./finding.js";
import { quote } from "./quote.js";

interface TypeRules {
  /** For messages. */
  readonly noun: string;
  readonly principal: "none" | "required";
  /** NotPrincipal with Deny; with Allow it is refused everywhere (NPR-5). */
  readonly notPrincipal: boolean;
  readonly resource: "required" | "optional" | "none";
  readonly incompleteArns: boolean;
  /** DOC-6: the character set of Sids and their uniqueness. */
  readonly strictSids: boolean;
  readonly newVersionOnly: boolean;
}

const identityLike = {
  principal: "none",
  notPrincipal: false,
  resource: "required",
  incompleteArns: true,
  strictSids: true,
  newVersionOnly: false,
} as const;

const resourceLike = {
  principal: "required",
  notPrincipal: true,
  resource: "optional",
  incompleteArns: false,
  strictSids: false,
  newVersionOnly: false,
} as const;

const rulesByType: Readonly<Record<PolicyType, TypeRules>> = {
  identity: { ...identityLike, noun: "an identity policy" },
  boundary: { ...identityLike, noun: "a permissions boundary" },
  session: { ...identityLike, noun: "a session policy", incompleteArns: false },
  resource: { ...resourceLike, noun: "a resource policy" },
  trust: { ...resourceLike, noun: "a trust policy", notPrincipal: false, resource: "none" },
  endpoint: { ...resourceLike, noun: "an endpoint policy", resource: "required" },
  scp: { ...identityLike, noun: "a service control policy", incompleteArns: false, newVersionOnly: true },
  rcp: {
    ...identityLike,
    noun: "a resource control policy",
    principal: "required",
    incompleteArns: false,
    newVersionOnly: true,
  },
};

/**
 * Adds an error for everything in the document that the policy type does not allow, and returns
 * whether there was none.
 */
export function checkDocumentType(
  document: PolicyDocument,
  type: PolicyType,
  findings: Finding[],
  profile: Profile = "aws",
): boolean {
  const before = findings.length;
  const rules = rulesByType[type];
  if (rules.newVersionOnly && document.version !== "2012-10-17") {
    const position = document.versionPosition ?? document.position;
    addErrorAt(findings, "TYPE-1", position, "Version", `${rules.noun} must have \`2012-10-17\``);
  }
  for (const [index, statement] of document.statements.entries()) {
    const path = `Statement[${index}]`;
    checkPrincipal(statement, path, rules, findings);
    checkResource(statement, path, rules, findings);
    if (type === "trust") checkTrustActions(statement, path, findings);
    if (type === "rcp") checkResourceControl(statement, path, findings);
  }
  if (rules.strictSids) checkSids(document, rules, findings, profile);
  return findings.length === before;
}

function checkPrincipal({ principal, position }: Statement, path: string, rules: TypeRules, findings: Finding[]): void {
  const { noun } = rules;
  if (principal === undefined) {
    if (rules.principal === "required") addErrorAt(findings, "PRN-13", position, path, `${noun} needs \`Principal\``);
    return;
  }
  const name = principal.negated ? "NotPrincipal" : "Principal";
  if (rules.principal === "required" && (!principal.negated || rules.notPrincipal)) return;
  addErrorAt(findings, "TYPE-1", principal.position ?? position, `${path}.${name}`, `${noun} has no \`${name}\``);
}

function checkResource({ resource, position }: Statement, path: string, rules: TypeRules, findings: Finding[]): void {
  const { noun } = rules;
  if (resource === undefined) {
    if (rules.resource !== "required") return;
    addErrorAt(findings, "TYPE-1", position, path, `${noun} needs \`Resource\` or \`NotResource\``);
    return;
  }
  const name = resource.negated ? "NotResource" : "Resource";
  if (rules.resource === "none") {
    addErrorAt(findings, "TYPE-1", resource.position ?? position, `${path}.${name}`, `${noun} has no \`${name}\``);
  }
  if (rules.incompleteArns) return;
  forEachPattern(resource, position, `${path}.${name}`, (pattern, place, patternPath) => {
    // Without a colon it is no ARN at all, which is another finding (RES-16).
    if (!pattern.includes(":") || coversSixFields(pattern)) return;
    const cause = `incomplete ARN ${quote(pattern)} matches nothing in ${noun}`;
    addErrorAt(findings, "RES-7", place, patternPath, cause, "write all six fields, or end it in `*`");
  });
}

function checkTrustActions({ action, position }: Statement, path: string, findings: Finding[]): void {
  const name = action.negated ? "NotAction" : "Action";
  forEachPattern(action, position, `${path}.${name}`, (pattern, place, patternPath) => {
    if (/^sts:/i.test(pattern)) return;
    addErrorAt(
      findings,
      "TYPE-1",
      place,
      patternPath,
      `a trust policy has \`sts:\` actions only, not ${quote(pattern)}`,
    );
  });
}

// RCP-5. AWS's own full-access policy is implied (RCP-1) and never written out.
function checkResourceControl(statement: Statement, path: string, findings: Finding[]): void {
  const { effect, effectPosition, principal, action, position } = statement;
  if (effect !== "Deny") {
    const cause = "a resource control policy has `Deny` only";
    addErrorAt(findings, "TYPE-1", effectPosition ?? position, `${path}.Effect`, cause);
  }
  if (principal !== undefined && !principal.negated && principal.bareStar !== true) {
    const cause = 'a resource control policy has `"Principal": "*"` only';
    addErrorAt(findings, "TYPE-1", principal.position ?? position, `${path}.Principal`, cause);
  }
  if (action.negated) {
    const cause = "a resource control policy has no `NotAction`";
    addErrorAt(findings, "TYPE-1", action.position ?? position, `${path}.NotAction`, cause);
    return;
  }
  forEachPattern(action, position, `${path}.Action`, (pattern, place, patternPath) => {
    if (!isAllStars(pattern)) return;
    const cause = `a resource control policy needs a service prefix, not ${quote(pattern)}`;
    addErrorAt(findings, "TYPE-1", place, patternPath, cause);
  });
}

function checkSids({ statements }: PolicyDocument, { noun }: TypeRules, findings: Finding[], profile: Profile): void {
  const places = new Map<string, number>();
  for (const [index, { sid, sidPosition, position }] of statements.entries()) {
    if (sid === undefined || sid === "") continue;
    const place = sidPosition ?? position;
    const path = `Statement[${index}].Sid`;
    // GEN-5: the character set is a rule of AWS's stores, uniqueness is not.
    if (profile === "aws" && !/^[A-Za-z0-9]+$/.test(sid)) {
      const cause = `${noun} has letters A to Z and digits only in a Sid, not ${quote(sid)}`;
      addErrorAt(findings, "DOC-6", place, path, cause);
    }
    const first = places.get(sid);
    if (first === undefined) places.set(sid, index);
    else addErrorAt(findings, "DOC-6", place, path, `${quote(sid)} is already the Sid of Statement[${first}]`);
  }
}

function forEachPattern(
  list: PatternList,
  fallback: Statement["position"],
  path: string,
  visit: (pattern: string, position: Statement["position"], path: string) => void,
): void {
  const { patterns, patternPositions } = list;
  for (const [index, pattern] of patterns.entries()) {
    visit(pattern, patternPositions?.[index] ?? list.position ?? fallback, itemPath(path, index, patterns.length));
  }
}
