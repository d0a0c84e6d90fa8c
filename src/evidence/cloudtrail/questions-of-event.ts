/** The questions that a recorded call was, with what AWS answered. */
import type { AuthorizationQuestion } from "../../question/authorization-question.js";
import { isJsonObject, type JsonObject } from "../../text/json-object.js";
import type { Catalogue } from "../../validate/catalogue/catalogue.js";
import { actionsOfEvent, prefixOf } from "./actions-of-event.js";
import { type AwsOutcome, awsOutcome } from "./aws-outcome.js";
import { ContextReader, contextOfEvent } from "./context-of-event.js";
import { textAt } from "./event.js";
import { type IssuedSession, IssuedSessions } from "./issued-sessions.js";
import { networkOfEvent } from "./network.js";
import { RecentIds } from "./recent-ids.js";
import { requesterOfEvent } from "./requester-of-event.js";
import { type EventResource, type NameDirectory, resourcesOfEvent } from "./resources-of-event.js";
import type { OperationActions } from "./service-reference.js";
import { isoTime, timeOf } from "./time.js";

/** Why a record is no question. */
export type SkipReason =
  | "another account's caller"
  | "asks no policy"
  | "endpoint policies only"
  | "failed otherwise"
  | "no call"
  | "no time"
  | "repeated"
  | "unknown caller";

/** A record with what it proves. What it asked is looked for when somebody wants to know. */
export interface RecordedCall {
  readonly kind: "call";
  readonly eventID: string;
  readonly eventTime: string;
  readonly eventName: string;
  /** The service's prefix, or its event source where nothing maps it. */
  readonly service: string;
  readonly clockMs: number;
  readonly principal: string;
  readonly outcome: Exclude<AwsOutcome, { readonly kind: "none" }>;
  /** The actions that AWS authorised; undefined where nothing maps the call. */
  readonly actions: readonly string[] | undefined;
  /** What AWS asked, an item an action; undefined where nothing maps the call. */
  readonly asked: readonly AskedAction[] | undefined;
  readonly context: ReadonlyMap<string, readonly string[]>;
  /** `Management`, `Data`; undefined where the record, as older ones, does not tell it. */
  readonly category: string | undefined;
  /** Where it came from: a VPC endpoint, a /24, a /48. */
  readonly network: string | undefined;
  readonly hasUnknownSessionPolicies: boolean;
  /** Roles in the parameters of a call that may have passed them to its service: `iam:PassRole` is in no record itself. */
  readonly namedRoles: readonly string[];
}

/** One action of a call. */
export interface AskedAction {
  /** With the resource `*` where it is not known. */
  readonly questions: readonly AuthorizationQuestion[];
  readonly isResourceKnown: boolean;
}

/** What a record is. */
export type ReadCall = RecordedCall | { readonly kind: "skipped"; readonly why: SkipReason };

/** Records, one after the other. */
export class EventReader {
  private readonly sessions = new IssuedSessions();
  private readonly seen = new RecentIds();
  private readonly terms: CallTerms;

  /**
   * `readKeys`: the folded keys that the set reads which will be asked; questions then tell no other. `operations`: what AWS's own files
   * say of calls that nothing else maps.
   */
  constructor(
    catalogue: Catalogue | undefined,
    names: NameDirectory,
    readKeys?: ReadonlySet<string>,
    operations?: OperationActions,
  ) {
    this.terms = { catalogue, names, operations, contexts: new ContextReader(readKeys) };
  }

  /** What a record asked and AWS answered. */
  read(event: JsonObject): ReadCall {
    const outcome = awsOutcome(event);
    if (outcome.kind === "none") return { kind: "skipped", why: skipReasons[outcome.why] };
    const eventID = textAt(event, "eventID") ?? "";
    if (eventID !== "" && this.seen.has(eventID)) return { kind: "skipped", why: "repeated" };
    // Times are compared as texts, and what is of no time is neither before nor after anything.
    const at = timeOf(event.eventTime);
    if (at === undefined) return { kind: "skipped", why: "no time" };
    if (outcome.kind === "allowed") this.sessions.note(event);
    const requester = requesterOfEvent(event);
    if (requester.principal === undefined) {
      return { kind: "skipped", why: requester.why === "unknown" ? "unknown caller" : "another account's caller" };
    }
    // A call across accounts is in the trails of both.
    const shared = textAt(event, "sharedEventID");
    if (shared !== undefined && this.seen.has(shared)) return { kind: "skipped", why: "repeated" };
    const actions = actionsOfEvent(event, this.terms.catalogue, this.terms.operations);
    if (actions?.length === 0) return { kind: "skipped", why: "asks no policy" };
    return new Call(event, eventID, at, outcome, requester.principal, actions, this.sessions.of(event), this.terms);
  }
}

interface CallTerms {
  readonly catalogue: Catalogue | undefined;
  readonly operations: OperationActions | undefined;
  readonly names: NameDirectory;
  readonly contexts: ContextReader;
}

class Call implements RecordedCall {
  readonly kind = "call";
  readonly eventTime: string;
  private known: readonly AskedAction[] | undefined;
  private keys: ReadonlyMap<string, readonly string[]> | undefined;

  constructor(
    private readonly event: JsonObject,
    readonly eventID: string,
    readonly clockMs: number,
    readonly outcome: RecordedCall["outcome"],
    readonly principal: string,
    readonly actions: readonly string[] | undefined,
    private readonly session: IssuedSession | undefined,
    private readonly terms: CallTerms,
  ) {
    const told = event.eventTime;
    this.eventTime = typeof told === "string" && usualTime.test(told) ? told : isoTime(clockMs);
  }

  get eventName(): string {
    return textAt(this.event, "eventName") ?? "";
  }

  get service(): string {
    return prefixOf(this.event) ?? textAt(this.event, "eventSource") ?? "";
  }

  get hasUnknownSessionPolicies(): boolean {
    return this.session?.hasUnknownPolicies === true;
  }

  get namedRoles(): readonly string[] {
    return namedRoles(this.event);
  }

  get category(): string | undefined {
    return textAt(this.event, "eventCategory");
  }

  get network(): string | undefined {
    return networkOfEvent(this.event);
  }

  get context(): ReadonlyMap<string, readonly string[]> {
    this.keys ??= contextOfEvent(this.event);
    return this.keys;
  }

  get asked(): readonly AskedAction[] | undefined {
    this.known ??= this.actions?.map((action) => this.ask(action));
    return this.known;
  }

  private ask(action: string): AskedAction {
    const { principal, event, session } = this;
    const { catalogue, names, contexts } = this.terms;
    const resources = resourcesOfEvent(event, action, catalogue, names);
    // Policies of a session may read any key.
    const hasOwnPolicies = session !== undefined && session.policies.length > 0;
    const context = hasOwnPolicies ? this.context : contexts.of(event);
    const questions = (resources ?? [everyResource]).map(
      ({ arn, account }): AuthorizationQuestion => ({
        principal,
        context,
        resourceTags: [],
        sessionPolicies: session?.policies ?? [],
        sessionTags: session?.tags ?? [],
        whatIf: false,
        action,
        resource: arn,
        ...(account === undefined ? {} : { resourceAccount: account }),
      }),
    );
    return { questions, isResourceKnown: resources !== undefined };
  }
}

/** As AWS writes them. */
const usualTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

const everyResource: EventResource = { arn: "*" };

/** Calls of IAM and STS name roles without passing them on. */
function namedRoles(event: JsonObject): readonly string[] {
  const source = textAt(event, "eventSource");
  if (source === "iam.amazonaws.com" || source === "sts.amazonaws.com") return noRoles;
  const parameters = event.requestParameters;
  if (!isJsonObject(parameters)) return noRoles;
  if (!holdsRole(parameters)) return noRoles;
  return [...new Set(JSON.stringify(parameters).match(/arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+/g) ?? [])];
}

/** Whether some text in it names a role; most parameters are looked through faster than written down. */
function holdsRole(value: unknown): boolean {
  if (typeof value === "string") return value.includes(":role/");
  if (typeof value !== "object" || value === null) return false;
  for (const name in value) if (holdsRole(Reflect.get(value, name))) return true;
  return false;
}

const noRoles: readonly string[] = [];

const skipReasons = {
  endpoint: "endpoint policies only",
  "failed otherwise": "failed otherwise",
  "not a call": "no call",
} as const satisfies Readonly<Record<string, SkipReason>>;
