// The log for operators: lines of JSON with levels, in order, that steer no terminal.
import { describe, expect, it } from "vitest";
import type { PublishedPolicySet } from "../../src/engine/generation.js";
import type { LogLevel } from "../../src/observe/log-level.js";
import { SupplyLog } from "../../src/observe/log-supply-event.js";
import { openLogger } from "../../src/observe/logger.js";
import { textLogLine } from "../../src/observe/text-log-line.js";

async function logged(level: LogLevel, log: (logger: ReturnType<typeof openLogger>) => unknown) {
  const lines: string[] = [];
  const logger = openLogger(level, (line) => void lines.push(line));
  await log(logger);
  await logger.close();
  for (const line of lines) expect(line).toMatch(/^[ -~]+\n$/);
  return lines.map((line) => JSON.parse(line));
}

describe("a log", () => {
  it("has a line an event, in order, before and after the library is there", async () => {
    const have = await logged("debug", async (logger) => {
      logger.debug("one", { a: 1 });
      logger.info("two");
      await logger.close();
      logger.warn("three");
      logger.error("four", { error: new Error("why", { cause: new Error("deeper") }) });
    });
    expect(have).toMatchObject([
      { level: "debug", message: "one", a: 1 },
      { level: "info", message: "two" },
      { level: "warn", message: "three" },
      { level: "error", message: "four", error: { type: "Error", message: "why: deeper" } },
    ]);
    for (const { time, pid } of have) {
      expect(new Date(time).toISOString()).toBe(time);
      expect(pid).toBe(process.pid);
    }
  });

  it.each([
    ["debug", ["d", "i", "w", "e"]],
    ["info", ["i", "w", "e"]],
    ["warn", ["w", "e"]],
    ["error", ["e"]],
    ["silent", []],
  ] as const)("tells from the level %s on", async (level, want) => {
    const have = await logged(level, async (logger) => {
      for (const _ of ["before", "after"]) {
        logger.debug("d");
        logger.info("i");
        logger.warn("w");
        logger.error("e");
        await logger.close();
      }
    });
    expect(have.map(({ message }) => message)).toEqual([...want, ...want]);
  });

  it("escapes what would break a line or steer a terminal", async () => {
    const text = "a\nb\u001b[31m\u2028\u009b\u202e";
    expect(await logged("info", (logger) => logger.info(text, { text }))).toMatchObject([{ message: text, text }]);
  });
});

describe("SupplyLog", () => {
  const finding = { file: "a.yaml", line: 1, column: 2, rule: "R-1", severity: "error", message: "no" } as const;
  const status = { name: "default", origin: "path", place: "set", confirmedAtMs: 0 } as const;
  const published = (generation: number) => ({ name: "default", digest: "sha256:1", generation }) as PublishedPolicySet;
  const activated = (generation: number) =>
    ({
      kind: "activated",
      status,
      active: { published: published(generation), activatedAtMs: 0 },
      findings: [{ ...finding, severity: "warning" }],
      durationMs: 1.5,
    }) as const;

  it("lists what speaks against a refused set", async () => {
    const failure = { reason: "invalid", message: "set: 2 findings", findings: [finding, finding], atMs: 0 } as const;
    const have = await logged("info", (logger) => new SupplyLog(logger).log({ kind: "failed", status, failure }));
    expect(have).toMatchObject([
      {
        level: "error",
        message: "policy set default: set: 2 findings",
        reason: "invalid",
        findings: ["a.yaml:1:2: no", "a.yaml:1:2: no"],
        findingCount: 2,
      },
    ]);
  });

  it("tells of sets that come into force and go", async () => {
    const have = await logged("info", (logger) => {
      new SupplyLog(logger).log(activated(1));
      new SupplyLog(logger).log(activated(2));
      new SupplyLog(logger).log({ kind: "unchanged", status });
      new SupplyLog(logger).log({ kind: "evicted", status, because: "unloaded" });
    });
    expect(have.map(({ level, message }) => [level, message])).toEqual([
      ["warn", "policy set default: a.yaml:1:2: no"],
      ["info", "policy set default: in force"],
      ["warn", "policy set default: a.yaml:1:2: no"],
      ["info", "policy set default: no change"],
      ["info", "policy set default: out of force"],
    ]);
  });
});

describe("textLogLine()", () => {
  const textOf = async (log: (logger: ReturnType<typeof openLogger>) => void) => {
    const lines: string[] = [];
    const logger = openLogger("debug", (line) => void lines.push(textLogLine(line)));
    log(logger);
    await logger.close();
    return lines.join("").replace(/^\d\d:\d\d:\d\d\.\d{3} /gm, "TIME ");
  };

  it("has the message first and what else there is behind it, findings below it", async () => {
    const findings = ["a.yaml:1:2: no such thing", "b.yaml:3:4: nor this"];
    expect(
      await textOf((logger) => {
        logger.info("SIGTERM: draining", { drainTimeoutMs: 10_000 });
        logger.error("policy set x: invalid", { place: "my policies", because: "", findings, findingCount: 2 });
      }),
    ).toBe(
      "TIME info  SIGTERM: draining drainTimeoutMs=10000\n" +
        'TIME error policy set x: invalid place="my policies" because="" findingCount=2\n' +
        "  a.yaml:1:2: no such thing\n  b.yaml:3:4: nor this\n",
    );
  });

  it("breaks no line and steers no terminal", async () => {
    const text = await textOf((logger) => logger.warn("a\nb\u001b[31m", { file: "c\u202ed", findings: ["e\rf"] }));
    expect(text).toBe("TIME warn  a\\nb\\u001b[31m file=c\\u202ed\n  e\\rf\n");
  });
});
