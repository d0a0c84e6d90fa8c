/**
 * What records of role assumption tell about sessions and later records of the same sessions do not: their tags and policies, found again
 * by the access key that AWS gave out.
 */

import type { JsonObject } from "../../text/json-object.js";
import type { Tag } from "../../text/tag.js";
import { memberAt, objectsAt, textAt } from "./event.js";

/** What limits or names a session. */
export interface IssuedSession {
  readonly tags: readonly Tag[];
  /** JSON texts of the policies that were passed by value. */
  readonly policies: readonly string[];
  /** Whether managed policies were passed by their ARNs: their texts are not in the record. */
  readonly hasUnknownPolicies: boolean;
}

/** Sessions that are remembered; of more the oldest go. */
const MOST_SESSIONS = 100_000;

/** The sessions that records so far have told of. */
export class IssuedSessions {
  private readonly byKey = new Map<string, IssuedSession>();

  /** Remembers what a record says about a session that it begins. */
  note(event: JsonObject): void {
    if (textAt(event, "eventSource") !== "sts.amazonaws.com") return;
    const key = textAt(event, "responseElements", "credentials", "accessKeyId");
    if (key === undefined) return;
    const parameters = memberAt(event, "requestParameters");
    const policy = textAt(parameters, "policy");
    const session: IssuedSession = {
      tags: objectsAt(parameters, "tags").flatMap((tag) => {
        const name = textAt(tag, "key");
        return name === undefined ? [] : [{ key: name, value: textAt(tag, "value") ?? "" }];
      }),
      policies: policy === undefined ? [] : [policy],
      hasUnknownPolicies: objectsAt(parameters, "policyArns").length > 0,
    };
    if (session.tags.length + session.policies.length === 0 && !session.hasUnknownPolicies) return;
    this.byKey.set(key, session);
    if (this.byKey.size > MOST_SESSIONS) {
      for (const [oldest] of this.byKey) {
        this.byKey.delete(oldest);
        break;
      }
    }
  }

  /** What is known about the session that a record was made in. */
  of(event: JsonObject): IssuedSession | undefined {
    if (this.byKey.size === 0) return undefined;
    const key = textAt(event, "userIdentity", "accessKeyId");
    return key === undefined ? undefined : this.byKey.get(key);
  }
}
