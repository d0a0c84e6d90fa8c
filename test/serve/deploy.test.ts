import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readConfig } from "../../src/config/read-config.js";
import { root } from "../kit/run-verdict.js";
import { flagsOf } from "../kit/serve-flags.js";

const deploy = join(root, "examples", "deploy");

describe("examples/deploy", () => {
  it("has a unit with settings that can be read, folders for all that it writes, and a check of Node", async () => {
    const unit = readFileSync(join(deploy, "verdict.service"), "utf8").replaceAll("\\\n", "");
    const [, command = ""] = /^ExecStart=\S+ \S+\/dist\/bundle\/main\.js serve (.*)$/m.exec(unit) ?? [];
    const words = command.trim().split(/\s+/);
    const args = words.flatMap((word, index) => (index % 2 === 0 ? [`${word}=${words[index + 1]}`] : []));
    const config = await readConfig(flagsOf(args), {});
    expect(config.socketMode).toBe(0o660);
    expect(unit).toContain("TimeoutStopSec=20s");
    expect(config.drainTimeout).toBeLessThan(20_000);
    expect(unit).toMatch(/^Type=notify$/m);
    const folders = { StateDirectory: "/var/lib", LogsDirectory: "/var/log", RuntimeDirectory: "/run" };
    for (const name of Object.keys(folders)) expect(unit).toMatch(new RegExp(`^${name}=verdict$`, "m"));
    expect(config.decisionLog).toMatch(/^\/var\/log\/verdict\//);
    for (const { path } of [config.listen, config.probes].flatMap((one) => (one?.kind === "unix" ? [one] : []))) {
      expect(path).toMatch(/^\/run\/verdict\//);
    }
    const [, code = ""] = /^ExecStartPre=\S+ -e "(.*)"$/m.exec(unit) ?? [];
    const ending = (version: string) =>
      spawnSync(process.execPath, ["-e", code.replace("process.versions.node", `"${version}"`)], { encoding: "utf8" });
    expect(["20.20.0", "24.21.0", "26.0.0"].map((version) => ending(version).status)).toEqual([0, 0, 0]);
    expect(["18.20.4", "20.9.0"].map((version) => ending(version).status)).toEqual([78, 78]);
    expect(ending("18.20.4").stderr).toBe(
      `verdict: Node 20.20 or later is needed, 24 is recommended: this is ${process.version}\n`,
    );
  });

  it("has a Dockerfile for the package that npm makes, on a Node that gets fixes, with ports of the listeners", async () => {
    const dockerfile = readFileSync(join(deploy, "Dockerfile"), "utf8");
    const kept = readFileSync(join(deploy, "Dockerfile.dockerignore"), "utf8").match(/(?<=^!).*$/gm);
    expect(kept).toEqual(["*.tgz"]);
    expect(dockerfile.match(/^COPY (?!--from).*$/gm)).toEqual(["COPY verdict-pdp-*.tgz ./"]);
    const images = [...dockerfile.matchAll(/^FROM (?:--platform=\S+ )?(\S+)/gm)].map(([, name = ""]) => name);
    expect(images.every((name) => /node(js)?[:]?24/.test(name))).toBe(true);
    expect(dockerfile).toMatch(/^USER nonroot$/m);
    expect(dockerfile).not.toMatch(/^FROM \S+:latest|^ADD |^RUN .*(curl|wget)/m);
    const { version, license } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    expect(dockerfile).toContain(`org.opencontainers.image.licenses="${license}"`);
    expect(dockerfile).toContain(`ARG VERSION=${version}`);
    // What the command asks by itself, and what the README has published.
    const config = await readConfig({ policies: ["/policies"] }, {});
    expect(config.listen).toMatchObject({ port: 50_051 });
    expect(dockerfile).toMatch(/^EXPOSE 50051 8181 8180$/m);
    const [, entry = ""] = /"\/verdict\/node_modules\/verdict-pdp\/(\S+)"\]$/m.exec(dockerfile) ?? [];
    expect(Object.values(JSON.parse(readFileSync(join(root, "package.json"), "utf8")).bin)).toEqual([entry]);
  });
});
