// Policy texts that were made to share a hash make no look-up long (PIT-1): the debug matcher counts the entries that it reads.

import { describe, expect, it } from "vitest";
import { DEBUG_PROBES_AT, TABLE_REACH } from "../../assembly/format/layout.js";
import { openGeneration } from "../../src/engine/generation.js";
import { loadMatcher } from "../../src/engine/load-matcher.js";
import { preparePolicySet } from "../../src/engine/preparation.js";
import { SessionImages } from "../../src/engine/session-images.js";
import { nodePlatform } from "../../src/files/node-platform.js";
import { Archive, ArchiveWriter } from "../../src/image/archive.js";
import { compileImage } from "../../src/image/compile.js";
import { hashBytes, hashPrefix } from "../../src/image/hash.js";
import { buildPolicySet } from "../../src/policy/formats/load-policy-set.js";
import { sourceText } from "../../src/text/source-text.js";
import { encodeQuestion } from "../../src/wire/encode-question.js";
import { decodeResponse } from "../../src/wire/given-answers.js";
import { textsOfOneHash, textsOfOnePlace } from "../kit/colliding-texts.js";

const COUNT = 2500;
const [users, roles, actions, keys] = ["arn:aws:iam::111122223333:user/", "aws:111122223333:", "acme:", "acme:"].map(
  (prefix) => textsOfOneHash(prefix, COUNT + 1),
) as [string[], string[], string[], string[]];
const resources = textsOfOnePlace("arn:aws:s3:::b/", COUNT + 1);
const roleNames = roles.map((text) => text.slice("aws:111122223333:".length));
const known = {
  user: users[COUNT - 1],
  action: actions[COUNT - 1],
  resource: resources[COUNT - 1],
  key: keys[COUNT - 1],
};
const unknown = { user: users[COUNT], action: actions[COUNT], resource: resources[COUNT], key: keys[COUNT] };

/** All but the last of each list, which stay unknown. */
const policySet = (() => {
  const all = (texts: readonly string[]): readonly string[] => texts.slice(0, COUNT);
  const document = {
    Version: "2012-10-17",
    Statement: {
      Effect: "Allow",
      Action: all(actions),
      Resource: "*",
      Condition: {
        StringEquals: { "aws:ResourceTag/known": "yes" },
        StringEqualsIfExists: Object.fromEntries(all(keys).map((key) => [key, "yes"])),
      },
    },
  };
  const policies = [{ arn: "arn:aws:iam::111122223333:policy/All", document }];
  const managedPolicies = ["All"];
  const set = {
    policies,
    users: all(users).map((arn) => ({ arn, managedPolicies })),
    roles: all(roleNames).map((name) => ({ arn: `arn:aws:iam::111122223333:role/${name}`, managedPolicies })),
    resources: all(resources).map((arn) => ({ arn, account: "111122223333", tags: { known: "yes" } })),
  };
  const built = buildPolicySet([sourceText("set.json", JSON.stringify(set))]);
  if (!built.ok) throw new Error(JSON.stringify(built.findings.slice(0, 3)));
  return built.policySet;
})();
const options = {
  flavour: "debug",
  taskRegions: 0,
  callAreas: 0,
  maxMessageBytes: 1 << 20,
  maxBatchRequests: 1,
} as const;
const { memory, session, map } = openGeneration(
  loadMatcher("debug"),
  preparePolicySet(policySet, options),
  { name: "default", generation: 1 },
  new SessionImages(),
);
const probes = new BigUint64Array(memory.buffer, DEBUG_PROBES_AT, 1);

/** Tables that one question may be looked up in: principal or role, account, service, action, keys, and each prefix of the resource. */
const LOOKUPS = 14;
const MOST_PROBES = LOOKUPS * (TABLE_REACH + Math.ceil(Math.log2(COUNT)) + 1);

/** What is decided, and how many entries of tables are read for it. */
function ask(principal = "", action = "", resource = "", context: readonly (readonly [string, string])[] = []) {
  const before = probes[0] ?? 0n;
  const question = {
    principal,
    action,
    resource,
    resourceTags: [],
    sessionPolicies: [],
    sessionTags: [],
    whatIf: false,
    context: new Map(context.map(([key, value]) => [key, [value]])),
  };
  const message = encodeQuestion(question, "reason");
  const terms = { flags: 0, nowSeconds: 0, policySet: "default" };
  const answer = session.decideOne(map.frontRegion, map.frontArea, session.store(map.frontArea, message), terms);
  return { decision: decodeResponse(answer), read: Number((probes[0] ?? 0n) - before) };
}

describe("tables of texts with one hash", () => {
  it("are what this file builds", () => {
    for (const texts of [users, roles, actions, keys]) {
      expect(new Set(texts).size).toBe(COUNT + 1);
      expect(new Set(texts.map((text) => hashBytes(Buffer.from(text)))).size).toBe(1);
    }
    expect(new Set(resources).size).toBe(COUNT + 1);
    expect(new Set(resources.map((text) => hashPrefix(Buffer.from(text)) & (2 * COUNT))).size).toBe(1);
  });

  it("find every user, role, action, key and resource in few steps", () => {
    // All of the last ones, which are stragglers, and some of the others: a question is tested against every key.
    for (let i = 0; i < COUNT; i += i < COUNT - 20 ? 61 : 1) {
      const user = ask(users[i], actions[i], resources[i], [[keys[i] ?? "", "yes"]]);
      expect(user.decision, users[i]).toMatchObject({ decision: "allowed", unknownPrincipal: false });
      expect(user.read).toBeLessThanOrEqual(MOST_PROBES);
      const session = `arn:aws:sts::111122223333:assumed-role/${roleNames[i]}/run`;
      const role = ask(session, actions[i]?.toUpperCase(), resources[i], [[keys[i]?.toUpperCase() ?? "", "no"]]);
      expect(role.decision, session).toMatchObject({ decision: "implicitDeny", unknownPrincipal: false });
      expect(role.read).toBeLessThanOrEqual(MOST_PROBES);
    }
  });

  it("find what is below the last resource", () => {
    expect(ask(known.user, known.action, `${known.resource}/below`)).toMatchObject({
      decision: { decision: "allowed" },
    });
    expect(ask(known.user, known.action, `${known.resource}below`)).toMatchObject({
      decision: { decision: "implicitDeny" },
    });
  });

  it.each([
    ["principal", [unknown.user, known.action, known.resource]],
    ["action", [known.user, unknown.action, known.resource]],
    ["resource", [known.user, known.action, unknown.resource]],
    ["everything", [unknown.user, unknown.action, unknown.resource]],
  ] as const)("miss one more in few steps: %s", (_, texts) => {
    const { decision, read } = ask(...texts);
    expect(decision).toMatchObject({ decision: "implicitDeny", unknownPrincipal: texts[0] === unknown.user });
    expect(read).toBeLessThanOrEqual(MOST_PROBES);
  });

  it("pass over one more key in few steps", () => {
    const { decision, read } = ask(known.user, known.action, known.resource, [[unknown.key ?? "", "no"]]);
    expect(decision).toMatchObject({ decision: "allowed" });
    expect(read).toBeLessThanOrEqual(MOST_PROBES);
  });

  it("are read at all, so that the bounds above mean something", () => {
    expect(ask(known.user, known.action, known.resource).read).toBeGreaterThan(TABLE_REACH);
  });

  it("come to the same bytes each time", () => {
    const [one, other] = [compileImage(policySet), compileImage(policySet)].map(({ bytes }) => Buffer.from(bytes));
    expect(one !== undefined && other?.equals(one)).toBe(true);
  });
});

describe("an archive of keys with one hash", () => {
  it("reads few values to find one", () => {
    // FNV-1a of one unit and of the other are equal in each place, so 2^12 keys share a hash.
    const twins = ["costarring", "liquid"];
    let keysOfOne = [""];
    for (let i = 0; i < 12; i++) keysOfOne = keysOfOne.flatMap((key) => twins.map((twin) => key + twin));
    const writer = new ArchiveWriter(nodePlatform.deflate);
    for (const key of keysOfOne) writer.put(key, JSON.stringify({ key }));
    const archive = new Archive(writer.end(), nodePlatform.deflate);
    for (const key of keysOfOne) {
      let read = 0;
      const value = archive.get(key, (member, member2) => {
        if (member === "key") read++;
        return member2;
      });
      expect(value).toEqual({ key });
      expect(read).toBeLessThanOrEqual(13);
    }
  });
});
