import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { auditorOver } from "../../src/audit/auditor-over.js";
import { questionJson } from "../../src/audit/question-json.js";
import { Engine } from "../../src/engine/engine.js";
import { buildPolicySet, loadPolicySet } from "../../src/index.js";
import { makeTraffic, type TrafficTerms } from "../../src/load/traffic/make-traffic.js";
import type { Traffic } from "../../src/load/traffic/traffic.js";
import type { PolicySet } from "../../src/policy/policy-set.js";
import { statementKey } from "../../src/policy-tests/set-statements.js";
import type { AuthorizationQuestion } from "../../src/question/authorization-question.js";
import { everythingAt } from "../../src/reachable/everything-at.js";
import { sourceText } from "../../src/text/source-text.js";
import { loadWholeCatalogue } from "../../src/validate/catalogue/load-catalogue.js";
import { root } from "../kit/source-files.js";

const nowMs = Date.parse("2026-11-30T03:00:00Z");
const engines: Engine[] = [];

afterAll(async () => {
  for (const engine of engines) await engine.close();
});

async function trafficOf(set: PolicySet, changes: Partial<TrafficTerms> = {}): Promise<Traffic> {
  const engine = await Engine.start({ workers: 0, allowWhatIf: true });
  engines.push(engine);
  engine.publish(set);
  const catalogue = await loadWholeCatalogue();
  const auditor = auditorOver(engine, { set, catalogue, region: everythingAt(nowMs), nowMs, budget: 200_000 });
  return makeTraffic({
    auditor,
    decide: (question) => engine.decide(question, { nowMs }),
    explain: (question) => engine.decide(question, { nowMs, detail: "explain" }),
    seed: "1",
    mix: { allowed: 0.6, implicitDeny: 0.3, explicitDeny: 0.1 },
    distribution: "zipf",
    length: 2000,
    allowsWhatIf: false,
    mostStatements: 20_000,
    budget: 200_000,
    ...changes,
  });
}

async function load(path: string): Promise<PolicySet> {
  const loaded = await loadPolicySet(path);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.findings));
  return loaded.policySet;
}

function engineOf(index: number): Engine {
  const engine = engines[index];
  if (engine === undefined) throw new Error("no traffic was made yet");
  return engine;
}

function questionAt({ questions, order }: Traffic, position: number): AuthorizationQuestion {
  const found = questions[order[position] ?? -1];
  if (found === undefined) throw new Error(`nothing is asked at ${position}`);
  return found.question;
}

function bytesOf(traffic: Traffic): string {
  return [...traffic.order.keys()].map((place) => JSON.stringify(questionJson(questionAt(traffic, place)))).join("\n");
}

describe("makeTraffic() over examples/acme", () => {
  let set: PolicySet;
  let traffic: Traffic;

  beforeAll(async () => {
    set = await load(join(root, "examples/acme"));
    traffic = await trafficOf(set);
  });

  it("reaches every statement but the one that applies at another time only", () => {
    const { coverage } = traffic;
    expect(coverage?.unreachable.map(({ statement, proved, why }) => [statement.sid, proved, why])).toEqual([
      [
        "YearEndFreeze",
        false,
        "reached only at another time, such as 2026-12-24T00:00:00Z: a target has to allow what-if",
      ],
    ]);
    expect(coverage?.firstAt.length).toBe((coverage?.statements ?? 0) - 1);
  });

  it("puts a question first for each statement, and the matcher says that it applies", () => {
    const engine = engineOf(0);
    for (const { statement, position } of traffic.coverage?.firstAt ?? []) {
      const decision = engine.decide(questionAt(traffic, position), { nowMs, detail: "explain" });
      if ("error" in decision) throw new Error(decision.error);
      const applied = (decision.statements ?? [])
        .filter(({ applies }) => applies)
        .map((one) => statementKey(one.statement));
      expect([...applied, ...decision.matchedStatements.map(statementKey)]).toContain(statementKey(statement));
    }
  });

  it("has the mix that was asked for, of questions that are answered as expected", () => {
    expect(traffic.order.length).toBe(2000);
    expect(traffic.mix.allowed).toBeCloseTo(0.6, 2);
    expect(traffic.mix.implicitDeny).toBeCloseTo(0.3, 2);
    expect(traffic.mix.explicitDeny).toBeCloseTo(0.1, 2);
    const engine = engineOf(0);
    for (const { question, expected } of traffic.questions) {
      const decision = engine.decide(question, { nowMs });
      expect("error" in decision ? "error" : decision.decision).toBe(expected);
      expect(question.whatIf).toBe(false);
    }
  });

  it("says where the questions for statements keep it from the mix that was asked for", async () => {
    expect(traffic.remarks).toEqual([]);
    const { remarks, mix } = await trafficOf(set, { mix: { allowed: 1, implicitDeny: 0, explicitDeny: 0 } });
    expect(mix.allowed).toBeLessThan(0.999);
    const [allowed, implicit, explicit] = [mix.allowed, mix.implicitDeny, mix.explicitDeny].map((one) =>
      (100 * one).toFixed(1),
    );
    expect(remarks).toEqual([
      `every statement is asked about once, which makes the mix ${allowed} % / ${implicit} % / ${explicit} %, not 100.0 % / 0.0 % / 0.0 %`,
    ]);
  });

  it("is the same for the same seed, byte for byte, and another for another one; with what-if every statement is reached", async () => {
    expect(bytesOf(await trafficOf(set))).toBe(bytesOf(traffic));
    const other = await trafficOf(set, { seed: "2", allowsWhatIf: true, distribution: "uniform" });
    expect(bytesOf(other)).not.toBe(bytesOf(traffic));
    expect(other.coverage?.unreachable).toEqual([]);
  });
});

describe("makeTraffic() over planted statements", () => {
  it("proves dead what no request reaches, says why, and reaches sessions by their names and tags", async () => {
    const set = planted();
    const traffic = await trafficOf(set);
    expect(traffic.coverage?.unreachable.map(({ statement, proved, why }) => [statement.sid, proved, why])).toEqual([
      ["BothTags", true, "no request that reaches it passes StringEquals on aws:PrincipalTag/team"],
      ["Contradiction", true, "no request that reaches it passes StringEquals on s3:prefix"],
      ["NobodyThere", true, "no request that reaches it passes StringEquals on aws:PrincipalArn"],
    ]);
    const reached = new Map(
      traffic.coverage?.firstAt.map(({ statement, position }) => [statement.sid, questionAt(traffic, position)]),
    );
    expect(reached.get("OnlySession")?.principal).toBe("arn:aws:sts::111111111111:assumed-role/App/night-shift");
    expect(reached.get("TaggedSession")?.sessionTags).toEqual([{ key: "shift", value: "night" }]);
    expect(traffic.remarks).toEqual(["no question is answered explicitDeny: its share goes to the others"]);
  });
});

function planted(): PolicySet {
  const statement = (Sid: string, Condition: object) => ({
    Sid,
    Effect: "Allow",
    Action: "s3:ListBucket",
    Resource: "arn:aws:s3:::data",
    Condition,
  });
  const role = {
    arn: "arn:aws:iam::111111111111:role/App",
    id: "AROAEXAMPLEAPP",
    trustPolicy: {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: { AWS: "111111111111" }, Action: "sts:AssumeRole" }],
    },
    inlinePolicies: [
      {
        name: "own",
        document: {
          Version: "2012-10-17",
          Statement: [
            statement("Plain", {}),
            statement("OnlySession", { StringEquals: { "aws:userid": "AROAEXAMPLEAPP:night-shift" } }),
            statement("TaggedSession", { StringEquals: { "aws:PrincipalTag/shift": "night" } }),
            statement("Contradiction", { StringEquals: { "s3:prefix": "a" }, StringNotEquals: { "s3:prefix": "a" } }),
            statement("NobodyThere", { StringEquals: { "aws:PrincipalArn": "arn:aws:iam::111111111111:role/Other" } }),
          ],
        },
      },
    ],
  };
  const user = {
    arn: "arn:aws:iam::111111111111:user/ann",
    tags: { team: "blue" },
    inlinePolicies: [
      {
        name: "own",
        document: {
          Version: "2012-10-17",
          Statement: [statement("BothTags", { StringEquals: { "aws:PrincipalTag/team": "red" } })],
        },
      },
    ],
  };
  const built = buildPolicySet([sourceText("set.json", JSON.stringify({ users: [user], roles: [role] }))]);
  if (!built.ok) throw new Error(JSON.stringify(built.findings));
  return built.policySet;
}
