// The battery of hostile inputs: each row by what happens to it. Numbers in brackets are rows of the battery, which goes on in
// `faults/README.md`. What they cost is counted in steps (`matching-steps.test.ts`) and compared in `faults/costs.test.ts`.
import { afterAll, describe, expect, it } from "vitest";
import { Engine } from "../../src/engine/engine.js";
import { buildPolicySet } from "../../src/policy/formats/load-policy-set.js";
import type { Decision, DecisionError } from "../../src/question/decision.js";
import { readSimulationCase, type SimulationCase } from "../../src/simulate/simulation-case.js";
import { Simulator } from "../../src/simulate/simulator.js";
import type { Finding } from "../../src/text/finding.js";
import { readJson } from "../../src/text/json-reader.js";
import { sourceText } from "../../src/text/source-text.js";
import { authorizationMethod } from "../kit/proto-file.js";
import { aCase, jsonLines, verdict } from "../kit/run-verdict.js";

const A = "111122223333";
const alice = `arn:aws:iam::${A}:user/alice`;
const simulator = await Simulator.start();
const engine = await Engine.start({ workers: 2 });
afterAll(async () => {
  await simulator.close();
  await engine.close();
});

interface Asked {
  readonly statements?: readonly object[];
  readonly policies?: object;
  readonly request?: object;
}

const allow = { Effect: "Allow", Action: "*", Resource: "*" };
const document = (...Statement: readonly object[]) => ({ Version: "2012-10-17", Statement });

/** Decides a case that is written as JSON and read as a file would be. */
function decide(asked: Asked): Decision | DecisionError {
  return decideText(caseText(asked));
}

function caseText({ statements = [], policies, request }: Asked): string {
  return JSON.stringify({
    id: "hostile",
    policies: policies ?? { identity: [{ name: "p", document: document(...statements) }] },
    request: { ...ask({ resourceAccount: A }), ...request },
  });
}

function decideText(text: string): Decision | DecisionError {
  const read = readText(text);
  return "error" in read ? { error: read.error } : simulator.decide(read);
}

function readText(text: string): SimulationCase | { readonly error: string } {
  const findings: Finding[] = [];
  const source = sourceText("case.json", text);
  const node = readJson(source, findings);
  return node === undefined ? { error: findings.map(({ rule }) => rule).join(" ") } : readSimulationCase(node, source);
}

/** The decision's word, or `error`. */
function answer(asked: Asked): string {
  const have = decide(asked);
  return "error" in have ? "error" : have.decision;
}

const readable = (resource: string, key: string): string =>
  answer({
    statements: [{ ...allow, Resource: `arn:aws:s3:::${resource}` }],
    request: { resource: `arn:aws:s3:::${key}` },
  });

/** Whether a glob matches a text, by the table that every textbook prints. */
function globMatches(pattern: string, text: string): boolean {
  const units = [...text];
  let row = new Uint8Array(units.length + 1);
  row[0] = 1;
  for (const token of pattern) {
    const next = new Uint8Array(row.length);
    next[0] = token === "*" ? (row[0] ?? 0) : 0;
    for (let i = 1; i < row.length; i++) {
      const isHit = token === "*" ? row[i] || next[i - 1] : row[i - 1] && (token === "?" || token === units[i - 1]);
      next[i] = isHit ? 1 : 0;
    }
    row = next;
  }
  return row[units.length] === 1;
}

function findingsOf(text: string): readonly Finding[] {
  const findings: Finding[] = [];
  readJson(sourceText("p.json", text), findings);
  return findings;
}

/** What is read of answers. */
interface Answer {
  readonly outcome: string;
  readonly decisions: readonly { readonly outcome: string; readonly error: string }[];
}

/** Engine questions as bytes. */
const singleMethod = authorizationMethod<Answer>("Authorize");
const batchMethod = authorizationMethod<Answer>("BatchAuthorize");

async function askBatch(requests: readonly object[]): Promise<Answer["decisions"]> {
  const bytes = await engine.batchAuthorize(batchMethod.requestSerialize({ requests }));
  return batchMethod.responseDeserialize(Buffer.from(bytes)).decisions;
}

function publish(name: string, statements: readonly object[]): void {
  const text = JSON.stringify({
    users: [{ arn: alice, inlinePolicies: [{ name: "p", document: document(...statements) }] }],
    accounts: [{ id: A }],
  });
  const built = buildPolicySet([sourceText(name, text)], {});
  if (!built.ok) throw new Error(JSON.stringify(built.findings));
  engine.publish(built.policySet);
}

const ask = (change: object) => ({
  principal: alice,
  action: "s3:GetObject",
  resource: "arn:aws:s3:::depot/x",
  ...change,
});

describe("the matching of patterns", () => {
  it("decides nine stars against 4 KiB (1)", () => {
    for (const stars of ["*a*a*a*a*a*a*a*a*b", "*a*a*a*a*a*a*b"]) {
      const key = "a".repeat(4096);
      expect(globMatches(`depot/${stars}`, `depot/${key}`)).toBe(false);
      const asked = { statements: [{ ...allow, Resource: `arn:aws:s3:::depot/${stars}` }] };
      const request = { resource: `arn:aws:s3:::depot/${key}` };
      expect(answer({ ...asked, request })).toBe("implicitDeny");
      expect(answer({ ...asked, request: { resource: `${request.resource}b` } })).toBe("allowed");
    }
  });

  it("decides a pattern as long as a policy like the plain table (2)", () => {
    const patterns = ["*?".repeat(3000), "?".repeat(2040), "**a**?**", "**?".repeat(2000), `*${"?a".repeat(900)}*`];
    for (const pattern of patterns) {
      for (const key of ["a".repeat(2048), "a".repeat(2040), "ba".repeat(1000), "b", ""]) {
        const want = globMatches(pattern, key) ? "allowed" : "implicitDeny";
        const asked = {
          statements: [{ ...allow, Resource: `arn:aws:s3:::d/${pattern}` }],
          request: { resource: `arn:aws:s3:::d/${key}` },
        };
        expect(answer(asked)).toBe(want);
      }
    }
  });

  it("denies explicitly whatever control characters an object's key holds (3)", () => {
    for (const odd of ["\n", "\r", "\u2028", "\u2029", "\0", "\u007f", "\r\n"]) {
      const statements = [allow, { Effect: "Deny", Action: "*", Resource: "arn:aws:s3:::depot/secret/*" }];
      for (const key of [`secret/${odd}`, `secret/a${odd}b`, `secret/${odd}/x`]) {
        expect(answer({ statements, request: { resource: `arn:aws:s3:::depot/${key}` } })).toBe("explicitDeny");
      }
    }
  });

  it("takes a UTF-16 unit for one character and normalizes nothing (4, STR-4)", () => {
    expect(readable("d/?", "d/\u{1F512}")).toBe("implicitDeny");
    expect(readable("d/??", "d/\u{1F512}")).toBe("allowed");
    expect(readable("d/?", "d/e\u0301")).toBe("implicitDeny");
    expect(readable("d/??", "d/e\u0301")).toBe("allowed");
    expect(readable("d/\u00e9", "d/e\u0301")).toBe("implicitDeny");
    expect(readable("d/\u00e9", "d/\u00e9")).toBe("allowed");
  });
});

describe("texts that are no texts", () => {
  it("are an error for their item alone (5)", async () => {
    publish("five.yaml", [allow]);
    const broken = Buffer.from(singleMethod.requestSerialize(ask({ resource: "arn:aws:s3:::depot/@@" })));
    broken.set([0xff, 0xfe], broken.indexOf("@@"));
    const single = singleMethod.responseDeserialize(Buffer.from(engine.authorize(broken)));
    expect(single.outcome).toBe("ERROR");
    const requests = Buffer.from(
      batchMethod.requestSerialize({
        requests: [ask({}), ask({ resource: "arn:aws:s3:::depot/@@" }), ask({})],
      }),
    );
    requests.set([0xed, 0xa0], requests.indexOf("@@"));
    const batch = batchMethod.responseDeserialize(Buffer.from(await engine.batchAuthorize(requests)));
    expect(batch.decisions.map(({ outcome }) => outcome)).toEqual(["ALLOWED", "ERROR", "ALLOWED"]);
    expect(findingsOf('{"Sid":"\\ud800"}')).toMatchObject([{ severity: "error", line: 1 }]);
  });
});

describe("large and deep documents", () => {
  it("are accepted and decided (6)", () => {
    const names = Array.from({ length: 100_000 }, (_, i) => `arn:aws:s3:::bucket-${i}/*`);
    const many = Array.from({ length: 50_000 }, (_, i) => ({
      ...allow,
      Action: "s3:GetObject",
      Resource: `arn:aws:s3:::b${i}/k`,
    }));
    for (const [statements, key] of [
      [[{ ...allow, Resource: names }], "bucket-99999/k"],
      [many, "b49999/k"],
    ] as const) {
      publish("large.yaml", statements);
      const bytes = singleMethod.requestSerialize(ask({ resource: `arn:aws:s3:::${key}` }));
      const no = singleMethod.requestSerialize(ask({ resource: "arn:aws:s3:::nobody/k" }));
      const outcome = (message: Uint8Array) =>
        singleMethod.responseDeserialize(Buffer.from(engine.authorize(message))).outcome;
      expect(outcome(bytes)).toBe("ALLOWED");
      expect(outcome(no)).toBe("IMPLICIT_DENY");
    }
  });

  it("are refused below a depth that no walker minds (7)", () => {
    for (const text of ["[".repeat(100_000), `${"[".repeat(100_000)}${"]".repeat(100_000)}`, '{"a":'.repeat(100_000)]) {
      const found = findingsOf(text);
      expect(found).toHaveLength(1);
      expect(found[0]?.column).toBeLessThan(1000);
    }
  });

  it("are refused at the second of two equal members (8)", () => {
    const text =
      '{"Version":"2012-10-17","Statement":{"Effect":"Allow",\n "Effect":"Deny","Action":"*","Resource":"*"}}';
    expect(findingsOf(text)).toMatchObject([{ rule: "DOC-2", severity: "error", line: 2, column: 2 }]);
  });

  it("are refused with a place for what is no JSON, and taken with CRLF (10)", () => {
    const good = '{"Version":"2012-10-17",\r\n"Statement":[]}\r\n';
    expect(findingsOf(good)).toEqual([]);
    for (const [text, line] of [
      ['{"Statement":[],}', 1],
      ['{"Statement":[1\n,]}', 2],
      [`\ufeff${good}`, 1],
      [`${good}// no`, 3],
      ["/* no */{}", 1],
      [Buffer.from("{}", "utf16le").toString("latin1"), 1],
    ] as const) {
      expect(findingsOf(text)).toMatchObject([{ rule: "DOC-1", severity: "error", line }]);
    }
  });
});

describe("names and values", () => {
  it("of Object.prototype are data like any other (9)", () => {
    const before = Object.getOwnPropertyNames(Object.prototype).join();
    for (const name of ["__proto__", "constructor", "toString", "hasOwnProperty"]) {
      const condition = `"Condition":{"StringEquals":{"${name}":"v","aws:PrincipalTag/${name}":"t","aws:ResourceTag/${name}":"r"}}`;
      const text = (value: string): string =>
        `{"id":"${name}","policies":{"identity":[{"name":"${name}","document":{"Version":"2012-10-17","Statement":[{"Sid":"${name.replaceAll("_", "")}","Effect":"Allow","Action":"${name}:${name}","Resource":"*",${condition}}]}}]},` +
        `"request":{"principal":"arn:aws:iam::${A}:user/${name}","action":"${name}:${name}","resource":"arn:aws:s3:::${name}","resourceAccount":"${A}",` +
        `"principalTags":{"${name}":"t"},"resourceTags":{"${name}":"r"},"context":{"${name}":["${value}"]}}}`;
      expect(decideText(text("v"))).toMatchObject({
        decision: "allowed",
        matchedStatements: [{ policy: name }],
      });
      expect(decideText(text("w"))).toMatchObject({ decision: "implicitDeny" });
    }
    expect(Object.getOwnPropertyNames(Object.prototype).join()).toBe(before);
    expect(({} as Record<string, unknown>).t).toBeUndefined();
  });

  it("out of tags are literal wherever they are substituted (11)", () => {
    const statements = [{ ...allow, Resource: "arn:aws:s3:::homes/${aws:PrincipalTag/team}/*" }];
    for (const tag of ["*", "${aws:username}", "?", "${*}", "a/../*"]) {
      const home = (key: string) =>
        answer({ statements, request: { principalTags: { team: tag }, resource: `arn:aws:s3:::homes/${key}/x` } });
      expect(home("alice")).toBe("implicitDeny");
      expect(home("b")).toBe("implicitDeny");
      expect(home(tag)).toBe("allowed");
    }
  });

  it("that are missing, empty or several make a variable resolve as the rules say (12)", () => {
    const Resource = "arn:aws:s3:::homes/${app:who}";
    const effect = (Effect: string, context: object) =>
      answer({
        statements: [...(Effect === "Deny" ? [allow] : []), { Effect, Action: "*", Resource }],
        request: { resource: "arn:aws:s3:::homes/", context },
      });
    expect(effect("Allow", {})).toBe("implicitDeny");
    expect(effect("Deny", {})).toBe("allowed");
    expect(effect("Allow", { "app:who": [""] })).toBe("allowed");
    expect(effect("Deny", { "app:who": [""] })).toBe("explicitDeny");
    expect(effect("Allow", { "app:who": ["", ""] })).toBe("implicitDeny");
    expect(decide({ statements: [{ ...allow, Resource }] })).toMatchObject({ missingContextKeys: ["app:who"] });
  });
});

describe("elements that are easily misread", () => {
  it("are read by the letter (13)", () => {
    const resource = (...statements: readonly object[]) => ({ resource: document(...statements) });
    const wild = { Effect: "Allow", Action: "*", Resource: "*" };
    expect(answer({ policies: resource({ ...wild, NotPrincipal: { AWS: alice } }) })).toBe("error");
    for (const Principal of ["*", { AWS: "*" }, { AWS: ["*"] }]) {
      expect(answer({ policies: resource({ ...wild, Principal }), request: { principal: "anonymous" } })).toBe(
        "allowed",
      );
    }
    expect(answer({ policies: resource({ ...wild, Principal: {} }) })).toBe("implicitDeny");
    expect(
      answer({ statements: [allow, { Effect: "Deny", NotAction: "s3:*", NotResource: "arn:aws:s3:::depot/*" }] }),
    ).toBe("allowed");
    const fence = { Effect: "Deny", NotAction: "iam:*", NotResource: "arn:aws:s3:::other/*" };
    expect(answer({ statements: [allow, fence] })).toBe("explicitDeny");
    expect(answer({ statements: [allow, { Effect: "Deny", Action: [], Resource: "*" }] })).toBe("allowed");
    expect(answer({ statements: [allow, { Effect: "Deny", NotAction: [], Resource: "*" }] })).toBe("error");
  });

  it("are true, false or refused for missing keys and unknown operators (14)", () => {
    const test = (Condition: object, context: object = {}) =>
      answer({ statements: [{ ...allow, Condition }], request: { context } });
    expect(test({ "ForAllValues:StringEquals": { k: "v" } })).toBe("allowed");
    expect(test({ "ForAnyValue:StringEquals": { k: "v" } })).toBe("implicitDeny");
    expect(test({ StringEqualsIfExists: { k: "v" } })).toBe("allowed");
    expect(test({ StringEqualsIfExists: { k: "v" } }, { k: ["w"] })).toBe("implicitDeny");
    expect(test({ Null: { k: "true" } })).toBe("allowed");
    expect(test({ Null: { k: "false" } })).toBe("implicitDeny");
    expect(test({ Null: { k: "false" } }, { k: ["v"] })).toBe("allowed");
    for (const operator of ["StringLke", "NotBool", "BinaryNotEquals", "ForSomeValues:StringEquals", "NullIfExists"]) {
      expect(test({ [operator]: { k: "true" } })).toBe("error");
    }
  });

  it("match nothing, and everything negated, where numbers and dates are none (15)", () => {
    const test = (operator: string, policy: string, value: string) =>
      answer({
        statements: [{ ...allow, Condition: { [operator]: { k: policy } } }],
        request: { context: { k: [value] } },
      });
    expect(test("NumericGreaterThan", "0", "1e400")).toBe("allowed");
    for (const value of ["NaN", "Infinity", "0x10", " 1", "1_000", ""]) {
      expect(test("NumericGreaterThan", "0", value)).toBe("implicitDeny");
      expect(test("NumericNotEquals", "0", value)).toBe("allowed");
    }
    expect(test("NumericEquals", "9223372036854775809", "9223372036854775809")).toBe("allowed");
    expect(test("NumericEquals", "9223372036854775809", "9223372036854775808")).toBe("implicitDeny");
    expect(test("NumericEquals", "7", "007")).toBe("allowed");
    for (const value of ["2026-02-30", "2026-13-01", "yesterday", "2026-01-01T25:00:00Z", "2026-01-01t00:00:00z"]) {
      expect(test("DateGreaterThan", "1970-01-01", value)).toBe("implicitDeny");
      expect(test("DateNotEquals", "1970-01-01", value)).toBe("allowed");
    }
    expect(test("DateLessThan", "9999-12-31T23:59:59Z", "9999-12-31T23:59:58Z")).toBe("allowed");
    expect(test("DateEquals", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00")).toBe("allowed");
    // Milliseconds are seconds far away (DATE-3).
    expect(test("DateGreaterThan", "9999-12-31T23:59:59Z", "1767225600000")).toBe("allowed");
    for (const value of ["2016-12-31T23:59:60Z", "99999999999999999999999999", "-1", "-0"]) {
      expect(["allowed", "implicitDeny"]).toContain(test("DateGreaterThan", "2000-01-01", value));
    }
  });

  it("are addresses by value, and no addresses where the spelling is ambiguous (16)", () => {
    const test = (range: string, value: string) =>
      answer({
        statements: [{ ...allow, Condition: { IpAddress: { "aws:SourceIp": range } } }],
        request: { context: { "aws:SourceIp": [value] } },
      });
    expect(test("10.0.0.0/8", "::ffff:10.0.0.1")).toBe("allowed");
    expect(test("10.0.0.0/8", "fe80::1%eth0")).toBe("implicitDeny");
    expect(test("fe80::/10", "fe80::1%eth0")).toBe("implicitDeny");
    // Octets are decimal, whatever zeros they begin with (IP-6).
    expect(test("10.0.0.0/8", "010.0.0.1")).toBe("allowed");
    expect(test("8.0.0.0/8", "010.0.0.1")).toBe("implicitDeny");
    expect(test("10.0.0.0/33", "10.0.0.1")).toBe("error");
    expect(test("0.0.0.0/0", "2001:db8::1")).toBe("implicitDeny");
    expect(test("0.0.0.0/0", "192.0.2.1")).toBe("allowed");
  });

  it("keep or lose their case as the rules say (17)", () => {
    const statement = { Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::depot/*" };
    expect(answer({ statements: [statement], request: { action: "S3:getobject" } })).toBe("allowed");
    expect(answer({ statements: [statement], request: { resource: "arn:aws:s3:::Depot/x" } })).toBe("implicitDeny");
    expect(answer({ statements: [statement], request: { resource: "ARN:AWS:S3:::depot/x" } })).not.toBe("allowed");
    const tagged = { ...statement, Condition: { StringEquals: { "AWS:principaltag/TEAM": "blue" } } };
    expect(answer({ statements: [tagged], request: { principalTags: { Team: "blue" } } })).toBe("allowed");
    expect(answer({ statements: [tagged], request: { principalTags: { Team: "Blue" } } })).toBe("implicitDeny");
  });

  it("are an error as action and literal as resource where a request holds wildcards (18)", () => {
    expect(answer({ statements: [allow], request: { action: "s3:*" } })).toBe("error");
    expect(answer({ statements: [allow], request: { action: "s3:Get?bject" } })).toBe("error");
    expect(readable("depot/x", "depot/*")).toBe("implicitDeny");
    expect(readable("depot/x", "depot/?")).toBe("implicitDeny");
    expect(readable("depot/${*}", "depot/*")).toBe("allowed");
    expect(readable("depot/${*}", "depot/x")).toBe("implicitDeny");
  });

  it("are split at the first five colons of an ARN and no further (19)", () => {
    const test = (Resource: string, resource: string) =>
      answer({ statements: [{ ...allow, Resource }], request: { resource } });
    const stream = `arn:aws:logs:eu-west-1:${A}:log-group:x:log-stream:y`;
    expect(test(`arn:aws:logs:*:${A}:log-group:x:log-stream:*`, stream)).toBe("allowed");
    expect(test(`arn:aws:logs:*:${A}:log-group:x`, stream)).toBe("implicitDeny");
    expect(test(`arn:aws:logs:*:${A}:log-group:x:*`, stream)).toBe("allowed");
    expect(test("arn:aws:s*s:111122223333:topic", `arn:aws:sns:eu-west-1:${A}:topic`)).not.toBe("allowed");
    expect(test("arn:aws:sns", `arn:aws:sns:eu-west-1:${A}:topic`)).toBe("allowed");
    const point = `arn:aws:s3:eu-west-1:${A}:accesspoint/ap/object/k`;
    expect(test(`arn:aws:s3:*:${A}:accesspoint/ap/*`, point)).toBe("allowed");
    expect(test("arn:aws:s3:::*", point)).toBe("implicitDeny");
    expect(test("arn:aws:s3:*", point)).toBe("allowed");
  });
});

describe("batches", () => {
  it("answer 9,999 requests around a poisoned one, in order (21)", async () => {
    publish("batch.yaml", [{ ...allow, Resource: "arn:aws:s3:::depot/*" }]);
    const requests = Array.from({ length: 10_000 }, (_, i) =>
      i === 7777 ? ask({ action: "s3:*" }) : ask({ resource: `arn:aws:s3:::${i % 3 === 0 ? "depot" : "other"}/${i}` }),
    );
    const have = await askBatch(requests);
    expect(have.map(({ outcome }) => outcome)).toEqual(
      requests.map((_, i) => (i === 7777 ? "ERROR" : i % 3 === 0 ? "ALLOWED" : "IMPLICIT_DENY")),
    );
  });

  it("keep apart what differs only in the grouping of a list (22)", async () => {
    publish("lists.yaml", [
      { ...allow, Condition: { "ForAllValues:StringEquals": { k: ["a", "b"] }, Null: { k: "false" } } },
    ]);
    const requests = [["a", "b"], ["a,b"], ["a", "b"], ["ab"], ["a"]].map((values) =>
      ask({ context: { k: { values } } }),
    );
    expect((await askBatch(requests)).map(({ outcome }) => outcome)).toEqual([
      "ALLOWED",
      "IMPLICIT_DENY",
      "ALLOWED",
      "IMPLICIT_DENY",
      "ALLOWED",
    ]);
  });
});

describe("principals", () => {
  it("are a role, its session and its id, and nothing that only looks like them (41)", () => {
    const role = `arn:aws:iam::${A}:role/ci/deployer`;
    const session = `arn:aws:sts::${A}:assumed-role/deployer/run`;
    const named = (AWS: string, request: object) =>
      answer({ policies: { resource: document({ ...allow, Principal: { AWS } }) }, request });
    const asSession = { principal: session, principalIssuerArn: role, principalUniqueId: "AROAONE" };
    expect(named(role, asSession)).toBe("allowed");
    expect(named(`arn:aws:iam::${A}:role/deployer`, asSession)).toBe("implicitDeny");
    expect(named(session, asSession)).toBe("allowed");
    expect(named(session, { principal: role, principalUniqueId: "AROAONE" })).toBe("implicitDeny");
    expect(named(session.replace("/run", "/walk"), asSession)).toBe("implicitDeny");
    expect(named("AROAONE", asSession)).toBe("allowed");
    expect(named("AROATWO", asSession)).toBe("implicitDeny");
    // A user that was deleted and created again has another id; a user called like an id is not its bearer.
    expect(named("AIDAOLD", { principalUniqueId: "AIDAOLD" })).toBe("allowed");
    expect(named("AIDAOLD", { principalUniqueId: "AIDANEW" })).toBe("implicitDeny");
    expect(named("AIDAOLD", { principal: `arn:aws:iam::${A}:user/AIDAOLD` })).toBe("implicitDeny");
  });
});

describe("what is printed", () => {
  it("stays on its line and steers no terminal (44)", async () => {
    const nasty = 'a\n{"decision":"allowed"}\u001b[2J\r\u2028b';
    const one = aCase(nasty, "implicitDeny");
    const plain = await verdict(["simulate"], { input: JSON.stringify(one) });
    expect(plain.out.trimEnd().split("\n")).toHaveLength(2);
    expect([..."\u001b\r\u2028"].filter((odd) => plain.out.includes(odd))).toEqual([]);
    const json = await verdict(["simulate", "--json"], { input: JSON.stringify(one) });
    expect(jsonLines(json.out)).toMatchObject([{ id: nasty, decision: "implicitDeny" }]);
    expect([..."\u001b\r\u2028"].filter((odd) => json.out.includes(odd))).toEqual([]);
  });
});
