// One policy set whose path stops answering: it stays as it was and says so, and the others are served and updated all the while.
import { cpSync, existsSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { AuthorizationClient } from "../kit/grpc-client.js";
import { file, folder, jsonLines, root } from "../kit/run-verdict.js";
import { startServe } from "../kit/serve-process.js";
import { until } from "../kit/serving.js";
import { alice, allowing } from "../kit/supply-fixture.js";

const endings: (() => unknown)[] = [];
afterAll(async () => {
  for (const end of endings.reverse()) await end();
});

/** A built package whose process that looks at files holds looks of a path back for as long as `PATH.silent` is there. */
function packageWithSilence(): string {
  const copy = join(folder, "package");
  mkdirSync(join(copy, "src", "policy"), { recursive: true });
  for (const part of ["node_modules", "proto"]) symlinkSync(join(root, part), join(copy, part));
  for (const part of ["package.json", "dist/bundle", "dist/matcher.release.wasm"]) {
    cpSync(join(root, part), join(copy, part), { recursive: true });
  }
  const bundle = join(copy, "dist", "bundle");
  renameSync(join(bundle, "looking-process.js"), join(bundle, "usual.js"));
  writeFileSync(
    join(bundle, "looking-process.js"),
    `import { existsSync } from "node:fs";
     const { on } = process;
     process.on = (name, listener) => on.call(process, name, name !== "message" ? listener : (task) => {
       const held = setInterval(() => {
         if (existsSync(task.path + ".silent")) return;
         clearInterval(held);
         listener(task);
       }, 10);
     });
     await import("./usual.js");`,
  );
  return join(bundle, "main.js");
}

describe("verdict serve, with a policy set whose path stops answering", () => {
  it("serves and updates another one before and after it has told so, and this one when it answers again", async () => {
    const [dumb, good] = [put("dumb"), put("good")];
    const args = ["--policies", `dumb=${dumb}`, "--policies", `good=${good}`, "--watch-quiet", "50ms"];
    const flags = [...args, "--watch-interval", "100ms", "--http", "127.0.0.1:0", "--workers", "1"];
    const { output: run, address, url } = await startServe(flags, { main: packageWithSilence() });
    endings.push(() => run.kill("SIGKILL"));
    const client = new AuthorizationClient(address);
    endings.push(() => client.close());
    const outcome = async (policySet: string, bucket: string): Promise<unknown> => {
      const resource = `arn:aws:s3:::${bucket}/x`;
      const answer = await client.call("Authorize", { principal: alice, action: "s3:GetObject", resource, policySet });
      return "outcome" in answer ? answer.outcome : answer;
    };
    const comes = (policySet: string, bucket: string): Promise<void> =>
      until(async () => (await outcome(policySet, bucket)) === "ALLOWED", `${policySet}: ${bucket}\n${run.err()}`);
    const pageOf = async (path: string): Promise<string> => (await fetch(`${url}${path}`)).text();

    const silence = file(`${dumb.slice(folder.length + 1)}.silent`, "");
    writeFileSync(dumb, allowing("two"));
    writeFileSync(good, allowing("two"));
    run.kill("SIGHUP");
    await comes("good", "two");
    expect(run.err()).not.toContain("timeout");
    await until(() => run.err().includes("timeout"), "a line of the log");
    expect(jsonLines(run.err()).filter(({ level }) => level === "error")).toEqual([
      expect.objectContaining({
        policySet: "dumb",
        reason: "timeout",
        message: `policy set dumb: ${dumb}: the files cannot be looked at within 30000 ms`,
      }),
    ]);
    expect(await pageOf("/metrics")).toContain('verdict_snapshot_load_failures_total{reason="timeout"} 1\n');
    expect(JSON.parse(await pageOf("/readyz"))).toEqual({ status: "ready", warnings: ["policy set dumb: timeout"] });
    for (const bucket of ["three", "four"]) {
      writeFileSync(good, allowing(bucket));
      await comes("good", bucket);
    }
    expect(existsSync(silence)).toBe(true);
    expect([await outcome("dumb", "one"), await outcome("dumb", "two")]).toEqual(["ALLOWED", "IMPLICIT_DENY"]);

    rmSync(silence);
    await comes("dumb", "two");
    expect(JSON.parse(await pageOf("/readyz"))).toEqual({ status: "ready" });
    run.kill("SIGTERM");
    expect(await run.code).toBe(0);
  });
});

function put(name: string): string {
  mkdirSync(join(folder, name));
  return file(join(name, "set.json"), allowing("one"));
}
