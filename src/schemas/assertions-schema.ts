/** Files of assertions, for `verdict prove` (`prove/README.md`). */
import { claims, zones } from "../prove/assertion.js";
import {
  assertionFileMembers,
  assertionMembers,
  equivalenceMembers,
  grantMembers,
  newAccessMembers,
} from "../prove/read-assertions.js";
import { choiceMembers, choiceWords, contextMembers } from "../prove/read-scope.js";
import { boolean, described, exactlyOne, listOf, objectOf, oneOf, ref, type Schema, scalar, text } from "./schema.js";

const texts = listOf(text, { minItems: 1 });
const actions = described("Actions or patterns of actions, any of them; left out, every action.", texts);
const resources = described("ARNs or patterns of ARNs, any of them; left out, every resource.", texts);
const scope = {
  principals: ref("principals"),
  actions,
  resources,
  context: ref("context"),
};
const allowed = oneOf(["allowed"]);

/** The schema. */
export function assertionsSchema(): Schema {
  return {
    ...objectOf(
      assertionFileMembers,
      { assertions: listOf(ref("assertion"), { minItems: 1 }) },
      { required: ["assertions"] },
    ),
    definitions: {
      assertion: objectOf(
        assertionMembers,
        {
          id: described("Unique in the file.", text),
          why: described("The reason, in a line.", text),
          never: described("No request of the scope is allowed.", allowed),
          always: described("No request of the scope is refused.", allowed),
          notGranted: described(
            "None of the set's users and roles can do any of the actions on any of the resources.",
            objectOf(grantMembers, { actions, resources }, { required: ["actions", "resources"] }),
          ),
          notPublic: described("Resources that no stranger can do anything with.", texts),
          noNewAccess: described(
            "Nothing is allowed that another policy set refuses.",
            objectOf(
              newAccessMembers,
              { than: described("The policy set, relative to this file.", text), ...scope },
              { required: ["than"] },
            ),
          ),
          equivalent: described(
            "Every request is decided as by another policy set.",
            objectOf(
              equivalenceMembers,
              { to: described("The policy set, relative to this file.", text), ...scope },
              { required: ["to"] },
            ),
          ),
          ...scope,
        },
        { required: ["id"], ...exactlyOne(claims) },
      ),
      principals: {
        description: "Whom the assertion is about; left out, everyone.",
        anyOf: [
          oneOf(choiceWords),
          objectOf(
            choiceMembers,
            {
              patterns: described("ARNs, services or patterns of them, any of them.", texts),
              account: described("Whoever belongs to this account.", text),
              outside: described(
                "Whoever belongs to none of the set's organizations, or not to the owner.",
                oneOf(zones),
              ),
              except: described("Not these.", ref("principals")),
            },
            { minProperties: 1 },
          ),
        ],
      },
      context: {
        description: "Condition keys with their exact values; `null` says that a key is missing.",
        ...objectOf(contextMembers, {
          without: described("Keys that are missing.", texts),
          closed: described("Every key that is not named is missing.", boolean),
        }),
        additionalProperties: { anyOf: [scalar, listOf(scalar), { type: "null" }] },
        propertyNames: { pattern: "^(?:without|closed|[^:]+:[^]+)$" },
      },
    },
  };
}
