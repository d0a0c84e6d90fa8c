/** Which paths ext_authz looks at: none that two readers could take for different ones. */
import { describe, expect, it } from "vitest";
import { askQuestion } from "../../../src/server/ext-authz/ask-question.js";
import type { CheckFacts } from "../../../src/server/ext-authz/check-request.js";
import { parsePathTemplate } from "../../../src/server/ext-authz/path-template.js";
import { readRequestPath } from "../../../src/server/ext-authz/request-path.js";
import { RouteTrie } from "../../../src/server/ext-authz/route-trie.js";
import { mappingOf } from "../../kit/ext-authz-scene.js";
import { Random } from "../../kit/random.js";

const seed = 20_261_122;

describe("readRequestPath()", () => {
  it.each([
    ["/", [""], "/"],
    ["/a", ["a"], "/a"],
    ["/a/b/", ["a", "b", ""], "/a/b/"],
    ["/a/b?c=%2e%2e/d//e", ["a", "b"], "/a/b"],
    ["/a?", ["a"], "/a"],
    ["/.well-known/v1.2/a..b/...", [".well-known", "v1.2", "a..b", "..."], "/.well-known/v1.2/a..b/..."],
    ["/a:b@c,d=e+f&g$h'(i)*", ["a:b@c,d=e+f&g$h'(i)*"], "/a:b@c,d=e+f&g$h'(i)*"],
    ["/a%20b", ["a b"], "/a b"],
    ["/100%25", ["100%"], "/100%"],
    ["/100%25x/%2a%3A%21", ["100%x", "*:!"], "/100%x/*:!"],
    ["/M%C3%BCnchen/%E6%97%A5", ["München", "日"], "/München/日"],
    ["/%F0%9F%8D%8B", ["🍋"], "/🍋"],
  ])("reads %s", (path, segments, decoded) => {
    expect(readRequestPath(path)).toMatchObject({ kind: "path", segments, decoded, raw: path.split("?")[0] });
  });

  it.each([
    ["", "the path does not begin with a slash"],
    ["*", "the path does not begin with a slash"],
    ["admin", "the path does not begin with a slash"],
    ["?x=1", "the path does not begin with a slash"],
    ["http://api.example/admin", "the path does not begin with a slash"],
    ["//admin", "the path has an empty segment"],
    ["//evil.example/admin", "the path has an empty segment"],
    ["/a//b", "the path has an empty segment"],
    ["/a//", "the path has an empty segment"],
    ["//", "the path has an empty segment"],
    ["/./a", "the path has a dot segment"],
    ["/a/.", "the path has a dot segment"],
    ["/a/../b", "the path has a dot segment"],
    ["/a/..", "the path has a dot segment"],
    ["/%2e%2e/a", "the path has a needless escape"],
    ["/a/%2E/b", "the path has a needless escape"],
    ["/a/.%2e/b", "the path has a needless escape"],
    ["/%61dmin", "the path has a needless escape"],
    ["/a%7Eb", "the path has a needless escape"],
    ["/a%2fb", "the path has an escaped delimiter"],
    ["/a%2Fb", "the path has an escaped delimiter"],
    ["/a%5cb", "the path has an escaped delimiter"],
    ["/a%3bb", "the path has an escaped delimiter"],
    ["/a%3fb", "the path has an escaped delimiter"],
    ["/a%23b", "the path has an escaped delimiter"],
    ["/a\\b", "the path has a character that no path has"],
    ["/\\admin", "the path has a character that no path has"],
    ["/a b", "the path has a character that no path has"],
    ["/a\tb", "the path has a character that no path has"],
    ["/a\u0000b", "the path has a character that no path has"],
    ["/a\u007fb", "the path has a character that no path has"],
    ["/ä", "the path has a character that no path has"],
    ["/a\u2044b", "the path has a character that no path has"],
    ["/a\ud800", "the path has a character that no path has"],
    ["/a{b}", "the path has a character that no path has"],
    ["/a%00b", "the path has a control character"],
    ["/a%0ab", "the path has a control character"],
    ["/a%0d%0ab", "the path has a control character"],
    ["/a%7f", "the path has a control character"],
    ["/a%C2%85", "the path has a control character"],
    ["/a%", "the path has an invalid escape"],
    ["/a%2", "the path has an invalid escape"],
    ["/a%zz", "the path has an invalid escape"],
    ["/a%u002f", "the path has an invalid escape"],
    ["/a%252e", "the path is escaped twice"],
    ["/a%252fb", "the path is escaped twice"],
    ["/a%2561", "the path is escaped twice"],
    ["/a%25252f", "the path is escaped twice"],
    ["/a%c0%af", "the path is not valid UTF-8"],
    ["/a%c0%ae", "the path is not valid UTF-8"],
    ["/a%e0%80%af", "the path is not valid UTF-8"],
    ["/a%ff", "the path is not valid UTF-8"],
    ["/a%ed%a0%80", "the path is not valid UTF-8"],
    ["/a%f4%90%80%80", "the path is not valid UTF-8"],
    ["/a%EF%BC%8Fb", "the path has a lookalike"],
    ["/%EF%BC%8E%EF%BC%8E", "the path has a lookalike"],
    ["/a;b=c", "the path has parameters"],
    ["/a/;/b", "the path has parameters"],
    ["/a/..;/b", "the path has parameters"],
    ["/a!b", "the path has an exclamation mark, which stands for bytes that are no UTF-8"],
    ["/a#b", "the target has a fragment"],
    ["/a?b#c", "the target has a fragment"],
    ["/a?b c", "the query has a character that no URL has"],
    ["/a?b\n", "the query has a character that no URL has"],
    [`/${"a".repeat(20_000)}`, "the path is too long"],
  ])("refuses %j", (path, reason) => {
    expect(readRequestPath(path)).toEqual({ kind: "ambiguous", reason });
  });
});

describe("RouteTrie", () => {
  it.each([
    [["/a/{x}", "/a/b"], "/a/b", 0],
    [["/a/b", "/a/{x}"], "/a/b", 0],
    [["/a/b", "/a/{x}"], "/a/c", 1],
    [["/{x}/c", "/a/b"], "/a/b", 1],
    [["/{x}/b", "/a/{y}"], "/a/b", 0],
    [["/{x...}", "/a"], "/a", 0],
    [["/a/{x...}"], "/a", undefined],
    [["/a/{x...}"], "/a/", undefined],
    [["/a/{x...}"], "/a/b/c", 0],
    [["/a/{x...}"], "/a/b/", undefined],
    [["/a/{x...}/"], "/a/b/", 0],
    [["/a/{x...}/"], "/a/b", undefined],
    [["/a/{x...}/"], "/a/", undefined],
    [["/a/"], "/a/", 0],
    [["/a/"], "/a", undefined],
    [["/a"], "/a/", undefined],
    [["/"], "/", 0],
    [["/{x}"], "/", undefined],
    [["/a"], "/A", undefined],
  ])("with %j takes %s to %s", (templates, path, want) => {
    const trie = new RouteTrie();
    for (const [index, text] of templates.entries()) {
      const template = parsePathTemplate(text);
      if (!("refusal" in template)) trie.add(index, template);
    }
    const read = readRequestPath(path);
    expect(read.kind === "path" && trie.find(read.segments, () => true)).toBe(want);
  });

  it("finds what a search of one template after another finds", () => {
    const random = new Random(seed);
    const below = (count: number): number => random.below(count);
    const words = ["a", "b", "{x}", "{y}"];
    for (let round = 0; round < 300; round++) {
      const templates = Array.from({ length: 1 + below(12) }, () => {
        const names = Array.from({ length: below(4) }, (_, at) => (words[below(4)] ?? "").replace("}", `${at}}`));
        return `/${[...names, ...(below(4) === 0 ? ["{r...}"] : [])].join("/")}`;
      });
      const trie = new RouteTrie();
      for (const [index, text] of templates.entries()) {
        const template = parsePathTemplate(text);
        if (!("refusal" in template)) trie.add(index, template);
      }
      for (let question = 0; question < 20; question++) {
        const path = `/${Array.from({ length: below(5) }, () => "abc"[below(3)]).join("/")}`;
        const blocked = below(templates.length + 1);
        const want = templates.findIndex((text, index) => index !== blocked && pattern(text).test(path));
        const read = readRequestPath(path);
        const have = read.kind === "path" && trie.find(read.segments, (route) => route !== blocked);
        expect(have ?? -1, `${path} with ${templates.join(" ")}, seed ${seed}`).toBe(want);
      }
    }
  });
});

describe("askQuestion()", () => {
  const mapping = mappingOf(`
extAuthz:
  anonymous: true
  routes:
    - { name: admin, path: "/admin/{page}", action: "admin:Open", resource: "arn:x:s:::{page}" }
    - { name: order, path: "/t/{tenant}/orders/{id}", action: "orders:Get", resource: "arn:x:orders:eu:{tenant}:order/{id}" }
    - { name: file, path: "/public/{name...}", action: "files:Read", resource: "arn:x:files:::{name}" }
`);

  /** Readers that a service may use: what any of them sees has to be what was decided. */
  const readers: Readonly<Record<string, (path: string) => string>> = {
    plain: (path) => decodeOr(path),
    twice: (path) => decodeOr(decodeOr(path)),
    dots: (path) => decodeOr(new URL(path, "http://x").pathname),
    windows: (path) => decodeOr(path).replaceAll("\\", "/"),
    merging: (path) => decodeOr(path).replaceAll(/\/+/g, "/"),
    servlet: (path) => decodeOr(path.replaceAll(/;[^/]*/g, "")),
    c: (path) => decodeOr(path).split("\0")[0] ?? "",
    lenient: (path) => decodeOr(path.replaceAll(/[^ -~]|!/g, "")),
  };

  it("never asks about a path that some reader takes for another one", () => {
    const random = new Random(seed);
    const below = (count: number): number => random.below(count);
    const pieces = [
      ..."/|/|/|admin|public|t|orders|..|.|%2e|%2E%2e|%2f|%5c|\\|;x=1|;|%00|%61dmin|%2561|%252e|!|%c0%af|%c3%a9|é|//|?a=/../b|#|%|%zz|~|users|7|*|%20|%EF%BC%8F|%25|\u0000".split(
        "|",
      ),
    ];
    const bases = ["/admin/users", "/t/t7/orders/17", "/public/a/b.txt"];
    let asked = 0;
    for (let round = 0; round < 15_000; round++) {
      let path = bases[below(bases.length)] ?? "";
      for (let change = below(4); change > 0; change--) {
        const at = below(path.length + 1);
        path = path.slice(0, at) + pieces[below(pieces.length)] + path.slice(at + below(3));
      }
      const have = askQuestion(mapping, factsOf(path));
      if (have.kind === "refusal") continue;
      asked++;
      const pathname = path.split("?")[0] ?? "";
      const decoded = decodeOr(pathname);
      const note = `${JSON.stringify(path)}, seed ${seed}`;
      for (const [name, reader] of Object.entries(readers)) {
        const seen = reader(pathname);
        // What a reader cannot read it does not serve.
        if (seen === unreadable) continue;
        expect(seen, `${name} reads ${note}`).toBe(decoded);
      }
      // Letters may look alike, as in every language; the structure may not.
      const structure = (text: string): readonly unknown[] => text.split("/").map((part) => /^\.{1,2}$/.test(part));
      expect(structure(decoded.normalize("NFKC")), note).toEqual(structure(decoded));
      expect(pattern(have.route.path.text).test(decoded), note).toBe(true);
      expect(have.question.resource.split(":").length, note).toBe(6);
    }
    expect(asked).toBeGreaterThan(1000);
  });

  it.each([
    ["/t/t7/orders/a*b", "arn:x:orders:eu:t7:order/a*b"],
    ["/t/t7/orders/a:b", "arn:x:orders:eu:t7:order/a:b"],
    ["/t/t7/orders/%24%7Baws:x%7D", "arn:x:orders:eu:t7:order/${aws:x}"],
    ["/public/a/b:c/d", "arn:x:files:::a/b:c/d"],
    ["/t/t7:order%20x/orders/1", undefined],
    ["/t/a:b/orders/1", undefined],
  ])("names the resource of %s as %s", (path, want) => {
    const have = askQuestion(mapping, factsOf(path));
    expect(have.kind === "question" ? have.question.resource : undefined).toBe(want);
    if (have.kind === "refusal")
      expect(have).toMatchObject({ httpStatus: 400, reason: "the resource cannot be named" });
  });

  it("keeps a value from a header or a claim in its place", () => {
    const tenants = mappingOf(`
extAuthz:
  anonymous: true
  routes:
    - { path: "/x", action: "orders:Get", resource: "arn:x:orders:eu:{header.x-tenant}:order/{header.x-order}" }
`);
    const resource = (tenant: string, order: string): string | undefined => {
      const headers = [
        { name: "x-tenant", value: tenant },
        { name: "x-order", value: order },
      ];
      const have = askQuestion(tenants, factsOf("/x", headers));
      return have.kind === "question" ? have.question.resource : undefined;
    };
    expect(resource("t7", "1")).toBe("arn:x:orders:eu:t7:order/1");
    for (const [tenant, order] of [
      ["t7:order/1", "1"],
      ["t7/", "1"],
      ["", "1"],
      ["t7", ""],
      ["t7", "1/2"],
      ["t7", "1,2"],
      ["t7", "1\u0000"],
    ] as const) {
      expect(resource(tenant, order), `${tenant} ${order}`).toBeUndefined();
    }
  });

  it("asks about the address of the sender unless the mapping gives another one", () => {
    const context = (text: string, address: string): unknown => {
      const own = mappingOf(`
extAuthz:
  anonymous: true
${text}
  routes:
    - { path: "/x", action: "orders:Get", resource: "*" }
`);
      const headers = [{ name: "x-ip", value: "192.0.2.9" }];
      const have = askQuestion(own, { ...factsOf("/x", headers), sourceAddress: address });
      return have.kind === "question" ? Object.fromEntries(have.question.context) : have;
    };
    expect(context("", "10.0.0.7")).toEqual({ "aws:SourceIp": ["10.0.0.7"] });
    expect(context("", "2001:db8::1")).toEqual({ "aws:SourceIp": ["2001:db8::1"] });
    expect(context("", "/run/envoy.sock")).toEqual({});
    expect(context('  context: { aws:sourceip: "{header.x-ip}" }', "10.0.0.7")).toEqual({
      "aws:sourceip": ["192.0.2.9"],
    });
    expect(context('  context: { acme:Both: ["a", "{request.method}", "{jwt.none}"] }', "")).toEqual({
      "acme:Both": ["a", "GET"],
    });
  });
});

const unreadable = "cannot be read";

function decodeOr(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return unreadable;
  }
}

/** A template as a regular expression: the obvious way to match. */
function pattern(template: string): RegExp {
  const source = template
    .split("/")
    .map((part) => (/^\{.*\.\.\.\}$/.test(part) ? "[^/]+(?:/[^/]+)*" : /^\{.*\}$/.test(part) ? "[^/]+" : part))
    .join("/");
  return new RegExp(`^${source}$`, "u");
}

function factsOf(path: string, headers: CheckFacts["http"]["headers"] = []): CheckFacts {
  return {
    http: {
      id: "1",
      method: "GET",
      path,
      host: "x",
      scheme: "http",
      query: "",
      fragment: "",
      protocol: "HTTP/2",
      headers,
      bothHeaderForms: false,
    },
    sourceAddress: "",
    sourcePrincipal: "",
    sourceService: "",
    isTls: false,
    sni: "",
    extensions: new Map(),
    metadata: () => undefined,
  };
}
