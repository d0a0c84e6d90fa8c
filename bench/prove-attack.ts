// Random requests against what `checkNoNewAccess` found to give nothing new: not one may be allowed by the new document alone.
// Part of `npm run bench:prove`; a request that contradicts a proof ends it.

import { Engine } from "../src/engine/engine.js";
import type { PolicyDocument } from "../src/policy/document/document.js";
import { decidingSet, documentAskers, documentSide } from "../src/prove/document-worlds.js";
import type { AuthorizationQuestion } from "../src/question/authorization-question.js";

const actions = [
  "ec2:RunInstances",
  "ec2:DescribeInstances",
  "ec2:StartInstances",
  "ec2:TerminateInstances",
  "iam:PassRole",
  "iam:GetRole",
  "iam:ListRoles",
  "s3:GetObject",
  "s3:PutObject",
  "s3:ListBucket",
  "s3:DeleteObject",
  "s3:NotYetInvented",
  "sqs:SendMessage",
];
const resources = [
  "*",
  "arn:aws:ec2:eu-west-1:123456789012:instance/i-1",
  "arn:aws:ec2:us-east-1:123456789012:subnet/subnet-1",
  "arn:aws:ec2:eu-west-1:123456789012:subnet/subnet-1",
  "arn:aws:iam::123456789012:role/app-web",
  "arn:aws:iam::123456789012:role/admin",
  "arn:aws:s3:::bucket",
  "arn:aws:s3:::bucket/a",
  "arn:aws:s3:::bucket/home/alice/a",
  "arn:aws:s3:::bucket/home/bob/a",
  "arn:aws:s3:::bucket/home//a",
  "arn:aws:s3:::other/a",
];
const keys: readonly (readonly [key: string, values: readonly (readonly string[])[]])[] = [
  ["ec2:ResourceTag/env", [["dev"], ["prod"]]],
  ["s3:prefix", [["home/a"], ["pub/b"], ["x"], [""]]],
  ["aws:SourceIp", [["203.0.113.9"], ["10.0.0.1"]]],
  ["aws:MultiFactorAuthPresent", [["true"], ["false"]]],
  ["aws:TagKeys", [["cost"], ["x"], ["cost1", "x"]]],
  ["aws:RequestedRegion", [["us-east-1"], ["eu-west-1"]]],
  ["aws:username", [["alice"], ["bob"]]],
];

/** Throws at the first request that contradicts a proof. `below`: a number below another. Gives the number of requests. */
export async function attack(
  proved: readonly (readonly [old: PolicyDocument, now: PolicyDocument])[],
  requests: number,
  below: (count: number) => number,
): Promise<number> {
  const pick = <T>(items: readonly T[]): T => items[below(items.length)] as T;
  const engine = await Engine.start({ workers: 0, allowWhatIf: true, briefSets: true });
  const each = Math.ceil(requests / Math.max(1, proved.length));
  for (const documents of proved) {
    const sides = documents.map((document, index) => documentSide(document, "identity", index === 0 ? "old" : "new"));
    const [asker] = documentAskers(sides).askers;
    if (asker === undefined) throw new Error("nobody bears the documents");
    for (const side of sides)
      engine.publish(decidingSet(side, asker.facts(side), "*", `sha256:${"0".repeat(64)}`), side.policy.name);
    const [first] = sides;
    const principal = first === undefined ? "" : asker.facts(first).principal.arn;
    for (let count = 0; count < each; count++) {
      const question: AuthorizationQuestion = {
        principal,
        action: pick(actions),
        resource: pick(resources),
        context: new Map(keys.flatMap(([key, values]) => (below(2) === 0 ? [] : [[key, pick(values)] as const]))),
        resourceTags: [],
        sessionPolicies: [],
        sessionTags: [],
        whatIf: true,
      };
      const [before, after] = ["old", "new"].map((policySet) => {
        const decision = engine.decide(question, { policySet });
        if ("error" in decision) throw new Error(decision.error);
        return decision.allowed;
      });
      if (after === true && before === false)
        throw new Error(
          `a proof is wrong: ${JSON.stringify([...question.context])} ${question.action} ${question.resource} ${JSON.stringify(documents.map(({ statements }) => statements.map(({ effect, action, resource, conditions }) => [effect, action, resource, conditions.map(({ operatorName, key, values }) => [operatorName, key, values])])))}`,
        );
    }
  }
  await engine.close();
  return each * proved.length;
}
