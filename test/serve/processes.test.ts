import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { status } from "@grpc/grpc-js";
import { describe, expect, it } from "vitest";
import { AuthorizationClient } from "../kit/grpc-client.js";
import { callWithoutEnd } from "../kit/http2-frames.js";
import { alice, folder, minimal, verdict } from "../kit/run-verdict.js";
import { type ServeProcess, startServe } from "../kit/serve-process.js";
import { until } from "../kit/serving.js";

const question = { principal: alice, action: "s3:GetObject", resource: "arn:aws:s3:::reports/q3.csv" };

describe("verdict serve --processes", () => {
  it("answers from every process, starts what died again, and ends with 0", async () => {
    const { output, address } = await started(["--listen", `127.0.0.1:${await freePort()}`, "--processes", "2"]);
    const first = childrenOf(output.pid);
    expect(first.length).toBe(2);
    // Connections go round the processes: four of them reach both.
    const clients = Array.from({ length: 4 }, () => clientOf(address));
    await expectAnswers(clients);
    const [victim = 0, survivor = 0] = first;
    process.kill(victim, "SIGKILL");
    await until(
      () => childrenOf(output.pid).length === 2 && !childrenOf(output.pid).includes(victim),
      "another process",
    );
    // The word of it comes through a pipe, behind the process itself.
    await until(() => output.err().endsWith("\n"), "a word of the process that ended");
    expect(output.err()).toBe(`process ${victim}: ended with SIGKILL: another one takes its place\n`);
    await expectAnswers(clients);
    process.kill(survivor, "SIGKILL");
    await until(() => !childrenOf(output.pid).includes(survivor), "the end of the survivor");
    await expectAnswers([clientOf(address)]);
    for (const client of clients) client.close();
    output.kill("SIGTERM");
    expect(await output.code).toBe(0);
    expect(childrenOf(output.pid)).toEqual([]);
  });

  it("shares a unix socket, which is gone in the end", async () => {
    const path = join(folder, "shared.sock");
    const { output } = await started(["--listen", `unix:${path}`, "--processes", "2"]);
    const clients = Array.from({ length: 3 }, () => clientOf(`unix:${path}`));
    await expectAnswers(clients);
    for (const client of clients) client.close();
    // A terminal sends its signal to every process of the group.
    for (const pid of [output.pid, ...childrenOf(output.pid)]) process.kill(pid, "SIGINT");
    expect(await output.code).toBe(0);
    expect(existsSync(path)).toBe(false);
  });

  it("ends at once at a second signal", async () => {
    const { output, address } = await started([
      "--listen",
      "127.0.0.1:0",
      "--processes",
      "2",
      "--drain-timeout",
      "60s",
    ]);
    const call = await callWithoutEnd(address, "/verdict.v1.AuthorizationService/Authorize");
    output.kill("SIGTERM");
    output.kill("SIGINT");
    expect([130, 143]).toContain(await output.code);
    call.close();
  });

  it("tells the metrics of all processes, whichever is asked, and forgets no count of one that died", async () => {
    const http = `127.0.0.1:${await freePort()}`;
    const port = await freePort();
    const { output, address } = await started(["--listen", `127.0.0.1:${port}`, "--processes", "2", "--http", http]);
    const clients = Array.from({ length: 4 }, () => clientOf(address));
    await expectAnswers(clients);
    for (let scrape = 0; scrape < 6; scrape++) expect(await decisionsIn(http)).toBe(4);
    const [victim = 0] = childrenOf(output.pid);
    process.kill(victim, "SIGKILL");
    await until(
      () => childrenOf(output.pid).length === 2 && !childrenOf(output.pid).includes(victim),
      "another process",
    );
    await until(async () => (await processesIn(http)) === 2, "its metrics");
    expect(await decisionsIn(http)).toBe(4);
    const more = clientOf(address);
    await expectAnswers([more]);
    for (let scrape = 0; scrape < 4; scrape++) expect(await decisionsIn(http)).toBe(5);
    for (const client of [...clients, more]) client.close();
    output.kill("SIGTERM");
    expect(await output.code).toBe(0);
  });

  it("says once what it refuses", async () => {
    const have = await verdict(["serve", "--policies", "/none", "--processes", "2"]);
    expect(have).toEqual({
      code: 2,
      out: "",
      err: "/none:1:1: error SET-FILE cannot be read: no such file or directory\n",
    });
  });
});

function started(args: readonly string[]): Promise<ServeProcess> {
  return startServe(["--policies", minimal, "--workers", "1", ...args]);
}

/** The sum of a metric's lines, over a connection of its own. */
async function metricIn(http: string, name: string): Promise<number> {
  const response = await fetch(`http://${http}/metrics`, { headers: { connection: "close" } });
  const lines = (await response.text()).split("\n").filter((line) => line.startsWith(name));
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);
}

const decisionsIn = (http: string): Promise<number> => metricIn(http, "verdict_decisions_total{");

/** How many processes the metrics are of. */
const processesIn = (http: string): Promise<number> => metricIn(http, "verdict_processes ");

function clientOf(address: string): AuthorizationClient {
  return new AuthorizationClient(address, { "grpc.use_local_subchannel_pool": 1 });
}

async function expectAnswers(clients: readonly AuthorizationClient[]): Promise<void> {
  for (const client of clients) {
    // The call in flight when its process dies is its caller's to repeat; none is answered wrongly.
    await until(async () => {
      const have = await client.call("Authorize", question);
      if ("code" in have) expect(have.code).toBe(status.UNAVAILABLE);
      else expect(have).toMatchObject({ outcome: "IMPLICIT_DENY" });
      return !("code" in have);
    }, "an answer");
  }
}

function childrenOf(pid: number): readonly number[] {
  const path = `/proc/${pid}/task/${pid}/children`;
  return existsSync(path) ? readFileSync(path, "utf8").split(" ").filter(Boolean).map(Number) : [];
}

/** A port that is free now: processes that all die at once listen there again, which a port of the system's choice would not be. */
function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" ? (address?.port ?? 0) : 0));
    });
  });
}
