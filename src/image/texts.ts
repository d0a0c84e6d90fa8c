/** The words and sentences that the matcher writes into answers; it knows them by number only, and here each has that number's name. */
import {
  ERROR_COUNT,
  ErrorCode,
  LONGEST_ACTION,
  LONGEST_PRINCIPAL,
  LONGEST_RESOURCE,
  Text,
} from "../../assembly/format/layout.js";
import { ACTION_END, explicitDeny, NOT_AUTHORIZED, noPolicy, ON_RESOURCE } from "../question/denial-sentence.js";
import { layerNames } from "../question/layers.js";

/** Members of `Text` that stand for a run of texts. */
type Run =
  | "LayerFirst"
  | "LayerLast"
  | "DenialExplicit"
  | "DenialExplicitLast"
  | "DenialNoPolicy"
  | "DenialNoPolicyLast"
  | "ErrorFirst";

const WORDS: Readonly<Record<Exclude<keyof typeof Text, Run>, string>> = {
  EffectAllow: "Allow",
  EffectDeny: "Deny",
  VerdictSilent: "silent",
  VerdictAllow: "allow",
  VerdictDeny: "deny",
  ElementPrincipal: "principal",
  ElementAction: "action",
  ElementResource: "resource",
  ElementCondition: "condition",
  DenialNotAuthorized: NOT_AUTHORIZED,
  DenialOnResource: ON_RESOURCE,
  DenialAction: ACTION_END,
  OwnerQuestion: "question",
  OwnerResource: "resource",
  OwnerPattern: "owners",
  OwnerArn: "arn",
};

const ERRORS: Readonly<Record<keyof typeof ErrorCode, string>> = {
  None: "",
  Malformed: "request: malformed protobuf",
  InvalidUtf8: "request: a text is not valid UTF-8",
  Principal:
    "principal: not the ARN of a user, role, session, federated user or root, nor a service, nor `anonymous` (IN-2)",
  Action: "action: not of the form `service:Name` without wildcards (ACT-1)",
  Resource: "resource: neither an ARN of six fields nor `*` (IN-6)",
  UnknownOwner: "resource: its owner account is not known and the requester has none (XACC-5)",
  ProviderAction: "principal: an identity provider may only call sts:AssumeRoleWith… (IN-2)",
  WhatIfRefused: "what_if: not allowed on this server",
  TableIndex: "table: an index of this row is out of range",
  TooLarge: "request: too many or too large tags",
  SessionPolicy: "session_policies: not a valid policy document",
  PolicySetMismatch: "policy_set: differs from that of the batch",
  LongPrincipal: `principal: longer than ${LONGEST_PRINCIPAL} bytes`,
  LongAction: `action: longer than ${LONGEST_ACTION} bytes`,
  LongResource: `resource: longer than ${LONGEST_RESOURCE} bytes`,
  WildcardPrincipal: "principal: has a wildcard: a requester is one concrete ARN (IN-2)",
  SessionUnbound: "session_policies, session_tags: the requester can have none (IN-7)",
  // Goes on with the value and a backtick.
  SourceAddress: "context: `aws:SourceIp` and `aws:VpcSourceIp` have to be IP addresses (CTX-16), not `",
};

const TOO_MUCH: ReadonlySet<string> = new Set([
  ERRORS.TooLarge,
  ERRORS.LongPrincipal,
  ERRORS.LongAction,
  ERRORS.LongResource,
]);

/** Bytes of what a request names, at most. */
export const longestTexts = { action: LONGEST_ACTION, resource: LONGEST_RESOURCE } as const;

/** Whether an error says that a request is larger than requests may be. */
export function saysTooMuch(error: string): boolean {
  return TOO_MUCH.has(error);
}

/** Every text of an answer at its place in `Text`. */
export const answerTexts: readonly string[] = inPlace(WORDS, Text, [
  [Text.LayerFirst, Text.LayerLast, layerNames],
  [Text.DenialExplicit, Text.DenialExplicitLast, layerNames.map(explicitDeny)],
  [Text.DenialNoPolicy, Text.DenialNoPolicyLast, layerNames.map(noPolicy)],
  [Text.ErrorFirst, Text.ErrorFirst + ERROR_COUNT - 1, inPlace(ERRORS, ErrorCode, [])],
]);

/** The texts of a table by the numbers of its names, with runs of texts between them: no place may be left or taken twice. */
function inPlace<Name extends string>(
  words: Readonly<Record<Name, string>>,
  numbers: Readonly<Record<Name, number>>,
  runs: readonly (readonly [first: number, last: number, texts: readonly string[]])[],
): readonly string[] {
  const placed = new Map<number, string>();
  const place = (number: number, text: string): void => {
    if (placed.has(number)) throw new Error(`src/image/texts.ts has two texts for place ${number}`);
    placed.set(number, text);
  };
  for (const name in words) place(numbers[name], words[name]);
  for (const [first, last, texts] of runs) {
    if (texts.length !== last - first + 1)
      throw new Error(`src/image/texts.ts: ${texts.length} texts at place ${first}`);
    for (const [index, text] of texts.entries()) place(first + index, text);
  }
  return Array.from({ length: placed.size }, (_, number) => {
    const text = placed.get(number);
    if (text === undefined) throw new Error(`src/image/texts.ts lacks a text for place ${number}`);
    return text;
  });
}
