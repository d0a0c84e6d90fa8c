// Advice about documents of thousands of statements: what is read of them grows with their number, not with its square. Counts, no times.
import { describe, expect, it } from "vitest";
import type { Statement } from "../../src/policy/document/document.js";
import { parsePolicyDocument } from "../../src/policy/document/parse-document.js";
import { readJson } from "../../src/text/json-reader.js";
import { sourceText } from "../../src/text/source-text.js";
import type { TreeNode } from "../../src/text/tree.js";
import { loadCatalogue } from "../../src/validate/catalogue/load-catalogue.js";
import { adviseDocument } from "../../src/validate/validate-document.js";

const rows: readonly (readonly [string, (index: number) => object])[] = [
  ["allow one resource each", (index) => ({ Action: "s3:GetObject", Resource: `arn:aws:s3:::bucket-${index}/*` })],
  ["allow everything", () => ({ Action: "*", Resource: ["*", "arn:aws:s3:::bucket-of-reports/*"] })],
  ["allow to take over users", () => ({ Action: ["iam:*", "iam:CreateAccessKey"], Resource: "*" })],
  ["are of everybody", (index) => ({ Principal: "*", Action: "s3:Get*", Resource: `arn:aws:s3:::bucket-${index}/*` })],
  [
    "deny without MFA",
    () => ({ Effect: "Deny", Action: "s3:*", Resource: "*", Condition: { Bool: { [mfa]: "false" } } }),
  ],
  [
    "allow and deny in turn",
    (index) => ({ Effect: index % 2 === 0 ? "Allow" : "Deny", Action: ["iam:Pass*", "iam:Put*"], Resource: "*" }),
  ],
];
const mfa = "aws:MultiFactorAuthPresent";

/** How often a member of a statement is read for the advice about a document of so many of them. */
function reads(of: (index: number) => object, count: number): number {
  const statements = Array.from({ length: count }, (_, index) => ({ Effect: "Allow", ...of(index) }));
  const type = "Principal" in (statements[0] ?? {}) ? "resource" : "identity";
  const source = sourceText("p.json", JSON.stringify({ Version: "2012-10-17", Statement: statements }));
  const node = readJson(source, []);
  const document = node && parsePolicyDocument(node, source, type, []);
  if (node === undefined || document === undefined) throw new Error("the document is refused");
  let sum = 0;
  const counted = (statement: Statement): Statement =>
    new Proxy(statement, {
      get: (target, member) => {
        sum++;
        return Reflect.get(target, member);
      },
    });
  const told = { ...document, statements: document.statements.map(counted) };
  adviseDocument(told, type, { profile: "aws", origin: { source, node } });
  return sum;
}

describe("adviseDocument() about thousands of statements", () => {
  it.each(rows)("reads twice as much of twice as many that %s", (_, of) => {
    expect(reads(of, 2000) / reads(of, 1000)).toBeLessThan(2.2);
  });

  it("reads the values of one statement once", () => {
    let visits = 0;
    const values = Array.from({ length: 3000 }, (_, index) => `team-${index}`);
    const source = sourceText(
      "p.json",
      JSON.stringify({
        Version: "2012-10-17",
        Statement: {
          Effect: "Allow",
          Action: "s3:GetObject",
          Resource: "*",
          Condition: { StringEquals: { "aws:PrincipalTag/team": values } },
        },
      }),
    );
    const node = readJson(source, []);
    const document = node && parsePolicyDocument(node, source, "identity", []);
    if (node === undefined || document === undefined) throw new Error("the document is refused");
    adviseDocument(document, "identity", {
      profile: "aws",
      origin: { source, node: countingMembers(node, () => visits++) },
    });
    expect(visits).toBeLessThan(1000);
  });
});

describe("adviseDocument() about thousands of documents", () => {
  it("looks through the actions of a service once for each pattern", async () => {
    const catalogue = await loadCatalogue(["ec2"]);
    const service = catalogue?.service("ec2");
    if (catalogue === undefined || service === undefined) throw new Error("no catalogue");
    let passes = 0;
    const actions = new Map(service.actions);
    Object.defineProperty(actions, Symbol.iterator, {
      value: () => {
        passes++;
        return service.actions[Symbol.iterator]();
      },
    });
    const counted = { ...service, actions };
    const catalogueOfOne = { ...catalogue, service: (prefix: string) => (prefix === "ec2" ? counted : undefined) };
    for (let index = 0; index < 50; index++) {
      const statement = {
        Effect: "Allow",
        Action: ["ec2:Start*", "ec2:Stop*"],
        Resource: `arn:aws:ec2:eu-central-1:111122223333:instance/i-${index}*`,
      };
      const source = sourceText("p.json", JSON.stringify({ Version: "2012-10-17", Statement: [statement] }));
      const node = readJson(source, []);
      const document = node && parsePolicyDocument(node, source, "identity", []);
      if (document === undefined) throw new Error("the document is refused");
      expect(adviseDocument(document, "identity", { profile: "aws", catalogue: catalogueOfOne })).toEqual([]);
    }
    expect(passes).toBe(2);
  });
});

/** A tree of which every reading of members is counted. */
function countingMembers(node: TreeNode, count: () => void): TreeNode {
  if (node.kind !== "object") return node;
  const members = node.members.map((member) => ({ ...member, value: countingMembers(member.value, count) }));
  return {
    ...node,
    get members() {
      count();
      return members;
    },
  };
}
