/** A started HTTP listener over an example, and the requests that tests send to it. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type AccessGate, openGate } from "../../src/access/access-gate.js";
import type { DecisionObserver } from "../../src/ask/decided-call.js";
import { DecisionPoint } from "../../src/ask/decision-point.js";
import { Engine, type EngineOptions } from "../../src/engine/engine.js";
import { buildPolicySet, loadPolicySet } from "../../src/policy/formats/load-policy-set.js";
import type { PolicySet } from "../../src/policy/policy-set.js";
import { type AuthzenMapping, buildAuthzenMapping } from "../../src/server/authzen/authzen-mapping.js";
import { HttpListener, type HttpListenerOptions } from "../../src/server/http/http-listener.js";
import type { Route } from "../../src/server/http/route.js";
import { Readiness } from "../../src/server/readiness.js";
import { type HttpRouteOptions, httpRoutes } from "../../src/server/routes/http-routes.js";
import { sourceText } from "../../src/text/source-text.js";
import { ownPort } from "./serving.js";

/** What a test may choose. */
export interface HttpServerOptions {
  readonly example?: string;
  readonly policySets?: Readonly<Record<string, PolicySet>>;
  readonly engine?: EngineOptions;
  readonly gate?: AccessGate;
  readonly mapping?: string;
  readonly listener?: Partial<HttpListenerOptions>;
  readonly routes?: Partial<HttpRouteOptions>;
  readonly observer?: DecisionObserver;
}

/** An answer, its JSON read. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of many shapes
  readonly json: any;
}

/** A listener and ways to ask it. */
export interface TestHttpServer {
  readonly engine: Engine;
  readonly listener: HttpListener;
  readonly readiness: Readiness;
  readonly errors: readonly unknown[];
  readonly url: string;
  post(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  get(path: string, init?: RequestInit): Promise<Answer>;
  close(): Promise<void>;
}

/** A path in `examples/`. */
export function example(name: string): string {
  return fileURLToPath(new URL(`../../examples/${name}`, import.meta.url));
}

/** Loads an example. */
export async function examplePolicies(name: string): Promise<PolicySet> {
  const loaded = await loadPolicySet(example(name));
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.findings));
  return loaded.policySet;
}

/** The policy set that a Verdict file with this content makes. */
export function policySet(content: object): PolicySet {
  const built = buildPolicySet([sourceText("set.json", JSON.stringify(content))]);
  if (!built.ok) throw new Error(JSON.stringify(built.findings));
  return built.policySet;
}

/** Starts a listener at a free port. */
export async function startHttp(options: HttpServerOptions = {}): Promise<TestHttpServer> {
  const engine = await Engine.start({ workers: 0, keepArchives: true, ...options.engine });
  const sets = options.policySets ?? { default: await examplePolicies(options.example ?? "minimal") };
  for (const [name, set] of Object.entries(sets)) engine.publish(set, name);
  const mapping = options.mapping === undefined ? undefined : authzenMapping(options.mapping);
  const readiness = new Readiness();
  const errors: unknown[] = [];
  const routes = httpRoutes({
    point: new DecisionPoint(engine, options.observer),
    readiness,
    maxSearchCandidates: 10_000,
    ...(mapping === undefined ? {} : { authzen: () => mapping }),
    ...options.routes,
  });
  const listener = await listening(routes, {
    gate: options.gate ?? openGate,
    onInternalError: (error) => errors.push(error),
    ...options.listener,
  });
  const url = `http://${listener.address}`;
  const ask = async (path: string, init: RequestInit): Promise<Answer> => {
    const response = await fetch(`${url}${path}`, init);
    const text = await response.text();
    const isJson = response.headers.get("content-type") === "application/json" && text !== "";
    return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined };
  };
  return {
    engine,
    listener,
    readiness,
    errors,
    url,
    post: (path, body, headers = {}) =>
      ask(path, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body:
          typeof body === "string" ? body : body instanceof Uint8Array ? new Uint8Array(body) : JSON.stringify(body),
      }),
    get: (path, init = {}) => ask(path, init),
    async close() {
      await listener.stop();
      await engine.close();
    },
  };
}

/** A listener with these routes at a free port; whoever starts it stops it. */
export function listening(routes: readonly Route[], options: Partial<HttpListenerOptions> = {}): Promise<HttpListener> {
  return HttpListener.start({
    listen: ownPort,
    routes,
    gate: openGate,
    maxBodyBytes: 1 << 20,
    drainTimeoutMs: 5000,
    ...options,
  });
}

/** The AuthZEN mapping in a file below `examples`. */
export function authzenMapping(path: string): AuthzenMapping {
  const reading = buildAuthzenMapping(sourceText(path, readFileSync(example(path), "utf8")));
  if (!reading.ok) throw new Error(JSON.stringify(reading.findings));
  return reading.mapping;
}
