// A Cerbos server in a process of its own, on loopback, with policies from a folder: nothing logged, nothing audited, no telemetry.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { peerFile } from "../peer-packages.js";
import { type ServerProcess, serverProcess } from "../server-process.js";

/** The package that holds the program for this machine. */
export const cerbosPackage = `@cerbos/cerbos-${process.platform}-${process.arch}`;

/** How long it may take to read its policies. */
const START_MS = 30_000;

/** Starts Cerbos with policy files by name; `stop` removes them again. */
export async function startCerbos(policies: ReadonlyMap<string, string>): Promise<ServerProcess> {
  const folder = mkdtempSync(join(tmpdir(), "cerbos-"));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  process.once("exit", remove);
  for (const [name, text] of policies) writeFileSync(join(folder, name), text);
  const address = `127.0.0.1:${await freePort()}`;
  const settings = {
    "server.grpcListenAddr": address,
    "server.httpListenAddr": `127.0.0.1:${await freePort()}`,
    "storage.driver": "disk",
    "storage.disk.directory": folder,
    "storage.disk.watchForChanges": "false",
    "telemetry.disabled": "true",
  };
  // An empty file of settings, so that none is looked for.
  const config = join(folder, ".cerbos.yaml");
  writeFileSync(config, "{}\n");
  const set = Object.entries(settings).map(([name, value]) => `--set=${name}=${value}`);
  const args = ["server", "--log-level=error", `--config=${config}`, ...set];
  const child = spawn(peerFile(cerbosPackage), args, { stdio: ["ignore", "inherit", "inherit"] });
  const server = serverProcess(child, address);
  const stop = async (): Promise<void> => {
    await server.stop();
    process.off("exit", remove);
    remove();
  };
  try {
    await untilListening(child, address);
  } catch (error: unknown) {
    await stop();
    throw error;
  }
  return { ...server, stop };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

async function untilListening(child: ChildProcess, address: string): Promise<void> {
  const [host = "", port = ""] = address.split(":");
  for (const deadline = performance.now() + START_MS; performance.now() < deadline; ) {
    if (child.exitCode !== null) throw new Error(`cerbos ended with status ${child.exitCode} before it listened`);
    const socket = connect(Number(port), host);
    try {
      await once(socket, "connect");
      return;
    } catch {
      await wait(50);
    } finally {
      socket.destroy();
    }
  }
  throw new Error(`cerbos does not listen after ${START_MS / 1000} s`);
}
