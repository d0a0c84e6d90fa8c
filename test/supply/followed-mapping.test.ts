/** A mapping file that is followed: what comes into force, what does not, and what is told about it. */
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { FollowedMapping } from "../../src/supply/followed-mapping.js";
import type { MappingEvent } from "../../src/supply/mapping-event.js";
import { until } from "../kit/supply-fixture.js";

const folder = mkdtempSync(join(tmpdir(), "verdict mapping "));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const endings: (() => void)[] = [];
afterEach(() => {
  for (const end of endings.splice(0)) end();
});

let files = 0;
const put = (text: string | Buffer): string => {
  const path = join(folder, `mapping-${files++}.yaml`);
  writeFileSync(path, text);
  return path;
};

/** A mapping is its text; texts with `bad` in them are refused, once for each. */
async function open(path: string, everyMs = 10) {
  const events: MappingEvent[] = [];
  const reading = await FollowedMapping.open({
    name: "ext_authz",
    path,
    everyMs,
    read: ({ file, text }) => {
      const findings = [...text.matchAll(/bad/g)].map(
        ({ index }) =>
          ({ file, line: 1, column: index + 1, rule: "SET-FORMAT", severity: "error", message: "is bad" }) as const,
      );
      return findings.length === 0 ? { ok: true, mapping: text, findings } : { ok: false, findings };
    },
    onEvent: (event) => void events.push(event),
  });
  if (!reading.ok) return { reading, events, mapping: undefined };
  endings.push(() => reading.mapping.close());
  return { reading, events, mapping: reading.mapping };
}

const kinds = (events: readonly MappingEvent[]) => events.map(({ kind }) => kind);

describe("FollowedMapping", () => {
  it("takes a changed file over, and is silent about a touched one", async () => {
    const path = put("one");
    const { mapping, events } = await open(path);
    expect(mapping?.current).toBe("one");
    writeFileSync(path, "one");
    await wait(50);
    expect(events).toEqual([]);
    writeFileSync(path, "two");
    await until(
      () => mapping?.current === "two",
      () => events,
    );
    expect(events).toEqual([{ kind: "activated", name: "ext_authz", place: path, findings: [] }]);
  });

  it("keeps what is in force while a file is refused, unreadable or gone, and tells each once", async () => {
    const path = put("one");
    const { mapping, events } = await open(path);
    writeFileSync(path, "bad bad");
    await until(
      () => events.length === 1,
      () => events,
    );
    rmSync(path);
    await until(
      () => events.length === 2,
      () => events,
    );
    mkdirSync(path);
    await until(
      () => events.length === 3,
      () => events,
    );
    rmSync(path, { recursive: true });
    await until(
      () => events.length === 4,
      () => events,
    );
    await wait(50);
    expect(mapping?.current).toBe("one");
    expect(events).toMatchObject([
      { kind: "failed", message: `${path}: 2 errors: the mapping in force stays`, findings: [{}, {}] },
      { kind: "failed", message: `${path}: cannot be read: no such file or directory: the mapping in force stays` },
      { kind: "failed", message: `${path}: cannot be read: is a directory: the mapping in force stays` },
      { kind: "failed", message: `${path}: cannot be read: no such file or directory: the mapping in force stays` },
    ]);
    writeFileSync(path, "two");
    await until(
      () => mapping?.current === "two",
      () => events,
    );
  });

  it("tells that a file is back as it was, and that it is refused as before", async () => {
    const path = put("one");
    const { events } = await open(path);
    const away = `${path}.away`;
    const comeAndGo = async (): Promise<void> => {
      const count = events.length;
      renameSync(path, away);
      await until(
        () => events.length === count + 1,
        () => events,
      );
      renameSync(away, path);
      await until(
        () => events.length === count + 2,
        () => events,
      );
    };
    await comeAndGo();
    expect(kinds(events)).toEqual(["failed", "unchanged"]);
    writeFileSync(path, "bad");
    await until(
      () => events.length === 3,
      () => events,
    );
    await comeAndGo();
    expect(events.slice(3)).toMatchObject([{ kind: "failed" }, { kind: "failed", findings: [{ message: "is bad" }] }]);
    writeFileSync(path, "one");
    await until(
      () => events.length === 6,
      () => events,
    );
    expect(events.at(-1)).toMatchObject({ kind: "activated" });
  });

  it("sees a symbolic link flip", async () => {
    const path = join(folder, `link-${files++}.yaml`);
    symlinkSync(put("one"), path);
    const { mapping, events } = await open(path);
    symlinkSync(put("two"), `${path}.next`);
    renameSync(`${path}.next`, path);
    await until(
      () => mapping?.current === "two",
      () => events,
    );
  });

  it("looks when told to, and then says how the file stands", async () => {
    const path = put("one");
    const { mapping, events } = await open(path, 0);
    await mapping?.reload();
    writeFileSync(path, "two");
    await wait(30);
    expect(mapping?.current).toBe("one");
    await mapping?.reload();
    expect(mapping?.current).toBe("two");
    writeFileSync(path, "bad");
    await mapping?.reload();
    await mapping?.reload();
    rmSync(path);
    await mapping?.reload();
    await mapping?.reload();
    expect(kinds(events)).toEqual(["unchanged", "activated", "failed", "failed", "failed", "failed"]);
    expect(mapping?.current).toBe("two");
  });

  it("gives what speaks against the first reading", async () => {
    expect((await open(put("bad"))).reading).toMatchObject({ ok: false, findings: [{ message: "is bad" }] });
    expect((await open(put(Buffer.from([0x61, 0xff])))).reading).toMatchObject({
      ok: false,
      findings: [{ line: 1, rule: "SET-ENCODING", message: "the line is not valid UTF-8: save the file as UTF-8" }],
    });
    await expect(open(join(folder, "none.yaml"))).rejects.toThrow(
      /none\.yaml: cannot be read: no such file or directory$/,
    );
  });
});
