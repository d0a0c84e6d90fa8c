// A policy set and the calls that its principals made, out of a seed: what AWS did, what was used and how often is known by construction.
import { Random } from "./random.js";

/** The account of the world. */
export const trailAccount = "111111111111";
const region = "eu-west-1";

/** How large a world is, and which. */
export interface TrailOptions {
  readonly seed: number;
  readonly principals: number;
  /** The time of the first call, in milliseconds since 1970; each is a second after the one before. */
  readonly fromMs?: number;
}

/** A call of a kind: what the record says of it, and what is authorised. */
interface Kind {
  readonly source: string;
  readonly name: string;
  readonly action: string;
  /** The resource, the patterns of a statement for it, what the record has. `own`: whose it is; `item`: which of many. */
  readonly resource: (own: string, item: number) => string;
  readonly pattern: (own: string) => string;
  readonly parameters: (own: string, item: number) => object | null;
  readonly listsResource?: boolean;
}

const arn = (service: string, rest: string): string => `arn:aws:${service}:${region}:${trailAccount}:${rest}`;

function bucketKind(name: string, action: string): Kind {
  return {
    source: "s3",
    name,
    action: `s3:${action}`,
    resource: (own, item) => `arn:aws:s3:::${own}-data/in/${item % 97}/part-${item}.json`,
    pattern: (own) => `arn:aws:s3:::${own}-data/in/*`,
    parameters: (own, item) => ({
      bucketName: `${own}-data`,
      Host: `${own}-data.s3.${region}.amazonaws.com`,
      key: `in/${item % 97}/part-${item}.json`,
    }),
    listsResource: true,
  };
}

/** Kinds of calls, each with a way of its own to tell its resource. */
const kinds: readonly Kind[] = [
  bucketKind("GetObject", "GetObject"),
  bucketKind("PutObject", "PutObject"),
  bucketKind("HeadObject", "GetObject"),
  {
    source: "s3",
    name: "ListObjects",
    action: "s3:ListBucket",
    resource: (own) => `arn:aws:s3:::${own}-data`,
    pattern: (own) => `arn:aws:s3:::${own}-data`,
    parameters: (own, item) => ({ bucketName: `${own}-data`, prefix: `in/${item % 97}/`, "max-keys": "1000" }),
  },
  {
    source: "dynamodb",
    name: "PutItem",
    action: "dynamodb:PutItem",
    resource: (own) => arn("dynamodb", `table/${own}-orders`),
    pattern: (own) => arn("dynamodb", `table/${own}-*`),
    parameters: (own, item) => ({ tableName: `${own}-orders`, key: { id: `k-${item}` }, items: ["id", "state"] }),
    listsResource: true,
  },
  {
    source: "sqs",
    name: "SendMessage",
    action: "sqs:SendMessage",
    resource: (own) => arn("sqs", `${own}-jobs`),
    pattern: (own) => arn("sqs", `${own}-jobs`),
    parameters: (own) => ({
      queueUrl: `https://sqs.${region}.amazonaws.com/${trailAccount}/${own}-jobs`,
      messageBody: "HIDDEN_DUE_TO_SECURITY_REASONS",
    }),
  },
  {
    source: "kms",
    name: "Decrypt",
    action: "kms:Decrypt",
    resource: (own) => arn("kms", `key/${keyOf(own)}`),
    pattern: (own) => arn("kms", `key/${keyOf(own)}`),
    parameters: (own) => ({ encryptionContext: { app: own }, encryptionAlgorithm: "SYMMETRIC_DEFAULT" }),
    listsResource: true,
  },
  {
    source: "lambda",
    name: "Invoke",
    action: "lambda:InvokeFunction",
    resource: (own) => arn("lambda", `function:${own}-worker`),
    pattern: (own) => arn("lambda", `function:${own}-*`),
    parameters: (own) => ({ functionName: `${own}-worker`, sourceArn: "" }),
  },
  {
    source: "ec2",
    name: "DescribeInstances",
    action: "ec2:DescribeInstances",
    resource: () => "*",
    pattern: () => "*",
    parameters: () => ({ maxResults: 100, instancesSet: {}, filterSet: {} }),
  },
  {
    source: "ec2",
    name: "StopInstances",
    action: "ec2:StopInstances",
    resource: (own, item) => arn("ec2", `instance/i-${hex(own.length * 7919 + (item % 9), 17)}`),
    pattern: () => arn("ec2", "instance/*"),
    parameters: (own, item) => ({
      instancesSet: { items: [{ instanceId: `i-${hex(own.length * 7919 + (item % 9), 17)}` }] },
      force: false,
    }),
  },
  {
    source: "ssm",
    name: "GetParameter",
    action: "ssm:GetParameter",
    resource: (own, item) => arn("ssm", `parameter/${own}/p${item % 31}`),
    pattern: (own) => arn("ssm", `parameter/${own}/*`),
    parameters: (own, item) => ({ name: `/${own}/p${item % 31}`, withDecryption: true }),
  },
  {
    source: "monitoring",
    name: "PutMetricData",
    action: "cloudwatch:PutMetricData",
    resource: () => "*",
    pattern: () => "*",
    parameters: (own) => ({ namespace: own }),
  },
];

/** One principal with what it was given. */
export interface TrailPrincipal {
  readonly arn: string;
  readonly own: string;
  /** Kinds that it may call on its own resources. */
  readonly granted: readonly Kind[];
  readonly identity: Readonly<Record<string, unknown>>;
  readonly address: string;
}

/** A call with what is true of it. */
export interface TrailCall {
  /** The record as CloudTrail has it. */
  readonly record: Readonly<Record<string, unknown>>;
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  readonly time: string;
  /** `other`: it failed for a reason that is no policy's, so that nothing is proved. `service`: nobody's call. */
  readonly outcome: "allowed" | "denied" | "other" | "service";
}

/** A world. */
export class TrailWorld {
  readonly principals: readonly TrailPrincipal[];
  private readonly random: Random;
  private readonly fromMs: number;

  constructor({ seed, principals, fromMs = Date.parse("2026-10-01T00:00:00Z") }: TrailOptions) {
    this.random = new Random(seed);
    this.fromMs = fromMs;
    this.principals = Array.from({ length: principals }, (_, index) => this.principal(index));
  }

  /** The policy set, as a file of Verdict. */
  set(): object {
    const entries = this.principals.map(({ arn, own, granted }) => ({
      arn,
      inlinePolicies: [
        {
          name: "own",
          document: {
            Version: "2012-10-17",
            Statement: granted.map(({ action, pattern }, index) => ({
              Sid: `S${index}`,
              Effect: "Allow",
              Action: action,
              Resource: pattern(own),
            })),
          },
        },
      ],
      ...(arn.includes(":role/") ? { trustPolicy } : {}),
    }));
    return {
      users: entries.filter(({ arn }) => arn.includes(":user/")),
      roles: entries.filter(({ arn }) => arn.includes(":role/")),
      // Keys have policies, and only theirs lets those of identities count.
      resources: this.principals.map(({ own }) => ({
        arn: arn("kms", `key/${keyOf(own)}`),
        account: trailAccount,
        policy: keyPolicy,
      })),
    };
  }

  /** Calls, the first `count` of them. */
  *calls(count: number): Generator<TrailCall> {
    for (let index = 0; index < count; index++) yield this.call(index);
  }

  private principal(index: number): TrailPrincipal {
    const { random } = this;
    const own = `app${index}`;
    const granted = new Map<string, Kind>();
    for (let left = random.between(3, 6); left > 0; left--) {
      const kind = random.pick(kinds);
      granted.set(kind.action, kind);
    }
    const isUser = index % 5 === 0;
    const path = isUser ? `user/people/${own}` : `role/service/${own}`;
    const id = hex(index + 4096, 17).toUpperCase();
    const session = `arn:aws:sts::${trailAccount}:assumed-role/${own}/i-${hex(index, 17)}`;
    const identity = isUser
      ? {
          type: "IAMUser",
          principalId: `AIDA${id}`,
          arn: `arn:aws:iam::${trailAccount}:${path}`,
          accountId: trailAccount,
          accessKeyId: `AKIA${id}`,
          userName: own,
        }
      : {
          type: "AssumedRole",
          principalId: `AROA${id}:i-${hex(index, 17)}`,
          arn: session,
          accountId: trailAccount,
          accessKeyId: `ASIA${id}`,
          sessionContext: {
            sessionIssuer: {
              type: "Role",
              principalId: `AROA${id}`,
              arn: `arn:aws:iam::${trailAccount}:${path}`,
              accountId: trailAccount,
              userName: own,
            },
            attributes: { creationDate: "2026-09-30T23:00:00Z", mfaAuthenticated: "false" },
            ec2RoleDelivery: "2.0",
          },
        };
    const address = `203.0.${index % 113}.${(index * 7) % 251}`;
    return { arn: `arn:aws:iam::${trailAccount}:${path}`, own, granted: [...granted.values()], identity, address };
  }

  private call(index: number): TrailCall {
    const { random } = this;
    const principal = random.pick(this.principals);
    const { own, granted } = principal;
    const fate = random.below(100);
    const others = kinds.filter(({ action }) => granted.every((one) => one.action !== action));
    const isDenied = fate < 5;
    const kind = random.pick(isDenied ? others : granted);
    const item = random.below(1_000_000);
    const outcome = isDenied ? "denied" : fate < 7 ? "other" : fate < 8 ? "service" : "allowed";
    const time = new Date(this.fromMs + index * 1000).toISOString().replace(".000Z", "Z");
    const resource = kind.resource(own, item);
    const record = {
      eventVersion: "1.11",
      userIdentity:
        outcome === "service" ? { type: "AWSService", invokedBy: "autoscaling.amazonaws.com" } : principal.identity,
      eventTime: time,
      eventSource: `${kind.source}.amazonaws.com`,
      eventName: kind.name,
      awsRegion: region,
      sourceIPAddress: principal.address,
      userAgent:
        "[aws-sdk-go-v2/1.32.4 ua/2.1 os/linux lang/go#1.23.4 md/GOOS#linux md/GOARCH#amd64 exec-env/AWS_ECS_FARGATE]",
      ...(outcome === "denied"
        ? {
            errorCode: "AccessDenied",
            errorMessage: `User: ${String(principal.identity.arn)} is not authorized to perform: ${kind.action} on resource: ${resource} because no identity-based policy allows the ${kind.action} action`,
          }
        : outcome === "other"
          ? { errorCode: "ThrottlingException", errorMessage: "Rate exceeded" }
          : {}),
      requestParameters: kind.parameters(own, item),
      responseElements:
        outcome === "allowed" && kind.name === "PutObject" ? { "x-amz-server-side-encryption": "aws:kms" } : null,
      additionalEventData: {
        SignatureVersion: "SigV4",
        CipherSuite: "TLS_AES_128_GCM_SHA256",
        bytesTransferredIn: random.below(4096),
        AuthenticationMethod: "AuthHeader",
        "x-amz-id-2": hex(random.below(1_000_000_000), 76),
        bytesTransferredOut: 0,
      },
      requestID: `${hex(random.below(1_000_000_000), 8)}-5c4d-4f2e-9a1b-${hex(index, 12)}`,
      eventID: `${hex(random.below(1_000_000_000), 8)}-1a2b-4c3d-8e4f-${hex(index, 12)}`,
      readOnly: /^(?:Get|Head|List|Describe)/.test(kind.name),
      ...(kind.listsResource === true ? { resources: listed(kind, resource) } : {}),
      eventType: outcome === "service" ? "AwsServiceEvent" : "AwsApiCall",
      managementEvent: kind.listsResource !== true,
      recipientAccountId: trailAccount,
      eventCategory: kind.listsResource === true ? "Data" : "Management",
      tlsDetails: {
        tlsVersion: "TLSv1.3",
        cipherSuite: "TLS_AES_128_GCM_SHA256",
        clientProvidedHostHeader: `${kind.source}.${region}.amazonaws.com`,
      },
    };
    return { record, principal: principal.arn, action: kind.action, resource, time, outcome };
  }
}

const trustPolicy = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "ecs-tasks.amazonaws.com" }, Action: "sts:AssumeRole" }],
};

const keyPolicy = {
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Allow",
      Principal: { AWS: `arn:aws:iam::${trailAccount}:root` },
      Action: "kms:*",
      Resource: "*",
    },
  ],
};

/** Of objects, the bucket stands beside them. */
function listed({ source }: Kind, resource: string): readonly object[] {
  if (source !== "s3") return [{ accountId: trailAccount, type: `AWS::${source.toUpperCase()}::Any`, ARN: resource }];
  const bucket = resource.split("/", 1)[0] ?? "";
  return [
    { type: "AWS::S3::Object", ARN: resource },
    { accountId: trailAccount, type: "AWS::S3::Bucket", ARN: bucket },
  ];
}

function keyOf(own: string): string {
  return `${hex(Number(own.slice(3)) + 1, 8)}-0000-4000-8000-000000000000`;
}

function hex(value: number, length: number): string {
  return value.toString(16).padStart(length, "0").slice(-length);
}
