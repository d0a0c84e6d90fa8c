/** Scenarios of `verdict audit matrix` (`matrix/README.md`). */
import { scenarioFileMembers } from "../matrix/read-scenarios.js";
import { context } from "./question-schema.js";
import { described, listOf, mapOf, objectOf, ref, type Schema, text } from "./schema.js";

/** The schema. */
export function scenariosSchema(): Schema {
  const contexts = mapOf(ref("context"));
  return {
    ...objectOf(
      scenarioFileMembers,
      {
        scenarios: described("Contexts by name: one column value each.", {
          ...contexts,
          minProperties: 1,
          propertyNames: { minLength: 1 },
        }),
      },
      { required: ["scenarios"] },
    ),
    definitions: {
      context: {
        description: "Condition keys, the name of a scenario above, or a list of either; later ones win.",
        anyOf: [text, context, listOf({ anyOf: [text, context] })],
      },
    },
  };
}
