// The dashboard and the alert rules: every metric and label that they name is exported.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { CallTally } from "../../src/observe/metrics/call-tally.js";
import type { MetricFamily } from "../../src/observe/metrics/metric-family.js";
import { Metrics } from "../../src/observe/metrics/metrics.js";
import { facts, openLog, scratch } from "../kit/logged-calls.js";
import { root } from "../kit/run-verdict.js";

const monitoring = join(root, "examples", "monitoring");
const { panels, templating, annotations } = JSON.parse(readFileSync(join(monitoring, "dashboard.json"), "utf8"));
const { groups } = parse(readFileSync(join(monitoring, "alerts.yaml"), "utf8"));

interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string };
}

interface Panel {
  readonly title: string;
  readonly type: string;
  readonly id: number;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

const alerts: readonly Alert[] = groups.flatMap(({ rules }: { rules: readonly Alert[] }) => rules);
const shown: readonly Panel[] = panels;
const expressions: readonly (readonly [where: string, expr: string])[] = [
  ...alerts.map(({ alert, expr }) => [alert, expr] as const),
  ...shown.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => [title, expr] as const)),
  ...annotations.list.map(({ name, expr }: { name: string; expr: string }) => [name, expr] as const),
];

/** Every metric of a server on which everything has happened once. */
async function exported(): Promise<readonly MetricFamily[]> {
  const calls = new CallTally();
  calls.method("verdict.v1.AuthorizationService", "Authorize", "unary").ended("OK", 1);
  calls.route("/v1/authorize").ended(200, 1);
  calls.answeredProxy("orders", "passed", { ...facts, transport: "http" });
  calls.refused("overloaded");
  calls.decisions.grpc.fill(1);
  const { log } = await openLog(`${scratch()}/log`);
  const status = { name: "default", origin: "path", place: "x", confirmedAtMs: 1 } as const;
  const metrics = new Metrics({
    calls,
    decisionLog: () => log.status,
    queueDepth: () => 0,
    workerRestarts: () => 0,
    turnedAway: () => ({ connection_limit: 1 }),
    version: "9.9.9",
    policySets: () => [status],
    certificateNotAfterMs: () => 1,
    fetchedKeys: () => ({ fetchedAtMs: 1, failures: 0 }),
  });
  metrics.activated("default", "sha256:1", 1);
  metrics.mapped({ kind: "activated", name: "authzen", place: "x", findings: [] });
  return metrics.families();
}

describe("examples/monitoring", () => {
  it("names metrics that are exported, and no others", async () => {
    const names = new Map<string, ReadonlySet<string>>();
    for (const { name, samples } of await exported()) {
      const labels = new Set(samples.flatMap((sample) => Object.keys(sample.labels)));
      names.set(name, labels);
      for (const sample of samples) names.set(sample.name, labels);
    }
    const problems = expressions.flatMap(([where, expr]) => [
      ...[...expr.matchAll(/\b(?:verdict|grpc|nodejs|process)_[a-z0-9_]+(?![a-z0-9_]*\s*[=!]~?")/g)]
        // A label that begins like a metric stands in brackets.
        .filter(([name]) => !/^grpc_(code|method|service|type)$/.test(name))
        .flatMap(([name]) => (names.has(name) ? [] : [`${where}: ${name} is not exported`])),
      ...[...expr.matchAll(/\b([a-z][a-z0-9_]+)\{([^}]*)\}/g)].flatMap(([, name = "", matchers = ""]) =>
        [...matchers.matchAll(/([a-z_]+)(?:=|!=|=~|!~)"/g)]
          .filter(([, label = ""]) => !["job", "instance"].includes(label) && names.get(name)?.has(label) !== true)
          .map(([, label]) => `${where}: ${name} has no label ${label}`),
      ),
      ...[...expr.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list = ""]) =>
        list
          .split(/,\s*/)
          .filter((label) => label !== "instance" && ![...names.values()].some((labels) => labels.has(label)))
          .map((label) => `${where}: nothing has a label ${label}`),
      ),
    ]);
    expect(problems).toEqual([]);
    expect(templating.list[1].query.query).toBe("label_values(verdict_build_info, instance)");
  });

  it("shows every metric of Verdict's own", async () => {
    const text = expressions.map(([, expr]) => expr).join("\n");
    const own = (await exported()).map(({ name }) => name).filter((name) => name.startsWith("verdict_"));
    expect(own.filter((name) => !text.includes(name))).toEqual(["verdict_processes"]);
  });

  it("has panels that say what they show, one beside the other", () => {
    expect(new Set(shown.map(({ id }) => id)).size).toBe(shown.length);
    const graphs = shown.filter(({ type }) => type !== "row");
    for (const { title, description, targets } of graphs) {
      expect([title, description === undefined || targets === undefined]).toEqual([title, false]);
    }
    const taken = new Set<string>();
    for (const { gridPos } of shown) {
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(taken.has(`${x} ${y}`)).toBe(false);
          taken.add(`${x} ${y}`);
        }
      }
    }
  });

  it("has alerts that say how grave they are and what has happened", () => {
    expect(alerts.length).toBeGreaterThan(10);
    for (const { alert, labels, annotations: said } of alerts) {
      expect(alert).toMatch(/^Verdict[A-Za-z]+$/);
      expect(["warning", "critical"]).toContain(labels.severity);
      expect(said.summary).not.toBe("");
    }
  });
});
