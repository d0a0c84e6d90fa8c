// Decides calls and gives the log lines of each, as the log's thread would write them; and logs that run for real.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CallFacts, DecidedCall } from "../../src/ask/decided-call.js";
import { DecisionPoint } from "../../src/ask/decision-point.js";
import { Engine } from "../../src/engine/engine.js";
import { callBytes, readCalls, writeCall } from "../../src/observe/decision-log/call-chunk.js";
import { CallLines } from "../../src/observe/decision-log/call-lines.js";
import { DecisionLog, type DecisionLogOptions } from "../../src/observe/decision-log/decision-log.js";
import type { RecordTerms } from "../../src/observe/decision-log/decision-record.js";
import { LineBlock } from "../../src/observe/decision-log/line-block.js";
import { buildPolicySet } from "../../src/policy/formats/load-policy-set.js";
import type { PolicySet } from "../../src/policy/policy-set.js";
import { sourceText } from "../../src/text/source-text.js";
import { authorizationMethod } from "./proto-file.js";
import { atEnd } from "./serving.js";

/** The clock of every call: the set below allows writing in that year only. */
export const nowMs = Date.UTC(2026, 10, 22, 12, 30, 15, 250);

/** The policy set of these tests. */
export const setText = `
accounts: [{ id: "111111111111" }]
users:
  - arn: arn:aws:iam::111111111111:user/ann
    inlinePolicies:
      - name: own
        document:
          Version: "2012-10-17"
          Statement:
            - { Sid: Read, Effect: Allow, Action: "s3:GetObject", Resource: "*", Condition: { IpAddress: { "aws:SourceIp": "10.0.0.0/8" } } }
            - { Sid: Write, Effect: Allow, Action: "s3:PutObject", Resource: "*", Condition: { DateLessThan: { "aws:CurrentTime": "2027-01-01T00:00:00Z" } } }
            - { Sid: Keep, Effect: Deny, Action: "s3:DeleteObject", Resource: "*" }
`;
export const ann = "arn:aws:iam::111111111111:user/ann";
export const object = "arn:aws:s3:::b/k";

/** A question of ann's. */
export function asking(action: string, rest: object = {}): object {
  return { principal: ann, action, resource: object, ...rest };
}

/** Context entries of a message. */
export function contextOf(entries: Readonly<Record<string, readonly string[]>>): object {
  return Object.fromEntries(Object.entries(entries).map(([key, values]) => [key, { values }]));
}

/** What a caller of these tests is. */
export const facts: CallFacts = {
  transport: "grpc",
  caller: { name: "spiffe://acme/a", mayExplain: true },
  peer: "1.2.3.4:5",
};

/** What logs of these tests say of their process. */
export const terms: RecordTerms = {
  labels: { app: "verdict", id: "p", version: "9.9.9" },
  masks: [],
  whatIfAllowed: false,
  allowSampleRate: 1,
};

function policySetOf(text: string): PolicySet {
  const built = buildPolicySet([sourceText("set.yaml", text)], {});
  if (!built.ok) throw new Error(JSON.stringify(built.findings));
  return built.policySet;
}

const policySet = policySetOf(setText);
/** The digest of the set. */
export const digest = policySet.digest;

/** An engine with the set. */
export async function engineOf(allowWhatIf = false, set = policySet): Promise<Engine> {
  const engine = await Engine.start({ workers: 0, allowWhatIf });
  atEnd(() => engine.close());
  engine.publish(set);
  return engine;
}

/** Decides calls of `Authorize` and `BatchAuthorize`, over the set or the one of a text, and gives the records of each. */
export async function recorder(allowWhatIf = false, text = setText) {
  const calls: DecidedCall[] = [];
  const observer = {
    decided: (call: DecidedCall) => void calls.push({ ...call, durationMs: 0.25, endedAtMs: nowMs + 0.25 }),
  };
  const point = new DecisionPoint(await engineOf(allowWhatIf, policySetOf(text)), observer, () => nowMs);
  const decide = async (
    name: "Authorize" | "BatchAuthorize",
    message: object,
    of: CallFacts = facts,
  ): Promise<DecidedCall> => {
    const request = authorizationMethod(name).requestSerialize(message);
    if (name === "Authorize") await point.authorize(request, of);
    else await point.batchAuthorize(request, of);
    const call = calls.pop();
    if (call === undefined) throw new Error("nothing was observed");
    return call;
  };
  return {
    decide,
    async lines(name: "Authorize" | "BatchAuthorize", message: object, of: Partial<RecordTerms> = {}, caller = facts) {
      const whole = { ...terms, whatIfAllowed: allowWhatIf, ...of };
      return linesOf(await decide(name, message, caller), whole);
    },
  };
}

/** The lines of a call. */
export function linesOf(call: DecidedCall, of: RecordTerms, random = () => 0.5): string[] {
  const chunk = Buffer.alloc(callBytes(call));
  const end = writeCall(chunk, 0, call, 35);
  const lines = new CallLines(of, random);
  const texts: string[] = [];
  for (const read of readCalls(chunk.subarray(0, end))) {
    for (const _full of lines.appendTo(block, read)) texts.push(takeLines());
    texts.push(takeLines());
  }
  // Lines end in their LF, and hold no other.
  return texts
    .join("")
    .split("\n")
    .slice(0, -1)
    .map((line) => `${line}\n`);
}

const block = new LineBlock();

function takeLines(): string {
  const text = block.lines.toString();
  block.clear();
  return text;
}

/** A folder that goes with the tests of the file. */
export function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), "verdict-log-"));
  atEnd(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A log in a thread of its own, and what it told. */
export async function openLog(destination: string, options: Partial<DecisionLogOptions> = {}) {
  const notes: string[] = [];
  const log = await DecisionLog.open({
    destination,
    maxFileBytes: 0,
    keepFiles: 3,
    policy: "drop",
    spillPath: undefined,
    maxSpillBytes: 1 << 20,
    queueBytes: 1 << 20,
    blockTimeoutMs: 200,
    terms,
    onNote: (note) => void notes.push(note),
    ...options,
  });
  atEnd(() => log.close(100));
  return { log, notes };
}

/** The records of a file. */
export function recordsOf(path: string): readonly { readonly decision_id: string }[] {
  const text = readFileSync(path, "utf8");
  if (text !== "" && !text.endsWith("\n")) throw new Error("the last line is torn");
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}
