// Random requesters of every kind, and the principal elements that name them, their account, their issuer or somebody
// else (sections 1 and 6).

import type { Random } from "../kit/random.js";
import type { CaseRequest } from "../oracle/simulation-case.js";
import type { World } from "./world.js";

/** The members of a request that say who asks. */
export type PrincipalFacts = Pick<
  CaseRequest,
  "principal" | "principalIssuerArn" | "principalUniqueId" | "principalCanonicalId" | "principalIsProvider"
>;

const USER_PATHS = ["alice", "bob", "dev/alice", "prod-1"];
const ROLE_PATHS = ["deployer", "path/deployer", "path/reader", "aws-service-role/x.amazonaws.com/deployer"];
const SESSIONS = ["run-42", "run-43", "alice", "i-0abc"];
const FEDERATED = ["carol", "alice"];
const SERVICES = ["lambda.amazonaws.com", "s3.amazonaws.com", "lambda.eu-west-1.amazonaws.com"];
const PROVIDERS = ["accounts.google.com", "cognito-identity.amazonaws.com"];
const UNIQUE_IDS = ["AIDAALICE", "AIDABOB", "AROADEPLOYER", "AROAREADER"];
const CANONICAL_IDS = ["c0ffee", "beef"];

/** A requester; the first account of the world is the likelier one. */
export function generatePrincipal(random: Random, world: World): PrincipalFacts {
  const account = random.chance(0.75) ? world.accounts[0] : world.accounts[1];
  const partition = random.chance(0.02) ? "aws-cn" : world.partition;
  const iam = (rest: string): string => `arn:${partition}:iam::${account}:${rest}`;
  const sts = (rest: string): string => `arn:${partition}:sts::${account}:${rest}`;
  const ids = {
    ...(random.chance(0.5) ? { principalCanonicalId: random.pick(CANONICAL_IDS) } : {}),
  };
  const userId = random.chance(0.6) ? { principalUniqueId: random.pick(UNIQUE_IDS.slice(0, 2)) } : {};
  const roleId = random.chance(0.6) ? { principalUniqueId: random.pick(UNIQUE_IDS.slice(2)) } : {};
  const generate = random.weighted<() => PrincipalFacts>([
    [25, () => ({ principal: iam(`user/${random.pick(USER_PATHS)}`), ...ids, ...userId })],
    [
      25,
      () => {
        const path = random.pick(ROLE_PATHS);
        const name = path.slice(path.lastIndexOf("/") + 1);
        const issuer = random.chance(0.8) ? { principalIssuerArn: iam(`role/${path}`) } : {};
        return { principal: sts(`assumed-role/${name}/${random.pick(SESSIONS)}`), ...issuer, ...ids, ...roleId };
      },
    ],
    [12, () => ({ principal: iam(`role/${random.pick(ROLE_PATHS)}`), ...ids, ...roleId })],
    [
      10,
      () => {
        const issuer = random.weighted([
          [5, { principalIssuerArn: iam(`user/${random.pick(USER_PATHS)}`) }],
          [2, { principalIssuerArn: iam("root") }],
          [2, {}],
        ]);
        return { principal: sts(`federated-user/${random.pick(FEDERATED)}`), ...issuer, ...ids, ...userId };
      },
    ],
    [8, () => ({ principal: iam("root"), ...ids })],
    [8, () => ({ principal: random.pick(world.profile === "generic" ? [...SERVICES, "jobs.example"] : SERVICES) })],
    [
      4,
      () => ({
        principal: random.pick([...PROVIDERS, iam("oidc-provider/id.example"), iam("saml-provider/Okta")]),
        principalIsProvider: true,
      }),
    ],
    [8, () => ({ principal: "anonymous" })],
  ]);
  return generate();
}

/** `Principal` or `NotPrincipal`: mostly the links of the requester's chain (PRN-1, NPR-2). */
export function generatePrincipalElement(random: Random, world: World, facts: PrincipalFacts): unknown {
  if (random.chance(0.12)) return "*";
  if (random.chance(0.02)) return {};
  const own = linksOf(world, facts);
  const entries = random.list(1, random.chance(0.5) ? 1 : 4, () =>
    own.length > 0 && random.chance(0.75) ? random.pick(own) : generateEntry(random, world),
  );
  const members = new Map<string, string[]>();
  for (const [member, value] of entries) members.set(member, [...(members.get(member) ?? []), value]);
  if (random.chance(0.01)) members.set("AWS", []);
  return Object.fromEntries(
    [...members].map(([member, values]) => [member, values.length === 1 && random.chance(0.6) ? values[0] : values]),
  );
}

type Entry = readonly [member: string, value: string];

/** Every link of the requester's chain, so that NotPrincipal can exempt it (NPR-2). */
function linksOf(world: World, facts: PrincipalFacts): Entry[] {
  const { principal, principalIssuerArn, principalUniqueId, principalCanonicalId, principalIsProvider } = facts;
  if (principalIsProvider === true) return [["Federated", principal]];
  if (principal === "anonymous") return [["AWS", "*"]];
  if (!principal.startsWith("arn:")) return [["Service", principal]];
  const [, partition = "", , , account = "", rest = ""] = principal.split(":");
  const [type, name = ""] = rest.split("/");
  const isSession = type === "assumed-role";
  const issuer = principalIssuerArn ?? (isSession ? `arn:${partition}:iam::${account}:role/${name}` : undefined);
  const links: Entry[] = [
    ["AWS", principal],
    ["AWS", `arn:${partition}:iam::${account}:root`],
    ["AWS", account],
  ];
  if (issuer !== undefined) links.push(["AWS", issuer]);
  if (principalUniqueId !== undefined) links.push(["AWS", principalUniqueId]);
  if (principalCanonicalId !== undefined && world.profile === "aws")
    links.push(["CanonicalUser", principalCanonicalId]);
  return links;
}

function generateEntry(random: Random, world: World): Entry {
  const account = random.pick(world.accounts);
  const aws = (service: string, rest: string): Entry => [
    "AWS",
    `arn:${world.partition}:${service}::${account}:${rest}`,
  ];
  const generate = random.weighted<() => Entry>([
    [3, () => ["AWS", "*"]],
    [3, () => ["AWS", /^[0-9]+$/.test(account) ? account : "111122223333"]],
    [3, () => aws("iam", "root")],
    [3, () => aws("iam", `user/${random.pick(USER_PATHS)}`)],
    [3, () => aws("iam", `role/${random.pick(ROLE_PATHS)}`)],
    [3, () => aws("sts", `assumed-role/deployer/${random.pick(SESSIONS)}`)],
    [2, () => aws("sts", `federated-user/${random.pick(FEDERATED)}`)],
    [2, () => ["AWS", random.pick(UNIQUE_IDS)]],
    [2, () => ["Service", random.pick([...SERVICES, "jobs.example"])]],
    [1, () => ["Federated", random.pick(PROVIDERS)]],
    [1, () => (world.profile === "aws" ? ["CanonicalUser", random.pick(CANONICAL_IDS)] : aws("iam", "root"))],
  ]);
  return generate();
}
