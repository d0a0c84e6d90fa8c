// A whole SARIF log as `verdict validate` writes it has what code scanning asks for: the members that GitHub requires, in the forms of SARIF 2.1.0.
import { describe, expect, it } from "vitest";
import { file, verdict } from "../kit/run-verdict.js";

/** The value below names and indexes; undefined where there is none. */
function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (one, name) => (typeof one === "object" && one !== null ? Reflect.get(one, name) : undefined),
    value,
  );
}

function listAt(value: unknown, ...path: readonly (string | number)[]): readonly unknown[] {
  const list = at(value, ...path);
  if (!Array.isArray(list)) throw new Error(`${path.join(".")} is no list`);
  return list;
}

const odd = {
  users: [
    {
      arn: "arn:aws:iam::111111111111:user/a",
      inlinePolicies: [
        {
          name: "own",
          document: {
            Version: "2012-10-17",
            Statement: [
              { Effect: "Allow", Action: ["s3:GetObjct", "iam:*"], Resource: "*" },
              {
                Effect: "Deny",
                Action: "s3:*",
                Resource: "*",
                Condition: { IpAddress: { "aws:SourceIp": "10.0.0.0/8" } },
              },
            ],
          },
        },
      ],
    },
  ],
};

describe("verdict validate --format sarif", () => {
  it("has what code scanning requires of a log, its rules and its results", async () => {
    const path = file("odd #1.json", JSON.stringify(odd, undefined, 1));
    const { out } = await verdict(["validate", path, "examples/acme", "--format", "sarif"]);
    const log: unknown = JSON.parse(out);
    expect(log).toMatchObject({ $schema: expect.stringMatching(/^https:.*sarif-2\.1\.0/), version: "2.1.0" });
    expect(listAt(log, "runs")).toHaveLength(1);
    expect(at(log, "runs", 0, "tool", "driver")).toMatchObject({
      name: "verdict",
      informationUri: expect.stringMatching(/^https:/),
    });
    const rules = listAt(log, "runs", 0, "tool", "driver", "rules");
    const results = listAt(log, "runs", 0, "results");
    expect(results.length).toBeGreaterThan(2);
    expect(new Set(rules.map((rule) => at(rule, "id"))).size).toBe(rules.length);
    const text = { text: expect.stringMatching(/./) };
    for (const rule of rules) {
      expect(rule).toMatchObject({
        shortDescription: text,
        fullDescription: text,
        help: text,
        helpUri: expect.stringMatching(/^https:/),
      });
    }
    for (const result of results) {
      expect(at(rules[Number(at(result, "ruleIndex"))], "id")).toBe(at(result, "ruleId"));
      expect(["error", "warning", "note"]).toContain(at(result, "level"));
      expect(result).toMatchObject({
        message: text,
        partialFingerprints: { "verdict/v1": expect.stringMatching(/^[0-9a-f]+$/) },
      });
      const place = at(result, "locations", 0, "physicalLocation");
      const uri = String(at(place, "artifactLocation", "uri"));
      expect(uri).toMatch(/^[\w.~!$&'()*+,;=:@/%-]+$/);
      const [startLine = 0, startColumn = 0, endLine = startLine, endColumn = startColumn + 1] = [
        "startLine",
        "startColumn",
        "endLine",
        "endColumn",
      ].map((name) => at(place, "region", name) as number | undefined);
      expect([startLine, startColumn].every((one) => Number.isInteger(one) && one >= 1)).toBe(true);
      expect(endLine > startLine || (endLine === startLine && endColumn >= startColumn)).toBe(true);
    }
    expect(
      results.some((result) =>
        String(at(result, "locations", 0, "physicalLocation", "artifactLocation", "uri")).endsWith("/odd%20%231.json"),
      ),
    ).toBe(true);
  });
});
