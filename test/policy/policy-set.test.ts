import { describe, expect, it } from "vitest";
import type { LoadResult } from "../../src/policy/formats/build-policy-set.js";
import { buildPolicySet } from "../../src/policy/formats/load-policy-set.js";
import type { DirectoryPrincipal, PolicySet } from "../../src/policy/policy-set.js";
import type { Finding } from "../../src/text/finding.js";
import { sourceText } from "../../src/text/source-text.js";

const account = "222222222222";
const allow = (action: string) => ({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: action, Resource: "*" }],
});
const deny = (action: string) => ({
  Version: "2012-10-17",
  Statement: [{ Effect: "Deny", Action: action, Resource: "*" }],
});
const arnOf = (rest: string) => `arn:aws:iam::${account}:${rest}`;

describe("buildPolicySet()", () => {
  it("gives a user its own policies and those of its groups, each managed policy once", () => {
    const set = built({
      policies: [
        { arn: arnOf("policy/team/Read"), document: allow("s3:Get*") },
        { arn: "arn:aws:iam::aws:policy/ViewOnly", document: allow("ec2:Describe*") },
      ],
      groups: [
        {
          arn: arnOf("group/Analysts"),
          managedPolicies: ["Read", "ViewOnly"],
          inlinePolicies: [{ name: "g", document: allow("a:B") }],
        },
      ],
      users: [
        {
          arn: arnOf("user/alice"),
          id: "AIDAEXAMPLEALICE",
          tags: { team: "blue" },
          groups: ["Analysts", arnOf("group/Analysts")],
          managedPolicies: [arnOf("policy/team/Read")],
          inlinePolicies: [{ name: "own", document: allow("c:D") }],
          permissionsBoundary: "Read",
        },
      ],
    });
    const alice = principal(set, arnOf("user/alice"));
    expect(alice.identityPolicies.map(({ name }) => name)).toEqual([
      arnOf("policy/team/Read"),
      "own",
      "arn:aws:iam::aws:policy/ViewOnly",
      "g",
    ]);
    expect(alice).toMatchObject({ kind: "user", account, uniqueId: "AIDAEXAMPLEALICE" });
    expect(alice.tags).toEqual([{ key: "team", value: "blue" }]);
    expect(alice.permissionsBoundary).toBe(alice.identityPolicies[0]);
    expect(set.counts).toEqual({
      accounts: 1,
      users: 1,
      groups: 1,
      roles: 0,
      policies: 2,
      documents: 4,
      statements: 4,
      resources: 0,
      endpoints: 0,
      owners: 0,
    });
  });

  it("gives a federated user what its issuer carries (EVAL-3)", () => {
    const set = built({
      users: [
        {
          arn: arnOf("user/ci"),
          id: "AIDACI",
          tags: { a: "1" },
          inlinePolicies: [{ name: "p", document: allow("s3:*") }],
        },
      ],
      federatedUsers: [
        { arn: `arn:aws:sts::${account}:federated-user/temp`, issuer: arnOf("user/ci"), tags: { b: "2" } },
        { arn: `arn:aws:sts::${account}:federated-user/boss`, issuer: arnOf("root") },
      ],
    });
    expect(principal(set, `arn:aws:sts::${account}:federated-user/temp`)).toMatchObject({
      kind: "federatedUser",
      issuerArn: arnOf("user/ci"),
      uniqueId: "AIDACI",
      tags: [{ key: "a", value: "1" }],
      sessionTags: [{ key: "b", value: "2" }],
      identityPolicies: [{ name: "p" }],
    });
    expect(principal(set, `arn:aws:sts::${account}:federated-user/boss`)).toMatchObject({
      issuerArn: arnOf("root"),
      identityPolicies: [],
    });
  });

  it("reads roles, resources, endpoints and mandatory resource policies", () => {
    const trust = {
      Statement: { Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" },
    };
    const open = { Statement: { Effect: "Allow", Principal: "*", Action: "s3:*", Resource: "*" } };
    const set = built({
      roles: [{ arn: arnOf("role/deployer"), id: "AROAX", trustPolicy: trust }],
      resources: [
        {
          arn: "arn:aws:s3:::reports",
          account,
          tags: { class: "internal" },
          policy: open,
          restrictPublicBuckets: true,
        },
      ],
      endpoints: [{ id: "vpce-0a1b", account, vpc: "vpc-1", policy: open }],
      mandatoryResourcePolicies: [{ action: "vault:*", resource: "arn:acme:vault:*" }],
      accounts: [{ id: account, canonicalId: "c0ffee" }],
    });
    expect(set.principals[0]).toMatchObject({ kind: "role", trustPolicy: { name: arnOf("role/deployer") } });
    expect(set.resources).toMatchObject([
      { arn: "arn:aws:s3:::reports", account, restrictPublicBuckets: true, policy: { name: "arn:aws:s3:::reports" } },
    ]);
    expect(set.endpoints).toMatchObject([{ id: "vpce-0a1b", account, vpc: "vpc-1", policy: { name: "vpce-0a1b" } }]);
    expect(set.mandatoryResourcePolicies).toEqual([{ action: "vault:*", resource: "arn:acme:vault:*" }]);
    expect(set.accounts).toEqual([
      { id: account, canonicalId: "c0ffee", organizationPaths: [], isManagementAccount: false },
    ]);
  });

  it("refuses the same ARN twice and names both places", () => {
    const have = errors(
      source("a.json", { users: [{ arn: arnOf("user/alice") }] }),
      source("b.json", { users: [{ arn: arnOf("user/alice") }] }),
    );
    expect(have).toEqual([
      `b.json:1:18 SET-DUPLICATE users[0].arn: \`${arnOf("user/alice")}\` is declared twice: first at a.json:1:18`,
    ]);
  });

  it("refuses two roles of one name, which a session ARN could not tell apart", () => {
    const roles = [{ arn: arnOf("role/a/x") }, { arn: arnOf("role/b/x") }];
    expect(errors(source("a.json", { roles }))).toEqual([
      `a.json:1:63 SET-DUPLICATE roles[1].arn: role \`x\` of account \`${account}\` is declared twice: first at a.json:1:18`,
    ]);
  });

  it("reports every dangling reference at its place", () => {
    const text = [
      "users:",
      `  - arn: ${arnOf("user/alice")}`,
      "    groups: [Analysts]",
      "    managedPolicies: [ReadReports]",
      "    permissionsBoundary: arn:aws:iam::222222222222:policy/Boundary",
      "federatedUsers:",
      "  - arn: arn:aws:sts::222222222222:federated-user/x",
      "    issuer: arn:aws:iam::222222222222:user/bob",
      "policies:",
      "  - arn: arn:aws:iam::222222222222:policy/P",
      "    documentFile: missing.json",
      "  - arn: arn:aws:iam::222222222222:policy/Q",
      "    documentFile: ../elsewhere.json",
    ].join("\n");
    expect(errors(sourceText("set.yaml", text))).toEqual([
      "set.yaml:3:14 SET-REFERENCE users[0].groups[0]: unknown group `Analysts` in account `222222222222`",
      "set.yaml:4:23 SET-REFERENCE users[0].managedPolicies[0]: unknown policy `ReadReports` in account `222222222222`",
      "set.yaml:5:26 SET-REFERENCE users[0].permissionsBoundary: unknown policy `arn:aws:iam::222222222222:policy/Boundary`",
      "set.yaml:8:13 SET-REFERENCE federatedUsers[0].issuer: unknown user `arn:aws:iam::222222222222:user/bob`",
      "set.yaml:11:19 SET-REFERENCE policies[0].documentFile: no such file in the policy set",
      "set.yaml:13:19 SET-REFERENCE policies[1].documentFile: the file lies outside of the policy set",
    ]);
  });

  it("refuses a name that means two policies", () => {
    const have = errors(
      source("a.json", {
        policies: [
          { arn: arnOf("policy/Read"), document: allow("a:B") },
          { arn: "arn:aws:iam::aws:policy/Read", document: allow("a:B") },
        ],
        users: [{ arn: arnOf("user/alice"), managedPolicies: ["Read"] }],
      }),
    );
    expect(have).toEqual([
      `a.json:1:374 SET-REFERENCE users[0].managedPolicies[0]: \`Read\` may mean \`${arnOf("policy/Read")}\` or \`arn:aws:iam::aws:policy/Read\`: write the ARN`,
    ]);
  });

  it.each([
    [
      "an unknown member",
      { users: [{ arn: arnOf("user/a"), grups: [] }] },
      "1:53 SET-FORMAT users[0]: unknown member `grups`: did you mean `groups`?",
    ],
    [
      "an unknown member of the file",
      { users: [], user: [] },
      "1:13 SET-FORMAT unknown member `user`: did you mean `users`?",
    ],
    ["a missing member", { users: [{ id: "AIDAX" }] }, "1:11 SET-FORMAT users[0]: missing member `arn`"],
    [
      "an account id that is a number",
      { accounts: [{ id: 222222222222 }] },
      '1:20 SET-FORMAT accounts[0].id: must be a string, not a number: write `"222222222222"`',
    ],
    [
      "a text for a list",
      { users: [{ arn: arnOf("user/a"), groups: "A" }] },
      "1:62 SET-FORMAT users[0].groups: must be a list, not a string",
    ],
    [
      "a role among users",
      { users: [{ arn: arnOf("role/a") }] },
      `1:18 SET-FORMAT users[0].arn: \`${arnOf("role/a")}\` is not the ARN of a user`,
    ],
    ["null for an object", { organization: null }, "1:17 SET-FORMAT organization: must be an object, not null"],
    [
      "an unknown profile",
      { profile: "azure" },
      "1:12 SET-FORMAT profile: unknown profile `azure`: write `aws` or `generic`",
    ],
    [
      "an object of another kind",
      { Records: [] },
      "1:1 SET-FORMAT the file is neither a Verdict file nor a policy document nor an AWS export",
    ],
    [
      "a bare document elsewhere",
      allow("a:B"),
      "1:1 SET-FORMAT a bare policy document has to lie below a folder named `policies`",
    ],
    [
      "a policy on a role as resource",
      { resources: [{ arn: arnOf("role/a"), policy: allow("a:B") }] },
      "1:66 SET-FORMAT resources[0].policy: the policy of a role is its `trustPolicy`: write it in `roles`",
    ],
    [
      "a wildcard in a resource",
      { resources: [{ arn: "arn:aws:s3:::b/*" }] },
      "1:22 SET-FORMAT resources[0].arn: a resource has no wildcards: its ARN covers everything below it; `owners` takes patterns",
    ],
    [
      "a pattern that is none",
      { mandatoryResourcePolicies: [{ action: "vault", resource: "*" }] },
      "1:41 SET-FORMAT mandatoryResourcePolicies[0].action: `vault` is not an action pattern",
    ],
  ])("refuses %s", (_name, content, want) => {
    expect(errors(source("a.json", content))).toEqual([`a.json:${want}`]);
  });

  it("refuses files that disagree about the profile", () => {
    const have = errors(source("a.json", { profile: "aws" }), source("b.json", { profile: "generic" }));
    expect(have).toEqual([
      "b.json:1:12 SET-FORMAT profile: the profile is `aws` at a.json:1:12: all files have to agree",
    ]);
  });

  it("checks a managed policy once for every type that it is attached as", () => {
    const open = {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: "*", Action: "a:B", Resource: "*" }],
    };
    const users = ["a", "b"].map((name) => ({ arn: arnOf(`user/${name}`), managedPolicies: ["P"] }));
    const have = errors(source("a.json", { policies: [{ arn: arnOf("policy/P"), document: open }], users }));
    expect(have).toHaveLength(1);
    expect(have[0]).toMatch(/^a\.json:1:\d+ TYPE-1 Statement\[0\]\.Principal: an identity policy has no `Principal`$/);
  });

  it("sorts all findings by file, line and column", () => {
    const have = errors(sourceText("b.yaml", "users:\n  - id: 7\n  - 8\n"), sourceText("a.yaml", "roles: 1\n"));
    expect(have).toEqual([
      "a.yaml:1:8 SET-FORMAT roles: must be a list, not a number",
      "b.yaml:2:5 SET-FORMAT users[0]: missing member `arn`",
      'b.yaml:2:9 SET-FORMAT users[0].id: must be a string, not a number: write `"7"`',
      "b.yaml:3:5 SET-FORMAT users[1]: must be an object, not a number",
    ]);
  });

  it("warns about tag keys that differ only in case (CTX-11)", () => {
    const result = buildPolicySet([source("a.json", { users: [{ arn: arnOf("user/a"), tags: { k: "1", K: "2" } }] })]);
    expect(result.ok).toBe(true);
    expect(result.findings.map(line)).toEqual([
      "a.json:1:73 CTX-11 users[0].tags.K: tag key `K` differs from `k` only in case",
    ]);
  });

  it("takes the registered account ids of the generic profile as principals (GEN-4)", () => {
    const policy = { Statement: { Effect: "Allow", Principal: { AWS: "tenant-7" }, Action: "vault:*", Resource: "*" } };
    const set = built({
      profile: "generic",
      accounts: [{ id: "tenant-7" }],
      resources: [{ arn: "arn:acme:vault:eu:tenant-7:v", policy }],
    });
    expect(set.profile).toBe("generic");
    expect(set.resources[0]?.policy?.document.statements[0]?.principal?.entries).toEqual([
      { kind: "account", account: "tenant-7" },
    ]);
  });
});

describe("organizations", () => {
  const tree = (root: object, accounts: readonly object[] = []) => ({
    organization: {
      id: "o-example",
      managementAccount: "111111111111",
      root: {
        id: "r-ab12",
        accounts: ["111111111111"],
        ...root,
      },
    },
    accounts,
  });
  const unit = (more: object) => ({ units: [{ id: "ou-1", name: "prod", accounts: [account], ...more }] });
  const levelsOf = (set: PolicySet, id: string) =>
    facts(set, id).serviceControlPolicies?.map((level) => level.map(({ name }) => name));

  it("gives each account its path and its levels from the root down", () => {
    const policy = { name: "NoLeaving", document: deny("organizations:LeaveOrganization") };
    const set = built(
      tree(
        { serviceControlPolicies: ["FullAWSAccess"], ...unit({ serviceControlPolicies: ["FullAWSAccess", policy] }) },
        [{ id: account, serviceControlPolicies: [] }],
      ),
    );
    expect(facts(set, account)).toMatchObject({
      organizationId: "o-example",
      organizationPaths: ["o-example/r-ab12/ou-1/"],
      isManagementAccount: false,
    });
    expect(levelsOf(set, account)).toEqual([["FullAWSAccess"], ["FullAWSAccess", "NoLeaving"], []]);
    expect(facts(set, "111111111111").isManagementAccount).toBe(true);
    expect(levelsOf(set, "111111111111")).toEqual([["FullAWSAccess"], ["FullAWSAccess"]]);
    expect(facts(set, account).resourceControlPolicies).toBeUndefined();
  });

  it("fills omitted lists with AWS's full access, and leaves types that nobody mentions off", () => {
    expect(levelsOf(built(tree(unit({}))), account)).toBeUndefined();
    expect(levelsOf(built(tree(unit({ serviceControlPolicies: ["FullAWSAccess"] }))), account)).toEqual([
      ["FullAWSAccess"],
      ["FullAWSAccess"],
      ["FullAWSAccess"],
    ]);
  });

  it("prefers a policy called FullAWSAccess in the set, and takes policies by name", () => {
    const set = built({
      ...tree({ serviceControlPolicies: ["FullAWSAccess"], resourceControlPolicies: ["RCPFullAWSAccess", "Fence"] }),
      policies: [
        { name: "FullAWSAccess", document: allow("s3:*") },
        {
          name: "Fence",
          document: {
            Version: "2012-10-17",
            Statement: [{ Effect: "Deny", Principal: "*", Action: "s3:*", Resource: "*" }],
          },
        },
      ],
    });
    const own = facts(set, "111111111111");
    expect(own.serviceControlPolicies?.[0]?.[0]?.document.statements[0]?.action.patterns).toEqual(["s3:*"]);
    expect(own.resourceControlPolicies?.map((level) => level.map(({ name }) => name))).toEqual([["Fence"], []]);
  });

  it("warns about an empty level, which blocks everything (SCP-2)", () => {
    const result = buildPolicySet([source("a.json", tree({ serviceControlPolicies: [] }))]);
    expect(result.ok).toBe(true);
    expect(result.findings.map(line)).toEqual([
      "a.json:1:145 SCP-2 organization.root.serviceControlPolicies: an empty list allows nothing: leave the member out or write `FullAWSAccess`",
    ]);
  });

  it("refuses an account with two places, a foreign management account, and control policies outside", () => {
    const have = errors(
      source("a.json", {
        organization: { id: "o-x", managementAccount: "3", root: { id: "r-x", accounts: ["1", "1"] } },
        accounts: [{ id: "2", serviceControlPolicies: ["FullAWSAccess"] }],
      }),
    );
    expect(have).toEqual([
      "a.json:1:49 SET-REFERENCE organization.managementAccount: account `3` is nowhere in the tree of the organization",
      "a.json:1:88 SET-ORGANIZATION organization.root.accounts[1]: account `1` has two places in organizations: first at a.json:1:84",
      "a.json:1:113 SET-ORGANIZATION accounts[0].id: account `2` has control policies but is in no organization",
    ]);
  });

  it("guesses which group and which policy was meant", () => {
    const have = errors(
      source("a.json", {
        policies: [{ arn: arnOf("policy/ReadReports"), document: allow("s3:*") }],
        groups: [{ arn: arnOf("group/Staff") }],
        users: [
          { arn: arnOf("user/a"), groups: ["Staf"], managedPolicies: ["ReadReport"] },
          { arn: "arn:aws:iam::333333333333:user/b", managedPolicies: ["ReadReports"] },
        ],
      }),
    );
    expect(have.map((line) => line.replace(/^\S+ /, ""))).toEqual([
      `SET-REFERENCE users[0].groups[0]: unknown group \`Staf\` in account \`${account}\`: did you mean \`Staff\`?`,
      `SET-REFERENCE users[0].managedPolicies[0]: unknown policy \`ReadReport\` in account \`${account}\`: did you mean \`ReadReports\`?`,
      `SET-REFERENCE users[1].managedPolicies[0]: unknown policy \`ReadReports\` in account \`333333333333\`: did you mean \`${arnOf("policy/ReadReports")}\`?`,
    ]);
  });

  it("refuses an unknown policy at a node", () => {
    expect(errors(source("a.json", tree({ serviceControlPolicies: ["Nope"] })))).toEqual([
      "a.json:1:146 SET-REFERENCE organization.root.serviceControlPolicies[0]: unknown policy `Nope`",
    ]);
  });
});

describe("the digest", () => {
  const users = [
    { arn: arnOf("user/a"), tags: { x: "1", y: "2" }, inlinePolicies: [{ name: "p", document: allow("a:B") }] },
    { arn: arnOf("user/b"), managedPolicies: ["M"] },
  ];
  const policies = [
    { arn: arnOf("policy/M"), document: { Version: "2012-10-17", Statement: [conditional("k", "l")] } },
  ];

  function conditional(...keys: readonly string[]) {
    const tests = Object.fromEntries(keys.map((key) => [`svc:${key}`, "v"]));
    return { Effect: "Allow", Action: "a:C", Resource: "*", Condition: { StringEquals: tests } };
  }

  const want = digest(source("a.json", { users, policies }));

  it("does not depend on files, formatting, the order of members or of principals", () => {
    expect(want).toMatch(/^sha256:[0-9a-f]{64}$/);
    const pretty = sourceText("x/y.json", JSON.stringify({ policies, users: [...users].reverse() }, null, 2));
    expect(digest(pretty)).toBe(want);
    const split = [source("one.json", { users: users.slice(1) }), source("two.json", { users: users.slice(0, 1) })];
    const turned = { document: { Statement: conditional("l", "k"), Version: "2012-10-17" }, arn: arnOf("policy/M") };
    expect(digest(...split, source("three.json", { policies: [turned] }))).toBe(want);
  });

  it("changes with what decisions depend on", () => {
    const others = [
      { users: users.slice(0, 1), policies },
      { users: [users[0], { ...users[1], tags: { x: "1" } }], policies },
      { users, policies: [{ arn: arnOf("policy/M"), document: allow("a:C") }] },
      { users, policies, profile: "generic" },
      { users, policies, resources: [{ arn: "arn:aws:s3:::b", account }] },
    ];
    const digests = others.map((content) => digest(source("a.json", content)));
    expect(new Set([want, ...digests]).size).toBe(others.length + 1);
  });

  it("says of a policy of AWS's own that the set has to hold it as well", () => {
    const text = JSON.stringify({
      users: [{ arn: arnOf("user/a"), managedPolicies: ["arn:aws:iam::aws:policy/Read"] }],
    });
    expect(buildPolicySet([sourceText("set.json", text)]).findings).toMatchObject([
      {
        rule: "SET-REFERENCE",
        message: "users[0].managedPolicies[0]: unknown policy `arn:aws:iam::aws:policy/Read`",
        fix: "declare it under `policies` with the document that AWS has for it: none of AWS's own is known by itself",
      },
    ]);
  });
});

function source(file: string, content: unknown) {
  return sourceText(file, JSON.stringify(content));
}

function built(content: unknown): PolicySet {
  return policySetOf(buildPolicySet([source("set.json", content)]));
}

function policySetOf(result: LoadResult): PolicySet {
  if (!result.ok) throw new Error(result.findings.map(line).join("\n"));
  return result.policySet;
}

function digest(...sources: Parameters<typeof buildPolicySet>[0]): string {
  return policySetOf(buildPolicySet(sources)).digest;
}

function errors(...sources: Parameters<typeof buildPolicySet>[0]): readonly string[] {
  const result = buildPolicySet(sources);
  expect(result.ok).toBe(false);
  return result.findings.map(line);
}

function line({ file, line: at, column, rule, message }: Finding): string {
  return `${file}:${at}:${column} ${rule} ${message}`;
}

function principal(set: PolicySet, arn: string): DirectoryPrincipal {
  const found = set.principals.find((one) => one.arn === arn);
  if (found === undefined) throw new Error(`no principal ${arn}`);
  return found;
}

function facts(set: PolicySet, id: string) {
  const found = set.accounts.find((one) => one.id === id);
  if (found === undefined) throw new Error(`no account ${id}`);
  return found;
}
