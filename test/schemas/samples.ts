/** A file of every format with every member in it. */
import type { SchemaName } from "../../src/schemas/schema-names.js";

const statement = {
  Sid: "One",
  Effect: "Allow",
  Action: ["s3:GetObject", "s3:PutObject"],
  Resource: "arn:aws:s3:::b/*",
  Condition: {
    "ForAnyValue:StringLikeIfExists": { "aws:TagKeys": ["a", 1, true] },
    bool: { "aws:SecureTransport": true },
  },
};
const document = { Version: "2012-10-17", Id: "id", Statement: [statement] };
const own = { name: "own", document };
const granting = {
  Version: "2012-10-17",
  Statement: {
    ...statement,
    Principal: { AWS: ["arn:aws:iam::111111111111:user/alice"], Service: "events.amazonaws.com" },
  },
};
const trust = {
  Version: "2012-10-17",
  Statement: { Effect: "Allow", Principal: { AWS: "111111111111" }, Action: "sts:AssumeRole" },
};
const alice = "arn:aws:iam::111111111111:user/alice";
const request = { principal: alice, action: "s3:GetObject", resource: "arn:aws:s3:::b/k" };
const fullRequest = {
  ...request,
  context: { "aws:SourceIp": "10.0.0.1", "aws:TagKeys": ["a", 2, false], "aws:UserAgent": null },
  resourceAccount: "111111111111",
  resourceTags: { team: "blue", empty: "" },
};

/** By the name of the schema. */
export const samples: Readonly<Record<SchemaName, readonly object[]>> = {
  "policy-document": [
    document,
    granting,
    {
      Statement: [
        {
          Effect: "Deny",
          NotPrincipal: { AWS: alice, CanonicalUser: "c", Federated: "f" },
          NotAction: ["s3:*"],
          NotResource: "*",
        },
        {
          Effect: "Allow",
          Principal: "*",
          Action: "*",
          Resource: "*",
          Condition: { Null: { "aws:TokenIssueTime": "true" } },
        },
      ],
    },
  ],
  "policy-set": [
    {
      profile: "aws",
      organization: {
        id: "o-1",
        managementAccount: "111111111111",
        root: {
          id: "r-1",
          name: "root",
          accounts: ["111111111111"],
          serviceControlPolicies: [
            "FullAWSAccess",
            {
              name: "scp",
              document: { Version: "2012-10-17", Statement: { Effect: "Allow", Action: "*", Resource: "*" } },
            },
          ],
          resourceControlPolicies: [],
          units: [{ id: "ou-1", accounts: ["222222222222", "333333333333"] }],
        },
      },
      accounts: [{ id: "333333333333", canonicalId: "c", serviceControlPolicies: ["FullAWSAccess"] }],
      policies: [
        { arn: "arn:aws:iam::111111111111:policy/Managed", document },
        { name: "Loose", document },
      ],
      users: [
        {
          arn: alice,
          id: "AIDAEXAMPLE",
          tags: { team: "blue" },
          groups: ["Staff"],
          managedPolicies: ["Managed", own],
          inlinePolicies: [own],
          permissionsBoundary: "Managed",
        },
      ],
      groups: [{ arn: "arn:aws:iam::111111111111:group/Staff", managedPolicies: ["Managed"], inlinePolicies: [own] }],
      roles: [{ arn: "arn:aws:iam::111111111111:role/R", trustPolicy: trust, tags: {} }],
      federatedUsers: [{ arn: "arn:aws:sts::111111111111:federated-user/f", issuer: alice, tags: { a: "b" } }],
      resources: [
        {
          arn: "arn:aws:s3:::b",
          account: "111111111111",
          tags: { a: "" },
          policy: granting,
          restrictPublicBuckets: true,
        },
      ],
      endpoints: [
        {
          id: "vpce-1",
          account: "111111111111",
          vpc: "vpc-1",
          policy: { Version: "2012-10-17", Statement: { Effect: "Allow", Principal: "*", Action: "*", Resource: "*" } },
        },
      ],
      mandatoryResourcePolicies: [{ action: "s3:*", resource: "*" }],
      owners: [{ pattern: "arn:acme:orders:*:*:*", account: "111111111111" }],
    },
  ],
  tests: [
    [{ id: "a", why: "w", request: fullRequest, now: "2026-03-01T09:00:00Z", expect: "allowed", decidedBy: ["One"] }],
    {
      policies: "..",
      now: "2026-03-01",
      contexts: { office: { "aws:SourceIp": "10.0.0.1" }, both: ["office", { "aws:TagKeys": ["a"] }] },
      tests: [
        { id: "a", request: { ...request, context: "office" }, expect: "explicitDeny", blockedBy: ["scp", "identity"] },
        {
          id: "b",
          request: { ...request, sessionPolicies: [document, "{}"], sessionTags: { a: "b" } },
          expect: "implicitDeny",
        },
      ],
      matrices: [
        {
          id: "m",
          why: "w",
          now: "2026-03-01",
          principals: [alice, "anonymous"],
          actions: ["s3:GetObject"],
          resources: ["*"],
          context: ["both", { "aws:SourceIp": null }],
          endpoint: "vpce-1",
          whatIf: true,
          expect: "implicitDeny",
          blockedBy: [],
          overrides: [
            {
              why: "w",
              principals: [alice],
              actions: ["s3:GetObject"],
              resources: ["*"],
              expect: "allowed",
              decidedBy: ["One"],
            },
          ],
        },
      ],
    },
  ],
  scenarios: [
    {
      scenarios: {
        office: { "aws:SourceIp": "10.0.0.1", "aws:TagKeys": ["a", 1, true], "aws:UserAgent": null },
        both: ["office", { "aws:MultiFactorAuthPresent": true }],
        same: "office",
      },
    },
  ],
  assertions: [
    {
      assertions: [
        {
          id: "one",
          why: "contract 4.2",
          never: "allowed",
          principals: {
            patterns: ["arn:aws:iam::*:role/*"],
            account: "111111111111",
            outside: "organization",
            except: "anonymous",
          },
          actions: ["sts:AssumeRole*"],
          resources: ["arn:aws:iam::*:role/Admin*"],
          context: {
            "aws:MultiFactorAuthPresent": false,
            "aws:TagKeys": ["a", 1],
            "aws:SourceIp": null,
            without: ["aws:SourceVpc"],
            closed: true,
          },
        },
        { id: "two", always: "allowed", principals: "everyone" },
        {
          id: "three",
          noNewAccess: {
            than: "../old",
            principals: { outside: "account" },
            actions: ["*"],
            resources: ["*"],
            context: {},
          },
        },
        { id: "four", notPublic: ["arn:aws:s3:::*"] },
        { id: "five", notGranted: { actions: ["iam:PassRole"], resources: ["*"] } },
        {
          id: "six",
          equivalent: { to: "../old", principals: "anonymous", actions: ["*"], resources: ["*"], context: {} },
        },
      ],
    },
  ],
  cases: [
    {
      id: "c",
      policies: {
        identity: [own],
        groups: { staff: [own] },
        boundary: document,
        session: [document],
        resource: granting,
        endpoint: { Statement: { Effect: "Allow", Principal: "*", Action: "*", Resource: "*" } },
        scps: [[{ Version: "2012-10-17", Statement: { Effect: "Allow", Action: "*", Resource: "*" } }]],
        rcps: [],
      },
      request: {
        ...fullRequest,
        principalTags: { a: "b" },
        principalUniqueId: "AIDAEXAMPLE",
        principalOrgId: "o-1",
        principalOrgPaths: ["o-1/r-1/"],
        principalInManagementAccount: false,
        principalCanonicalId: "c",
        resourceOrgId: "o-1",
        resourceOrgPaths: ["o-1/r-1/"],
        resourceInManagementAccount: true,
        restrictPublicBuckets: false,
        endpoint: "vpce-1",
      },
      expect: "allowed",
      whatIf: true,
      profile: "aws",
      mandatoryResourcePolicies: [{ action: "s3:*", resource: "*" }],
      owners: [{ pattern: "arn:acme:orders:*:*:*", account: "111111111111" }],
      note: "n",
      rule: ["EVAL-1"],
    },
  ],
  "ext-authz": [
    {
      extAuthz: {
        policySet: "orders",
        timeoutMs: 500,
        deniedBody: "reason",
        anonymous: true,
        principals: [
          {
            jwt: { payload: "verified", issuer: "i", audience: "a" },
            principal: "arn:aws:iam::111111111111:user/{jwt.sub}",
            sessionTags: { t: "{jwt.team}" },
          },
          { spiffe: "spiffe://acme/ns/{ns}/sa/{sa}", principal: "arn:aws:iam::111111111111:role/{ns}-{sa}" },
          { header: "x-user", principal: "arn:aws:iam::111111111111:user/{header.x-user}" },
        ],
        context: { "acme:Method": ["{request.method}", "x"], "acme:Host": "{request.host}" },
        requestHeaders: { "x-principal": "{principal}" },
        removeHeaders: ["x-user"],
        routes: [
          {
            name: "orders",
            method: ["GET", "HEAD"],
            host: "orders.acme.example",
            path: "/orders/{id}",
            headers: { "x-a": "b" },
            query: { q: "" },
            action: "orders:GetOrder",
            resource: "arn:acme:orders:eu:tenant-7:order/{id}",
            context: { "acme:Order": "{id}" },
            anonymous: false,
          },
        ],
      },
    },
  ],
  authzen: [
    {
      subjects: { user: "arn:aws:iam::111111111111:user/{id}" },
      resources: {
        record: "arn:acme:records:::record/{id}",
        todo: { arn: "arn:acme:todos:::todo/{id}", action: "todos:{name}" },
      },
    },
  ],
  config: [
    {
      policies: ["orders=./orders", "stock=./stock"],
      listen: "127.0.0.1:50051",
      watch: true,
      watchQuiet: "500ms",
      workers: 2,
      maxMessageBytes: "1048576",
      logLevel: "debug",
      logFormat: "text",
      tokenAlgorithms: ["RS256"],
      insecure: "false",
      socketMode: "0660",
    },
  ],
};
