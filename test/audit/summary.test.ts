/** Summaries of policies as AWS's console has them. */
import { describe, expect, it } from "vitest";
import { actionSummary, layersOfPrincipal, policySummary, serviceSummary } from "../../src/audit/summary.js";
import { buildPolicySet } from "../../src/index.js";
import { sourceText } from "../../src/text/source-text.js";
import { loadCatalogue } from "../../src/validate/catalogue/load-catalogue.js";

const statements = [
  { Sid: "Look", Effect: "Allow", Action: ["s3:List*", "s3:GetObject"], Resource: "*" },
  {
    Effect: "Allow",
    Action: "s3:GetObject",
    Resource: "arn:aws:s3:::a/*",
    Condition: { Bool: { "aws:SecureTransport": "true" } },
  },
  { Effect: "Allow", Action: ["nowhere:Go", "s3:NoSuchThing"], Resource: "*" },
  { Effect: "Deny", NotAction: "s3:*", Resource: "*" },
];

function layers() {
  const built = buildPolicySet([
    sourceText(
      "set.yaml",
      JSON.stringify({
        users: [
          {
            arn: "arn:aws:iam::111122223333:user/ann",
            inlinePolicies: [{ name: "own", document: { Version: "2012-10-17", Statement: statements } }],
          },
        ],
      }),
    ),
  ]);
  if (!built.ok) throw new Error(JSON.stringify(built.findings));
  const [ann] = built.policySet.principals;
  if (ann === undefined) throw new Error("nobody");
  return layersOfPrincipal(ann, built.policySet);
}

describe("summaries", () => {
  it("tell services with access levels, unknown ones first, denials apart", async () => {
    const rows = policySummary(layers(), await loadCatalogue(["s3", "nowhere"]));
    expect(
      rows.map(({ effect, service, access, resources, conditions, warning }) => [
        effect,
        service,
        access,
        resources,
        conditions,
        warning,
      ]),
    ).toEqual([
      ["Deny", "*", "Limited: by patterns or NotAction", "All resources", "None", undefined],
      ["Allow", "nowhere", "", "All resources", "None", "the catalogue does not know the service"],
      ["Allow", "s3", "Full: List Limited: Read", "Multiple", "Multiple", "the catalogue does not know s3:NoSuchThing"],
    ]);
  });

  it("tell the actions of a service with what they are allowed on", async () => {
    const rows = serviceSummary(layers(), "s3", await loadCatalogue(["s3"]));
    expect(rows.find(({ action }) => action === "GetObject")).toMatchObject({
      effect: "Allow",
      accessLevel: "Read",
      resources: "Multiple",
      conditions: "Multiple",
    });
    expect(rows.find(({ action }) => action === "NoSuchThing")).toMatchObject({
      accessLevel: null,
      resources: "All resources",
    });
    expect(rows.some(({ action }) => action === "PutObject")).toBe(false);
  });

  it("tell the statements about an action with their place", async () => {
    const rows = actionSummary(layers(), "s3", "getobject", await loadCatalogue(["s3"]));
    expect(rows).toMatchObject([
      { policy: "own", statement: 0, sid: "Look", file: "set.yaml", line: 1, resources: "All resources" },
      { policy: "own", statement: 1, conditions: "aws:SecureTransport Bool true" },
    ]);
  });
});
