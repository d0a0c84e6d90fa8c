/** The OpenAPI document of the HTTP surface. A test holds it against the routes. */
import { openapiSchemas, schema } from "./openapi-schemas.js";

const json = (content: object) => ({ content: { "application/json": { schema: content } } });
const refused = { description: "refused", ...json(schema("Error")) };
const requestId = { name: "X-Request-ID", in: "header", schema: { type: "string" }, description: "is echoed" };
const detail = {
  name: "detail",
  in: "query",
  schema: { enum: ["outcome", "reason", "explain"] },
  description: "how much the answer tells; callers without the right to explanations get outcomes",
};
const policySet = {
  name: "policySet",
  in: "query",
  schema: { type: "string" },
  description: "default: the default set",
};

/** What keeps a question from being asked at all, by status; `default` is whatever else. */
const refusals = {
  "400": { description: "the request means nothing: its body, its query or a header", ...json(schema("Error")) },
  "401": { description: "the caller showed no valid credentials", ...json(schema("Error")) },
  "403": { description: "this is not open to the caller", ...json(schema("Error")) },
  "404": { description: "no policy set of that name is in force", ...json(schema("Error")) },
  "413": { description: "the body or the batch is larger than the limits", ...json(schema("Error")) },
  "415": { description: "the content type is another one", ...json(schema("Error")) },
  "503": {
    description: "too much waits, or the server is stopping: ask again or another one",
    ...json(schema("Error")),
  },
  default: refused,
};

const exampleQuestion = {
  principal: "arn:aws:iam::222222222222:user/people/alice",
  action: "orders:GetOrder",
  resource: "arn:acme:orders:eu:tenant-7:order/123",
  context: { "aws:SourceIp": "10.1.2.3" },
};

/** Requests that `examples/acme` allows. */
const examples = {
  AuthorizeRequest: exampleQuestion,
  BatchRequest: { defaults: { context: exampleQuestion.context }, requests: [exampleQuestion] },
} as const;

const exampleOf = (request: string): { readonly example?: object } =>
  request === "AuthorizeRequest" || request === "BatchRequest" ? { example: examples[request] } : {};

const tagOf = (summary: string, usual: string): readonly string[] => [
  summary.startsWith("AuthZEN") ? "AuthZEN" : usual,
];

/** As every caller whom the gate lets in may have it. */
const guarded = [{}, { bearer: [] }];

const post = (
  operationId: string,
  summary: string,
  request: Parameters<typeof schema>[0],
  answer: Parameters<typeof schema>[0],
) => ({
  post: {
    operationId,
    summary,
    tags: tagOf(summary, "Questions"),
    parameters: [requestId, detail, policySet],
    requestBody: {
      required: true,
      content: { "application/json": { schema: schema(request), ...exampleOf(request) } },
    },
    responses: {
      "200": { description: "decided; a denial is an answer, not an error", ...json(schema(answer)) },
      ...refusals,
    },
    security: guarded,
  },
});

const get = (operationId: string, summary: string, contentType = "application/json", security: object[] = []) => ({
  get: {
    security,
    operationId,
    summary,
    tags: tagOf(summary, "Operations"),
    parameters: [requestId],
    responses: { "200": { description: "as asked", content: { [contentType]: {} } }, default: refused },
  },
});

const simulation = {
  security: guarded,
  tags: ["AWS"],
  operationId: "simulate",
  summary: "AWS query protocol: SimulateCustomPolicy, SimulatePrincipalPolicy",
  parameters: [requestId],
  requestBody: {
    required: true,
    content: {
      "application/x-www-form-urlencoded": {
        schema: {
          type: "object",
          required: ["Action", "Version"],
          properties: {
            Action: { enum: ["SimulateCustomPolicy", "SimulatePrincipalPolicy"] },
            Version: { const: "2010-05-08" },
          },
          additionalProperties: { type: "string" },
        },
      },
    },
  },
  responses: {
    "200": { description: "EvaluationResults", content: { "text/xml": {} } },
    default: { description: "ErrorResponse", content: { "text/xml": {} } },
  },
} as const;

const header = (name: string, description: string) => ({
  name,
  in: "header",
  schema: { type: "string" },
  description,
});

const forwardAuth = {
  security: guarded,
  tags: ["Proxies"],
  operationId: "forwardAuth",
  summary: "Whether a request may pass, by its status alone, with `--ext-authz`: for proxies, with any method",
  parameters: [
    requestId,
    header("X-Forwarded-Method", "method of the request, with X-Forwarded-Uri"),
    header("X-Forwarded-Uri", "path and query of the request, not decoded"),
    header("X-Forwarded-Host", "its host"),
    header("X-Original-Method", "as X-Forwarded-Method, with X-Original-URI; both families have to agree"),
    header("X-Original-URI", "as X-Forwarded-Uri"),
    header("X-Original-Host", "as X-Forwarded-Host"),
  ],
  responses: {
    "200": { description: "it may pass; the `requestHeaders` of the mapping are headers of this answer" },
    "400": { description: "it means different things to different readers, or is not told", ...json(schema("Error")) },
    "401": { description: "nobody can be named", ...json(schema("Error")) },
    "403": { description: "it may not pass", ...json(schema("Error")) },
    default: refused,
  },
} as const;

/** The document. */
export const openapiDocument = {
  openapi: "3.1.0",
  info: {
    title: "Verdict",
    version: "1",
    summary: "A policy decision point for AWS-IAM-style policies",
    license: { name: "Apache-2.0", identifier: "Apache-2.0" },
  },
  servers: [{ url: "/", description: "the server that this document comes from" }],
  tags: [
    { name: "Questions", description: "decisions in Verdict's own words" },
    { name: "AuthZEN", description: "OpenID AuthZEN 1.0" },
    { name: "AWS", description: "the query protocol of IAM's policy simulator" },
    { name: "Proxies", description: "decisions as a status alone" },
    { name: "Operations", description: "probes, metrics, documents" },
  ],
  paths: {
    "/v1/authorize": post("authorize", "Decides one question", "AuthorizeRequest", "Decision"),
    "/v1/batch": post("batch", "Decides many questions in order on one policy set", "BatchRequest", "BatchAnswer"),
    "/access/v1/evaluation": post("evaluation", "AuthZEN: one evaluation", "Evaluation", "EvaluationAnswer"),
    "/access/v1/evaluations": post("evaluations", "AuthZEN: evaluations", "Evaluations", "EvaluationsAnswer"),
    "/access/v1/search/subject": post("searchSubject", "AuthZEN: who may", "Search", "SearchAnswer"),
    "/access/v1/search/resource": post("searchResource", "AuthZEN: on what", "Search", "SearchAnswer"),
    "/access/v1/search/action": post("searchAction", "AuthZEN: may do what", "Search", "SearchAnswer"),
    "/.well-known/authzen-configuration": get("authzenConfiguration", "AuthZEN: metadata"),
    "/": { post: simulation, get: get("root", "What is served here, as a page for people", "text/html", guarded).get },
    "/forward-auth": { get: forwardAuth },
    "/healthz": get("healthz", "Whether the process is alive"),
    "/readyz": get("readyz", "Whether it should be asked; 503 with reasons if not"),
    "/metrics": get("metrics", "Prometheus metrics", "text/plain", guarded),
    "/openapi.json": get("openapi", "This interface as an OpenAPI document"),
  },
  components: {
    schemas: openapiSchemas,
    securitySchemes: { bearer: { type: "http", scheme: "bearer" } },
  },
} as const;
