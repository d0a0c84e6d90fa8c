// Session policies inside requests under a flood of different ones: images that are kept stay within their bound, others keep
// their answers, and lists of documents that concatenate alike are told apart.
import { afterAll, describe, expect, it } from "vitest";
import { Engine } from "../../src/engine/engine.js";
import { SessionImages } from "../../src/engine/session-images.js";
import { buildPolicySet } from "../../src/policy/formats/load-policy-set.js";
import { sourceText } from "../../src/text/source-text.js";
import { extent } from "../faults/extent.js";
import { authorizationMethod } from "../kit/proto-file.js";

// More than are kept by far; 100,000 in the long form of the fault suite.
const COUNT = extent(15_000, 100_000);
const SET = `
accounts: [{ id: "111111111111" }]
roles:
  - arn: arn:aws:iam::111111111111:role/App
    inlinePolicies: [{ name: all, document: { Version: "2012-10-17", Statement: { Effect: Allow, Action: "s3:*", Resource: "*" } } }]
`;
const SESSION = "arn:aws:sts::111111111111:assumed-role/App/run-1";

/** What is read of answers. */
interface Answer {
  readonly outcome: string;
  readonly outcomes: readonly string[];
}
const single = authorizationMethod<Answer>("Authorize");
const batch = authorizationMethod<Answer>("BatchAuthorize");

const engine = await Engine.start({ workers: 1 });
const built = buildPolicySet([sourceText("set.yaml", SET)], {});
if (!built.ok) throw new Error(JSON.stringify(built.findings));
engine.publish(built.policySet);
afterAll(() => engine.close());

/** A policy that allows reading one object. */
function reading(key: string | number): string {
  const Statement = { Sid: "One", Effect: "Allow", Action: "s3:GetObject", Resource: `arn:aws:s3:::depot/${key}` };
  return JSON.stringify({ Version: "2012-10-17", Statement });
}

function asked(key: string | number, sessionPolicies: readonly string[], detail = "REASON"): object {
  return { principal: SESSION, action: "s3:GetObject", resource: `arn:aws:s3:::depot/${key}`, sessionPolicies, detail };
}

function outcomeOf(request: object): string {
  const bytes = engine.authorize(single.requestSerialize(request));
  return single.responseDeserialize(Buffer.from(bytes)).outcome;
}

async function outcomesOf(requests: readonly object[]): Promise<readonly string[]> {
  const message = batch.requestSerialize({ requests, detail: "OUTCOME" });
  return batch.responseDeserialize(Buffer.from(await engine.batchAuthorize(message))).outcomes;
}

describe(`${COUNT} different session policies`, () => {
  it("are each decided by their own document, and others by theirs", () => {
    let wrong = 0;
    for (let i = 0; i < COUNT; i++) {
      // Every second one asks for what the document before allowed.
      const want = i % 2 === 0 ? "ALLOWED" : "IMPLICIT_DENY";
      if (outcomeOf(asked(i % 2 === 0 ? i : i - 1, [reading(i)], "OUTCOME")) !== want) wrong++;
      if (i % 1000 === 0) {
        if (outcomeOf(asked("theirs", [reading("theirs")])) !== "ALLOWED") wrong++;
        if (outcomeOf(asked("theirs", [reading("mine")])) !== "IMPLICIT_DENY") wrong++;
        if (outcomeOf(asked("theirs", [])) !== "ALLOWED") wrong++;
      }
    }
    expect(wrong).toBe(0);
  });

  it("are decided in batches, on threads as well", async () => {
    for (let first = 0; first < extent(20_000, 40_000); first += 20_000) {
      const requests = Array.from({ length: 20_000 }, (_, i) => asked(first + i - (i % 2), [reading(first + i)]));
      const outcomes = await outcomesOf(requests);
      expect(outcomes).toHaveLength(requests.length);
      expect(outcomes.findIndex((one, i) => one !== (i % 2 === 0 ? "ALLOWED" : "IMPLICIT_DENY"))).toBe(-1);
    }
    expect(outcomeOf(asked("theirs", [reading("theirs")]))).toBe("ALLOWED");
  });
});

describe("SessionImages.compile()", () => {
  it("keeps what is in use and lets the oldest go within 8 MiB", () => {
    const images = new SessionImages();
    const mine = [reading("mine")];
    const first = images.compile(mine, "aws");
    const forgotten = images.compile([reading("forgotten")], "aws");
    let kept = 0;
    for (let i = 0; i < 16_000; i++) {
      images.compile([reading(i)], "aws");
      if (i % 100 === 0 && images.compile(mine, "aws") === first) kept++;
    }
    expect(kept).toBe(160);
    expect(images.compile([reading("forgotten")], "aws")).not.toBe(forgotten);
    const last = Array.from({ length: 16_000 }, (_, i) => images.compile([reading(`again-${i}`)], "aws"));
    const isKept = last.map((image, i) => images.compile([reading(`again-${i}`)], "aws") === image);
    const bytes = last.reduce((sum, image, i) => sum + (isKept[i] && "bytes" in image ? image.bytes.length : 0), 0);
    expect(bytes).toBeLessThan(8 << 20);
  });

  it("keeps broken documents within the same bound", () => {
    const images = new SessionImages();
    const first = images.compile(["{}"], "aws");
    expect(first).toHaveProperty("error");
    expect(images.compile(["{}"], "aws")).toBe(first);
    for (let i = 0; i < 3000; i++) images.compile([`{"Id":"${i}${"x".repeat(4000)}"}`], "aws");
    expect(images.compile(["{}"], "aws")).not.toBe(first);
  });

  it.each([
    ["one document and two", [reading("a"), reading("b")], [`${reading("a")}${reading("b")}`]],
    ["a cut at another place", [`${reading("a")} `, reading("b")], [reading("a"), ` ${reading("b")}`]],
    ["a length written into a text", ["2:{}", "{}"], ["2:{}2:{}"]],
    ["another order", [reading("a"), reading("b")], [reading("b"), reading("a")]],
    ["none and an empty one", [], [""]],
  ])("tells lists apart: %s", (_name, left, right) => {
    const images = new SessionImages();
    const one = images.compile(left, "aws");
    expect(images.compile(right, "aws")).not.toBe(one);
    expect(images.compile(left, "aws")).toBe(one);
    expect(images.compile(left, "generic")).not.toBe(one);
  });
});

describe("lists of session policies that concatenate alike", () => {
  it("decide each for itself", () => {
    const [a, b] = [reading("a"), reading("b")];
    expect(outcomeOf(asked("b", [a, b]))).toBe("ALLOWED");
    expect(outcomeOf(asked("b", [`${a}${b}`]))).toBe("ERROR");
    expect(outcomeOf(asked("b", [a]))).toBe("IMPLICIT_DENY");
    expect(outcomeOf(asked("b", [b, a]))).toBe("ALLOWED");
    expect(outcomeOf(asked("b", [`${a} `, b]))).toBe("ALLOWED");
  });
});
