// An image that says what the matcher does not know: it traps, which the host answers as an error. Whatever it took such a thing for,
// some Deny would not fire, or some negated test would hold.
import { describe, expect, it } from "vitest";
import { EntryKind, Operator, Qualifier } from "../../assembly/format/layout.js";
import { loadMatcher } from "../../src/engine/load-matcher.js";
import { createMemory } from "../../src/engine/matcher.js";
import { MatcherSession } from "../../src/engine/matcher-session.js";
import { IMAGE_AT, mapMemory } from "../../src/engine/memory-map.js";
import { SessionImages } from "../../src/engine/session-images.js";
import { compileImage } from "../../src/image/compile.js";
import { buildPolicySet } from "../../src/policy/formats/load-policy-set.js";
import { sourceText } from "../../src/text/source-text.js";
import { encodeQuestion } from "../../src/wire/encode-question.js";
import { decodeResponse } from "../../src/wire/given-answers.js";

const UNKNOWN = 0x7f;
const bucket = "arn:aws:s3:::depot";

/** The image of a bucket with a policy of one Deny. */
function imageOf(members: object): Uint8Array {
  const Statement = { Effect: "Deny", Principal: "*", Action: "s3:*", Resource: `${bucket}/*`, ...members };
  const policy = { Version: "2012-10-17", Statement };
  const set = { accounts: [{ id: "111122223333" }], resources: [{ arn: bucket, account: "111122223333", policy }] };
  const built = buildPolicySet([sourceText("set.json", JSON.stringify(set))]);
  if (!built.ok) throw new Error(JSON.stringify(built.findings));
  return compileImage(built.policySet).bytes;
}

/** Whether a test of one value begins here: operator, qualifier, flags, nothing, and the count of values as its fifth word. */
function isTest(image: Uint8Array, at: number, operator: Operator): boolean {
  if (at % 4 !== 0 || image[at] !== operator || image[at + 1] !== Qualifier.None || image[at + 3] !== 0) return false;
  return at + 20 <= image.length && new DataView(image.buffer, image.byteOffset).getUint32(at + 16, true) === 1;
}

function ask(image: Uint8Array, context: ReadonlyMap<string, readonly string[]>) {
  const map = mapMemory({
    imageLength: image.length,
    scratchLength: 1 << 20,
    taskRegions: 0,
    callAreas: 0,
    maxMessageBytes: 1 << 16,
    maxBatchRequests: 1,
  });
  const memory = createMemory(map.length);
  new Uint8Array(memory.buffer).set(image, IMAGE_AT);
  const session = new MatcherSession(loadMatcher("release"), memory, new SessionImages());
  const message = encodeQuestion(
    {
      principal: "lambda.amazonaws.com",
      action: "s3:GetObject",
      resource: `${bucket}/x`,
      context,
      resourceTags: [],
      sessionPolicies: [],
      sessionTags: [],
      whatIf: false,
    },
    "reason",
  );
  const terms = { flags: 0, nowSeconds: 1_800_000_000, policySet: "" };
  return decodeResponse(
    session.decideOne(map.frontRegion, map.frontArea, session.store(map.frontArea, message), terms),
  );
}

const context = new Map([
  ["s3:max-keys", ["5"]],
  ["aws:TagKeys", ["a", "b"]],
]);
const nothing: ReadonlyMap<string, readonly string[]> = new Map();
const oneTag = new Map([["aws:TagKeys", ["a"]]]);
const numeric = imageOf({ Condition: { NumericLessThan: { "s3:max-keys": "10" } } });
const relabelled = numeric.map((byte, at) => (isTest(numeric, at, Operator.NumericLessThan) ? UNKNOWN : byte));
const ofSet = (qualifier: string) => imageOf({ Condition: { [`${qualifier}:StringLike`]: { "aws:TagKeys": "a*" } } });

const qualifiers = [Qualifier.ForAnyValue, Qualifier.ForAllValues] as const;

describe("a kind that the matcher does not know", () => {
  it.each([
    [
      "of principal",
      imageOf({ Principal: { Service: "lambda.amazonaws.com" } }),
      imageOf({ Principal: { Federated: "lambda.amazonaws.com" } }),
      [EntryKind.Service, EntryKind.Federated],
      context,
    ],
    [
      "of exempted principal",
      imageOf({ Principal: undefined, NotPrincipal: { Service: "lambda.amazonaws.com" } }),
      imageOf({ Principal: undefined, NotPrincipal: { Federated: "lambda.amazonaws.com" } }),
      [EntryKind.Service, EntryKind.Federated],
      context,
    ],
    ["of operator", numeric, relabelled, [Operator.NumericLessThan, UNKNOWN], context],
    ["of operator, whose key is missing", numeric, relabelled, [Operator.NumericLessThan, UNKNOWN], nothing],
    ["of set operator", ofSet("ForAnyValue"), ofSet("ForAllValues"), qualifiers, context],
    ["of set operator, whose list has one value", ofSet("ForAnyValue"), ofSet("ForAllValues"), qualifiers, oneTag],
    ["of set operator, whose key is missing", ofSet("ForAnyValue"), ofSet("ForAllValues"), qualifiers, nothing],
  ] as const)("%s is a trap", (_, image, other, [kind, otherKind], context) => {
    expect("error" in ask(image, context)).toBe(false);
    // The same policy with the other kind shows where the kind stands.
    const places = [...image.keys()].filter((at) => image[at] === kind && other[at] === otherKind);
    expect(places.length).toBeGreaterThan(0);
    const traps = places.filter((at) => {
      const changed = image.slice();
      changed[at] = UNKNOWN;
      try {
        ask(changed, context);
        return false;
      } catch (error: unknown) {
        return error instanceof Error && error.message === "unreachable";
      }
    });
    expect(traps).toHaveLength(1);
  });
});
