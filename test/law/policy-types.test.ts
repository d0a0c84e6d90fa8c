// Every policy type of the table is one that documents, the digest, the matcher, the oracle, classes of requests and the sentence of a
// denial know: what it denies is denied in its name, and what it is silent on is not allowed.
import { beforeAll, describe, expect, it } from "vitest";
import { LAYER_COUNT } from "../../assembly/format/layout.js";
import { answerOf } from "../../src/classes/answer.js";
import { denialMessage } from "../../src/question/denial-sentence.js";
import { denialOrder, documentTypes, layerNames, type PolicyType, policyTypes } from "../../src/question/layers.js";
import { Simulator } from "../../src/simulate/simulator.js";
import { generateCases } from "../differential/cases.js";
import { askMatcher, askOracle, build, differences } from "../differential/evaluators.js";
import { mapStatements } from "../differential/rewrite.js";
import { caseWorlds } from "../kit/case-worlds.js";

const account = "111122223333";
const question = { action: "s3:GetObject", resource: "arn:aws:s3:::depot/x", resourceAccount: account };
const user = { ...question, principal: `arn:aws:iam::${account}:user/eve` };
const session = { ...question, principal: `arn:aws:sts::${account}:assumed-role/app/eve` };
const assuming = { ...user, action: "sts:AssumeRole", resource: `arn:aws:iam::${account}:role/app` };

type Document = { readonly Version: string; readonly Statement: readonly object[] };
const documentOf = (...Statement: object[]): Document => ({ Version: "2012-10-17", Statement });
const own = [{ name: "own", document: documentOf({ Effect: "Allow", Action: "*", Resource: "*" }) }];

interface Attachment {
  readonly request: typeof user;
  /** What denials of it are in the name of. */
  readonly layer: string;
  /** The policies of a case with this one among them. */
  readonly policies: (document: Document) => object;
}

const attachments: Readonly<Record<PolicyType, Attachment>> = {
  identity: { request: user, layer: "identity", policies: (document) => ({ identity: [{ name: "it", document }] }) },
  boundary: { request: user, layer: "boundary", policies: (boundary) => ({ identity: own, boundary }) },
  session: { request: session, layer: "session", policies: (document) => ({ identity: own, session: [document] }) },
  resource: { request: user, layer: "resource", policies: (resource) => ({ identity: own, resource }) },
  trust: { request: assuming, layer: "resource", policies: (resource) => ({ identity: own, resource }) },
  endpoint: { request: user, layer: "endpoint", policies: (endpoint) => ({ identity: own, endpoint }) },
  scp: { request: user, layer: "scp", policies: (document) => ({ identity: own, scps: [[document]] }) },
  rcp: { request: user, layer: "rcp", policies: (document) => ({ identity: own, rcps: [[document]] }) },
};

/** A statement that a document of the type may have. */
function statementOf(type: PolicyType, Effect: string, Action: string): object {
  const { principal, resource } = documentTypes[type];
  return {
    Effect,
    Action,
    ...(principal === "required" ? { Principal: "*" } : {}),
    ...(resource === "none" ? {} : { Resource: "*" }),
  };
}

/** A document that denies the question; what may allow allows it as well. */
function denying(type: PolicyType): Document {
  const action = type === "trust" ? "sts:AssumeRole" : "s3:*";
  const deny = statementOf(type, "Deny", action);
  return type === "rcp" ? documentOf(deny) : documentOf(statementOf(type, "Allow", action), deny);
}

/** A document that says nothing about the question. */
function silent(type: PolicyType): Document {
  return documentOf(
    statementOf(type, type === "rcp" ? "Deny" : "Allow", type === "trust" ? "sts:TagSession" : "sqs:*"),
  );
}

/** Documents with an ARN that is not whole, for types in which one may stand (RES-7). */
function shortened(type: PolicyType): readonly Document[] {
  if (!documentTypes[type].incompleteArns) return [];
  const short = { ...statementOf(type, "Allow", "s3:*"), Resource: "arn:aws:s3" };
  return [documentOf(short), documentOf(statementOf(type, "Allow", "*"), { ...short, Effect: "Deny" })];
}

let simulator: Simulator;
beforeAll(async () => {
  simulator = await Simulator.start();
});

function built(type: PolicyType, document: Document) {
  const { request, policies } = attachmentOf(type);
  const read = build({ policies: policies(document), request });
  if ("error" in read) throw new Error(read.error);
  return read.built;
}

/** Of a type that the table above lacks: that of an identity policy. */
function attachmentOf(type: string): Attachment {
  return Object.entries(attachments).find(([name]) => name === type)?.[1] ?? attachments.identity;
}

/** What is decided; a trap and what cannot be read are errors. */
function decide(type: PolicyType, document: Document) {
  try {
    return simulator.decide(built(type, document), "explain");
  } catch (error: unknown) {
    return { error: String(error) };
  }
}

function isAllowed(decision: ReturnType<typeof decide>): boolean {
  if ("error" in decision) throw new Error(decision.error);
  return decision.allowed;
}

describe.each([...policyTypes])("the policy type %s", (type) => {
  it("never lets a request pass that it denies or, where it has to allow, is silent on", () => {
    expect(decide(type, denying(type))).not.toMatchObject({ decision: "allowed" });
    // A role in one's own account may be assumed by an identity policy alone, and other resources likewise; RCPs only deny.
    if (["resource", "trust", "rcp"].includes(type)) return;
    expect(decide(type, silent(type))).not.toMatchObject({ decision: "allowed" });
  });

  it("denies in its own name, in the words that the host has for it", () => {
    expect(Object.keys(attachments)).toContain(type);
    const { request, layer } = attachmentOf(type);
    const { principal, action, resource } = request;
    const decision = decide(type, denying(type));
    expect(decision).toMatchObject({ decision: "explicitDeny", blockedBy: [layer] });
    if ("error" in decision) throw new Error(decision.error);
    const denials = decision.matchedStatements.filter(({ effect }) => effect === "Deny");
    expect(denials).toMatchObject([{ policyType: layer }]);
    expect(decision.layers).toContainEqual({ policyType: layer, verdict: "deny" });
    expect(decision.message).toBe(denialMessage({ principal, action, resource }, decision));
  });

  it("is decided by the oracle as by the matcher", () => {
    const { request, policies } = attachmentOf(type);
    for (const document of [denying(type), silent(type), ...shortened(type)]) {
      const want = askOracle({ policies: policies(document), request });
      expect(differences(askMatcher(simulator, built(type, document)), want)).toEqual([]);
    }
  });

  it("has its say in classes of requests as in decisions", () => {
    // A region names no endpoint, so that classes of requests know none.
    if (type === "endpoint") return;
    for (const document of [denying(type), silent(type)]) {
      const one = built(type, document);
      const answer = answerOf(caseWorlds(one)?.worlds([one.request.resource]) ?? [], {
        budget: 10_000,
        tellsWhen: false,
      });
      expect(answer.access).toBe(isAllowed(decide(type, document)) ? "always" : "never");
    }
  });

  it("is part of the digest", () => {
    const digests = [denying(type), silent(type)].map((document) => built(type, document).policySet.digest);
    expect(new Set(digests).size).toBe(2);
  });
});

describe("random cases", () => {
  it("have policies of each type, and so have the rewritten ones", () => {
    const seen = { made: new Set<string>(), rewritten: new Set<string>() };
    for (let setNumber = 0; setNumber < 200; setNumber++) {
      for (const one of generateCases(20261130, setNumber)) {
        for (const member of Object.keys(one.policies)) seen.made.add(member);
        mapStatements(one, (statements, type) => {
          if (statements.length > 0) seen.rewritten.add(type);
          return statements;
        });
      }
    }
    // What a case calls levels stands in its plural, a role's trust policy is its resource policy, and a user's groups stand beside.
    const wanted = policyTypes.filter((type) => type !== "trust");
    expect(
      [...seen.made]
        .filter((name) => name !== "groups")
        .map((name) => name.replace(/ps$/, "p"))
        .sort(),
    ).toEqual([...wanted].sort());
    expect([...seen.rewritten].sort()).toEqual([...wanted].sort());
  });
});

describe("the table of policy types", () => {
  it("has each layer of the matcher once, in its order and in that of denials", () => {
    expect(layerNames).toHaveLength(LAYER_COUNT);
    expect([...denialOrder].sort()).toEqual([...layerNames].sort());
    expect(layerNames).toEqual(["identity", "boundary", "session", "resource", "endpoint", "scp", "rcp", "service"]);
  });
});
