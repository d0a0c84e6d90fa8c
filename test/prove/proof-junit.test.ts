// Proofs as JUnit's XML: what a CI server shows of one that fails.
import { expect, it } from "vitest";
import { proofJunit } from "../../src/prove/junit.js";
import type { ProofResult } from "../../src/prove/result.js";

it("a case that fails has its type, its reason, why it matters and how to decide it again", () => {
  const result: ProofResult = {
    assertion: { id: "a<b", why: "contract & law", place: { file: "a.yaml", line: 3, column: 5 } },
    result: "fails",
    counterexample: undefined,
    classes: 1,
    decidedBy: [],
    reason: "it is broken",
    over: { principals: 1, strangers: 0, actions: [], resources: [], catalogue: null, keys: "open", fixed: [] },
    caveats: [],
    replay: "verdict simulate 'x'",
  };
  expect(proofJunit([result])).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="verdict prove" tests="1" failures="1" errors="0">
  <testsuite name="a.yaml" tests="1" failures="1" errors="0">
    <testcase name="a&#60;b" classname="a.yaml" file="a.yaml" line="3">
      <failure type="assertion-fails" message="it is broken">why: contract &#38; law
it is broken
verdict simulate &#39;x&#39;</failure>
    </testcase>
  </testsuite>
</testsuites>
`);
});
