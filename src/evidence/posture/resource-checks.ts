/** Policies of resources that let strangers in: by the requests that they allow, and by S3's rule about texts. */
import { everyone } from "../../prove/assertion.js";
import { publicStatements } from "../../prove/s3-public-rule.js";
import { positionOf } from "../../text/tree-place.js";
import { type Check, cis, type Found, lowered } from "./check.js";
import type { PostureContext } from "./context.js";
import { madeOfEvidence } from "./posture-set.js";

/** The checks. */
export const resourceChecks: readonly Check[] = [
  {
    id: "resource-policy-public",
    title: "no policy of a resource lets everybody in",
    severity: "high",
    standard: cis("2.21"),
    fix: "name the principals, or bind `aws:PrincipalOrgID`, `aws:SourceArn` or a network to fixed values",
    *find(context) {
      const withPolicies = context.declarations.resources.filter(({ policy }) => policy !== undefined);
      if (withPolicies.length === 0) {
        for (const subject of context.accounts) yield { subject, needs: "policies of resources" };
      }
      for (const { arn, policy, account, place } of withPolicies) {
        if (policy === undefined) continue;
        const [index] = publicStatements(policy.document, "AWS::S3::Bucket");
        const statement = index === undefined ? undefined : policy.document.statements[index];
        const written = statement === undefined ? positionOf(place) : statement.source.positionAt(statement.offset);
        const told = context.evidence.resources.find((fact) => fact.arn === arn && fact.policy !== undefined);
        const isMade = written.file.startsWith(madeOfEvidence);
        const at = isMade && told !== undefined ? { file: told.file, line: 1, column: 1 } : written;
        yield* judged(context, arn, { subject: arn, account, place: at, statement }, statement !== undefined);
      }
    },
  },
];

function* judged(
  { prover, declarations }: PostureContext,
  arn: string,
  base: Pick<Found, "subject" | "account" | "place" | "statement">,
  isWritten: boolean,
): Iterable<Found> {
  const resources = declarations.resources.some((other) => other.arn !== arn && other.arn.startsWith(`${arn}/`))
    ? [arn]
    : [arn, `${arn}/*`];
  const scope = { actions: ["*"], resources, context: new Map(), without: [], closed: false, principals: everyone };
  const place = { file: "", line: 1, column: 1 };
  const { result, counterexample, reason } = prover.prove({ id: "public", place, claim: { kind: "notPublic" }, scope });
  if (result === "fails") {
    yield { ...base, effective: true, reason: "a stranger is allowed to use it", witness: counterexample };
  } else if (result === "unknown") {
    yield {
      ...base,
      reason: `whether strangers may use it could not be decided: ${reason}`,
      severity: lowered("high"),
    };
  } else if (isWritten) {
    yield {
      ...base,
      effective: false,
      severity: lowered("high"),
      reason: "its policy is open to everybody as it is written; something else keeps strangers out today",
    };
  }
}
