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
    parameters: [requestId, detail, policySet],
    requestBody: { required: true, ...json(schema(request)) },
    responses: {
      "200": { description: "decided; a denial is an answer, not an error", ...json(schema(answer)) },
      default: refused,
    },
    security: guarded,
  },
});

const get = (operationId: string, summary: string, contentType = "application/json", security: object[] = []) => ({
  get: {
    security,
    operationId,
    summary,
    parameters: [requestId],
    responses: { "200": { description: "as asked", content: { [contentType]: {} } }, default: refused },
  },
});

const simulation = {
  security: guarded,
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
    "/openapi.json": get("openapi", "This document"),
  },
  components: {
    schemas: openapiSchemas,
    securitySchemes: { bearer: { type: "http", scheme: "bearer" } },
  },
} as const;
