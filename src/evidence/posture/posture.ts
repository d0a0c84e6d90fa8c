/** The posture of accounts: every check of the table, findings with what tells them apart, and what could not be looked at. */
import { nodePlatform } from "../../files/node-platform.js";
import type { Statement } from "../../policy/document/document.js";
import { compareTexts } from "../../text/compare-texts.js";
import { accountChecks } from "./account-checks.js";
import { type Check, type Found, type PostureSeverity, severities } from "./check.js";
import type { PostureContext } from "./context.js";
import { credentialChecks } from "./credential-checks.js";
import { directoryChecks } from "./directory-checks.js";
import { limitChecks } from "./limit-checks.js";
import { organizationChecks } from "./organization-checks.js";
import { permissionChecks } from "./permission-checks.js";
import { resourceChecks } from "./resource-checks.js";
import { rootChecks } from "./root-checks.js";
import { statementChecks } from "./statement-checks.js";
import { trustChecks } from "./trust-checks.js";

/** Every check, one row each. */
export const checks: readonly Check[] = [
  ...rootChecks,
  ...credentialChecks,
  ...accountChecks,
  ...permissionChecks,
  ...limitChecks,
  ...statementChecks,
  ...directoryChecks,
  ...trustChecks,
  ...resourceChecks,
  ...organizationChecks,
];

/** A finding of a check. */
export interface PostureFinding extends Found {
  readonly id: string;
  readonly severity: PostureSeverity;
  readonly fix: string;
  readonly standard: readonly string[];
  /** Sixteen hexadecimal digits: the same from one audit to the next while the finding says the same of the same. */
  readonly fingerprint: string;
}

/** A check that could not be made of something. */
export interface NotChecked {
  readonly notChecked: string;
  readonly subject: string;
  readonly needs: string;
}

/** All of it. */
export interface Posture {
  /** The gravest first, then by id and subject. */
  readonly findings: readonly PostureFinding[];
  readonly notChecked: readonly NotChecked[];
}

/** Makes the checks, one after the other. */
export function* postureSteps(
  context: PostureContext,
  rows: readonly Check[] = checks,
): Generator<Posture, void, undefined> {
  for (const check of rows) {
    const findings: Omit<PostureFinding, "fingerprint">[] = [];
    const notChecked = new Map<string, NotChecked>();
    const { id, severity, fix, standard } = check;
    for (const one of check.find(context)) {
      if ("needs" in one) notChecked.set(`${one.subject}\n${one.needs}`, { notChecked: id, ...one });
      else findings.push({ severity, fix, standard, ...one, id });
    }
    yield { findings: withFingerprints(findings), notChecked: [...notChecked.values()] };
  }
}

/** Puts the results of checks together, in order. */
export function wholePosture(parts: Iterable<Posture>): Posture {
  const all = [...parts];
  const findings = all.flatMap((part) => part.findings);
  const notChecked = all.flatMap((part) => part.notChecked);
  return {
    findings: findings.sort(
      (left, right) =>
        severities.indexOf(right.severity) - severities.indexOf(left.severity) ||
        compareTexts(left.id, right.id) ||
        compareTexts(left.subject, right.subject) ||
        compareTexts(left.detail ?? "", right.detail ?? ""),
    ),
    notChecked: notChecked.sort(
      (left, right) => compareTexts(left.notChecked, right.notChecked) || compareTexts(left.subject, right.subject),
    ),
  };
}

function withFingerprints(findings: readonly Omit<PostureFinding, "fingerprint">[]): readonly PostureFinding[] {
  const seen = new Map<string, number>();
  return findings.map((finding) => {
    const content = [finding.id, finding.subject, finding.detail ?? "", textOfStatement(finding.statement)].join("\n");
    const count = (seen.get(content) ?? 0) + 1;
    seen.set(content, count);
    return { ...finding, fingerprint: nodePlatform.sha256.ofText(`${content}\n${count}`).slice(0, 16) };
  });
}

/** A statement that was changed has to be looked at again. */
function textOfStatement(statement: Statement | undefined): string {
  if (statement === undefined) return "";
  const { effect, action, resource, principal, conditions } = statement;
  const tests = conditions.map(({ operatorName, key, values }) => [operatorName, key, values]);
  const who = principal && [principal.negated, principal.entries];
  const what = resource && [resource.negated, resource.patterns];
  return JSON.stringify([effect, action.negated, action.patterns, what, who, tests]);
}
