/** Every schema under the name by which `verdict schema` prints it and the package ships it. */
import { assertionsSchema } from "./assertions-schema.js";
import { casesSchema } from "./cases-schema.js";
import { configSchema } from "./config-schema.js";
import { authzenSchema, extAuthzSchema } from "./mapping-schemas.js";
import { policyDocumentSchema } from "./policy-document-schema.js";
import { policySetSchema } from "./policy-set-schema.js";
import { scenariosSchema } from "./scenarios-schema.js";
import type { Schema } from "./schema.js";
import type { SchemaName } from "./schema-names.js";
import { schemaTitles } from "./schema-names.js";
import { testsSchema } from "./tests-schema.js";

const makers: Readonly<Record<SchemaName, () => Schema>> = {
  "policy-document": policyDocumentSchema,
  "policy-set": policySetSchema,
  tests: testsSchema,
  scenarios: scenariosSchema,
  assertions: assertionsSchema,
  cases: casesSchema,
  "ext-authz": extAuthzSchema,
  authzen: authzenSchema,
  config: configSchema,
};

/** A whole schema of draft-07. */
export function schemaOf(name: SchemaName): Schema {
  return { $schema: "http://json-schema.org/draft-07/schema#", title: schemaTitles[name], ...makers[name]() };
}
