// What a policy grants is decided by the whole set: what stops it today lowers a finding and never drops it.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { rootEvents } from "../../src/evidence/posture/root-events.js";
import { readEvidence } from "../../src/evidence/sources/read-evidence.js";
import { account, allow, postureOf, soundWorld, type World } from "../kit/posture-world.js";

const arn = (rest: string): string => `arn:aws:iam::${account}:${rest}`;
const deny = (...Action: string[]) => ({
  Version: "2012-10-17",
  Statement: [{ Effect: "Deny", Action, Resource: "*" }],
});

function withAdmin(): World {
  const world = soundWorld();
  world.set.policies.push({ arn: arn("policy/Admin"), document: allow("*") });
  Object.assign(world.set.groups[0] ?? {}, { managedPolicies: [arn("policy/Admin")] });
  return world;
}

async function adminFinding(world: World) {
  const { findings } = await postureOf(world);
  return findings.find(({ id }) => id === "admin-policy");
}

describe("what can be done today", () => {
  it("weighs in full, with a request that is allowed", async () => {
    expect(await adminFinding(withAdmin())).toMatchObject({
      severity: "high",
      effective: true,
      witness: { principal: arn("user/ann"), action: "iam:AttachUserPolicy" },
    });
  });

  it("is lowered where an SCP denies it, and the finding says so and shows what is refused", async () => {
    const world = withAdmin();
    Object.assign(world.set.policies[0] ?? {}, { document: deny("iam:*") });
    const finding = await adminFinding(world);
    expect(finding).toMatchObject({
      severity: "medium",
      effective: false,
      reason: `policy \`${arn("policy/Admin")}\` allows every action on every resource; today a service control policy \`Baseline\` denies it`,
      counterexample: { principal: arn("user/ann"), action: "iam:AttachUserPolicy" },
    });
    expect(finding?.witness).toBeUndefined();
  });

  it("is lowered where a boundary does not allow it", async () => {
    const world = withAdmin();
    world.set.policies.push({ arn: arn("policy/Bound"), document: allow("s3:*") });
    Object.assign(world.set.users[0] ?? {}, { permissionsBoundary: arn("policy/Bound") });
    expect(await adminFinding(world)).toMatchObject({
      severity: "medium",
      effective: false,
      reason: expect.stringMatching(/; today no permissions boundary allows it$/),
    });
  });

  it("is lowered for a group in which nobody is", async () => {
    const world = withAdmin();
    world.set.users.splice(0, 1, { arn: arn("user/ann"), groups: [] });
    expect(await adminFinding(world)).toMatchObject({ severity: "medium", effective: false });
  });

  it("keeps its fingerprint from one audit to the next until the statement changes", async () => {
    const before = await adminFinding(withAdmin());
    const moved = withAdmin();
    moved.set.users.push({ arn: arn("user/zoe"), groups: ["readers"] });
    const changed = withAdmin();
    Object.assign(changed.set.policies.at(-1) ?? {}, { document: allow(["*", "s3:*"]) });
    expect((await adminFinding(moved))?.fingerprint).toBe(before?.fingerprint);
    expect((await adminFinding(changed))?.fingerprint).not.toBe(before?.fingerprint);
  });
});

describe("rootEvents", () => {
  it("finds the last call of a root user, and none that a service made for it", async () => {
    const folder = mkdtempSync(join(tmpdir(), "verdict-root-"));
    const event = (time: string, more: object) => ({
      eventVersion: "1.08",
      eventTime: time,
      eventName: "CreateUser",
      eventType: "AwsApiCall",
      userIdentity: { type: "Root", accountId: account, ...more },
    });
    const file = join(folder, "trail.json");
    const Records = [
      event("2026-03-01T00:00:00Z", {}),
      event("2026-03-05T00:00:00Z", { invokedBy: "config.amazonaws.com" }),
    ];
    writeFileSync(file, JSON.stringify({ Records }));
    const found = await rootEvents(await readEvidence([{ path: file }]));
    rmSync(folder, { recursive: true });
    expect([...found]).toEqual([
      [
        account,
        { at: Date.parse("2026-03-01T00:00:00Z"), until: Date.parse("2026-03-05T00:00:00Z"), file, name: "CreateUser" },
      ],
    ]);
  });
});
