/** Simulation cases, which carry their own policies: what `verdict simulate` reads. */

import { mandatoryResourcePolicyMembers } from "../policy/formats/verdict-resources.js";
import { decisions } from "../question/decision.js";
import { caseMembers, caseRequestMembers } from "../simulate/simulation-case.js";
import {
  caseCarriedMembers,
  caseControlMembers,
  caseIdentityMembers,
  casePolicyMembers,
} from "../simulate/simulation-policies.js";
import { owners } from "./owners-schema.js";
import { documentDefinitions, documents } from "./policy-document-schema.js";
import { questionProperties } from "./question-schema.js";
import { anyText, boolean, described, listOf, mapOf, objectOf, oneOf, ref, type Schema, tags, text } from "./schema.js";

const document = ref("policyDocument");
const levels = described("From the root down, the documents of each level.", listOf(documents));
const orgPaths = listOf(text);
const anything: Schema = {};

/** The schema of one case or a list of them; of JSON Lines every line is a case. */
export function casesSchema(): Schema {
  return {
    anyOf: [ref("case"), listOf(ref("case"))],
    definitions: {
      ...documentDefinitions,
      case: objectOf(
        caseMembers,
        {
          id: text,
          policies: ref("policies"),
          request: ref("request"),
          expect: oneOf(decisions),
          whatIf: boolean,
          profile: oneOf(["aws", "generic"]),
          mandatoryResourcePolicies: listOf(
            objectOf(
              mandatoryResourcePolicyMembers,
              { action: text, resource: text },
              { required: ["action", "resource"] },
            ),
          ),
          owners,
          note: anything,
          rule: anything,
          uncertain: anything,
          strict: described("`rejects: RULE` wants the documents to be refused.", anything),
          detail: anything,
        },
        { required: ["id", "policies", "request"] },
      ),
      policies: objectOf(
        casePolicyMembers,
        {
          identity: listOf(ref("identityPolicy")),
          groups: described("Policies by the name of the group.", mapOf(listOf(ref("identityPolicy")))),
          session: { anyOf: [documents, document] },
          resource: described("Of a role whose assumption is asked about, its trust policy.", document),
          endpoint: document,
        },
        {},
        [
          ...caseCarriedMembers.map((name) => [name, document] as const),
          ...caseControlMembers.map((name) => [name, levels] as const),
        ],
      ),
      identityPolicy: objectOf(caseIdentityMembers, { name: anyText, document }, { required: ["name", "document"] }),
      request: objectOf(
        caseRequestMembers,
        {
          ...questionProperties,
          principalTags: tags,
          principalIssuerArn: text,
          principalUniqueId: text,
          principalOrgId: text,
          principalOrgPaths: orgPaths,
          principalIsProvider: boolean,
          principalCanonicalId: text,
          principalInManagementAccount: boolean,
          resourceOrgId: text,
          resourceOrgPaths: orgPaths,
          resourceInManagementAccount: boolean,
          restrictPublicBuckets: boolean,
        },
        { required: ["principal", "action", "resource"] },
      ),
    },
  };
}
