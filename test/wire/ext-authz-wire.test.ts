/** The messages of ext_authz on the wire: written as protobufjs writes them, read more strictly than it reads them. */
import { isDeepStrictEqual } from "node:util";
import { describe, expect, it } from "vitest";
import { readCheckRequest } from "../../src/server/ext-authz/check-request.js";
import { textsOfValue } from "../../src/server/ext-authz/struct-value.js";
import { readAllowed } from "../../src/wire/decode-answer.js";
import { encodeQuestion } from "../../src/wire/encode-question.js";
import { WireError } from "../../src/wire/wire-reader.js";
import { WireWriter } from "../../src/wire/wire-writer.js";
import { checkBytes, struct } from "../kit/ext-authz-client.js";
import { authorizationMethod } from "../kit/proto-file.js";
import { Random } from "../kit/random.js";

const seed = 20_261_122;

const method = authorizationMethod("Authorize");

describe("encodeQuestion()", () => {
  it("writes what protobufjs writes", () => {
    const random = new Random(seed);
    const text = (): string =>
      random.pick(["", "a", "ä", "日本", "🍋", "x".repeat(127), "y".repeat(128), "ü".repeat(6000)]);
    for (let round = 0; round < 200; round++) {
      const context = new Map(
        Array.from({ length: random.below(4) }, (_, at) => [
          `k${at}:${text()}`,
          Array.from({ length: random.below(3) }, text),
        ]),
      );
      const question = {
        principal: `p${text()}`,
        action: `a${text()}`,
        resource: `r${text()}`,
        context,
        resourceTags: [],
        sessionPolicies: Array.from({ length: random.below(3) }, text),
        sessionTags: Array.from({ length: random.below(3) }, (_, at) => ({ key: `t${at}`, value: text() })),
        whatIf: false,
      };
      const policySet = random.pick(["", "blue"]);
      const want = decoded(
        method.requestSerialize({
          ...question,
          context: Object.fromEntries([...context].map(([key, values]) => [key, { values }])),
          sessionTags: Object.fromEntries(question.sessionTags.map(({ key, value }) => [key, value])),
          detail: "REASON",
          policySet,
        }),
      );
      const have = decoded(encodeQuestion(question, "reason", policySet));
      expect(isDeepStrictEqual(have, want), `round ${round}, seed ${seed}`).toBe(true);
    }
  });
});

function decoded(bytes: Uint8Array): unknown {
  return method.requestDeserialize(Buffer.from(bytes));
}

describe("readAllowed()", () => {
  const answer = (outcome: number, decided: number | undefined): Buffer => {
    const writer = new WireWriter("mark");
    writer.message(1, (version) => version.text(1, "sha256:0").number(2, 300)).number(2, outcome);
    if (decided !== undefined) writer.message(3, (decision) => decision.number(1, decided));
    return Buffer.from(writer.take());
  };

  it("knows an allow with and without a decision", () => {
    expect(readAllowed(answer(1, 1))).toEqual({ digest: "sha256:0", generation: 300 });
    expect(readAllowed(answer(1, undefined))).toEqual({ digest: "sha256:0", generation: 300 });
  });

  it.each([
    [0, undefined],
    [2, 2],
    [3, 3],
    [4, 4],
    [1, 2],
    [2, 1],
    [257, 1],
  ])("takes outcome %s with decision %s for no allow", (outcome, decided) => {
    expect(readAllowed(answer(outcome, decided))).toBeUndefined();
  });

  it("takes an empty answer for no allow", () => {
    expect(readAllowed(Buffer.alloc(0))).toBeUndefined();
  });
});

describe("readCheckRequest()", () => {
  const every = () => true;
  const message = checkBytes({
    attributes: {
      source: { address: { socketAddress: { address: "10.0.0.7", portValue: 1 } }, principal: "spiffe://x/y" },
      request: {
        http: { method: "GET", path: "/ä", headerMap: { headers: [{ key: "a", rawValue: Buffer.from("b") }] } },
      },
      contextExtensions: { tenant: "t7" },
      metadataContext: {
        filterMetadata: { f: struct({ n: 1.5, t: true, z: null, l: ["a", 2], o: { __proto__x: "p" }, "": "e" }) },
      },
      tlsSession: { sni: "api.example" },
    },
  });

  it("reads what protobufjs wrote", () => {
    const facts = readCheckRequest(message, every);
    expect(facts).toMatchObject({
      http: { method: "GET", path: "/ä", headers: [{ name: "a", value: "b" }], bothHeaderForms: false },
      sourceAddress: "10.0.0.7",
      sourcePrincipal: "spiffe://x/y",
      isTls: true,
      sni: "api.example",
      extensions: new Map([["tenant", "t7"]]),
    });
    expect(facts.metadata("none")).toBeUndefined();
    expect([...(facts.metadata("f") ?? [])]).toEqual([
      ["n", 1.5],
      ["t", true],
      ["z", null],
      ["l", ["a", 2]],
      ["o", new Map([["__proto__x", "p"]])],
      ["", "e"],
    ]);
  });

  it("leaves out headers that nobody asks for", () => {
    expect(readCheckRequest(message, () => false).http.headers).toEqual([]);
  });

  it("reads a changed message differently or refuses it, and never fails otherwise", () => {
    const random = new Random(seed);
    let refused = 0;
    for (let round = 0; round < 5000; round++) {
      const changed = Buffer.from(message);
      for (let change = 1 + random.below(3); change > 0; change--)
        changed[random.below(changed.length)] = random.below(256);
      try {
        const facts = readCheckRequest(changed.subarray(0, changed.length - random.below(2) * random.below(20)), every);
        facts.metadata("f");
      } catch (error: unknown) {
        refused++;
        if (!(error instanceof WireError)) throw new Error(`round ${round}, seed ${seed}`, { cause: error });
      }
    }
    expect(refused).toBeGreaterThan(500);
  });

  it("refuses metadata that is nested too deep", () => {
    let nested: object = { leaf: 1 };
    for (let level = 0; level < 40; level++) nested = { nested };
    const deep = checkBytes({
      attributes: {
        request: { http: { path: "/" } },
        metadataContext: { filterMetadata: { f: struct({ nested }) } },
      },
    });
    expect(() => readCheckRequest(deep, every).metadata("f")).toThrow(new WireError("a structure is nested too deep"));
  });
});

describe("textsOfValue()", () => {
  it.each([
    ["a", ["a"]],
    ["", [""]],
    [7, ["7"]],
    [-0.5, ["-0.5"]],
    [true, ["true"]],
    [
      ["a", 7, false],
      ["a", "7", "false"],
    ],
    [[], []],
    [null, undefined],
    [undefined, undefined],
    [Number.NaN, undefined],
    [2 ** 53, undefined],
    [new Map(), undefined],
    [[["a"]], undefined],
    [[null], undefined],
  ])("makes of %j %j", (value, want) => {
    expect(textsOfValue(value)).toEqual(want);
  });
});
