/**
 * Condition keys whose values AWS lists. To a closed list AWS adds nothing (CTX-6). Of an open one only misspellings can be told, for what is
 * new looks like what is wrong.
 */
import { plainTokens } from "../../policy/document/pattern-cover.js";
import { tokensIntersect } from "../../policy/document/token-relations.js";
import { closestName } from "../../text/closest-name.js";

interface ValueList {
  readonly values: readonly string[];
  readonly isClosed?: true;
  /** A value that is not in the list though it may exist by now. */
  readonly mayExist?: (text: string) => boolean;
  /** What authors write, in lower case, for the value that they mean. */
  readonly confused?: Readonly<Record<string, string>>;
}

/** What to write in place of a value that its key never has. */
export interface UnknownValue {
  /** The value that may be meant. */
  readonly meant: string | undefined;
  /** All values of the key. */
  readonly values: readonly string[];
}

/** How a text is compared with the values of a request. */
export type ValueComparison = "exact" | "anyCase" | "pattern";

/** Undefined if the value is in the list of its key or may be new, and for keys without a list. */
export function unknownValue(key: string, text: string, comparison: ValueComparison): UnknownValue | undefined {
  const list = lists.get(key.toLowerCase());
  if (list === undefined || list.mayExist?.(text) === true) return undefined;
  const { values, isClosed, confused = {} } = list;
  if (values.some((value) => isEqual[comparison](value, text))) return undefined;
  const folded = text.toLowerCase();
  const meant = Object.hasOwn(confused, folded) ? confused[folded] : closestName(text, values);
  return meant === undefined && isClosed !== true ? undefined : { meant, values };
}

const isEqual: Readonly<Record<ValueComparison, (value: string, text: string) => boolean>> = {
  exact: (value, text) => value === text,
  anyCase: (value, text) => value.toLowerCase() === text.toLowerCase(),
  pattern: (value, text) => tokensIntersect(plainTokens(value), plainTokens(text)),
};

const regions: ValueList = {
  values: [
    ...["us-east-1", "us-east-2", "us-west-1", "us-west-2", "us-gov-east-1", "us-gov-west-1", "af-south-1"],
    ...["ap-east-1", "ap-east-2", "ap-south-1", "ap-south-2", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3"],
    ...["ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5", "ap-southeast-6"],
    ...["ap-southeast-7", "ca-central-1", "ca-west-1", "cn-north-1", "cn-northwest-1", "eu-central-1", "eu-central-2"],
    ...[
      "eu-north-1",
      "eu-south-1",
      "eu-south-2",
      "eu-west-1",
      "eu-west-2",
      "eu-west-3",
      "il-central-1",
      "me-central-1",
    ],
    ...["me-south-1", "mx-central-1", "sa-east-1"],
  ],
  // AWS opens regions every year, all of them named so.
  mayExist: (text) =>
    /^[a-z]{2,4}(?:-[a-z]+)?-(?:north|south|east|west|central|northeast|northwest|southeast|southwest)-[1-9]$/.test(
      text,
    ),
  confused: { frankfurt: "eu-central-1", ireland: "eu-west-1", london: "eu-west-2" },
};

const lists: ReadonlyMap<string, ValueList> = new Map(
  Object.entries<ValueList>({
    "aws:PrincipalType": {
      values: ["Account", "User", "AssumedRole", "FederatedUser", "Service", "Anonymous"],
      isClosed: true,
      confused: { role: "AssumedRole", session: "AssumedRole", root: "Account", awsservice: "Service" },
    },
    "aws:RequestedRegion": regions,
    "ec2:Region": regions,
    "s3:x-amz-acl": {
      values: [
        ...["private", "public-read", "public-read-write", "authenticated-read", "aws-exec-read"],
        ...["bucket-owner-read", "bucket-owner-full-control", "log-delivery-write"],
      ],
      isClosed: true,
    },
    "s3:x-amz-server-side-encryption": {
      values: ["AES256", "aws:kms", "aws:kms:dsse", "aws:fsx"],
      confused: { kms: "aws:kms", "sse-s3": "AES256", "sse-kms": "aws:kms" },
    },
    "s3:x-amz-storage-class": {
      values: [
        ...["STANDARD", "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER"],
        ...["DEEP_ARCHIVE", "OUTPOSTS", "GLACIER_IR", "SNOW", "EXPRESS_ONEZONE", "FSX_OPENZFS"],
      ],
    },
    "s3:x-amz-metadata-directive": { values: ["COPY", "REPLACE"], isClosed: true },
    "s3:object-lock-mode": { values: ["GOVERNANCE", "COMPLIANCE"], isClosed: true },
    "s3:authType": { values: ["REST-HEADER", "REST-QUERY-STRING", "POST"], isClosed: true },
    "ec2:MetadataHttpTokens": { values: ["required", "optional"], isClosed: true },
    "ec2:Tenancy": { values: ["default", "dedicated", "host"], isClosed: true },
    "lambda:FunctionUrlAuthType": { values: ["AWS_IAM", "NONE"], isClosed: true },
  }).map(([key, list]) => [key.toLowerCase(), list]),
);
