/**
 * How a recorded call is answered over whatever its record does not tell: other keys, and the resource if it is `*`. What the record does
 * tell holds: the session's policies and tags, and whose the resource is.
 */
import { Auditor, DEFAULT_BUDGET } from "../../audit/auditor.js";
import { everything } from "../../audit/region.js";
import { type Access, answerOf } from "../../classes/answer.js";
import { inSession } from "../../classes/requester-facts.js";
import { buildWorld, type World } from "../../classes/world.js";
import { parsePolicyDocument } from "../../policy/document/parse-document.js";
import type { NamedPolicy, PolicySet } from "../../policy/policy-set.js";
import type { AuthorizationQuestion } from "../../question/authorization-question.js";
import type { Decision, DecisionError } from "../../question/decision.js";
import { readJson } from "../../text/json-reader.js";
import { sourceText } from "../../text/source-text.js";
import type { Catalogue } from "../../validate/catalogue/catalogue.js";

/** What answers are found with. */
export interface OpenAccessTerms {
  readonly set: PolicySet;
  readonly catalogue: Catalogue | undefined;
  readonly decide: (question: AuthorizationQuestion, nowMs: number) => Decision | DecisionError;
}

/** Answers that are remembered; alike calls have one. */
const MOST_KNOWN = 20_000;

type Session = Pick<AuthorizationQuestion, "sessionPolicies" | "sessionTags">;

const noSession: Session = { sessionPolicies: [], sessionTags: [] };

/** Answers for calls one after the other. */
export class OpenAccess {
  private readonly known = new Map<string, Access>();
  /** Of every request; each call is a region of it. */
  private readonly auditor: Auditor;
  /** Clock and session of the call that is asked about. */
  private nowMs = 0;
  private session = noSession;

  constructor(private readonly terms: OpenAccessTerms) {
    const { set, catalogue, decide } = terms;
    this.auditor = new Auditor({
      set,
      catalogue,
      decide: (question) => decide({ ...question, ...this.session }, this.nowMs),
      region: everything,
      nowMs: this.nowMs,
      budget: DEFAULT_BUDGET,
    });
  }

  /** How all requests that the question may have been are answered. */
  of(question: AuthorizationQuestion | undefined, clockMs: number): Access {
    if (question === undefined) return "unknown";
    const { principal, action, resource, context, resourceAccount = "", sessionPolicies, sessionTags } = question;
    const tags = sessionTags.map(({ key, value }) => [key, value]);
    // Lists within lists: no text can pass for another one's neighbour.
    const key = JSON.stringify([principal, action, resource, resourceAccount, sessionPolicies, tags, [...context]]);
    const found = this.known.get(key);
    if (found !== undefined) return found;
    this.nowMs = clockMs;
    this.session = { sessionPolicies, sessionTags };
    const access = this.find(question);
    if (this.known.size >= MOST_KNOWN) this.known.clear();
    this.known.set(key, access);
    return access;
  }

  private find(question: AuthorizationQuestion): Access {
    const { principal, action, resource, context, sessionPolicies, sessionTags } = question;
    const region = { ...everything, principals: [principal], actions: [action], resources: [resource], context };
    const auditor = this.auditor.within(region);
    const [asker] = auditor.askers();
    const limits = this.limitsOf(sessionPolicies);
    if (asker === undefined || limits === undefined) return "unknown";
    const isLimited = limits.length > 0 || sessionTags.length > 0;
    if (!isLimited && question.resourceAccount === undefined) {
      return auditor.answer(asker, action, [resource], { tellsWhen: false }).access;
    }
    if (isLimited && !asker.requesters.every(({ principal: { kind } }) => takesSession.has(kind))) return "unknown";
    const requesters = asker.requesters.map((one) => inSession(one, limits, sessionTags));
    const worlds = auditor.worlds({ ...asker, requesters }, [action], [resource]);
    const owned = worlds.map((world) => this.ownedBy(world, question.resourceAccount));
    return auditor.check(answerOf(owned, { budget: auditor.terms.budget, tellsWhen: false })).access;
  }

  /** The session's policies; undefined if one of them is none, so that no request of this session is decided. */
  private limitsOf(texts: readonly string[]): readonly NamedPolicy[] | undefined {
    const policies: NamedPolicy[] = [];
    for (const [index, text] of texts.entries()) {
      const source = sourceText(`session[${index}]`, text);
      const node = readJson(source, []);
      const { profile } = this.terms.set;
      const document = node && parsePolicyDocument(node, source, "session", [], { profile });
      if (document === undefined) return undefined;
      policies.push({ name: source.file, document });
    }
    return policies;
  }

  /** The same world with the owner whom the record names. */
  private ownedBy(world: World, owner: string | undefined): World {
    const { terms, requester, action, situation } = world;
    if (owner === undefined || situation.ownerAccount === owner) return world;
    const ownerFacts = this.terms.set.accounts.find(({ id }) => id === owner);
    return buildWorld(terms, requester, action, { ...situation, ownerAccount: owner, ownerFacts });
  }
}

/** Whom session policies and tags bind (EVAL-3); of others such requests are malformed (IN-7). */
const takesSession: ReadonlySet<string> = new Set(["role", "session", "federatedUser"]);
