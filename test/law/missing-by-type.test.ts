/** What each policy type that denied or was silent asked for and the request lacked (OUT-13). */
import { afterAll, expect, it } from "vitest";
import { readSimulationCase } from "../../src/simulate/simulation-case.js";
import { Simulator } from "../../src/simulate/simulator.js";
import type { Finding } from "../../src/text/finding.js";
import { readJson } from "../../src/text/json-reader.js";
import { sourceText } from "../../src/text/source-text.js";

const simulators = await Promise.all((["release", "debug"] as const).map((matcher) => Simulator.start({ matcher })));
afterAll(() => Promise.all(simulators.map((simulator) => simulator.close())));

const A = "111122223333";
const allow = { Effect: "Allow", Action: "*", Resource: "*" };
const denyElsewhere = {
  Effect: "Deny",
  Action: "*",
  Resource: "*",
  Condition: { StringNotEquals: { "aws:RequestedRegion": "eu" } },
};
const allowIf = (key: string): object => ({ ...allow, Condition: { StringEquals: { [key]: "x" } } });
const document = (...Statement: readonly object[]): object => ({ Version: "2012-10-17", Statement });
const open = [{ name: "own", document: document(allow) }];
const session = `arn:aws:sts::${A}:assumed-role/App/one`;

it.each<[string, object, object, object | undefined]>([
  ["nothing where no type lacks a key", { identity: open }, {}, undefined],
  [
    "the key of an SCP that denies",
    { identity: open, scps: [[document(allow, denyElsewhere)]] },
    {},
    { scp: ["aws:RequestedRegion"] },
  ],
  [
    "the keys of all levels",
    { identity: open, scps: [[document(allowIf("a:b"))], [document(allowIf("A:a"))]] },
    {},
    { scp: ["A:a", "a:b"] },
  ],
  [
    "the key of an RCP",
    { identity: open, rcps: [[document({ ...denyElsewhere, Principal: "*", Action: "s3:*" })]] },
    {},
    { rcp: ["aws:RequestedRegion"] },
  ],
  [
    "the key of a boundary that is silent",
    { identity: open, boundary: document(allowIf("x:k")) },
    {},
    { boundary: ["x:k"] },
  ],
  [
    "the key of an identity policy beside the list of OUT-6",
    { identity: [{ name: "p", document: document(allowIf("x:k")) }] },
    {},
    { identity: ["x:k"] },
  ],
  [
    "one name once, in the spelling that sorts first, from session policies",
    { identity: open, session: [document(allowIf("x:B"), allowIf("x:a")), document(allowIf("X:b"))] },
    { principal: session },
    { session: ["X:b", "x:a"] },
  ],
  [
    "the key of an endpoint policy",
    { identity: open, endpoint: document({ ...allowIf("x:k"), Principal: "*" }) },
    {},
    { endpoint: ["x:k"] },
  ],
  ["no key of a type that allows", { identity: open, boundary: document(allow, allowIf("x:k")) }, {}, undefined],
])("tells %s", (_, policies, request, want) => {
  const asked = {
    principal: `arn:aws:iam::${A}:user/mira`,
    action: "s3:GetObject",
    resource: "arn:aws:s3:::b/k",
    resourceAccount: A,
    ...request,
  };
  const findings: Finding[] = [];
  const source = sourceText("case.json", JSON.stringify({ id: "one", policies, request: asked }));
  const node = readJson(source, findings);
  if (node === undefined) throw new Error(JSON.stringify(findings));
  const read = readSimulationCase(node, source);
  if ("error" in read) throw new Error(read.error);
  for (const simulator of simulators) {
    const have = simulator.decide(read);
    expect("error" in have ? have.error : have.missingContextKeysByType).toEqual(want);
  }
});
