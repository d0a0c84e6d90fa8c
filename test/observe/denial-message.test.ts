// OUT-12: an explained denial carries the sentence that AWS prints, naming one type of policy; the matcher writes it, so every surface
// has the same words as the texts that are made on the host.
import { beforeAll, describe, expect, it } from "vitest";
import { parseLogMask } from "../../src/observe/decision-log/log-mask.js";
import { denialMessage } from "../../src/question/denial-sentence.js";
import { readSimulationCase } from "../../src/simulate/simulation-case.js";
import { Simulator } from "../../src/simulate/simulator.js";
import { readJson } from "../../src/text/json-reader.js";
import { sourceText } from "../../src/text/source-text.js";
import { givenAnswer } from "../../src/wire/given-answers.js";
import { ann, asking, linesOf, object, recorder, setText, terms } from "../kit/logged-calls.js";

const request = {
  principal: "arn:aws:iam::111122223333:user/eve",
  action: "S3:getObject",
  resource: "arn:aws:s3:::depot/ä*",
  resourceAccount: "111122223333",
};
const WHO = `${request.principal} is not authorized to perform: ${request.action} on resource: ${request.resource}`;
const document = (effect: string, action = "s3:*"): object => ({
  Version: "2012-10-17",
  Statement: { Effect: effect, Action: action, Resource: "*" },
});
const allow = document("Allow");
const other = document("Allow", "sqs:*");
const deny = document("Deny");
const identity = [{ name: "own", document: allow }];
const resourceDocument = (effect: string, action = "s3:*"): object => ({
  Version: "2012-10-17",
  Statement: { Effect: effect, Principal: "*", Action: action, Resource: "*" },
});

let simulator: Simulator;
beforeAll(async () => {
  simulator = await Simulator.start();
});

function explain(
  policies: object,
  detail: "reason" | "explain" = "explain",
  asked: object = request,
): { message?: string; blockedBy: readonly string[] } {
  const source = sourceText("case.json", JSON.stringify({ id: "case", policies, request: asked }));
  const node = readJson(source, []);
  if (node === undefined) throw new Error("no JSON");
  const built = readSimulationCase(node, source);
  if ("error" in built) throw new Error(built.error);
  const decided = simulator.decide(built, detail);
  if ("error" in decided) throw new Error(decided.error);
  return decided;
}

describe("the sentence of an explained denial (OUT-12)", () => {
  it.each([
    [
      "a silent identity policy",
      { identity: [{ name: "own", document: other }] },
      "because no identity-based policy allows the S3:getObject action",
    ],
    [
      "a silent boundary",
      { identity, boundary: other },
      "because no permissions boundary allows the S3:getObject action",
    ],
    ["a silent SCP", { identity, scps: [[other]] }, "because no service control policy allows the S3:getObject action"],
    [
      "a silent endpoint policy",
      { identity, endpoint: resourceDocument("Allow", "sqs:*") },
      "because no VPC endpoint policy allows the S3:getObject action",
    ],
    [
      "a denying identity policy",
      { identity: [{ name: "own", document: deny }] },
      "with an explicit deny in an identity-based policy",
    ],
    ["a denying boundary", { identity, boundary: deny }, "with an explicit deny in a permissions boundary"],
    [
      "a denying resource policy",
      { identity, resource: resourceDocument("Deny") },
      "with an explicit deny in a resource-based policy",
    ],
    [
      "a denying SCP before a denying identity policy",
      { identity: [{ name: "own", document: deny }], scps: [[allow, deny]] },
      "with an explicit deny in a service control policy",
    ],
    [
      "a denying RCP",
      { identity, rcps: [[resourceDocument("Deny")]] },
      "with an explicit deny in a resource control policy",
    ],
    [
      "a denying boundary before a denying resource policy",
      { identity, boundary: deny, resource: resourceDocument("Deny") },
      "with an explicit deny in a permissions boundary",
    ],
  ])("names %s", (_, policies, want) => {
    const { message, blockedBy } = explain(policies);
    expect(message).toBe(`${WHO} ${want}`);
    const decision = want.startsWith("with") ? "explicitDeny" : "implicitDeny";
    expect(denialMessage(request, { decision, blockedBy })).toBe(message);
  });

  it("names no type of policy where no policy could allow what is asked (SVC-8)", () => {
    const reserved = { ...request, action: "iam:DeletePolicy", resource: "arn:aws:iam::aws:policy/ReadOnlyAccess" };
    const { message, blockedBy } = explain(
      { identity: [{ name: "own", document: document("Allow", "*") }] },
      "explain",
      reserved,
    );
    expect(blockedBy).toEqual(["service"]);
    expect(message).toBe(
      `${request.principal} is not authorized to perform: ${reserved.action} on resource: ${reserved.resource}`,
    );
    expect(denialMessage(reserved, { decision: "implicitDeny", blockedBy })).toBe(message);
  });

  const scp = "arn:aws:organizations::111111111111:policy/o-1/service_control_policy/p-1";
  const rcp = "arn:aws:organizations::111111111111:policy/o-1/resource_control_policy/p-2";
  it.each([
    {
      name: "an SCP",
      controls: `serviceControlPolicies: [FullAWSAccess, "${scp}"]`,
      want: `service control policy: ${scp}`,
    },
    { name: "an RCP", controls: `resourceControlPolicies: ["${rcp}"]`, want: `resource control policy: ${rcp}` },
    {
      name: "an SCP before an RCP",
      controls: `serviceControlPolicies: [FullAWSAccess, "${scp}"], resourceControlPolicies: ["${rcp}"]`,
      want: `service control policy: ${scp}`,
    },
    {
      name: "an RCP whose ARN JSON has to escape",
      controls: `resourceControlPolicies: ['${rcp}/ä"b']`,
      want: `resource control policy: ${rcp}/ä"b`,
    },
    {
      name: "no policy without an ARN",
      controls:
        'resourceControlPolicies: [{ name: own, document: { Version: "2012-10-17", Statement: { Effect: Deny, Principal: "*", Action: "s3:*", Resource: "*" } } }]',
      want: "resource control policy",
    },
  ])("ends with the ARN of the policy of an organization that denied: $name", async ({ controls, want }) => {
    const statement = (members: string): string =>
      `{ Version: "2012-10-17", Statement: { Effect: Deny, ${members}Action: "s3:*", Resource: "*" } }`;
    const { decide } = await recorder(
      false,
      `${setText}
organization: { id: o-1, managementAccount: "999999999999", root: { id: r-1, accounts: ["999999999999", "111111111111"], ${controls} } }
policies:
  - { arn: "${scp}", document: ${statement("")} }
  - { arn: "${rcp}", document: ${statement('Principal: "*", ')} }
  - { arn: '${rcp}/ä"b', document: ${statement('Principal: { AWS: "*" }, ')} }
`,
    );
    const message = `${ann} is not authorized to perform: s3:GetObject on resource: ${object} with an explicit deny in a ${want}`;
    const call = await decide("Authorize", asking("s3:GetObject"));
    const nothing = parseLogMask("input.context.no:such-key");
    if (nothing === undefined) throw new Error("no mask");
    const lines = linesOf(call, terms);
    expect(lines).toEqual(linesOf(call, { ...terms, masks: [nothing] }));
    expect(JSON.parse(lines.join("")).errorMessage).toBe(message);
    const explained = await decide("Authorize", asking("s3:GetObject", { detail: "EXPLAIN" }));
    expect(givenAnswer(Buffer.from(explained.response)).answers[0]).toHaveProperty("message", message);
  });

  it("is absent where the request is allowed or no explanation was asked for", () => {
    expect(explain({ identity }).message).toBeUndefined();
    expect(explain({ identity, boundary: deny }, "reason").message).toBeUndefined();
  });
});
