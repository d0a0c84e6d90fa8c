// Random actions and the resources they act on: neighbours of each other in every service (sections 4 and 5).
import type { Random } from "../kit/random.js";
import { generateText, ODD_TEXTS, otherCase, type World } from "./world.js";

/** What is done to what. */
export interface Target {
  readonly action: string;
  readonly resource: string;
}

/** Action names by service prefix; several are prefixes of each other, several have rules of their own (section 15). */
export const ACTIONS: Readonly<Record<string, readonly string[]>> = {
  s3: ["GetObject", "GetObjectAcl", "PutObject", "ListBucket", "GetBucketAcl", "ListAllMyBuckets"],
  sqs: ["SendMessage", "SendMessageBatch", "ReceiveMessage"],
  kms: ["Decrypt", "Encrypt", "DescribeKey", "RetireGrant", "CreateAlias", "UpdateAlias", "DeleteAlias", "ListKeys"],
  sts: [
    "AssumeRole",
    "TagSession",
    "SetSourceIdentity",
    "AssumeRoleWithSAML",
    "AssumeRoleWithWebIdentity",
    "GetCallerIdentity",
    "GetSessionToken",
  ],
  iam: [
    "PassRole",
    "GetRole",
    "CreateRole",
    "DeleteRole",
    "UpdateRole",
    "TagRole",
    "CreatePolicy",
    "TagPolicy",
    "CreatePolicyVersion",
    "GetUser",
    "UpdateAssumeRolePolicy",
    "PutRolePermissionsBoundary",
  ],
  orders: ["Read", "ReadAll", "Write", "Änder", "änder"],
};

/** An action with a resource that fits it, mostly. */
export function generateTarget(random: Random, world: World): Target {
  const service = random.weighted([
    [30, "s3"],
    [12, "sqs"],
    [16, "kms"],
    [20, "sts"],
    [10, "iam"],
    [14, "orders"],
  ] as const);
  return { action: generateAction(random, service), resource: generateResource(random, world, service) };
}

/** Another action of the same service. */
export function generateAction(random: Random, service: string): string {
  const action = `${service}:${random.pick(ACTIONS[service] ?? ["Read"])}`;
  return random.chance(0.08) ? swapAsciiCase(random, action) : action;
}

/** A resource of a service; `*` for actions without one (RES-1). */
export function generateResource(random: Random, world: World, service: string): string {
  const account = random.chance(0.7) ? world.accounts[0] : world.accounts[1];
  const region = random.pick(["eu-west-1", "eu-west-1", "us-east-1", ""]);
  const partition = random.chance(0.03) ? "aws-cn" : world.partition;
  const own = (rest: string, regional: boolean, owner = account): string =>
    `arn:${partition}:${service === "sts" ? "iam" : service}:${regional ? region : ""}:${owner}:${rest}`;
  if (random.chance(0.07)) return "*";
  switch (service) {
    case "s3":
      if (random.chance(0.1)) return own(`accesspoint/ap/object/${generateKey(random)}`, true);
      return own(
        random.chance(0.2) ? random.pick(["depot", "depot-private", ""]) : `depot/${generateKey(random)}`,
        false,
        "",
      );
    case "sqs":
      return own(random.pick(["jobs", "jobs.fifo", "jobs-dead", "job"]), true);
    case "kms":
      return own(
        random.pick(["key/k-1", "key/k-1", "key/k-2", "key/", "keyring/k", "alias/app", "alias/aws/s3"]),
        true,
      );
    case "sts":
      return own(
        random.pick([
          "role/deployer",
          "role/path/deployer",
          "role/path/deployer",
          "role/aws-reserved/sso/deployer",
          "role/aws-service-role/x.amazonaws.com/deployer",
          "user/alice",
        ]),
        false,
      );
    case "iam":
      return own(
        random.pick([
          "role/deployer",
          "role/path/deployer",
          "role/aws-reserved/sso/deployer",
          "policy/p",
          "user/alice",
          "user/dev/alice",
        ]),
        false,
        random.chance(0.15) ? "aws" : account,
      );
    default:
      return `arn:${random.chance(0.8) ? "acme" : "aws"}:orders:${region}:${random.chance(0.8) ? account : ""}:${random.pick(
        ["order/2025/7", "order/2025/70", "order", "book:page:3", "book:page", `order/${generateKey(random)}`],
      )}`;
  }
}

function generateKey(random: Random): string {
  const pieces = random.list(1, 3, () =>
    random.chance(0.25)
      ? random.pick(ODD_TEXTS)
      : random.chance(0.3)
        ? generateText(random)
        : random.pick(["a", "b", "x", "secret", "key", "alice", "blue"]),
  );
  return pieces.join(random.pick(["/", "/", "/", ":", ""]));
}

/** Actions fold ASCII only (ACT-2). */
export function swapAsciiCase(random: Random, text: string): string {
  return text.replace(/[A-Za-z]/g, (letter) => (random.chance(0.4) ? otherAsciiCase(letter) : letter));
}

function otherAsciiCase(letter: string): string {
  return letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase();
}

/** A target that is no question (IN-6). */
export function breakTarget(random: Random, target: Target): Target {
  const broken = random.pick(["s3", "s3:", ":GetObject", "s3:Get:Object", "s3:Get*", "s3:Get?bject", ":"]);
  const resource = random.pick([
    "depot",
    "arn",
    "arn:aws:s3",
    "arn:aws:s3::",
    "arn:aws:s3:::depot",
    "ARN:aws:s3:::d",
    "**",
  ]);
  return random.chance(0.5) ? { ...target, action: broken } : { ...target, resource };
}

/** A text in other letters of the same kind, for near misses. */
export function spoil(random: Random, text: string): string {
  const characters = Array.from(text);
  const at = random.below(characters.length + 1);
  return random.pick([
    () => [...characters.slice(0, at), random.pick(["x", "/", ":", "é"]), ...characters.slice(at)].join(""),
    () => [...characters.slice(0, at), ...characters.slice(at + 1)].join(""),
    () => otherCase(random, text),
    () => characters.slice(0, at).join(""),
  ])();
}
