/** Mapping files of ext_authz: what is accepted, and what is found at which place. */
import { describe, expect, it } from "vitest";
import { buildMapping } from "../../../src/server/ext-authz/read-mapping.js";
import { sourceText } from "../../../src/text/source-text.js";
import { file, jsonLines, root, verdict } from "../../kit/run-verdict.js";

const good = `extAuthz:
  principals:
    - header: x-user
      principal: arn:aws:iam::111111111111:user/{header.x-user}
  routes:
    - method: GET
      path: /orders/{orderId}
      action: orders:GetOrder
      resource: arn:acme:orders:eu:t7:order/{orderId}
`;

/** The findings of the good mapping with one change, as `line:column severity RULE message`. */
function findings(from: string, to: string): readonly string[] {
  expect(good).toContain(from);
  return findingsOf(good.replace(from, to));
}

function findingsOf(text: string): readonly string[] {
  return buildMapping(sourceText("m.yaml", text)).findings.map(
    ({ line, column, severity, rule, message }) => `${line}:${column} ${severity} ${rule} ${message}`,
  );
}

describe("buildMapping()", () => {
  it("accepts a small mapping", () => {
    expect(findingsOf(good)).toEqual([]);
  });

  it("accepts a mapping in JSON, with places as in YAML", () => {
    const route = { path: "/a", action: "a:B", resource: "*" };
    const json = JSON.stringify({ extAuthz: { anonymous: true, routes: [route] } });
    const found = (text: string) =>
      buildMapping(sourceText("m.json", text)).findings.map(({ column, rule }) => [column, rule]);
    expect(found(json)).toEqual([]);
    expect(found(json.replace("a:B", "a"))).toEqual([[json.indexOf('"a:B"') + 1, "MAP-ACTION"]]);
    expect(found(json.replace('"/a"', '"/a","path":"/b"'))).toEqual([[expect.any(Number), "DOC-2"]]);
  });

  const path = "path: /orders/{orderId}";
  const action = "action: orders:GetOrder";
  const resource = "resource: arn:acme:orders:eu:t7:order/{orderId}";
  const principal = "principal: arn:aws:iam::111111111111:user/{header.x-user}";
  it.each<[name: string, from: string, to: string, want: readonly string[]]>([
    [
      "an unknown member",
      "  routes:",
      "  route: []\n  routes:",
      ["5:3 error SET-FORMAT extAuthz: unknown member `route`: did you mean `routes`?"],
    ],
    [
      "a name that no policy set can have",
      "  routes:",
      "  policySet: blue/green\n  routes:",
      ["5:14 error SET-FORMAT extAuthz.policySet: `blue/green` is no name of a policy set"],
    ],
    [
      "an unknown member of a route",
      "method: GET",
      "methods: GET",
      ["6:7 error SET-FORMAT extAuthz.routes[0]: unknown member `methods`: did you mean `method`?"],
    ],
    ["a missing path", `      ${path}\n`, "", ["6:7 error SET-FORMAT extAuthz.routes[0]: missing member `path`"]],
    ["a missing action", `      ${action}\n`, "", ["6:7 error SET-FORMAT extAuthz.routes[0]: missing member `action`"]],
    [
      "a relative path",
      path,
      "path: orders/{orderId}",
      ["7:13 error MAP-PATH extAuthz.routes[0].path: must begin with a slash"],
    ],
    [
      "an empty segment",
      path,
      "path: /orders//{orderId}",
      ["7:13 error MAP-PATH extAuthz.routes[0].path: has an empty segment"],
    ],
    [
      "a dot segment",
      path,
      "path: /orders/../{orderId}",
      ["7:13 error MAP-PATH extAuthz.routes[0].path: has a dot segment"],
    ],
    [
      "an escape",
      path,
      "path: /my%20orders/{orderId}",
      ["7:13 error MAP-PATH extAuthz.routes[0].path: has an escape: paths are compared decoded"],
    ],
    [
      "a query in the path",
      path,
      'path: "/orders/{orderId}/x?y"',
      ["7:13 error MAP-PATH extAuthz.routes[0].path: has `?`, and no path that has one is accepted"],
    ],
    [
      "half a segment",
      path,
      "path: /orders/id-{orderId}",
      [
        "7:13 error MAP-PATH extAuthz.routes[0].path: has a brace that is no whole segment: write `/{name}/` or `/{name...}`",
      ],
    ],
    [
      "a capture twice",
      path,
      "path: /{orderId}/{orderId}",
      ["7:13 error MAP-PATH extAuthz.routes[0].path: captures `orderId` twice"],
    ],
    [
      "segments after the rest",
      path,
      "path: /orders/{orderId...}/x",
      ["7:13 error MAP-PATH extAuthz.routes[0].path: has segments after `{orderId...}`"],
    ],
    [
      "a reserved capture",
      path,
      "path: /{principal}/{orderId}",
      ["7:13 error MAP-PATH extAuthz.routes[0].path: `{principal}` has another meaning"],
    ],
    [
      "an unused capture",
      path,
      "path: /{shop}/{orderId}/{_page}",
      ["7:13 warning MAP-PATH extAuthz.routes[0].path: `{shop}` is not used: write `{_shop}` where it does not matter"],
    ],
    [
      "an action without service",
      action,
      "action: GetOrder",
      [
        "8:15 error MAP-ACTION extAuthz.routes[0].action: `GetOrder` is no action: `service:Name` without wildcards and placeholders",
      ],
    ],
    [
      "an action with a wildcard",
      action,
      'action: "orders:*"',
      [
        "8:15 error MAP-ACTION extAuthz.routes[0].action: `orders:*` is no action: `service:Name` without wildcards and placeholders",
      ],
    ],
    [
      "an unknown capture",
      resource,
      "resource: arn:acme:orders:eu:t7:order/{orderID}",
      [
        "9:17 error MAP-PLACEHOLDER extAuthz.routes[0].resource: unknown capture `{orderID}`: did you mean `{orderId}`?",
      ],
    ],
    [
      "an unknown placeholder",
      resource,
      "resource: arn:acme:orders:eu:t7:order/{cookie.x}/{orderId}",
      ["9:17 error MAP-PLACEHOLDER extAuthz.routes[0].resource: has an unknown placeholder `{cookie.x}`"],
    ],
    [
      "a lone brace",
      resource,
      'resource: "arn:acme:orders:eu:t7:order/{orderId"',
      ["9:17 error MAP-PLACEHOLDER extAuthz.routes[0].resource: has a brace without its partner"],
    ],
    [
      "an ARN with missing parts",
      resource,
      "resource: arn:acme:orders:{orderId}",
      ["9:17 error MAP-RESOURCE extAuthz.routes[0].resource: has 4 of the six fields of an ARN"],
    ],
    [
      "a resource that is no ARN",
      resource,
      'resource: "order/{orderId}"',
      [
        "9:17 error MAP-RESOURCE extAuthz.routes[0].resource: must begin with `arn:`, or be `*` for an action without resource",
      ],
    ],
    [
      "a lone placeholder as resource",
      resource,
      'resource: "{orderId}"',
      [
        "9:17 error MAP-RESOURCE extAuthz.routes[0].resource: must begin with `arn:`, or be `*` for an action without resource",
      ],
    ],
    [
      "a service that the caller chooses",
      resource,
      "resource: arn:acme:{orderId}:eu:t7:order/1",
      ["9:17 error MAP-RESOURCE extAuthz.routes[0].resource: has a placeholder in its partition or service"],
    ],
    [
      "a wildcard in a resource",
      resource,
      "resource: arn:acme:orders:eu:t7:order/{orderId}*",
      [
        "9:17 warning RES-1 extAuthz.routes[0].resource: `*` and `?` are literal here: a question is about one resource",
      ],
    ],
    [
      "a principal that is no ARN",
      principal,
      'principal: "{header.x-user}@acme"',
      [
        "4:18 error MAP-PRINCIPAL extAuthz.principals[0].principal: is no ARN of a user, a role or a session, and no service",
      ],
    ],
    [
      "a principal of a claim without JWT",
      principal,
      "principal: arn:aws:iam::111111111111:user/{jwt.sub}",
      [
        "4:18 error MAP-PLACEHOLDER extAuthz.principals[0].principal: claims are known where the principal comes from a `jwt`",
      ],
    ],
    [
      "a principal of a route's capture",
      principal,
      "principal: arn:aws:iam::111111111111:user/{orderId}",
      ["4:18 error MAP-PLACEHOLDER extAuthz.principals[0].principal: unknown capture `{orderId}`"],
    ],
    [
      "anonymous by a rule",
      principal,
      "principal: anonymous",
      ["4:18 error MAP-PRINCIPAL extAuthz.principals[0].principal: must not be `anonymous`: write `anonymous: true`"],
    ],
    [
      "two sources",
      "- header: x-user",
      "- header: x-user\n      jwt: { payload: p }",
      ["3:7 error MAP-PRINCIPAL extAuthz.principals[0]: must have one of `jwt`, `spiffe` and `header`"],
    ],
    [
      "a header in capitals",
      "- header: x-user",
      "- header: X-User",
      ["3:15 error MAP-HEADER extAuthz.principals[0].header: `X-User` is no name of a header: names are lower case"],
    ],
    [
      "a SPIFFE id without path",
      "- header: x-user",
      "- spiffe: spiffe://acme",
      [
        "3:15 error MAP-PRINCIPAL extAuthz.principals[0].spiffe: is no SPIFFE id: `spiffe://`, a trust domain in lower case and a path",
      ],
    ],
    [
      "a derived key",
      "  routes:",
      '  context: { "AWS:CurrentTime": "{request.id}" }\n  routes:',
      [
        "5:33 error CTX-1 extAuthz.context.AWS:CurrentTime: `AWS:CurrentTime` is derived by Verdict, so a value from outside would be discarded",
      ],
    ],
    [
      "a principal tag",
      "  routes:",
      '  context: { "aws:PrincipalTag/team": x }\n  routes:',
      [
        "5:39 error CTX-1 extAuthz.context.aws:PrincipalTag/team: `aws:PrincipalTag/team` is derived by Verdict, so a value from outside would be discarded",
      ],
    ],
    [
      "a key without prefix",
      "  routes:",
      "  context: { team: x }\n  routes:",
      ["5:20 error MAP-CONTEXT extAuthz.context.team: `team` is no condition key: it has a prefix, a colon and a name"],
    ],
    [
      "a key twice",
      "  routes:",
      '  context: { "a:b": x, "A:B": y }\n  routes:',
      ["5:31 error SET-DUPLICATE extAuthz.context.A:B: condition key `A:B` is given twice"],
    ],
    [
      "a capture where no route is",
      "  routes:",
      '  context: { "a:b": "{orderId}" }\n  routes:',
      ["5:21 error MAP-PLACEHOLDER extAuthz.context.a:b: `{orderId}` is not known here: captures belong to a route"],
    ],
    [
      "a pseudo header",
      "  routes:",
      '  requestHeaders: { ":path": "/" }\n  routes:',
      ["5:30 error MAP-HEADER extAuthz.requestHeaders.:path: `:path` is no header that can be set or removed"],
    ],
    [
      "the host header",
      "  routes:",
      "  removeHeaders: [Host]\n  routes:",
      ["5:19 error MAP-HEADER extAuthz.removeHeaders[0]: `Host` is no header that can be set or removed"],
    ],
    [
      "a method in lower case",
      "method: GET",
      "method: [GET, post]",
      [
        "6:21 error MAP-ROUTE extAuthz.routes[0].method[1]: `post` is no method: names are upper case, `*` is every one",
      ],
    ],
    [
      "a host with a port",
      "method: GET",
      'host: "api.example:443"',
      ["6:13 error MAP-ROUTE extAuthz.routes[0].host: `api.example:443` is no host: a name in lower case, no port"],
    ],
    [
      "a time that is none",
      "  routes:",
      "  timeoutMs: 1s\n  routes:",
      ["5:14 error SET-FORMAT extAuthz.timeoutMs: must be a whole number from 1 to 60000"],
    ],
    [
      "a body that is none",
      "  routes:",
      "  deniedBody: all\n  routes:",
      ["5:15 error SET-FORMAT extAuthz.deniedBody: must be `plain` or `reason`"],
    ],
    [
      "a number for a text",
      action,
      "action: 7",
      ['8:15 error SET-FORMAT extAuthz.routes[0].action: must be a string, not a number: write `"7"`'],
    ],
    [
      "an escape sequence in a name",
      action,
      'action: "orders:\\e[31m"',
      [
        "8:15 error MAP-ACTION extAuthz.routes[0].action: `orders:\\u001b[31m` is no action: `service:Name` without wildcards and placeholders",
      ],
    ],
  ])("refuses or warns of %s", (_, from, to, want) => {
    expect(findings(from, to)).toEqual(want);
  });

  it("refuses a mapping that would deny everything", () => {
    expect(findingsOf("extAuthz: { anonymous: true, routes: [] }\n")).toEqual([
      "1:38 error MAP-ROUTE extAuthz.routes: there is no route, so every request would be denied",
    ]);
    expect(findingsOf(good.replace(/ {2}principals:[\s\S]*?(?= {2}routes)/, ""))).toEqual([
      "2:3 error MAP-PRINCIPAL extAuthz: there are neither `principals` nor `anonymous` routes, so nobody could pass",
    ]);
    expect(findingsOf("extAuthz: {}\nother: 1\n")).toEqual([
      "1:11 error SET-FORMAT extAuthz: missing member `routes`",
      "2:1 error SET-FORMAT unknown member `other` (known: extAuthz)",
    ]);
  });

  it("refuses a file that is no mapping, and an empty one", () => {
    const none = "1:1 error SET-FORMAT the file is no mapping: it has no member `extAuthz`";
    expect(findingsOf("users: []\nroles: []\n")).toEqual([none]);
    expect(findingsOf("[]")).toEqual([none]);
    expect(findingsOf("extAuthz:\n")).toEqual(["1:10 error SET-FORMAT extAuthz: must be an object, not null"]);
  });

  it("shows every finding in one run", () => {
    const text = `${good.replace("orders:GetOrder", "GetOrder")}    - { path: "/orders/{id}", method: GET, action: "a:*", resource: "{x}" }\n`;
    expect(findingsOf(text).map((finding) => finding.split(" ")[2])).toEqual([
      "MAP-ACTION",
      "MAP-ROUTE",
      "MAP-ACTION",
      "MAP-PLACEHOLDER",
    ]);
  });

  const never = (line: number, earlier: number) =>
    `${line}:7 error MAP-ROUTE extAuthz.routes[${line - 4}]: never matches: the route at line ${earlier} takes every such request`;
  it.each<[routes: readonly [string, string?], findings: "never" | "reachable"]>([
    [['path: "/a/b"', 'path: "/a/b"'], "never"],
    [['path: "/{_x}/b"', 'path: "/a/b"'], "never"],
    [['path: "/a/b"', 'path: "/{_x}/b"'], "reachable"],
    [['path: "/{_x...}"', 'path: "/a/{_y}/c"'], "never"],
    [['path: "/a/{_x...}"', 'path: "/a/{_y}/{_z...}"'], "never"],
    [['path: "/a/{_x...}"', 'path: "/{_y...}"'], "reachable"],
    [['path: "/a/{_x...}"', 'path: "/a"'], "reachable"],
    [['path: "/a/{_x...}"', 'path: "/a/b/"'], "reachable"],
    [['path: "/a", method: GET', 'path: "/a", method: POST'], "reachable"],
    [['path: "/a", method: GET', 'path: "/a"'], "reachable"],
    [['path: "/a"', 'path: "/a", method: GET'], "never"],
    [['path: "/a", method: [GET, POST]', 'path: "/a", method: POST'], "never"],
    [['path: "/a", method: "*"', 'path: "/a", method: POST'], "never"],
    [['path: "/a", host: x.example', 'path: "/a"'], "reachable"],
    [['path: "/a", host: x.example', 'path: "/a", host: x.example'], "never"],
    [['path: "/a", headers: { x: "1" }', 'path: "/a"'], "reachable"],
    [['path: "/a", headers: { x: "1" }', 'path: "/a", headers: { x: "2" }'], "reachable"],
    [['path: "/a", headers: { x: "1" }', 'path: "/a", headers: { x: "1", y: "2" }'], "never"],
    [['path: "/a"', 'path: "/a", query: { x: "1" }'], "never"],
  ])("knows whether the second of %j can match", ([first, second], want) => {
    const route = (text = ""): string => `    - { ${text}, action: "a:B", resource: "*" }\n`;
    const text = `extAuthz:\n  anonymous: true\n  routes:\n${route(first)}${route(second)}`;
    expect(findingsOf(text)).toEqual(want === "never" ? [never(5, 4)] : []);
  });

  it("decides about ten thousand routes", () => {
    const routes = Array.from({ length: 10_000 }, (_, index) => {
      const segments = [`a${index % 10}`, "{_x}", `b${index % 100}`, "{_y}", `c${index}`];
      return `    - { path: "/${segments.join("/")}", action: "a:B", resource: "*" }\n`;
    });
    expect(findingsOf(`extAuthz:\n  anonymous: true\n  routes:\n${routes.join("")}`)).toEqual([]);
  });
});

describe("verdict validate", () => {
  it("recognises a mapping and reports it as text, JSON and SARIF", async () => {
    const path = file("mapping.yaml", good.replace("orders:GetOrder", "GetOrder").replace("{orderId}\n", "{id}\n"));
    const action =
      "extAuthz.routes[0].action: `GetOrder` is no action: `service:Name` without wildcards and placeholders";
    const text = await verdict(["validate", path]);
    expect(text.code).toBe(1);
    expect(text.out).toContain(`${path}:8:15: error MAP-ACTION ${action}\n`);
    expect(text.out).toContain("errors\n");
    const json = await verdict(["validate", "--format", "json", path]);
    expect(JSON.parse(json.out)).toContainEqual({
      file: path,
      line: 8,
      column: 15,
      rule: "MAP-ACTION",
      severity: "error",
      message: action,
      fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/),
      helpUri: "src/validate/README.md#MAP-ACTION",
    });
    const sarif = await verdict(["validate", "--format", "sarif", path]);
    expect(jsonLines(sarif.out)[0]).toMatchObject({
      runs: [{ tool: { driver: { rules: expect.arrayContaining([expect.objectContaining({ id: "MAP-ACTION" })]) } } }],
    });
  });

  it("has nothing to say about the example", async () => {
    const have = await verdict(["validate", `${root}examples/ext-authz/mapping.yaml`]);
    expect(have).toEqual({ code: 0, out: "no findings\n", err: "" });
  });
});

describe("verdict serve --ext-authz", () => {
  it("refuses to start with a mapping that has an error", async () => {
    const path = file("bad.yaml", good.replace("orders:GetOrder", "GetOrder"));
    const args = ["serve", "--policies", `${root}examples/minimal`, "--listen", "127.0.0.1:0", "--ext-authz", path];
    const have = await verdict(args);
    expect(have).toMatchObject({ code: 2, out: "", err: expect.stringContaining(`${path}:8:15: error MAP-ACTION`) });
    const none = await verdict([...args.slice(0, -1), `${path}.none`]);
    expect(none).toMatchObject({ code: 2, err: expect.stringContaining("no such file or directory") });
  });
});
