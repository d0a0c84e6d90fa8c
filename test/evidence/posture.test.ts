// The posture: an account in which nothing is wrong, and for every check the fault that it finds and nothing else.
import { describe, expect, it } from "vitest";
import { checks } from "../../src/evidence/posture/posture.js";
import { faults } from "../kit/posture-faults.js";
import { posturePage } from "../kit/posture-page.js";
import { postureOf, soundWorld } from "../kit/posture-world.js";

describe("posture", () => {
  it("finds nothing where nothing is wrong, and says what no input tells", async () => {
    const { findings, notChecked } = await postureOf(soundWorld());
    expect(findings).toEqual([]);
    const page = posturePage({ findings, notChecked });
    for (const { id, reason } of faults) expect([id, page.includes(reason)]).toEqual([id, false]);
    expect(notChecked.map(({ notChecked: id }) => id)).toEqual([
      "contact-details",
      "external-access-analyzer",
      "security-contact",
    ]);
  });

  it.each(faults)("finds $id, and nothing else", async ({ id, subject, severity, reason, plant, also = [] }) => {
    const world = soundWorld();
    plant(world);
    const posture = await postureOf(world);
    const { findings } = posture;
    expect(findings.find((finding) => finding.id === id)).toMatchObject({ subject, severity, reason });
    expect([...new Set(findings.map((finding) => finding.id))].sort()).toEqual([id, ...also].sort());
    const page = posturePage(posture);
    for (const text of [id, subject, reason]) expect(page).toContain(text);
  });

  it("has a fault here for every check that inputs reach", () => {
    const unreachable = ["contact-details", "security-contact", "external-access-analyzer", "export-incomplete"];
    const planted = new Set([...faults.map(({ id }) => id), ...unreachable]);
    expect(checks.map(({ id }) => id).filter((id) => !planted.has(id))).toEqual([]);
  });
});
