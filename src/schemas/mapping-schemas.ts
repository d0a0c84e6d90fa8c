/** Mappings: from HTTP requests to questions (ext_authz, forwardAuth), and of AuthZEN's names to ARNs. */
import { authzenMembers, resourceTemplateMembers } from "../server/authzen/authzen-mapping.js";
import { longestTimeoutMs, mappingMember, mappingMembers, mostRoutes } from "../server/ext-authz/read-mapping.js";
import { jwtMembers, principalRuleMembers, sourceMembers } from "../server/ext-authz/read-principals.js";
import { routeMembers } from "../server/ext-authz/read-route.js";
import {
  boolean,
  described,
  exactlyOne,
  listOf,
  mapOf,
  objectOf,
  oneOf,
  oneOrMany,
  ref,
  type Schema,
  tags,
  text,
} from "./schema.js";

const context = described("Condition keys with templates.", mapOf(oneOrMany(text)));

/** The schema of `serve --ext-authz`. */
export function extAuthzSchema(): Schema {
  return {
    ...objectOf([mappingMember], { [mappingMember]: ref("mapping") }, { required: [mappingMember] }),
    definitions: {
      mapping: objectOf(
        mappingMembers,
        {
          policySet: described("The set that is asked; default: the one without a name.", text),
          timeoutMs: { type: "integer", minimum: 1, maximum: longestTimeoutMs },
          deniedBody: oneOf(["plain", "reason"]),
          anonymous: described("Whether callers that nothing recognises ask as `anonymous`.", boolean),
          principals: described("How callers are recognised; the first rule that fits.", listOf(ref("principal"))),
          context,
          requestHeaders: described("Headers that the service gets, with templates.", mapOf(text)),
          removeHeaders: listOf(text),
          routes: listOf(ref("route"), { minItems: 1, maxItems: mostRoutes }),
        },
        { required: ["routes"] },
      ),
      principal: objectOf(
        principalRuleMembers,
        {
          jwt: objectOf(jwtMembers, { payload: text, issuer: text, audience: text }, { required: ["payload"] }),
          spiffe: described("`spiffe://DOMAIN/PATH` with placeholders.", text),
          header: described("A header that the proxy sets, in lower case.", text),
          principal: described("The template of the principal.", text),
          sessionTags: mapOf(text),
        },
        { required: ["principal"], ...exactlyOne(sourceMembers) },
      ),
      route: objectOf(
        routeMembers,
        {
          name: text,
          method: oneOrMany(text),
          host: oneOrMany(text),
          path: described("A path with placeholders such as `/orders/{id}`.", text),
          headers: tags,
          query: tags,
          action: described("`service:Name`.", text),
          resource: described("The template of an ARN, or `*`.", text),
          context,
          anonymous: boolean,
        },
        { required: ["path", "action", "resource"] },
      ),
    },
  };
}

/** The schema of `serve --authzen`. */
export function authzenSchema(): Schema {
  const arn = described("An ARN with one `{id}` in its last field.", text);
  const templates = objectOf(
    resourceTemplateMembers,
    { arn, action: described("`service:{name}`.", text) },
    { required: ["arn"] },
  );
  return objectOf(authzenMembers, { subjects: mapOf(arn), resources: mapOf({ anyOf: [arn, templates] }) });
}
