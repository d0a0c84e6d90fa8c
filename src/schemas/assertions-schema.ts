/** Files of assertions, for `verdict prove` (`prove/README.md`). */
import { actionText, addressKeys, resourceText } from "../audit/read-region.js";
import { clockKeys } from "../classes/clock-space.js";
import { derivedKeyPattern } from "../classes/world.js";
import { claims, zones } from "../prove/assertion.js";
import {
  assertionFileMembers,
  assertionMembers,
  equivalenceMembers,
  grantMembers,
  newAccessMembers,
} from "../prove/read-assertions.js";
import { accountText, choiceMembers, choiceWords, contextMembers, keyText, scopeMembers } from "../prove/read-scope.js";
import {
  anyCase,
  boolean,
  described,
  exactlyOne,
  listOf,
  notBoth,
  objectOf,
  oneOf,
  oneOrMany,
  ref,
  type Schema,
  scalar,
  text,
  textLike,
} from "./schema.js";

const texts = listOf(text, { minItems: 1 });
const patternsOfActions = listOf(textLike(actionText), { minItems: 1 });
const patternsOfResources = listOf(textLike(resourceText), { minItems: 1 });
const actions = described("Actions or patterns of actions, any of them; left out, every action.", patternsOfActions);
const resources = described("ARNs or patterns of ARNs, any of them; left out, every resource.", patternsOfResources);
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
          notPublic: described("Resources that no stranger can do anything with.", patternsOfResources),
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
        {
          required: ["id"],
          ...exactlyOne(claims),
          allOf: [
            notBoth("notPublic", "principals"),
            notBoth("notPublic", "resources"),
            ...grantMembers.map((name) => notBoth("notGranted", name)),
            ...scopeMembers.flatMap((name) => [notTwice("noNewAccess", name), notTwice("equivalent", name)]),
          ],
        },
      ),
      principals: {
        description: "Whom the assertion is about; left out, everyone.",
        anyOf: [
          oneOf(choiceWords),
          objectOf(
            choiceMembers,
            {
              patterns: described("ARNs, services or patterns of them, any of them.", texts),
              account: described("Whoever belongs to this account.", textLike(accountText)),
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
          without: described("Keys that are missing.", listOf({ ...text, not: derivedKey }, { minItems: 1 })),
          closed: described("Every key that is not named is missing.", boolean),
        }),
        patternProperties: {
          [`^(?:${[...clockKeys].map(anyCase).join("|")})$`]: orNull(oneOrMany(instant, { minItems: 1, maxItems: 1 })),
          [`^(?:${[...addressKeys].map(anyCase).join("|")})$`]: orNull(oneOrMany(address)),
          [derivedKey.pattern]: oneOrMany(scalar),
        },
        additionalProperties: orNull(oneOrMany(scalar)),
        propertyNames: { pattern: `^(?:${contextMembers.join("|")})$|${keyText.source}` },
      },
    },
  };
}

/** What narrows a comparison stands in it or beside it. */
function notTwice(claim: (typeof claims)[number], name: (typeof scopeMembers)[number]): Schema {
  return { not: { required: [claim, name], properties: { [claim]: { required: [name] } } } };
}

/** COND-8: null means that the key is missing. */
function orNull(values: Schema): Schema {
  return { anyOf: [values, { type: "null" }] };
}

/** Which of these keys a request has follows from principal and resource (CTX-1). */
const derivedKey = { pattern: anyCase(derivedKeyPattern) };

/** DATE-2, DATE-3; a calendar is for the reader. */
const instant = {
  anyOf: [
    { type: "integer", minimum: -62_167_219_200, maximum: 253_402_300_799 },
    textLike(/^[+-]?0*[0-9]{1,12}$/),
    textLike(
      /^[0-9]{4}-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12][0-9]|3[01])(?:T(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]+)?)?(?:Z|[+-](?:[01][0-9]|2[0-3]):?[0-5][0-9])?)?)?$/,
    ),
  ],
};

/** CTX-16: IPv4, and what has the characters of IPv6. */
const address = textLike(
  /^(?:(?:0*(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])(?:\.(?!$)|$)){4}|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*)$/,
);
