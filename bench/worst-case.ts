// The dearest patterns at AWS's size limits: one decision each, with the input that causes it. `npm run bench:worst-case`.
import { Engine } from "../src/engine/engine.js";
import { buildPolicySet } from "../src/policy/formats/load-policy-set.js";
import { sourceText } from "../src/text/source-text.js";
import { machineLine, printTable, quantile } from "./measure.js";

interface Case {
  readonly name: string;
  readonly pattern: string;
  readonly resource: string;
}

const ROUNDS = 51;
const OBJECT = "arn:aws:s3:::";
const CASES: readonly Case[] = [
  { name: "an exact ARN, for comparison", pattern: `${OBJECT}other`, resource: `${OBJECT}object` },
  { name: "six stars, 4 KiB of `a`", pattern: `${OBJECT}*a*a*a*a*a*b*`, resource: OBJECT + "a".repeat(4096) },
  {
    name: "6,144 characters of `*?*?…`, 2,048 of `a`",
    pattern: OBJECT + "*?".repeat(3066),
    resource: OBJECT + "a".repeat(2035),
  },
  {
    name: "6,144 characters of `*a*a…b`, 2,048 of `a`",
    pattern: `${OBJECT}${"*a".repeat(3065)}b`,
    resource: OBJECT + "a".repeat(2035),
  },
  {
    name: "one star, 1,017 `a` and `b`, 2,048 of `a`",
    pattern: `${OBJECT}*${"a".repeat(1017)}b*`,
    resource: OBJECT + "a".repeat(2035),
  },
  {
    name: "both kinds of star: `arn:aws:s*:*a*a…b:x`, 2,048 of `a`",
    pattern: `arn:aws:s*:${"*a".repeat(3060)}b:x`,
    resource: `arn:aws:s3:${"a".repeat(2030)}:1:x`,
  },
];

async function main(): Promise<void> {
  console.log(machineLine());
  const rows: string[][] = [];
  for (const { name, pattern, resource } of CASES) {
    const document = { Version: "2012-10-17", Statement: { Effect: "Allow", Action: "*", Resource: pattern } };
    const user = { arn: "arn:aws:iam::111122223333:user/a", inlinePolicies: [{ name: "own", document }] };
    const built = buildPolicySet([sourceText("worst.json", JSON.stringify({ users: [user] }))], {});
    if (!built.ok) throw new Error(JSON.stringify(built.findings));
    const engine = await Engine.start({ workers: 0 });
    engine.publish(built.policySet);
    const question = {
      principal: user.arn,
      action: "s3:GetObject",
      resource,
      context: new Map<string, readonly string[]>(),
      resourceTags: [],
      sessionPolicies: [],
      sessionTags: [],
      whatIf: false,
    };
    const times: number[] = [];
    let decision = "";
    for (let round = 0; round < ROUNDS; round++) {
      const start = performance.now();
      const answer = engine.decide(question);
      times.push(performance.now() - start);
      decision = "error" in answer ? answer.error : answer.decision;
    }
    rows.push([name, decision, quantile(times, 0.5).toFixed(3), quantile(times, 0.99).toFixed(3)]);
    await engine.close();
  }
  printTable(["pattern, resource", "decision", "p50 ms", "p99 ms"], rows);
}

await main();
