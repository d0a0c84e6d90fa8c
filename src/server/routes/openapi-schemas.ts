/** The shapes of requests and answers in the OpenAPI document. */

const text = { type: "string" } as const;
const texts = { type: "array", items: text } as const;
const boolean = { type: "boolean" } as const;
const scalar = { type: ["string", "number", "boolean"] } as const;
const position = { type: "integer", minimum: 0 } as const;
const tags = { type: "object", additionalProperties: text } as const;
const detail = { enum: ["outcome", "reason", "explain"], default: "reason" } as const;

/** A reference to one of the schemas. */
export function schema(name: keyof typeof openapiSchemas): { readonly $ref: string } {
  return { $ref: `#/components/schemas/${name}` };
}

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });

const questionProperties = {
  principal: { ...text, description: "an ARN, a service name or `anonymous`" },
  action: { ...text, description: "`service:Name`" },
  resource: { ...text, description: "one concrete ARN, or `*`" },
  context: { type: "object", additionalProperties: { anyOf: [scalar, { type: "array", items: scalar }] } },
  resourceAccount: text,
  resourceTags: tags,
  sessionPolicies: { type: "array", items: { type: ["object", "string"] } },
  sessionTags: tags,
  endpoint: text,
  whatIf: boolean,
} as const;

const entity = (part: string, id: string) => ({
  type: "object",
  required: ["type", id],
  properties: { type: text, [id]: text, properties: { type: "object" } },
  description: part,
});

const decisionProperties = {
  decision: { enum: ["allowed", "explicitDeny", "implicitDeny"] },
  allowed: boolean,
  blockedBy: texts,
  matchedStatements: { type: "array", items: ref("MatchedStatement") },
  missingContextKeys: texts,
  missingContextKeysByType: { type: "object", additionalProperties: texts },
  unknownPrincipal: boolean,
  policySet: ref("PolicySetVersion"),
  allowedByOrganizations: boolean,
  allowedByPermissionsBoundary: boolean,
  layers: { type: "array", items: { type: "object", properties: { policyType: text, verdict: text } } },
  statements: { type: "array", items: ref("StatementExplanation") },
  message: text,
  crossAccount: {
    type: "object",
    properties: { principalAccount: text, resourceAccount: text, resourceAccountFrom: text, namedBy: text },
  },
} as const;

const evaluationParts = {
  subject: ref("Subject"),
  action: ref("Action"),
  resource: ref("Resource"),
  context: { type: "object" },
} as const;

/** The schemas by name. */
export const openapiSchemas = {
  AuthorizeRequest: {
    type: "object",
    required: ["principal", "action", "resource"],
    properties: { ...questionProperties, detail, policySet: text },
    additionalProperties: false,
  },
  BatchRequest: {
    type: "object",
    required: ["requests"],
    properties: {
      defaults: { type: "object", properties: questionProperties, description: "what a request leaves out" },
      requests: {
        type: "array",
        items: { type: "object", properties: questionProperties, additionalProperties: false },
      },
      detail,
      policySet: text,
    },
    additionalProperties: false,
  },
  BatchAnswer: {
    type: "object",
    required: ["decisions"],
    properties: {
      policySet: ref("PolicySetVersion"),
      decisions: { type: "array", items: { anyOf: [ref("Decision"), ref("Error")] } },
    },
  },
  Decision: { type: "object", required: ["decision", "allowed"], properties: decisionProperties },
  MatchedStatement: {
    type: "object",
    properties: {
      policyType: text,
      policy: text,
      statement: { type: "integer", minimum: 0 },
      sid: text,
      effect: { enum: ["Allow", "Deny"] },
      file: {
        ...text,
        description: "relative to the policy set; empty for AWS's own policies, with 0 for line and column",
      },
      line: position,
      column: position,
      attachedTo: { ...text, description: "of a service control policy: the id of the root, unit or account" },
    },
  },
  StatementExplanation: {
    type: "object",
    required: ["statement", "applies"],
    properties: {
      statement: ref("MatchedStatement"),
      applies: boolean,
      failedElement: { enum: ["principal", "action", "resource", "condition"] },
      operator: text,
      key: text,
      requestValues: texts,
      keyMissing: boolean,
      wantedValues: {
        type: "array",
        maxItems: 20,
        items: { type: "object", required: ["written"], properties: { written: text, filled: text } },
      },
      moreWantedValues: { type: "integer", minimum: 1 },
    },
  },
  PolicySetVersion: {
    type: "object",
    required: ["digest", "generation"],
    properties: { digest: text, generation: { type: "integer", minimum: 1 } },
  },
  Error: { type: "object", required: ["error"], properties: { error: text } },
  Subject: entity("who asks", "id"),
  Action: {
    type: "object",
    required: ["name"],
    properties: { name: text, properties: { type: "object" } },
    description: "what is asked for",
  },
  Resource: entity("what it is done to", "id"),
  Evaluation: { type: "object", required: ["subject", "action", "resource"], properties: evaluationParts },
  EvaluationAnswer: {
    type: "object",
    required: ["decision"],
    properties: { decision: boolean, context: { type: "object" } },
  },
  Evaluations: {
    type: "object",
    properties: {
      ...evaluationParts,
      evaluations: { type: "array", items: { type: "object", properties: evaluationParts } },
      options: {
        type: "object",
        properties: {
          evaluations_semantic: {
            enum: ["execute_all", "deny_on_first_deny", "permit_on_first_permit"],
            default: "execute_all",
          },
        },
      },
    },
  },
  EvaluationsAnswer: {
    anyOf: [
      {
        type: "object",
        required: ["evaluations"],
        properties: { evaluations: { type: "array", items: ref("EvaluationAnswer") } },
      },
      ref("EvaluationAnswer"),
    ],
  },
  Search: {
    type: "object",
    properties: {
      subject: { type: "object" },
      action: { type: "object" },
      resource: { type: "object" },
      context: { type: "object" },
      page: { type: "object", properties: { token: text, limit: { type: "integer", minimum: 1, maximum: 1000 } } },
    },
  },
  SearchAnswer: {
    type: "object",
    required: ["results"],
    properties: {
      results: { type: "array", items: { type: "object", properties: { type: text, id: text, name: text } } },
      page: {
        type: "object",
        required: ["next_token"],
        properties: { next_token: text, count: { type: "integer", minimum: 0 } },
      },
      context: {
        type: "object",
        properties: {
          error: {
            type: "object",
            required: ["status", "message"],
            properties: { status: { type: "integer" }, message: text },
            description: "why nothing is found: the question stands for nothing",
          },
          incomplete: {
            type: "object",
            required: ["message"],
            properties: { message: text, beyond: texts },
            description:
              "the list is not complete: `beyond` are patterns of what is allowed, or may be, and has no name",
          },
        },
      },
    },
  },
} as const;
