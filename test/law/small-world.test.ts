// A world small enough to be enumerated: what every layer says, who asks, from which account, which service. The matcher
// gives the oracle's answer in every row (EVAL-2, EVAL-3, RBP, XACC, SCP, RCP, VPCE, SVC-1).
import { describe, expect, it } from "vitest";
import type { LayerName } from "../../src/question/layers.js";
import { Simulator } from "../../src/simulate/simulator.js";
import { askMatcher, askOracle, build, differences, type Matcher } from "../differential/evaluators.js";
import { NOW_MS } from "../differential/scene.js";
import type { CasePolicies, CaseRequest, SimulationCase } from "../oracle/simulation-case.js";

const OWNER = "111122223333";
const STRANGER = "444455556666";

const LAYERS = {
  identity: ["none", "allow", "deny", "silent"],
  resource: ["none", "account", "issuer", "exact", "wildcard", "deny", "silent"],
  boundary: ["none", "allow", "silent", "deny"],
  session: ["none", "allow", "silent", "deny"],
  scp: ["none", "allow", "silent", "deny"],
  rcp: ["none", "deny"],
  endpoint: ["none", "allow", "silent", "deny"],
} as const satisfies Readonly<Record<Exclude<LayerName, "service">, readonly string[]>>;

type Layer = keyof typeof LAYERS;

type Row = Readonly<Record<Layer, string>>;

const KINDS = ["root", "user", "session", "role", "federatedUser", "service", "anonymous", "serviceLinked"] as const;

type Kind = (typeof KINDS)[number];

const SERVICES = {
  ordinary: { action: "s3:GetObject", resource: "arn:aws:s3:::depot/x" },
  key: { action: "kms:Decrypt", resource: `arn:aws:kms:eu-west-1:${OWNER}:key/k-1` },
  trust: { action: "sts:AssumeRole", resource: `arn:aws:iam::${OWNER}:role/path/target` },
} as const;

type Service = keyof typeof SERVICES;

describe("matcher and oracle in the small world", () => {
  const rows = [...enumerate()];

  it(`enumerates ${rows.length} combinations of what the layers say`, () => {
    // Every row of the four layers that grant or limit together, and every row of the three that limit alone.
    expect(rows).toHaveLength(4 * 7 * 4 * 4 + (4 * 2 * 4 - 1) * LIMITED.length);
  });

  for (const kind of KINDS) {
    it(`agree about ${kind} in ${rows.length * 6} rows`, async () => {
      const matcher = await Simulator.start({ matcher: "release", nowMs: () => NOW_MS });
      const wrong: string[] = [];
      for (const account of [OWNER, STRANGER]) {
        for (const service of ["ordinary", "key", "trust"] as const) {
          for (const row of rows) {
            const found = compare(matcher, caseOf(row, kind, account, service));
            if (found.length > 0) wrong.push(`${account} ${service} ${JSON.stringify(row)}: ${found.join("; ")}`);
          }
        }
      }
      expect(wrong.slice(0, 20)).toEqual([]);
    });
  }
});

/** What the layers that interact say while those that limit alone are enumerated: one row for each way to an answer. */
const LIMITED: readonly Partial<Row>[] = [
  { identity: "allow" },
  { identity: "silent" },
  { identity: "allow", boundary: "silent" },
  { identity: "allow", session: "silent" },
  { identity: "deny" },
  { resource: "wildcard" },
  { resource: "exact", boundary: "silent", session: "silent" },
  { resource: "issuer", boundary: "allow", session: "allow" },
  { resource: "issuer", identity: "silent", boundary: "silent" },
  { resource: "account", identity: "allow", boundary: "allow", session: "allow" },
  { resource: "wildcard", identity: "allow", boundary: "deny" },
  { resource: "deny", identity: "allow" },
];

const NOTHING: Row = {
  identity: "none",
  resource: "none",
  boundary: "none",
  session: "none",
  scp: "none",
  rcp: "none",
  endpoint: "none",
};

function* enumerate(): Iterable<Row> {
  for (const identity of LAYERS.identity)
    for (const resource of LAYERS.resource)
      for (const boundary of LAYERS.boundary)
        for (const session of LAYERS.session) yield { ...NOTHING, identity, resource, boundary, session };
  for (const scp of LAYERS.scp)
    for (const rcp of LAYERS.rcp)
      for (const endpoint of LAYERS.endpoint) {
        if (scp === "none" && rcp === "none" && endpoint === "none") continue; // enumerated above
        for (const limited of LIMITED) yield { ...NOTHING, ...limited, scp, rcp, endpoint };
      }
}

function caseOf(row: Row, kind: Kind, account: string, service: Service): SimulationCase {
  const target = SERVICES[service];
  const request: CaseRequest = { ...requesterOf(kind, account), ...target, resourceAccount: OWNER };
  const about = (state: string): unknown => documentOf(state, target.action, ANYTHING);
  const fromEveryone = (state: string): unknown => documentOf(state, target.action, { Principal: "*", ...ANYTHING });
  const policies: CasePolicies = {
    ...(row.identity === "none" ? {} : { identity: [{ name: "own", document: about(row.identity) }] }),
    ...(row.resource === "none" ? {} : { resource: resourcePolicyOf(row.resource, kind, account, service) }),
    ...(row.boundary === "none" ? {} : { boundary: about(row.boundary) }),
    ...(row.session === "none" ? {} : { session: about(row.session) }),
    ...(row.scp === "none" ? {} : { scps: [[about("allow")], [about(row.scp)]] }),
    ...(row.rcp === "none" ? {} : { rcps: [[controlOf(target.action)]] }),
    ...(row.endpoint === "none" ? {} : { endpoint: fromEveryone(row.endpoint) }),
  };
  return { policies, request };
}

function requesterOf(kind: Kind, account: string): Pick<CaseRequest, "principal" | "principalIssuerArn"> {
  const iam = `arn:aws:iam::${account}`;
  const sts = `arn:aws:sts::${account}`;
  switch (kind) {
    case "root":
      return { principal: `${iam}:root` };
    case "user":
      return { principal: `${iam}:user/dev/alice` };
    case "session":
      return { principal: `${sts}:assumed-role/deployer/run-42`, principalIssuerArn: `${iam}:role/path/deployer` };
    case "role":
      return { principal: `${iam}:role/path/deployer` };
    case "federatedUser":
      return { principal: `${sts}:federated-user/carol`, principalIssuerArn: `${iam}:user/dev/alice` };
    case "service":
      return { principal: "lambda.amazonaws.com" };
    case "anonymous":
      return { principal: "anonymous" };
    case "serviceLinked":
      return {
        principal: `${sts}:assumed-role/AWSServiceRoleForX/run-42`,
        principalIssuerArn: `${iam}:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX`,
      };
  }
}

function resourcePolicyOf(state: string, kind: Kind, account: string, service: Service): unknown {
  const { action } = SERVICES[service];
  const resource = service === "trust" ? {} : ANYTHING; // TYPE-1
  const { principal, principalIssuerArn } = requesterOf(kind, account);
  const own = kind === "service" ? { Service: principal } : kind === "anonymous" ? "*" : { AWS: principal };
  switch (state) {
    case "account":
      return documentOf("allow", action, { Principal: { AWS: account }, ...resource });
    case "issuer":
      return documentOf("allow", action, {
        Principal: { AWS: principalIssuerArn ?? principalOr(principal, account) },
        ...resource,
      });
    case "exact":
      return documentOf("allow", action, { Principal: own, ...resource });
    default:
      return documentOf(state === "wildcard" ? "allow" : state, action, { Principal: "*", ...resource });
  }
}

/** Who has no issuer is named itself, or, without an ARN, by the account. */
function principalOr(principal: string, account: string): string {
  return principal.startsWith("arn:") ? principal : account;
}

const ANYTHING = { Resource: "*" };

function documentOf(state: string, action: string, elements: object): unknown {
  const [service = ""] = action.split(":");
  const Action = state === "silent" ? `${service}:Other` : action;
  const Effect = state === "deny" ? "Deny" : "Allow";
  return { Version: "2012-10-17", Statement: [{ Sid: "S", Effect, Action, ...elements }] };
}

function controlOf(action: string): unknown {
  return {
    Version: "2012-10-17",
    Statement: [{ Sid: "S", Effect: "Deny", Principal: "*", Action: action, Resource: "*" }],
  };
}

function compare(matcher: Matcher, simulationCase: SimulationCase): string[] {
  const built = build(simulationCase);
  if ("error" in built) return [built.error];
  return differences(askMatcher(matcher, built.built), askOracle(simulationCase));
}
