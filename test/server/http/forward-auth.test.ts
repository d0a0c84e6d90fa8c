// What proxies that ask over HTTP are told by `/forward-auth`: only a decision that allows has a status of 2xx.
import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AccessError, type AccessGate, openGate } from "../../../src/access/access-gate.js";
import type { DecidedCall, DecisionObserver } from "../../../src/ask/decided-call.js";
import { EngineError } from "../../../src/engine/engine-error.js";
import type { Mapping } from "../../../src/server/ext-authz/mapping.js";
import { buildMapping } from "../../../src/server/ext-authz/read-mapping.js";
import { sourceText } from "../../../src/text/source-text.js";
import { policySet, startHttp, type TestHttpServer } from "../../kit/http-server.js";

const account = "arn:aws:iam::111111111111";
const policies = policySet({
  users: [
    {
      arn: `${account}:user/ana`,
      inlinePolicies: [
        {
          name: "own",
          document: {
            Version: "2012-10-17",
            Statement: [
              { Effect: "Allow", Action: "shop:*", Resource: "arn:acme:shop:eu:111111111111:order/*" },
              {
                Effect: "Deny",
                Action: "shop:*",
                Resource: "*",
                Condition: { StringEquals: { "shop:Tenant": "blocked" } },
              },
            ],
          },
        },
      ],
    },
  ],
});
const mappingText = (more: string) => `
extAuthz:
  principals:
    - jwt: { payload: jwt_payload, issuer: "https://id.example" }
      principal: ${account}:user/{jwt.sub}
    - spiffe: spiffe://acme.example/{name}
      principal: ${account}:user/{name}
    - header: x-user
      principal: ${account}:user/{header.x-user}
  context: { "shop:Tenant": "{header.x-tenant}" }
  requestHeaders: { x-verdict-principal: "{principal}", x-tenant: "{header.x-tenant}" }
${more}
  routes:
    - { method: GET, path: "/orders/{id}", action: shop:GetOrder, resource: "arn:acme:shop:eu:111111111111:order/{id}" }
    - { method: DELETE, path: "/orders/{id}", action: shop:DropOrder, resource: "arn:acme:shop:eu:111111111111:order/{id}" }
    - { path: "/public/{page}", action: shop:Read, resource: "arn:acme:shop:eu:111111111111:page/{page}", anonymous: true }
`;
const hosts = `    - { host: shop.example, path: "/hosted/{id}", action: shop:GetOrder, resource: "arn:acme:shop:eu:111111111111:order/{id}" }\n`;

function mappingOf(text: string): Mapping {
  const reading = buildMapping(sourceText("mapping.yaml", text));
  if (!reading.ok) throw new Error(JSON.stringify(reading.findings));
  return reading.mapping;
}

let mapping = mappingOf(mappingText(""));
let gate: AccessGate = openGate;
let observer: DecisionObserver["decided"] = () => undefined;
const decided: DecidedCall[] = [];
const failures: unknown[] = [];
let server: TestHttpServer;
beforeAll(async () => {
  server = await startHttp({
    policySets: { default: policies },
    gate: { admit: (...call) => gate.admit(...call) },
    routes: { forwardAuth: { mapping: () => mapping, onInternalError: (error) => failures.push(error) } },
    observer: {
      decided(call) {
        decided.push(call);
        return observer(call);
      },
    },
  });
});
afterAll(() => server.close());

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
}

/** Asks with headers as they stand there, repeated ones too. */
async function ask(
  headers: readonly (readonly [string, string])[],
  method = "GET",
  path = "/forward-auth",
): Promise<Answer> {
  const url = new URL(server.url);
  const asked = httpRequest({
    host: url.hostname,
    port: url.port,
    path,
    method,
    headers: ["host", url.host, ...headers.flat()],
  });
  asked.end();
  const [response] = await once(asked, "response");
  let text = "";
  for await (const piece of response) text += piece;
  return { status: response.statusCode, headers: response.headers, text };
}

type Headers = readonly (readonly [string, string])[];
const traefik = (uri: string, method = "GET"): Headers => [
  ["X-Forwarded-Method", method],
  ["X-Forwarded-Uri", uri],
];
const nginx = (uri: string, method = "GET"): Headers => [
  ["X-Original-Method", method],
  ["X-Original-URI", uri],
];
const ana: Headers = [["X-User", "ana"]];
const statusOf = async (headers: Headers, method?: string): Promise<number> => (await ask(headers, method)).status;

describe.each([
  ["Traefik", traefik],
  ["nginx", nginx],
])("/forward-auth, asked as %s does", (_proxy, told) => {
  it.each<[name: string, status: number, headers: Headers]>([
    ["passes what policies allow", 200, [...told("/orders/42"), ...ana]],
    ["passes it with a query", 200, [...told("/orders/42?page=2&x=%2F"), ...ana]],
    ["denies what they do not allow", 403, [...told("/orders/42"), ["X-User", "eve"]]],
    ["denies what they deny", 403, [...told("/orders/42"), ...ana, ["X-Tenant", "blocked"]]],
    ["knows nobody without identity", 401, told("/orders/42")],
    ["knows nobody by an identity that fits no rule", 401, [...told("/orders/42"), ["X-User", "*"]]],
    [
      "knows nobody by a token that nobody verified",
      401,
      [...told("/orders/42"), ["Authorization", "Bearer e30.e30."]],
    ],
    ["denies what no route takes", 403, [...told("/elsewhere"), ...ana]],
    ["denies another method", 403, [...told("/orders/42", "POST"), ...ana]],
    ["asks as anonymous where the route says so", 403, told("/public/1")],
  ])("%s", async (_name, status, headers) => {
    expect(await statusOf(headers)).toBe(status);
  });

  it.each([
    ["nothing", ""],
    ["a dot segment", "/public/../orders/42"],
    ["an escaped dot segment", "/public/%2e%2e/orders/42"],
    ["an escaped dot", "/orders/4%2e2"],
    ["an escaped slash", "/orders/a%2Fb"],
    ["an escaped slash, small", "/orders/a%2fb"],
    ["an escape of an escape", "/orders/a%252Fb"],
    ["an empty segment", "//orders/42"],
    ["an empty segment within", "/orders//42"],
    ["parameters", "/orders/42;x=1"],
    ["a backslash", "/orders\\42"],
    ["an escaped NUL", "/orders/42%00"],
    ["a needless escape", "/%6Frders/42"],
    ["a fragment", "/orders/42#x"],
    ["a whole URL", "http://shop.example/orders/42"],
    ["a relative path", "orders/42"],
    ["a star", "*"],
    ["a space", "/orders/4 2"],
    ["two targets in one", "/orders/42, /orders/43"],
    ["letters that are none of a URL", "/orders/\u00e4"],
  ])("refuses a target that is ambiguous: %s", async (_name, uri) => {
    expect(await statusOf([...told(uri), ...ana])).toBe(400);
  });

  it.each(["", "get", "GET, GET", "GET POST", "*"])("refuses a method that is none: %j", async (method) => {
    expect(await statusOf([...told("/orders/42", method), ...ana])).toBe(400);
  });

  it("refuses what is told in part, twice or in another spelling", async () => {
    const [method = ["", ""], uri = ["", ""]] = told("/orders/42");
    const spelled = (field: readonly [string, string]) => [field[0].replaceAll("-", "_"), field[1]] as const;
    for (const headers of [
      [],
      [method],
      [uri],
      [method, uri, uri],
      [method, method, uri],
      [method, uri, [uri[0].toLowerCase(), "/orders/43"] as const],
      [method, spelled(uri)],
      [method, uri, spelled(uri)],
    ]) {
      expect(await statusOf([...headers, ...ana])).toBe(400);
    }
  });

  it("refuses a header that the mapping reads and that came twice or in another spelling", async () => {
    expect(await statusOf([...told("/orders/42"), ...ana, ...ana])).toBe(400);
    expect(await statusOf([...told("/orders/42"), ...ana, ["x-user", "eve"]])).toBe(400);
    expect(await statusOf([...told("/orders/42"), ...ana, ["X_User", "eve"]])).toBe(400);
    expect(await statusOf([...told("/orders/42"), ["X-User", "an\u00e4"]])).toBe(400);
    expect(await statusOf([...told("/orders/42"), ...ana, ["X-Other", "a"], ["X-Other", "b"]])).toBe(200);
  });

  it("sees the second of a header's two values behind however many others", async () => {
    const many = Array.from({ length: 2100 }, () => ["a", ""] as const);
    expect(await statusOf([...told("/orders/42"), ...many, ...ana])).toBe(200);
    expect(await statusOf([...told("/orders/42"), ...ana, ...many, ["X-User", "eve"]])).toBe(400);
  });

  it("answers every method alike, by the method that the headers tell", async () => {
    for (const method of ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]) {
      expect(await statusOf([...told("/orders/42"), ...ana], method)).toBe(200);
      expect(await statusOf([...told("/orders/42"), ["X-User", "eve"]], method)).toBe(403);
    }
    expect(await statusOf([...told("/orders/42", "DELETE"), ...ana])).toBe(200);
  });
});

describe("/forward-auth", () => {
  it("says which headers the service is to receive, and who decided", async () => {
    const passed = await ask([...nginx("/orders/42"), ...ana]);
    expect(passed.headers["x-verdict-principal"]).toBe(`${account}:user/ana`);
    expect(passed.headers).not.toHaveProperty("x-tenant");
    expect(passed.headers["cache-control"]).toBe("no-store");
    const { facts } = decided.at(-1) ?? {};
    expect(facts).toMatchObject({ transport: "http", path: "/forward-auth", caller: { name: "anonymous" } });
    expect(JSON.parse(passed.text)).toEqual({ decisionId: facts?.decisionId });
    const denied = await ask([...nginx("/orders/42"), ["X-User", "eve"]]);
    expect(JSON.parse(denied.text)).toEqual({ error: "forbidden", decisionId: decided.at(-1)?.facts.decisionId });
    expect((await ask(nginx("/orders/42"))).headers["www-authenticate"]).toBe("Bearer");
  });

  it("tells why where the mapping says so", async () => {
    mapping = mappingOf(mappingText("  deniedBody: reason"));
    try {
      const { text } = await ask([...nginx("/orders/42"), ["X-User", "eve"]]);
      expect(JSON.parse(text)).toMatchObject({ decision: "implicitDeny", action: "shop:GetOrder" });
    } finally {
      mapping = mappingOf(mappingText(""));
    }
  });

  it("takes both families of headers together only where they agree", async () => {
    const host = (family: string, name: string) => [`X-${family}-Host`, name] as const;
    expect(await statusOf([...nginx("/orders/42"), ...traefik("/orders/42"), ...ana])).toBe(200);
    for (const headers of [
      [...nginx("/orders/42"), ...traefik("/orders/43")],
      [...nginx("/orders/42"), ...traefik("/orders/42", "DELETE")],
      [...nginx("/orders/42"), ["X-Forwarded-Uri", "/orders/42"] as const],
      [...nginx("/orders/42"), ["X-Forwarded-Method", "GET"] as const],
      [...nginx("/orders/42"), ...traefik("/orders/42"), host("Forwarded", "shop.example")],
      [...nginx("/orders/42"), ...traefik("/orders/42"), host("Forwarded", "a"), host("Original", "b")],
    ]) {
      expect(await statusOf([...headers, ...ana])).toBe(400);
    }
  });

  it("takes the host from the family that tells the target", async () => {
    mapping = mappingOf(mappingText("") + hosts);
    try {
      const asked = (headers: Headers) => statusOf([...headers, ...ana]);
      expect(await asked([...nginx("/hosted/1"), ["X-Original-Host", "shop.example"]])).toBe(200);
      expect(await asked([...traefik("/hosted/1"), ["X-Forwarded-Host", "Shop.example:443"]])).toBe(200);
      expect(await asked([...traefik("/hosted/1"), ["X-Forwarded-Host", "other.example"]])).toBe(403);
      expect(await asked([...nginx("/hosted/1"), ["X-Forwarded-Host", "shop.example"]])).toBe(400);
      expect(await asked(nginx("/hosted/1"))).toBe(400);
    } finally {
      mapping = mappingOf(mappingText(""));
    }
  });

  it("states no address and no TLS that it did not see", async () => {
    mapping = mappingOf(
      mappingText("")
        .replace("{header.x-tenant}", "{source.tls}{source.ip}")
        .replace("context: {", 'context: { "shop:Tls": "{source.tls}",'),
    );
    try {
      const forged = [["X-Forwarded-For", "10.0.0.1"] as const, ["X-Forwarded-Proto", "https"] as const];
      expect(await statusOf([...traefik("/orders/42"), ...forged, ...ana])).toBe(200);
      const request = Buffer.from(decided.at(-1)?.request ?? []).toString("latin1");
      expect(request).toContain("false");
      expect(request).not.toContain("10.0.0.1");
      expect(request).not.toContain("aws:SourceIp");
    } finally {
      mapping = mappingOf(mappingText(""));
    }
  });

  it.each<[name: string, fail: () => Promise<void>, status: number]>([
    ["overloaded", () => Promise.reject(new EngineError("overloaded", "too much")), 503],
    ["without its policy set", () => Promise.reject(new EngineError("unknownPolicySet", "gone")), 503],
    ["broken", () => Promise.reject(new Error("broken")), 500],
    ["not in time", () => new Promise(() => {}), 503],
  ])("is no yes when the server is %s", async (_name, fail, status) => {
    mapping = mappingOf(mappingText("  timeoutMs: 20"));
    observer = fail;
    try {
      const have = await ask([...nginx("/orders/42"), ...ana]);
      expect([have.status, JSON.parse(have.text).error]).toEqual([status, "no decision"]);
    } finally {
      observer = () => undefined;
      mapping = mappingOf(mappingText(""));
    }
    expect(failures.splice(0)).toHaveLength(status === 500 ? 1 : 0);
  });

  it.each([
    ["unauthenticated", 401],
    ["forbidden", 403],
    ["unavailable", 503],
  ] as const)("is guarded like the rest: %s", async (code, status) => {
    gate = {
      admit(service) {
        throw new AccessError(code, service);
      },
    };
    try {
      const have = await ask([...nginx("/orders/42"), ...ana]);
      expect([have.status, JSON.parse(have.text)]).toEqual([status, { error: "http" }]);
    } finally {
      gate = openGate;
    }
  });

  it("takes no query and no longer path", async () => {
    const headers = [...nginx("/orders/42"), ...ana];
    expect((await ask(headers, "GET", "/forward-auth?policySet=x")).status).toBe(400);
    expect((await ask(headers, "GET", "/forward-auth/")).status).toBe(405);
    expect((await ask(headers, "GET", "/forward-auth/orders/42")).status).toBe(404);
  });

  it("reads no body, and serves what follows on the connection", async () => {
    const url = new URL(server.url);
    const socket = connect(Number(url.port), url.hostname);
    const head = (length: number) =>
      `POST /forward-auth HTTP/1.1\r\nhost: x\r\norigin: https://shop.example\r\nx-original-method: GET\r\nx-original-uri: /orders/42\r\nx-user: ana\r\ncontent-length: ${length}\r\n\r\n`;
    socket.write(`${head(5)}abcde${head(0)}`);
    let text = "";
    for await (const piece of socket) {
      text += String(piece);
      if (text.split("decisionId").length > 2) break;
    }
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 200", "HTTP/1.1 200"]);
  });
});
