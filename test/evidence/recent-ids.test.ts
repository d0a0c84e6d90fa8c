// Ids of records: each is told from every other, and none is forgotten before as many came.
import { describe, expect, it } from "vitest";
import { RecentIds } from "../../src/evidence/cloudtrail/recent-ids.js";
import { Random } from "../kit/random.js";

const random = new Random(20261130);
const digits = (length: number): string => Array.from({ length }, () => random.pick([..."0123456789abcdef"])).join("");
const uuid = (): string => [8, 4, 4, 4, 12].map(digits).join("-");

describe("RecentIds", () => {
  it("is as a set of texts is, for UUIDs, what looks like them, and anything else", () => {
    const known = new Set<string>();
    const ids = new RecentIds();
    const zeros = "00000000-0000-0000-0000-000000000000";
    const alike = "0a1b2c3d-0000-0000-0000-000000000000";
    const texts = [
      zeros,
      alike,
      alike.toUpperCase(),
      alike.replace("0a", "0g"),
      `${alike}0`,
      alike.replace("-", "0"),
      "x",
    ];
    for (let round = 0; round < 5000; round++) texts.push(random.below(4) === 0 ? random.pick(texts) : uuid());
    for (const text of [...texts, ...texts]) {
      expect(ids.has(text), text).toBe(known.has(text));
      known.add(text);
    }
  });

  it("keeps as many as it is told, or twice as many", () => {
    const ids = new RecentIds(100);
    const texts = Array.from({ length: 250 }, uuid);
    for (const text of texts) expect(ids.has(text)).toBe(false);
    for (const text of texts.slice(100)) expect(ids.has(text)).toBe(true);
    expect(ids.has(texts[0] ?? "")).toBe(false);
  });
});
