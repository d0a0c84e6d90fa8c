import { createServer, type RequestListener } from "node:http";
import express, { type Request } from "express";
import fastify, { type FastifyRequest } from "fastify";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  connect,
  expressGuard,
  type Failure,
  fastifyGuard,
  type GuardClient,
  type Question,
} from "../../src/client/index.js";
import { atEnd, serving } from "../kit/serving.js";

const users: Readonly<Record<string, string>> = {
  alice: "arn:aws:iam::111111111111:user/alice",
  odd: "no principal",
};
const allowed = { status: 200, body: "contents" };
const forbidden = { status: 403, body: { error: "forbidden" } };
const unavailable = { status: 503, body: { error: "authorization unavailable" } };

/** Alice may read from the office; `x-user` and `x-ip` stand for what an authenticating proxy would say. */
function questionOf(headers: Readonly<Record<string, string | string[] | undefined>>, file: string): Question {
  const principal = users[String(headers["x-user"])];
  if (principal === undefined) throw new Error("nobody has signed in");
  return {
    principal,
    action: "s3:GetObject",
    resource: `arn:aws:s3:::reports/${file}`,
    context: { "aws:SourceIp": String(headers["x-ip"]) },
  };
}

let client: GuardClient;
const failures: Failure[] = [];
const onFailure = (failure: Failure): void => void failures.push(failure);
/** How often a guarded handler ran. */
let handled = 0;

beforeAll(async () => {
  const { address } = await serving();
  const one = connect(address);
  atEnd(() => one.close());
  client = one;
});

afterEach(() => {
  handled = 0;
  failures.length = 0;
});

const cases: readonly (readonly [string, Readonly<Record<string, string>>, object, readonly string[]])[] = [
  ["goes on if allowed", { "x-user": "alice", "x-ip": "10.1.2.3" }, allowed, []],
  ["answers 403 if denied", { "x-user": "alice", "x-ip": "192.0.2.1" }, forbidden, []],
  ["answers 503 if there is no question", { "x-user": "mallory" }, unavailable, ["question: nobody has signed in"]],
  [
    "answers 503 if there is no decision",
    { "x-user": "odd" },
    unavailable,
    ["the server could not decide this question"],
  ],
];

describe("expressGuard()", () => {
  it.each(cases)("%s", async (_, headers, want, errors) => {
    const have = await get(await serve(expressApp(client)), "/reports/q3.csv", headers);
    expect(have).toEqual(want);
    expect(handled).toBe(want === allowed ? 1 : 0);
    expect(failures.map(({ error }) => error)).toEqual(errors);
  });

  it("runs no handler whatever the client does", async () => {
    for (const [status, broken] of brokenClients) {
      expect(await get(await serve(expressApp(broken)), "/reports/q3.csv", cases[0]?.[1] ?? {})).toMatchObject({
        status,
      });
    }
    expect(handled).toBe(0);
  });

  it("guards a plain node:http server", async () => {
    const guard = expressGuard(client, ({ headers }: { headers: Record<string, string | string[] | undefined> }) =>
      questionOf(headers, "q3.csv"),
    );
    const port = await serve((request, response) => guard(request, response, () => response.end("contents")));
    expect(await get(port, "/", { "x-user": "alice", "x-ip": "10.1.2.3" })).toEqual(allowed);
    expect(await get(port, "/", { "x-user": "alice", "x-ip": "192.0.2.1" })).toEqual(forbidden);
  });

  it("leaves a response alone that somebody else has begun", async () => {
    const guard = expressGuard(client, () => questionOf({ "x-user": "alice" }, "q3.csv"));
    const port = await serve((request, response) => {
      response.end("timed out");
      guard(request, response, () => handled++);
    });
    expect(await get(port, "/", {})).toEqual({ status: 200, body: "timed out" });
    expect(handled).toBe(0);
  });
});

describe("fastifyGuard()", () => {
  it.each(cases)("%s", async (_, headers, want, errors) => {
    const have = await get(await listening(client), "/reports/q3.csv", headers);
    expect(have).toEqual(want);
    expect(handled).toBe(want === allowed ? 1 : 0);
    expect(failures.map(({ error }) => error)).toEqual(errors);
  });

  it("runs no handler whatever the client does", async () => {
    for (const [status, broken] of brokenClients) {
      expect(await get(await listening(broken), "/reports/q3.csv", cases[0]?.[1] ?? {})).toMatchObject({ status });
    }
    expect(handled).toBe(0);
  });
});

/** What no client does, with the status that comes of it: the guard does not trust it all the same. */
const brokenClients: readonly (readonly [number, GuardClient])[] = [
  [503, brokenClient(() => Promise.reject(new Error("broken")))],
  [503, brokenClient(() => Promise.reject(undefined))],
  [503, brokenClient(() => Promise.reject("route"))],
  [500, brokenClient(async () => undefined)],
  [403, brokenClient(async () => ({ allowed: "yes", decision: "allowed" }))],
  [403, brokenClient(async () => ({ allowed: true, decision: "implicitDeny" }))],
];

function brokenClient(authorize: () => Promise<unknown>): GuardClient {
  return { authorize } as unknown as GuardClient;
}

function expressApp(asked: GuardClient): RequestListener {
  const app = express();
  // Errors are answered, not printed.
  app.set("env", "test");
  const guard = expressGuard(asked, (request: Request) => questionOf(request.headers, String(request.params.file)), {
    onFailure,
  });
  app.get("/reports/:file", guard, (_request, response) => {
    handled++;
    response.send("contents");
  });
  app.use((_request: Request, response: { sendStatus: (code: number) => unknown }) => void response.sendStatus(404));
  return app;
}

async function listening(asked: GuardClient): Promise<number> {
  const app = fastify();
  const preHandler = fastifyGuard(
    asked,
    (request: FastifyRequest<{ Params: { file: string } }>) => questionOf(request.headers, request.params.file),
    { onFailure },
  );
  app.get<{ Params: { file: string } }>("/reports/:file", { preHandler }, async () => {
    handled++;
    return "contents";
  });
  const url = await app.listen({ host: "127.0.0.1", port: 0 });
  atEnd(() => app.close());
  return Number(new URL(url).port);
}

async function serve(listener: RequestListener): Promise<number> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  atEnd(() => server.closeAllConnections());
  atEnd(() => server.close());
  const address = server.address();
  return typeof address === "object" ? (address?.port ?? 0) : 0;
}

async function get(port: number, path: string, headers: Readonly<Record<string, string>>) {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers });
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.startsWith("application/json") === true;
  const body: unknown = isJson ? JSON.parse(text) : text;
  return { status: response.status, body };
}
