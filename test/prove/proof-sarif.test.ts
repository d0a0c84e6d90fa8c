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
  const results: readonly ProofResult[] = [{ ...result, assertion: { id: "a", why: "contract 4.2", place } }];
  const log = proofSarif(results, {
    version: "1",
    homepage: "https://example.com",
    documents: "https://example.com/1",
  });
  const physicalLocation = { artifactLocation: { uri }, region: { startLine: 3, startColumn: 5 } };
  expect(log).toMatchObject({
    runs: [
      {
        tool: {
          driver: {
            rules: ["assertion-fails", "assertion-unknown"].map((id) => ({
              id,
              help: { text: expect.stringMatching(/--question|--budget/) },
              helpUri: "https://example.com/1/src/prove/README.md",
            })),
          },
        },
        results: [
          {
            ruleId: "assertion-fails",
            message: { text: "a: it is broken (why: contract 4.2)" },
            locations: [{ physicalLocation }],
          },
        ],
      },
    ],
  });
});
