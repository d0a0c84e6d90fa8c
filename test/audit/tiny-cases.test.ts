/** Sets of the small world that audits once answered wrongly, each as small as it can be. */
import { describe, expect, it } from "vitest";
import { Engine } from "../../src/engine/engine.js";
import { examineDiff } from "./tiny-world/examine-diff.js";
import { examineSet } from "./tiny-world/examine-set.js";
import { plainRegion, type SmallRegion } from "./tiny-world/small-requests.js";
import { A, ann, B, type Doc, type SmallSet } from "./tiny-world/small-set.js";

const nothing: SmallSet = {
  profile: "aws",
  principals: [],
  hasFederatedUser: false,
  resources: [],
  owners: [],
  isBInside: false,
  keys: [],
};

const document = (...statements: readonly object[]): Doc => ({ Version: "2012-10-17", Statement: statements });
const allow = (action: string, more: object = { Resource: "*" }) => ({ Effect: "Allow", Action: action, ...more });

interface TinyCase {
  readonly title: string;
  readonly set: Partial<SmallSet>;
  readonly region?: Partial<SmallRegion>;
}

const cases: readonly TinyCase[] = [
  { title: "a root may act on every resource of its account, which no statement names (EVAL-4)", set: {} },
  {
    title: "an entry without statements below one that is told apart",
    set: {
      resources: [
        { arn: "arn:t:s:::a", account: A, tags: {}, policy: document(allow("*", { Principal: "*" })) },
        { arn: "arn:t:s:::a/b", account: A, tags: {}, policy: document(allow("t:B", { Principal: "*" })) },
      ],
    },
  },
  {
    title: "an entry of another account below one that is told apart",
    set: {
      principals: [{ arn: ann, tags: {}, policies: [document(allow("*"))] }],
      resources: [
        { arn: "arn:t:s:::a", account: A, tags: {}, policy: document(allow("*", { Principal: "*" })) },
        { arn: "arn:t:s:::a/b", account: B, tags: {} },
      ],
    },
  },
  {
    title: "an account's id in a later field of an ARN, which is nobody's account",
    set: { principals: [{ arn: ann, tags: {}, policies: [document(allow("t:A"))] }] },
    region: { resources: [`arn:t:s:*:${B}:*`] },
  },
  {
    title: "a region of which listed resources of others leave nothing",
    set: { resources: [{ arn: "arn:t:s:::a", account: B, tags: {} }] },
    region: { resources: ["arn:t:s:::a/*"] },
  },
  {
    title: "an owner by a pattern that compares fields",
    set: {
      principals: [{ arn: ann, tags: {}, policies: [document(allow("t:A"))] }],
      owners: [{ pattern: "arn:t:u:*:*:*", account: B }],
    },
  },
  {
    title: "actions that rules of AWS name and the set does not (SVC-4)",
    set: { principals: [{ arn: ann, tags: {}, policies: [document(allow("*"))] }] },
  },
  {
    title: "an account that only a condition names",
    set: {
      resources: [
        {
          arn: "arn:t:s:::a",
          account: A,
          tags: {},
          policy: document(
            allow("t:A", { Principal: "*", Condition: { StringEquals: { "aws:PrincipalAccount": "333333333333" } } }),
          ),
        },
      ],
    },
    region: { outside: true },
  },
  {
    title: "an account that a condition names as an owner",
    set: {
      principals: [
        {
          arn: ann,
          tags: {},
          policies: [
            document(
              allow("t:A", { Resource: "*", Condition: { StringEquals: { "aws:ResourceAccount": "333333333333" } } }),
            ),
          ],
        },
      ],
      resources: [{ arn: "arn:t:s:::a", account: A, tags: {}, policy: document(allow("t:A", { Principal: "*" })) }],
    },
    region: { outside: true },
  },
  {
    title: "a resource that only a policy of another names, to somebody of no account that is known",
    set: {
      resources: [
        {
          arn: "arn:t:s:::a",
          account: A,
          tags: {},
          policy: document(
            allow("t:A", { Principal: { AWS: "333333333333" }, Resource: ["arn:t:s:::/", "arn:t:s:::a"] }),
          ),
        },
      ],
    },
    region: { outside: true },
  },
  {
    title: "services of a profile without rules of AWS",
    set: {
      profile: "generic",
      resources: [{ arn: "arn:t:s:::a", account: A, tags: {}, policy: document(allow("t:A", { Principal: "*" })) }],
    },
    region: { outside: true },
  },
];

describe("a change of the small world", () => {
  it("tells the owner of the side that allows, where the other side knows nobody's", async () => {
    const principals = [{ arn: ann, tags: {}, policies: [document(allow("u:A"))] }];
    const statement = allow("t:*", { Principal: { AWS: "333333333333" }, Resource: "arn:t:s:::*a" });
    const resources = [{ arn: "arn:t:s:::a:a", account: B, tags: {}, policy: document(statement) }];
    const region = { ...plainRegion, actions: ["t:*"], outside: true };
    const engine = await Engine.start({ workers: 0, allowWhatIf: true });
    const terms = { seed: 1, requests: 600, tally: {}, engine, asksEverybody: true };
    const [old, now] = [
      { ...nothing, principals, resources },
      { ...nothing, principals },
    ];
    expect(examineDiff(old, now, region, terms)).toBeUndefined();
    expect(examineDiff(now, old, region, terms)).toBeUndefined();
  });
});

describe("an audit of the small world", () => {
  it.each(cases)("tells of $title", async ({ set, region }) => {
    const engine = await Engine.start({ workers: 0, allowWhatIf: true });
    const terms = { seed: 1, requests: 600, tally: {}, engine, asksEverybody: true };
    expect(examineSet({ ...nothing, ...set }, { ...plainRegion, ...region }, terms)).toBeUndefined();
  });
});
