/** Files of policy tests (`policy-tests/README.md`). */

import { matrixMembers, mostCells, overrideMembers } from "../policy-tests/read-matrix.js";
import { testFileMembers, testMembers } from "../policy-tests/read-test-file.js";
import { questionMembers } from "../question/authorization-question.js";
import { decisions } from "../question/decision.js";
import { layerNames } from "../question/layers.js";
import { context, questionProperties } from "./question-schema.js";
import { described, listOf, mapOf, objectOf, oneOf, ref, type Schema, someOf, text } from "./schema.js";

const expectation = {
  expect: described("The decision.", oneOf(decisions)),
  blockedBy: described("The policy types that are to blame, all of them.", listOf(oneOf(layerNames))),
  decidedBy: described("Statements: a Sid, `policy/Sid`, `policy[index]` or `file:line`.", listOf(text)),
};
const id = described("Unique in the file.", text);
const why = described("The reason, in a line.", text);
const now = described("The clock, as 2026-03-01T09:00:00Z.", text);
const axis = listOf(text, { minItems: 1, uniqueItems: true });
const { principal: _principal, action: _action, resource: _resource, ...shared } = questionProperties;

/** The schema. */
export function testsSchema(): Schema {
  return {
    anyOf: [listOf(ref("test")), ref("file")],
    definitions: {
      file: objectOf(
        testFileMembers,
        {
          policies: described("The policy set that is asked, relative to this file.", text),
          now,
          contexts: described("Contexts by name.", mapOf(ref("context"))),
          tests: listOf(ref("test")),
          matrices: listOf(ref("matrix")),
        },
        someOf(["tests", "matrices"]),
      ),
      test: objectOf(
        testMembers,
        {
          id,
          why,
          now,
          request: objectOf(
            questionMembers,
            { ...questionProperties, context: ref("context") },
            { required: ["principal", "action", "resource"] },
          ),
          ...expectation,
        },
        { required: ["id", "request", "expect"] },
      ),
      matrix: objectOf(
        matrixMembers,
        {
          id,
          why,
          now,
          principals: axis,
          actions: axis,
          resources: axis,
          ...shared,
          context: ref("context"),
          ...expectation,
          overrides: described("Where another answer is expected; the last that fits wins.", listOf(ref("override"))),
        },
        {
          description: `Every principal × action × resource is a test; at most ${mostCells}.`,
          required: ["id", "principals", "actions", "resources", "expect"],
        },
      ),
      override: objectOf(
        overrideMembers,
        { why, principals: listOf(text), actions: listOf(text), resources: listOf(text), ...expectation },
        { required: ["expect"], ...someOf(["principals", "actions", "resources"]) },
      ),
      context: {
        description: "Condition keys, the name of a context, or a list of either; later ones win.",
        anyOf: [text, context, listOf({ anyOf: [text, context] })],
      },
    },
  };
}
