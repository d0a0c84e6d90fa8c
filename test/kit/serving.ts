/** A started server over the minimal example set, for tests of its listener; everything ends with the test file. */
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";
import { DecisionPoint } from "../../src/ask/decision-point.js";
import { Engine } from "../../src/engine/engine.js";
import { loadPolicySet } from "../../src/policy/formats/load-policy-set.js";
import { GrpcListener } from "../../src/server/grpc/grpc-listener.js";
import type { GrpcService } from "../../src/server/grpc/grpc-service.js";
import { AuthorizationServer, type ServerOptions } from "../../src/server/services/server.js";

/** Limits as `verdict serve` has them. */
export const limits = {
  maxMessageBytes: 8 << 20,
  maxConcurrentStreams: 128,
  maxSessionMemoryMegabytes: 64,
  drainTimeoutMs: 10_000,
} as const;

/** Any free one. */
export const ownPort = { kind: "tcp", host: "127.0.0.1", port: 0 } as const;

/** A question that the set allows. */
export const allowedQuestion = {
  principal: "arn:aws:iam::111111111111:user/alice",
  action: "s3:GetObject",
  resource: "arn:aws:s3:::reports/q3.csv",
  context: { "aws:SourceIp": { values: ["10.1.2.3"] } },
};

const endings: (() => unknown)[] = [];
afterAll(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

/** Ends something when the tests of the file are over, the latest first. */
export function atEnd(end: () => unknown): void {
  endings.push(end);
}

/** A server and its engine. */
export interface Serving {
  readonly server: AuthorizationServer;
  readonly engine: Engine;
  readonly address: string;
  readonly port: number;
}

/** Starts one at a port of its own. */
export async function serving(options: Partial<ServerOptions> = {}, workers = 0): Promise<Serving> {
  const engine = await Engine.start({ workers, maxMessageBytes: limits.maxMessageBytes });
  const loaded = await loadPolicySet(fileURLToPath(new URL("../../examples/minimal", import.meta.url)));
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.findings));
  engine.publish(loaded.policySet);
  const server = await serveEngine(engine, options);
  return { server, engine, address: server.address, port: Number(server.address.split(":").at(-1)) };
}

/** Serves what an engine decides at a port of its own; takes care of the engine too. */
export async function serveEngine(engine: Engine, options: Partial<ServerOptions> = {}): Promise<AuthorizationServer> {
  atEnd(() => engine.close());
  return servePoint(new DecisionPoint(engine), options);
}

/** Serves what a decision point decides at a port of its own. */
export async function servePoint(
  point: DecisionPoint,
  options: Partial<ServerOptions> = {},
): Promise<AuthorizationServer> {
  const server = await AuthorizationServer.start({ ...limits, point, listen: ownPort, ...options });
  atEnd(() => server.stop());
  return server;
}

/** Serves gRPC services at a port of its own, with nothing around them. */
export async function serveServices(
  services: readonly GrpcService[],
  maxMessageBytes: number = limits.maxMessageBytes,
): Promise<GrpcListener> {
  const listener = await GrpcListener.start({ ...limits, maxMessageBytes, listen: ownPort, services });
  atEnd(() => listener.stop());
  return listener;
}

/** Waits until something holds, or fails after a time that no test should ever need. */
export async function until(holds: () => boolean | Promise<boolean>, what: string, withinMs = 300_000): Promise<void> {
  const end = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
