/** The words and sentences that the matcher writes into answers; it knows them by number only. */
import {
  ERROR_COUNT,
  LAYER_COUNT,
  LONGEST_ACTION,
  LONGEST_PRINCIPAL,
  LONGEST_RESOURCE,
  Text,
} from "../../assembly/format/layout.js";

/** In the order of `Text`, up to `ErrorFirst`. */
const WORDS = [
  "identity",
  "boundary",
  "session",
  "resource",
  "endpoint",
  "scp",
  "rcp",
  "service",
  "Allow",
  "Deny",
  "silent",
  "allow",
  "deny",
  "principal",
  "action",
  "resource",
  "condition",
];

/** The types of policies in the words of OUT-12, in the order of `Layer`. */
const POLICY_WORDS = [
  "identity-based policy",
  "permissions boundary",
  "session policy",
  "resource-based policy",
  "VPC endpoint policy",
  "service control policy",
  "resource control policy",
  "service",
];

/** The pieces of the sentence of OUT-12, in the order of `Text`. */
const DENIAL = [
  " is not authorized to perform: ",
  " on resource: ",
  ...POLICY_WORDS.map((words) => ` with an explicit deny in ${/^[aeiou]/.test(words) ? "an" : "a"} ${words}`),
  ...POLICY_WORDS.map((words) => ` because no ${words} allows the `),
  " action",
];

/** In the order of `ErrorCode`. */
const ERRORS = [
  "",
  "request: malformed protobuf",
  "request: a text is not valid UTF-8",
  "principal: not the ARN of a user, role, session, federated user or root, nor a service, nor `anonymous` (IN-2)",
  "action: not of the form `service:Name` without wildcards (ACT-1)",
  "resource: neither an ARN of six fields nor `*` (IN-6)",
  "resource: its owner account is not known and the requester has none (XACC-5)",
  "principal: an identity provider may only call sts:AssumeRoleWith… (IN-2)",
  "what_if: not allowed on this server",
  "table: an index of this row is out of range",
  "request: too many or too large tags",
  "session_policies: not a valid policy document",
  "policy_set: differs from that of the batch",
  `principal: longer than ${LONGEST_PRINCIPAL} bytes`,
  `action: longer than ${LONGEST_ACTION} bytes`,
  `resource: longer than ${LONGEST_RESOURCE} bytes`,
  "principal: has a wildcard: a requester is one concrete ARN (IN-2)",
  "session_policies, session_tags: the requester can have none (IN-7)",
  // Goes on with the value and a backtick.
  "context: `aws:SourceIp` and `aws:VpcSourceIp` have to be IP addresses (CTX-16), not `",
];

/** Every text of an answer, in the order of `Text`. */
export const answerTexts: readonly string[] = [...WORDS, ...DENIAL, ...ERRORS];

if (WORDS.length !== Text.DenialNotAuthorized)
  throw new Error("src/image/texts.ts does not have one word for each Text");
if (POLICY_WORDS.length !== LAYER_COUNT) throw new Error("src/image/texts.ts does not have one word for each Layer");
if (ERRORS.length !== ERROR_COUNT) throw new Error("src/image/texts.ts does not have one text for each ErrorCode");
