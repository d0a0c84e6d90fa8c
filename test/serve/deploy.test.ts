import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { readConfig } from "../../src/config/read-config.js";
import { settings } from "../../src/config/settings.js";
import { loadPolicySet } from "../../src/policy/formats/load-policy-set.js";
import { root } from "../kit/run-verdict.js";

const deploy = join(root, "examples", "deploy");
const folder = mkdtempSync(join(tmpdir(), "verdict deploy "));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const flags = new Map(Object.values(settings).map(({ flag, name }) => [flag, name]));

describe("examples/deploy", () => {
  const [configMap, deployment] = parseAllDocuments(readFileSync(join(deploy, "sidecar.yaml"), "utf8")).map(
    (document) => {
      expect(document.errors).toEqual([]);
      return document.toJS();
    },
  );

  it("has a ConfigMap whose policy set loads without findings", async () => {
    for (const [name, text] of Object.entries<string>(configMap.data)) writeFileSync(join(folder, name), text);
    const loaded = await loadPolicySet(folder);
    expect(loaded.findings).toEqual([]);
    expect(loaded.ok).toBe(true);
  });

  it("has a sidecar with settings that can be read, and probes that ask where it listens", async () => {
    const { initContainers, volumes } = deployment.spec.template.spec;
    const [sidecar] = initContainers;
    const [command, ...args] = sidecar.args;
    expect(command).toBe("serve");
    const config = await readConfig(flagsOf(args), { VERDICT_LISTEN: sidecar.env[0].value });
    expect(config.listen).toEqual({ kind: "unix", path: "/run/verdict/verdict.sock" });
    expect(`unix:${"path" in config.listen ? config.listen.path : ""}`).toBe(sidecar.env[0].value);
    for (const probe of [sidecar.startupProbe, sidecar.livenessProbe]) {
      expect(probe.exec.command).toEqual(["/nodejs/bin/node", "/verdict/dist/bundle/main.js", "health"]);
    }
    const mounted = sidecar.volumeMounts.map(({ name }: { name: string }) => name);
    expect(volumes.map(({ name }: { name: string }) => name)).toEqual(mounted);
    expect(config.drainTimeout / 1000).toBeLessThan(deployment.spec.template.spec.terminationGracePeriodSeconds);
  });

  it("has a unit with settings that can be read", async () => {
    const unit = readFileSync(join(deploy, "verdict.service"), "utf8").replaceAll("\\\n", "");
    const [, command = ""] = /^ExecStart=\S+ \S+\/dist\/bundle\/main\.js serve (.*)$/m.exec(unit) ?? [];
    const words = command.trim().split(/\s+/);
    const args = words.flatMap((word, index) => (index % 2 === 0 ? [`${word}=${words[index + 1]}`] : []));
    const config = await readConfig(flagsOf(args), {});
    expect(config.socketMode).toBe(0o660);
    expect(unit).toContain("TimeoutStopSec=20s");
    expect(config.drainTimeout).toBeLessThan(20_000);
  });

  it("has a Dockerfile that copies what exists, and all that the build needs", () => {
    const dockerfile = readFileSync(join(deploy, "Dockerfile"), "utf8");
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.*) \S+$/gm)].flatMap(([, names = ""]) =>
      names.split(" "),
    );
    for (const name of copied) expect(existsSync(join(root, name))).toBe(true);
    const kept = readFileSync(join(deploy, "Dockerfile.dockerignore"), "utf8").match(/(?<=^!).*$/gm);
    expect(copied.sort()).toEqual([...(kept ?? [])].sort());
    const { files } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    expect(files).toEqual(expect.arrayContaining(["dist/bundle", "dist/src", "dist/assembly", "dist/*.wasm", "proto"]));
    expect(dockerfile).toMatch(/^USER nonroot$/m);
    expect(dockerfile).not.toMatch(/^FROM \S+:latest|^ADD |^RUN .*(curl|wget)/m);
  });
});

function flagsOf(args: readonly string[]): Record<string, unknown> {
  const have: Record<string, unknown> = {};
  for (const arg of args) {
    const [flag = "", value = ""] = arg.split(/=(.*)/s);
    const name = flags.get(flag);
    expect(name, flag).toBeDefined();
    if (name !== undefined) have[name] = name === "policies" ? [value] : value;
  }
  return have;
}
