/** Policy documents, whatever they are attached as: section 2 of the semantics. */
import { operatorNames, qualifiers } from "../policy/document/operator.js";
import { documentMembers } from "../policy/document/parse-document.js";
import { principalMembers } from "../policy/document/parse-principal.js";
import { statementMemberNames } from "../policy/document/parse-statement.js";
import {
  anyCase,
  anyText,
  described,
  exactlyOne,
  listOf,
  mapOf,
  notBoth,
  objectOf,
  oneOf,
  oneOrMany,
  ref,
  type Schema,
  scalar,
  text,
} from "./schema.js";

/** The definitions that other schemas take over. */
export const documentDefinitions: Readonly<Record<string, Schema>> = {
  policyDocument: objectOf(
    documentMembers,
    {
      Version: described("The language: without it, variables are not expanded.", oneOf(["2012-10-17", "2008-10-17"])),
      Id: anyText,
      Statement: oneOrMany(ref("statement")),
    },
    { required: ["Statement"] },
  ),
  statement: objectOf(
    statementMemberNames,
    {
      Sid: described("The name of the statement in answers.", anyText),
      Effect: oneOf(["Allow", "Deny"]),
      Principal: described("Whom the statement is about; in policies of resources only.", ref("principal")),
      NotPrincipal: ref("principal"),
      Action: described("Patterns such as `s3:Get*`.", ref("patterns")),
      NotAction: ref("negatedPatterns"),
      Resource: described("Patterns of ARNs.", ref("patterns")),
      NotResource: ref("negatedPatterns"),
      Condition: described("All operators have to hold, for every key, for one of its values.", ref("condition")),
    },
    {
      required: ["Effect"],
      allOf: [
        exactlyOne(["Action", "NotAction"]),
        notBoth("Principal", "NotPrincipal"),
        notBoth("Resource", "NotResource"),
        // NPR-5.
        { not: { required: ["Effect", "NotPrincipal"], properties: { Effect: { const: "Allow" } } } },
      ],
    },
  ),
  principal: {
    anyOf: [
      { const: "*" },
      objectOf(principalMembers, {
        AWS: oneOrMany(text),
        Service: oneOrMany(text),
        Federated: oneOrMany(text),
        CanonicalUser: oneOrMany(text),
      }),
    ],
  },
  patterns: oneOrMany(anyText),
  // DOC-10: an empty list would match everything.
  negatedPatterns: oneOrMany(anyText, { minItems: 1 }),
  condition: {
    type: "object",
    properties: Object.fromEntries(operatorNames.map((name) => [name, ref("conditionKeys")])),
    patternProperties: { [operatorPattern()]: ref("conditionKeys") },
    additionalProperties: false,
  },
  conditionKeys: mapOf(oneOrMany(scalar)),
};

/** The schema. */
export function policyDocumentSchema(): Schema {
  return { ...ref("policyDocument"), definitions: documentDefinitions };
}

/** `[ForAllValues:|ForAnyValue:] Base [IfExists]` in any case; `Null` takes no `IfExists` (COND-1, NULL-2). */
function operatorPattern(): string {
  const bases = operatorNames.filter((name) => name !== "Null").map(anyCase);
  const prefix = `(?:(?:${qualifiers.map(anyCase).join("|")}):)?`;
  return `^${prefix}(?:(?:${bases.join("|")})(?:${anyCase("IfExists")})?|${anyCase("Null")})$`;
}

/** Documents that are written in a list. */
export const documents: Schema = listOf(ref("policyDocument"));
