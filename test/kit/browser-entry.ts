/** What a page would run: a small policy set is built, compiled, advised on and asked, with nothing but the rooms that a browser has. */
import { compileMatcher, createMemory, instantiateMatcher } from "../../src/engine/matcher.js";
import { MatcherSession } from "../../src/engine/matcher-session.js";
import { IMAGE_AT, mapMemory } from "../../src/engine/memory-map.js";
import { SessionImages } from "../../src/engine/session-images.js";
import { compileImage } from "../../src/image/compile.js";
import { buildFromTexts, parseSource } from "../../src/policy/formats/build-policy-set.js";
import type { PolicySet } from "../../src/policy/policy-set.js";
import { parseQuestion } from "../../src/question/authorization-question.js";
import { readJson } from "../../src/text/json-reader.js";
import { sourceText } from "../../src/text/source-text.js";
import { advisePolicySet } from "../../src/validate/validate-policy-set.js";
import { encodeQuestion } from "../../src/wire/encode-question.js";
import { decodeResponse } from "../../src/wire/given-answers.js";

const SESSION = "arn:aws:sts::111122223333:assumed-role/worker/night";

/** The set, in both formats of texts. */
export const FILES = {
  "set.yaml": `
roles:
  - arn: arn:aws:iam::111122223333:role/worker
    inlinePolicies:
      - name: work
        documentFile: policies/work.json
`,
  "policies/work.json": JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Action: "s3:*", Resource: "*", Condition: { IpAddress: { "aws:SourceIp": "192.0.2.0/24" } } },
      { Effect: "Deny", Action: "s3:Delete*", Resource: "arn:aws:s3:::depot/*" },
    ],
  }),
};

/** Compiles the set, asks, and gives as JSON what came of it. */
export function answers(wasm: Uint8Array<ArrayBuffer>, ofText: (text: string) => string): string {
  const sources = Object.entries(FILES).map(([file, text]) => sourceText(file, text));
  const sha256 = { ofText, ofTexts: (texts: Iterable<string>) => ofText([...texts].join("")) };
  const deflate = { pack: (bytes: Uint8Array) => bytes, unpack: (bytes: Uint8Array) => bytes };
  const built = buildFromTexts({ sources, findings: [] }, { sha256, deflate, workingFolder: "/" });
  if (!built.ok) throw new Error(JSON.stringify(built.findings));
  const trees = sources.map((source) => ({ source, node: parseSource(source, []) }));
  const ask = asking(built.policySet, wasm);
  const denyAll = { Version: "2012-10-17", Statement: { Effect: "Deny", Action: "*", Resource: "*" } };
  return JSON.stringify({
    digest: built.policySet.digest,
    advice: advisePolicySet(built.policySet, trees).map(({ rule, line }) => `${rule} ${line}`),
    get: ask({ action: "s3:GetObject" }),
    delete: ask({ action: "s3:DeleteObject" }),
    send: ask({ action: "sqs:SendMessage", resource: "arn:aws:sqs:eu-west-1:111122223333:depot" }),
    narrowed: ask({ action: "s3:GetObject", sessionPolicies: [denyAll] }),
    elsewhere: ask({ action: "s3:GetObject", context: { "aws:SourceIp": "198.51.100.7" } }),
    isNode: "process" in globalThis || "Buffer" in globalThis || "require" in globalThis,
  });
}

/** The matcher over a memory with the compiled set in it. */
function asking(policySet: PolicySet, wasm: Uint8Array<ArrayBuffer>): (question: object) => unknown {
  const compiled = compileMatcher(wasm);
  const { bytes } = compileImage(policySet);
  const probe = createMemory(IMAGE_AT + bytes.length);
  new Uint8Array(probe.buffer).set(bytes, IMAGE_AT);
  const map = mapMemory({
    imageLength: bytes.length,
    scratchLength: instantiateMatcher(compiled, probe).scratchLength(IMAGE_AT) >>> 0,
    taskRegions: 0,
    callAreas: 0,
    maxMessageBytes: 1 << 16,
    maxBatchRequests: 1,
  });
  const memory = createMemory(map.length);
  new Uint8Array(memory.buffer).set(bytes, IMAGE_AT);
  const session = new MatcherSession(compiled, memory, new SessionImages());
  const common = { principal: SESSION, resource: "arn:aws:s3:::depot/a", context: { "aws:SourceIp": "192.0.2.9" } };
  return (question) => {
    const source = sourceText("question.json", JSON.stringify({ ...common, ...question }));
    const tree = readJson(source, []);
    if (tree === undefined) throw new Error("unreachable");
    const read = parseQuestion(tree, source, []);
    if (read === undefined) throw new Error("not a question");
    const message = session.store(map.frontArea, encodeQuestion(read, "reason"));
    const terms = { flags: 0, nowSeconds: 1_790_000_000, policySet: "" };
    const answer = decodeResponse(session.decideOne(map.frontRegion, map.frontArea, message, terms));
    return "error" in answer ? answer.error : [answer.decision, ...answer.blockedBy];
  };
}
