/** Many actions or principals of one question decided at once are decided as each by itself. */
import { join } from "node:path";
import { expect, it } from "vitest";
import { Engine } from "../../src/engine/engine.js";
import { loadPolicySet } from "../../src/policy/formats/load-policy-set.js";
import type { AuthorizationQuestion } from "../../src/question/authorization-question.js";
import { root } from "../kit/source-files.js";

const question: AuthorizationQuestion = {
  principal: "arn:aws:iam::222222222222:user/people/carol",
  action: "s3:GetObject",
  resource: "arn:aws:s3:::acme-logs/x",
  context: new Map([["aws:CurrentTime", ["2026-01-01T00:00:00Z"]]]),
  resourceTags: [],
  sessionPolicies: [],
  sessionTags: [],
  whatIf: true,
};

it("answers a question asked by each of some principals as `decide` answers it", async () => {
  const built = await loadPolicySet(join(root, "examples/acme"));
  if (!built.ok) throw new Error("examples/acme cannot be read");
  const engine = await Engine.start({ workers: 0, allowWhatIf: true });
  try {
    engine.publish(built.policySet);
    const names = [...built.policySet.principals.map(({ arn }) => arn), "anonymous", "nobody's name"];
    const principals = Array.from({ length: 5_003 }, (_, index) => names[index % names.length] ?? "");
    for (const detail of ["reason", "explain"] as const) {
      const decided = names.map((principal) => engine.decide({ ...question, principal }, { detail }));
      const told = engine.decidePrincipals(question, principals, { detail });
      expect(told.length).toBe(principals.length);
      for (const [index, one] of told.entries()) {
        const want = decided[index % names.length];
        if (want === undefined || "error" in want) expect(one).toMatchObject({ error: expect.any(String) });
        else
          expect({ ...one, policySet: want.policySet }).toMatchObject({
            allowed: want.allowed,
            decision: want.decision,
          });
        if (want !== undefined && !("error" in want) && !("error" in one))
          expect(one.matchedStatements ?? []).toEqual(want.matchedStatements);
      }
    }
    const outcomes = engine.decidePrincipals(question, names, { detail: "outcome" });
    const wanted = names.map((principal) => engine.allows({ ...question, principal }));
    expect(outcomes.map((one) => ("error" in one ? undefined : one.allowed))).toEqual(wanted);
  } finally {
    await engine.close();
  }
});

it("tells of each action what `decide` tells, and undefined where nothing is decided", async () => {
  const built = await loadPolicySet(join(root, "examples/acme"));
  if (!built.ok) throw new Error("examples/acme cannot be read");
  const engine = await Engine.start({ workers: 0, allowWhatIf: true });
  try {
    engine.publish(built.policySet);
    const names = ["s3:GetObject", "s3:PutObject", "s3:DeleteBucket", "iam:GetUser", "no action"];
    // More than are sent at once.
    const actions = Array.from({ length: 5_003 }, (_, index) => names[index % names.length] ?? "");
    const decided = names.map((action) => {
      const answer = engine.decide({ ...question, action });
      return "error" in answer ? undefined : answer.allowed;
    });
    const expected = actions.map((_, index) => decided[index % names.length]);
    expect(engine.allowedActions(question, actions)).toEqual(expected);
    expect(decided.at(-1)).toBeUndefined();
  } finally {
    await engine.close();
  }
});
