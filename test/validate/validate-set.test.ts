/** Advice about whole policy sets, and the catalogue of the package. */
import { describe, expect, it } from "vitest";
import { parseSource } from "../../src/policy/formats/build-policy-set.js";
import { buildPolicySet } from "../../src/policy/formats/load-policy-set.js";
import { sourceText } from "../../src/text/source-text.js";
import { loadCatalogue, loadWholeCatalogue } from "../../src/validate/catalogue/load-catalogue.js";
import { advisePolicySet, attachedDocuments } from "../../src/validate/validate-policy-set.js";
import { one, shownFinding } from "../kit/validate-text.js";

const account = "111122223333";

/** Advice about a set of files, as `line:column finding`. */
function adviceOnSet(files: Readonly<Record<string, object | string>>): readonly string[] {
  const sources = Object.entries(files).map(([file, have]) =>
    sourceText(file, typeof have === "string" ? have : JSON.stringify(have, null, 1)),
  );
  const built = buildPolicySet(sources);
  expect(built.findings.filter(({ severity }) => severity === "error")).toEqual([]);
  if (!built.ok) throw new Error("unreachable");
  const trees = sources.map((source) => ({ source, node: parseSource(source, []) }));
  return advisePolicySet(built.policySet, trees).map(
    (finding) => `${finding.file}:${finding.line}:${finding.column} ${shownFinding(finding)}`,
  );
}

const admin = one({ Action: "*", Resource: "*" });
const adminText =
  "securityWarning LINT-ADMIN Statement[0].Action: allows every action on every resource (name the actions and resources that are needed)";

describe("advisePolicySet()", () => {
  it("gives each document once, whoever carries it", () => {
    const arn = `arn:aws:iam::${account}:policy/admin`;
    const users = ["a", "b"].map((name) => ({ arn: `arn:aws:iam::${account}:user/${name}`, managedPolicies: [arn] }));
    expect(adviceOnSet({ "s.json": { policies: [{ arn, document: admin }], users } })).toEqual([
      `s.json:10:17 ${adminText}`,
    ]);
  });

  it("checks a document for every type that it is attached as", () => {
    const arn = `arn:aws:iam::${account}:policy/wide`;
    const document = one({ Action: undefined, NotAction: "iam:*" });
    const user = { arn: `arn:aws:iam::${account}:user/a`, permissionsBoundary: arn };
    const findings = adviceOnSet({ "s.json": { policies: [{ arn, document }], users: [user] } });
    // A boundary allows nothing by itself.
    expect(findings).toEqual([]);
  });

  it("checks managed policies that nothing attaches", () => {
    const page = {
      Policies: [
        {
          Arn: `arn:aws:iam::${account}:policy/admin`,
          PolicyVersionList: [
            { VersionId: "v1", IsDefaultVersion: false, Document: admin },
            { VersionId: "v2", IsDefaultVersion: true, Document: encodeURIComponent(JSON.stringify(admin)) },
          ],
        },
      ],
    };
    expect(adviceOnSet({ "s.json": page })).toEqual([`s.json:23:18 ${adminText}`]);
  });

  it("reads policies out of YAML and files of their own", () => {
    const files = {
      "s.yaml": `users:\n  - arn: arn:aws:iam::${account}:user/a\n    inlinePolicies:\n      - { name: p, documentFile: d.json }\n`,
      "d.json": JSON.stringify(admin),
    };
    expect(adviceOnSet(files)).toEqual([`d.json:1:65 ${adminText}`]);
  });

  it("leaves out what the bucket refuses to the public", () => {
    const policy = one({ Principal: "*" });
    const bucket = (restrictPublicBuckets: boolean) => ({
      "s.json": { resources: [{ arn: "arn:aws:s3:::b", account, policy, restrictPublicBuckets }] },
    });
    expect(adviceOnSet(bucket(true))).toEqual([]);
    expect(adviceOnSet(bucket(false))).toHaveLength(1);
  });

  it("counts what is attached and how large inline policies are together", () => {
    const resources = Array.from({ length: 40 }, (_, at) => `arn:aws:s3:::bucket-${at}/*`);
    const inlinePolicies = ["a", "b"].map((name) => ({ name, document: one({ Resource: resources }) }));
    const name = (at: number) => `arn:aws:iam::${account}:policy/p${at}`;
    const policies = Array.from({ length: 11 }, (_, at) => ({ arn: name(at), document: one({}) }));
    const user = {
      arn: `arn:aws:iam::${account}:user/a`,
      managedPolicies: policies.map(({ arn }) => arn),
      inlinePolicies,
    };
    expect(adviceOnSet({ "s.json": { policies, users: [user] } })).toEqual([
      "s.json:150:23 warning TYPE-3 a user has at most 10 managed policies by default, and 20 at all, this has 11",
      "s.json:163:22 error TYPE-3 the inline policies of a user have at most 2048 characters together, these have 2328 without white space (make managed policies of them)",
    ]);
  });
});

describe("attachedDocuments()", () => {
  it("leaves out the full access that every organization has", () => {
    const organization = {
      id: "o-1",
      root: { id: "r-1", accounts: [account], serviceControlPolicies: ["FullAWSAccess"] },
    };
    const built = buildPolicySet([sourceText("s.json", JSON.stringify({ organization }))]);
    expect(built.ok && attachedDocuments(built.policySet, [])).toEqual([]);
  });
});

describe("loadCatalogue()", () => {
  it("loads the services that are asked for", async () => {
    const catalogue = await loadCatalogue(["S3", "nowhere"]);
    expect(catalogue?.prefixes.has("sqs")).toBe(true);
    expect(catalogue?.service("sqs")).toBeUndefined();
    const s3 = catalogue?.service("s3");
    expect(s3?.actions.get("getobject")?.resourceTypes).toContainEqual({
      name: "object",
      arn: "arn:${Partition}:s3:::${BucketName}/${ObjectName}",
    });
    expect(s3?.actions.get("listallmybuckets")?.resourceTypes).toEqual([]);
    const levelOf = (action: string) => s3?.actions.get(action)?.accessLevel;
    expect(levelOf("listbucket")).toBe("List");
    expect(levelOf("getobject")).toBe("Read");
    expect(levelOf("putobject")).toBe("Write");
    expect(levelOf("putobjecttagging")).toBe("Tagging");
    expect(levelOf("putbucketpolicy")).toBe("Permissions management");
    expect(s3?.keys.find(({ name }) => name === "s3:max-keys")?.type).toBe("Numeric");
    expect(s3?.keys.find(({ template }) => template.test("S3:existingobjecttag/a"))).toBeDefined();
  });
});

describe("loadWholeCatalogue()", () => {
  it("loads every service, and knows the access level of every action", async () => {
    const catalogue = await loadWholeCatalogue();
    const prefixes = [...(catalogue?.prefixes ?? [])];
    expect(prefixes.length).toBeGreaterThan(400);
    const actions = prefixes.flatMap((prefix) => [...(catalogue?.service(prefix)?.actions.values() ?? [])]);
    expect(actions.length).toBeGreaterThan(20_000);
    expect(actions.filter(({ accessLevel }) => accessLevel === undefined)).toEqual([]);
  });
});
