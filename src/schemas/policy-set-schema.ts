/** Files of policy sets in Verdict's own format. */

import { namedPolicyMembers } from "../policy/formats/policy-reading.js";
import { managedPolicyMembers, verdictMembers } from "../policy/formats/verdict-file.js";
import { accountMembers, organizationMembers, unitMembers } from "../policy/formats/verdict-organization.js";
import { federatedUserMembers, groupMembers, roleMembers, userMembers } from "../policy/formats/verdict-principals.js";
import {
  endpointMembers,
  mandatoryResourcePolicyMembers,
  resourceMembers,
} from "../policy/formats/verdict-resources.js";
import { accountPolicyMembers, carriedPolicyMembers } from "../policy/policy-set.js";
import { controlTypes } from "../question/layers.js";
import { owners } from "./owners-schema.js";
import { documentDefinitions } from "./policy-document-schema.js";
import {
  boolean,
  described,
  exactlyOne,
  listOf,
  objectOf,
  oneOf,
  ref,
  type Schema,
  someOf,
  tags,
  text,
} from "./schema.js";

const document = described("The policy document itself.", ref("policyDocument"));
const documentFile = described("A file with the policy document, relative to this one.", text);
const references = described("Policies by ARN, by name, or written here.", listOf(ref("policyReference")));
const inlinePolicies = described("Policies that belong to this one alone.", listOf(ref("namedPolicy")));
const account = described("Twelve digits, quoted.", text);

const carried = carriedPolicyMembers.map(
  ([member]) => [member, described("A policy by ARN or name: what it does not allow nobody can grant.", text)] as const,
);
const entity = {
  arn: text,
  id: described("The unique id, as AIDA… or AROA….", text),
  tags,
  managedPolicies: references,
  inlinePolicies,
};
const controls = accountPolicyMembers.map(
  ([member, type]) => [member, described(controlTypes[type].description, references)] as const,
);

/** The schema. */
export function policySetSchema(): Schema {
  return {
    ...objectOf(
      verdictMembers,
      {
        profile: described("`generic` leaves out the rules that only AWS has.", oneOf(["aws", "generic"])),
        organization: objectOf(
          organizationMembers,
          { id: text, managementAccount: account, root: ref("unit") },
          { required: ["id", "root"] },
        ),
        accounts: listOf(objectOf(accountMembers, { id: account, canonicalId: text }, { required: ["id"] }, controls)),
        policies: described("Managed policies: written once, attached by name or ARN.", listOf(ref("managedPolicy"))),
        users: listOf(
          objectOf(
            userMembers,
            { ...entity, groups: described("Groups by name or ARN.", listOf(text)) },
            { required: ["arn"] },
            carried,
          ),
        ),
        groups: listOf(
          objectOf(groupMembers, { arn: text, managedPolicies: references, inlinePolicies }, { required: ["arn"] }),
        ),
        roles: listOf(
          objectOf(
            roleMembers,
            { ...entity, trustPolicy: described("Who may assume the role.", ref("policyDocument")) },
            { required: ["arn"] },
            carried,
          ),
        ),
        federatedUsers: listOf(
          objectOf(federatedUserMembers, { arn: text, issuer: text, tags }, { required: ["arn", "issuer"] }),
        ),
        resources: listOf(
          objectOf(
            resourceMembers,
            {
              arn: described("Covers itself and everything below it; no wildcards.", text),
              account,
              tags,
              policy: described("The policy of the resource.", ref("policyDocument")),
              restrictPublicBuckets: boolean,
            },
            { required: ["arn"] },
          ),
        ),
        endpoints: listOf(
          objectOf(
            endpointMembers,
            { id: text, account, vpc: text, policy: ref("policyDocument") },
            { required: ["id"] },
          ),
        ),
        owners,
        mandatoryResourcePolicies: described(
          "Requests that match both patterns need a grant by the policy of the resource.",
          listOf(
            objectOf(
              mandatoryResourcePolicyMembers,
              { action: text, resource: text },
              { required: ["action", "resource"] },
            ),
          ),
        ),
      },
      { minProperties: 1 },
    ),
    definitions: {
      ...documentDefinitions,
      managedPolicy: objectOf(
        managedPolicyMembers,
        { arn: text, name: text, document, documentFile },
        { allOf: [someOf(["arn", "name"]), exactlyOne(["document", "documentFile"])] },
      ),
      namedPolicy: objectOf(
        namedPolicyMembers,
        { name: text, document, documentFile },
        { required: ["name"], ...exactlyOne(["document", "documentFile"]) },
      ),
      policyReference: { anyOf: [text, ref("namedPolicy")] },
      unit: objectOf(
        unitMembers,
        { id: text, name: text, accounts: listOf(account), units: listOf(ref("unit")) },
        { required: ["id"] },
        controls,
      ),
    },
  };
}
