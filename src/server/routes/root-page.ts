/** `GET /`: a page for people that says what is served here. One document without scripts that loads nothing. */
import { createHash } from "node:crypto";
import type { Engine } from "../../engine/engine.js";
import type { PublishedPolicySet } from "../../engine/generation.js";
import { allowedSample, plainQuestion, type SampleQuestion } from "../../policy/sample-questions.js";
import { escapeHtml } from "../../text/markup-text.js";
import type { HttpCall, Route } from "../http/route.js";
import { openapiDocument } from "./openapi-document.js";

/** What the page tells besides the policy sets. */
export interface RootPageOptions {
  readonly engine: Pick<Engine, "names" | "published" | "decide">;
  readonly version: string;
  /** Where callers reach this server. Default: as the request names it. */
  readonly baseUrl?: string | undefined;
  readonly hasTls: boolean;
}

const style = `:root{color-scheme:light dark}
body{font:1rem/1.5 system-ui,sans-serif;max-width:56rem;margin:0 auto;padding:1rem}
h1{margin:.5rem 0 0}h2{margin:2rem 0 .5rem;font-size:1.1rem}
table{border-collapse:collapse;width:100%}td,th{text-align:left;vertical-align:top;padding:.35rem .75rem .35rem 0;border-bottom:1px solid #8884}
code,pre{font:.85rem/1.5 ui-monospace,monospace;overflow-wrap:anywhere}
pre{white-space:pre-wrap;padding:.75rem;border-radius:.4rem;background:#8882}
td code{white-space:nowrap}td:last-child{min-width:14rem}td:last-child code{display:inline-block;white-space:normal}td:last-child code.long{min-width:20rem}
@media(max-width:40rem){.routes th{display:none}.routes tr{display:block;padding:.35rem 0;border-bottom:1px solid #8884}.routes td{display:inline-block;padding:0 .75rem 0 0;border:0}.routes td:last-child{display:block}}
.scroll{overflow-x:auto}`;

const headers = {
  "content-security-policy":
    `default-src 'none'; style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'; ` +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
};

/** The route. As guarded as questions are, for it names policy sets. */
export function rootPage(options: RootPageOptions): Route {
  return {
    method: "GET",
    path: "/",
    handle: (call) => ({
      status: 200,
      contentType: "text/html; charset=utf-8",
      headers,
      body: page(options, addressOf(call, options)),
    }),
  };
}

function page({ engine, version }: RootPageOptions, address: string): string {
  const sets = engine.names().flatMap((name) => engine.published(name) ?? []);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Verdict</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>Verdict ${escapeHtml(version)}</h1>
<p>A policy decision point for AWS-IAM-style policies. It answers programs, over HTTP here and over gRPC beside it.</p>
<h2>Policy sets</h2>
${sets.length === 0 ? "<p>None is in force yet.</p>" : setTable(sets)}
<h2>Ask</h2>
<pre>${escapeHtml(curlLine(address, questionFor(engine)))}</pre>
<h2>Routes</h2>
<div class="scroll"><table class="routes">
<tr><th scope="col">method</th><th scope="col">path</th><th scope="col">what it does</th></tr>
${routeRows()}
</table></div>
<p>Requests, answers and statuses: <a href="openapi.json">openapi.json</a></p>
</main>
</body>
</html>
`;
}

function setTable(sets: readonly PublishedPolicySet[]): string {
  const rows = sets.map(({ name, digest, principalCount, counts }) => {
    const cells = [name, String(principalCount), String(counts.policies), String(counts.statements)].map(
      (text) => `<td>${escapeHtml(text)}</td>`,
    );
    return `<tr>${cells.join("")}<td><code class="long">${escapeHtml(digest)}</code></td></tr>`;
  });
  const heads = ["name", "principals", "policies", "statements", "digest"].map(
    (text) => `<th scope="col">${text}</th>`,
  );
  return `<div class="scroll"><table>\n<tr>${heads.join("")}</tr>\n${rows.join("\n")}\n</table></div>`;
}

function routeRows(): string {
  return Object.entries<object>(openapiDocument.paths)
    .flatMap(([path, methods]) =>
      Object.entries<{ readonly summary: string }>({ ...methods }).map(
        ([method, { summary }]) =>
          `<tr><td>${method.toUpperCase()}</td><td><code>${escapeHtml(path)}</code></td><td>${htmlWithCode(summary)}</td></tr>`,
      ),
    )
    .join("\n");
}

/** A question that the default set allows, or any of its own if nothing is found. */
function questionFor(engine: RootPageOptions["engine"]): SampleQuestion {
  const samples = engine.published()?.samples ?? [];
  const allowed = allowedSample(samples.slice(0, MOST_TRIED), (sample) => {
    const answer = engine.decide(plainQuestion(sample));
    return !("error" in answer) && answer.allowed;
  });
  return allowed ?? samples[0] ?? noQuestion;
}

/** A page must not hold callers up. */
const MOST_TRIED = 50;
const noQuestion: SampleQuestion = {
  principal: "arn:aws:iam::111111111111:user/alice",
  action: "s3:GetObject",
  resource: "arn:aws:s3:::example/key",
};

function curlLine(address: string, question: SampleQuestion): string {
  const text = JSON.stringify(question).replaceAll("'", "'\\''");
  return `curl ${address}/v1/authorize -H 'content-type: application/json' -d '${text}'`;
}

/** Nothing of a request is shown that is no plain host. */
function addressOf({ rawHeaders }: HttpCall, { baseUrl, hasTls }: RootPageOptions): string {
  if (baseUrl !== undefined) return baseUrl;
  const at = rawHeaders.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === "host");
  const host = at < 0 ? "" : (rawHeaders[at + 1] ?? "");
  const known = /^(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?$/.test(host)
    ? host
    : "127.0.0.1:8181";
  return `${hasTls ? "https" : "http"}://${known}`;
}

/** Text in backticks is code. */
function htmlWithCode(text: string): string {
  return escapeHtml(text).replace(/`([^`]*)`/g, "<code>$1</code>");
}
