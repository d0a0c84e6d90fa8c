// Proofs as a SARIF log: where the file of an assertion stands.
import { expect, it } from "vitest";
import type { ProofResult } from "../../src/prove/result.js";
import { proofSarif } from "../../src/prove/sarif.js";

const over = {
  principals: 1,
  strangers: 0,
  actions: [],
  resources: [],
  catalogue: null,
  keys: "open",
  fixed: [],
} as const;

it.each([
  ["checks/a.yaml", "checks/a.yaml"],
  ["checks/a#b?.yaml", "checks/a%23b%3F.yaml"],
  ["/checks/a#b?.yaml", "file:///checks/a%23b%3F.yaml"],
])("the file %s has an address that leads to it", (file, uri) => {
  const place = { file, line: 3, column: 5 };
  const result: Omit<ProofResult, "assertion"> = {
    result: "fails",
    counterexample: undefined,
    classes: 1,
    decidedBy: [],
    reason: "it is broken",
    over,
    caveats: [],
  };
  const results: readonly ProofResult[] = [{ ...result, assertion: { id: "a", place } }];
  const log = proofSarif(results, { version: "1", homepage: "https://example.com" });
  const physicalLocation = { artifactLocation: { uri }, region: { startLine: 3, startColumn: 5 } };
  expect(log).toMatchObject({
    runs: [{ results: [{ ruleId: "assertion-fails", locations: [{ physicalLocation }] }] }],
  });
});
