/**
 * Truth that is known: records and reports are made from a policy set with what was planted in it, and everything that was planted is found,
 * whatever was repaired is gone, every count and date is right, and every generated policy allows what was done and nothing else.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DEFAULT_BUDGET } from "../../src/audit/auditor.js";
import { auditorOver } from "../../src/audit/auditor-over.js";
import { everything } from "../../src/audit/region.js";
import { Engine } from "../../src/engine/engine.js";
import { CallJudge } from "../../src/evidence/cloudtrail/judge-calls.js";
import { namesOfSet } from "../../src/evidence/cloudtrail/names-of-set.js";
import { EventReader } from "../../src/evidence/cloudtrail/questions-of-event.js";
import { readEvents } from "../../src/evidence/cloudtrail/read-events.js";
import { readEvidence } from "../../src/evidence/sources/read-evidence.js";
import { PolicyGenerator } from "../../src/evidence/uses/generate-policy.js";
import { AccessTally } from "../../src/evidence/uses/last-accessed.js";
import { readUses } from "../../src/evidence/uses/read-uses.js";
import type { Use } from "../../src/evidence/uses/use.js";
import { decodeListing } from "../../src/image/policy-set-listing.js";
import { buildPolicySet } from "../../src/policy/formats/load-policy-set.js";
import type { PolicySet } from "../../src/policy/policy-set.js";
import { unusedOf } from "../../src/report/gather-unused.js";
import { sourceText } from "../../src/text/source-text.js";
import type { Catalogue } from "../../src/validate/catalogue/catalogue.js";
import { loadWholeCatalogue } from "../../src/validate/catalogue/load-catalogue.js";
import { type Fault, faults } from "../kit/posture-faults.js";
import { posturePage } from "../kit/posture-page.js";
import { postureOf, soundWorld } from "../kit/posture-world.js";
import { Random } from "../kit/random.js";
import { verdict } from "../kit/run-verdict.js";
import { type TrailCall, TrailWorld, trailAccount } from "../kit/trail-world.js";

const SEED = 20261130;
const world = new TrailWorld({ seed: SEED, principals: 24 });
const calls: readonly TrailCall[] = [...world.calls(3000)];
const proved = calls.filter(({ outcome }) => outcome === "allowed" || outcome === "denied");

let folder = "";
let trail = "";
let set: PolicySet;
let catalogue: Catalogue | undefined;
let uses: Use[] = [];
let tally: AccessTally;

function setOf(content: object): PolicySet {
  const built = buildPolicySet([sourceText("set.json", JSON.stringify(content))]);
  if (!built.ok) throw new Error(built.findings[0]?.message);
  return built.policySet;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "verdict-truth-"));
  writeFileSync(join(folder, "set.json"), JSON.stringify(world.set()));
  trail = join(folder, "trail.json.gz");
  // Each tenth record is delivered twice, the records in any order.
  const records = calls.flatMap(({ record }, index) => (index % 10 === 0 ? [record, record] : [record]));
  writeFileSync(trail, gzipSync(JSON.stringify({ Records: records.reverse() })));
  set = setOf(world.set());
  catalogue = await loadWholeCatalogue();
  const names = namesOfSet(set);
  tally = new AccessTally();
  uses = [];
  for await (const read of readUses(trail, { events: new EventReader(catalogue, names), names })) {
    if (read.kind !== "uses") continue;
    uses.push(...read.uses);
    for (const use of read.uses) tally.add(use);
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("records made from a policy set", () => {
  it("give every count and every date of last use", () => {
    const want = new Map<string, { lastUsed: string; allowed: number; denied: number }>();
    for (const { principal, action, time, outcome } of proved) {
      const key = `${principal} ${action}`;
      const counts = want.get(key) ?? { lastUsed: "", allowed: 0, denied: 0 };
      want.set(key, counts);
      counts[outcome === "allowed" ? "allowed" : "denied"]++;
      if (time > counts.lastUsed) counts.lastUsed = time;
    }
    const have = [...tally.lines()].map(({ principal, action, lastUsed, allowed, denied }) => [
      `${principal} ${action}`,
      { lastUsed, allowed, denied },
    ]);
    expect(new Map(have.map(([key, counts]) => [String(key), counts]))).toEqual(want);
    expect([...tally.lines()].reduce((sum, { count }) => sum + count, 0)).toBe(proved.length);
  });

  it("name every resource", () => {
    const of = (principal: string, action: string | null, resource: string) => `${principal} ${action} ${resource}`;
    const have = uses.map(({ principal, action, resources }) => of(principal, action, resources?.join() ?? "unknown"));
    // Metrics go into data sets of which the record says nothing.
    const want = proved.map(({ principal, action, resource }) =>
      of(principal, action, action === "cloudwatch:PutMetricData" ? "unknown" : resource),
    );
    expect(have.sort()).toEqual(want.sort());
  });

  it("agree with the set in every call, and in none of a permission that was taken away", async () => {
    const [victim] = world.principals;
    const repealed = victim?.granted[0]?.action;
    const without = JSON.parse(JSON.stringify(world.set()), (_, value) =>
      Array.isArray(value) ? value.filter((one) => one?.Action !== repealed) : value,
    );
    const judged = async (policies: PolicySet): Promise<readonly string[]> => {
      const engine = await Engine.start({ workers: 0, allowWhatIf: true });
      try {
        engine.publish(policies);
        const judge = new CallJudge({
          set: policies,
          catalogue,
          decide: (question, nowMs) => engine.decide(question, { nowMs }),
          allows: (question, nowMs) => engine.allows(question, { nowMs }),
        });
        const reader = new EventReader(catalogue, namesOfSet(policies));
        const differing: string[] = [];
        for await (const read of readEvents(trail)) {
          if (read.kind === "unreadable") throw new Error(read.cause);
          for (const event of read.events) {
            const call = reader.read(event);
            if (call.kind === "call" && !judge.judge(call).agrees) differing.push(call.actions?.[0] ?? "");
          }
        }
        return differing;
      } finally {
        await engine.close();
      }
    };
    expect(await judged(set)).toEqual([]);
    const differing = await judged(setOf(without));
    expect(new Set(differing)).toEqual(new Set([repealed]));
    expect(differing).toHaveLength(
      proved.filter(({ action, outcome }) => action === repealed && outcome === "allowed").length,
    );
  });

  it("are decided alike with all keys that they tell and with those that the set reads", async () => {
    const conditions = [
      { IpAddress: { "aws:SourceIp": "203.0.0.0/18" } },
      {
        StringNotLike: { "AWS:userAgent": "[aws-sdk-java*" },
        DateLessThan: { "aws:CurrentTime": "2026-10-01T00:03:00Z" },
      },
      { StringLike: { "s3:prefix": "in/1*" } },
      { StringEquals: { "kms:EncryptionContext:app": "${aws:PrincipalTag/app, 'app3'}" } },
      { Bool: { "aws:MultiFactorAuthPresent": "false" } },
    ];
    let index = 0;
    const tested = JSON.parse(JSON.stringify(world.set()), (name, value) =>
      name === "Statement" && !JSON.stringify(value).includes("Principal")
        ? value.map((one: object) => ({ ...one, Condition: conditions[index++ % conditions.length] }))
        : value,
    );
    const policies = setOf(tested);
    const engine = await Engine.start({ workers: 0, allowWhatIf: true });
    try {
      const { readKeys } = decodeListing(engine.publish(policies).listing);
      const names = namesOfSet(policies);
      const [every, read] = [new EventReader(catalogue, names), new EventReader(catalogue, names, new Set(readKeys))];
      const answers = (call: ReturnType<EventReader["read"]>): unknown =>
        call.kind === "skipped"
          ? call
          : call.asked?.map(({ questions }) =>
              questions.map((question) => {
                const { decision, blockedBy } = {
                  blockedBy: [],
                  decision: "",
                  ...engine.decide(question, { nowMs: call.clockMs }),
                };
                const allowed = engine.allows(question, { nowMs: call.clockMs });
                return [question.principal, question.action, question.resource, decision, blockedBy, allowed];
              }),
            );
      const seen = new Set<string>();
      for (const { record } of calls) {
        const want = answers(every.read(record));
        expect(answers(read.read(record))).toEqual(want);
        seen.add(JSON.stringify(want).includes('"allowed"') ? "allowed" : "other");
      }
      expect(seen.size).toBe(2);
    } finally {
      await engine.close();
    }
  });

  it("leave as unused what was granted and not called, service by service", async () => {
    const engine = await Engine.start({ workers: 0, allowWhatIf: true });
    try {
      engine.publish(set);
      const terms = { set, catalogue, region: everything, nowMs: 0, budget: DEFAULT_BUDGET };
      const half = join(folder, "half.jsonl");
      const some = calls.filter(({ principal }, index) => index % 40 === 0 || principal.endsWith("app3"));
      writeFileSync(half, some.map(({ record }) => JSON.stringify(record)).join("\n"));
      const unused = await unusedOf(auditorOver(engine, terms), await readEvidence([{ path: half }]));
      const serviceOf = (action: string): string => action.split(":")[0] ?? "";
      const called = new Set(
        some.flatMap(({ principal, action, outcome }) =>
          outcome === "allowed" || outcome === "denied" ? [`${principal} ${serviceOf(action)}`] : [],
        ),
      );
      const want = world.principals.flatMap(({ arn, granted }) => {
        const services = new Set(granted.map(({ action }) => serviceOf(action)));
        const idle = [...services].filter((service) => !called.has(`${arn} ${service}`)).sort();
        return idle.length === 0 ? [] : [`${arn} ${idle.join()}`];
      });
      const lines = "lines" in unused ? unused.lines : [];
      const have = lines.map(
        ({ principal, services }) =>
          `${principal} ${services
            .map(({ service }) => service)
            .sort()
            .join()}`,
      );
      expect(have.sort()).toEqual(want.sort());
      expect(want.length).toBeGreaterThan(3);
    } finally {
      await engine.close();
    }
  });

  it("make policies that allow all that was done and nothing beside their statements", async () => {
    const entries = world.principals.map(({ arn }) => {
      const generator = new PolicyGenerator();
      for (const use of uses) if (use.principal === arn) generator.add(use);
      const { document } = generator.generate({ mostResources: 4, bindsNetwork: false });
      return { arn, inlinePolicies: [{ name: "made", document }] };
    });
    const { resources } = { resources: [], ...world.set() };
    const users = entries.filter(({ arn }) => arn.includes(":user/"));
    const roles = entries.filter(({ arn }) => arn.includes(":role/"));
    const engine = await Engine.start({ workers: 0 });
    try {
      engine.publish(setOf({ users, roles, resources }));
      const allows = (principal: string, action: string, resource: string): boolean | undefined =>
        engine.allows({
          ...{ principal, action, resource, resourceAccount: trailAccount, context: new Map() },
          ...{ resourceTags: [], sessionPolicies: [], sessionTags: [], whatIf: false },
        });
      const actions = new Set(calls.map(({ action }) => action));
      for (const { arn, own } of world.principals) {
        const done = proved.filter(({ principal, outcome }) => principal === arn && outcome === "allowed");
        for (const { action, resource } of done) expect(allows(arn, action, resource), `${arn} ${action}`).toBe(true);
        for (const action of actions) {
          const on = done.filter((one) => one.action === action).map(({ resource }) => resource);
          const beside = calls.filter((one) => one.action === action && !on.includes(one.resource));
          for (const { resource } of beside.slice(0, 20)) {
            // A prefix that stands for many of its own may cover more of them: nobody else's, and only where something was done.
            const isOwn =
              resource.includes(`${own}-`) || resource.includes(`/${own}/`) || resource.includes(":instance/");
            if (on.length === 0 || (!isOwn && on.length > 0))
              expect(allows(arn, action, resource), `${arn} ${action} ${resource}`).toBe(false);
          }
        }
      }
    } finally {
      await engine.close();
    }
  });

  it("make policies of what keys and trust policies have to allow as well", async () => {
    const caller = world.principals.find(({ granted }) => granted.some(({ action }) => action === "kms:Decrypt"));
    const assumed = {
      ...calls[0]?.record,
      userIdentity: caller?.identity,
      eventID: "assumes",
      eventSource: "sts.amazonaws.com",
      eventName: "AssumeRole",
      eventType: "AwsApiCall",
      errorCode: undefined,
      requestParameters: { roleArn: `arn:aws:iam::${trailAccount}:role/other`, roleSessionName: "s" },
      resources: undefined,
    };
    const more = join(folder, "more.jsonl");
    writeFileSync(more, JSON.stringify(assumed));
    const { code, out } = await verdict([
      ...["generate", caller?.arn ?? "", "--policies", join(folder, "set.json")],
      ...["--evidence", trail, "--evidence", more],
    ]);
    expect(code).toBe(0);
    expect(out).toContain("kms:Decrypt");
    expect(out).toContain("sts:AssumeRole");
  });
});

/** The places that a fault changes; what it adds behind a list is in the way of the same thing alone. */
function touched({ id, plant }: Fault): ReadonlySet<string> {
  const [before, after] = [soundWorld(), soundWorld()];
  plant(after);
  const found = new Set<string>();
  const compare = (left: unknown, right: unknown, path: string): void => {
    if (JSON.stringify(left) === JSON.stringify(right)) return;
    const isNode = (value: unknown): value is object => typeof value === "object" && value !== null;
    if (!isNode(left) || !isNode(right)) {
      found.add(path);
      return;
    }
    for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
      const added: unknown = Array.isArray(left) && Number(key) >= left.length ? Reflect.get(right, key) : undefined;
      if (added === undefined) compare(Reflect.get(left, key), Reflect.get(right, key), `${path}/${key}`);
      // Lists of names are one thing.
      else found.add(isNode(added) ? `${path}/+${JSON.stringify("arn" in added ? added.arn : added)}` : path);
    }
  };
  compare(before, after, "");
  // Whether a key came with its user depends on its own day.
  if (id === "key-made-with-user") found.add("/users/1/access_key_1_last_rotated");
  // What a group carries is nobody's while nobody is in it.
  if (id === "group-without-users" || id === "user-without-groups") found.add("/set/groups");
  return found;
}

/** Faults that do not stand in one another's way. */
function together(random: Random): readonly Fault[] {
  const taken: string[] = [];
  const chosen: Fault[] = [];
  const left = [...faults];
  while (left.length > 0) {
    const [fault] = left.splice(random.below(left.length), 1);
    if (fault === undefined) break;
    const places = [...touched(fault)];
    const meets = places.some((place) =>
      taken.some((one) => `${one}/`.startsWith(`${place}/`) || `${place}/`.startsWith(`${one}/`)),
    );
    if (meets || chosen.some(({ also = [] }) => also.includes(fault.id))) continue;
    taken.push(...places);
    chosen.push(fault);
  }
  return chosen;
}

describe("a world with many faults", () => {
  it.each([1, 2, 3])("shows every one, and none that was repaired: world %i", async (stream) => {
    const random = new Random(SEED, stream);
    const planted = together(random);
    expect(planted.length).toBeGreaterThan(8);
    const check = async (some: readonly Fault[]): Promise<void> => {
      const one = soundWorld();
      for (const { plant } of some) plant(one);
      const posture = await postureOf(one);
      const have = new Set(posture.findings.map(({ id }) => id));
      // The page tells each, and nothing that was repaired.
      const page = posturePage(posture);
      for (const { id, subject } of posture.findings) for (const text of [id, subject]) expect(page).toContain(text);
      for (const { id, reason } of faults) if (!have.has(id)) expect([id, page.includes(reason)]).toEqual([id, false]);
      expect(some.map(({ id }) => id).filter((id) => !have.has(id))).toEqual([]);
      const explained = new Set(some.flatMap(({ id, also = [] }) => [id, ...also]));
      expect([...have].filter((id) => !explained.has(id))).toEqual([]);
    };
    await check(planted);
    await check(planted.filter((_, index) => index % 2 === 0));
  });
});
