/** Uses of permissions out of CloudTrail and out of Verdict's decision logs, told apart by content. */
import { fileFailure } from "../../files/file-failure.js";
import { inputName, isPiped, standardInput } from "../../files/piped-source.js";
import { isDirectory } from "../../files/sources.js";
import { readDecisionLog } from "../../observe/decision-log/read-decision-log.js";
import { parseRequester } from "../../policy/requester.js";
import type { AuthorizationQuestion } from "../../question/authorization-question.js";
import { type Peeked, peekInput, recordsIn } from "../cloudtrail/peek.js";
import type { EventReader, RecordedCall } from "../cloudtrail/questions-of-event.js";
import { readEventsOf, recordFiles } from "../cloudtrail/read-events.js";
import type { NameDirectory } from "../cloudtrail/resources-of-event.js";
import { networkOf, type ReadUses, type Use } from "./use.js";

/** What reading works with. */
export interface EvidenceTerms {
  readonly events: EventReader;
  readonly names: NameDirectory;
}

/** The uses that the records at a path tell of: standard input, a file, or every file below a directory. */
export async function* readUses(path: string, terms: EvidenceTerms): AsyncGenerator<ReadUses> {
  if (path === standardInput) {
    yield* usesOfInput(path, terms, false);
    return;
  }
  const isFolder = await isDirectory(path);
  const { files, failures } = await recordFiles(path);
  for (const { file, cause } of failures) yield { kind: "unreadable", place: file, cause };
  for (const file of files) yield* usesOfInput(file, terms, isFolder);
}

/** `mayHoldOthers`: what holds no records, but reports or listings, lies beside them. */
async function* usesOfInput(path: string, terms: EvidenceTerms, mayHoldOthers: boolean): AsyncGenerator<ReadUses> {
  const file = inputName(path);
  let input: Peeked;
  if (mayHoldOthers && (await isPiped(path))) {
    yield { kind: "passed over", why: "no regular files", count: 1 };
    return;
  }
  try {
    input = await peekInput(path);
  } catch (error: unknown) {
    yield { kind: "unreadable", place: file, cause: `cannot be read: ${fileFailure(error)}` };
    return;
  }
  const kind = recordsIn(input.head);
  if (kind === "decision log") {
    yield* usesOfLog(file, input.bytes, terms);
    return;
  }
  if (kind === undefined && mayHoldOthers && /^\s*[{[][^\0]/.test(input.head)) {
    yield { kind: "passed over", why: "files without records", count: 1 };
    return;
  }
  const folded = new Map<string, string>();
  for await (const read of readEventsOf(file, input.bytes)) {
    if (read.kind === "unreadable") {
      const { line, cause } = read;
      yield { kind: "unreadable", place: line === undefined ? file : `${file}:${line}`, cause };
      continue;
    }
    const uses: Use[] = [];
    const passed = new Map<string, number>();
    for (const event of read.events) {
      const call = terms.events.read(event);
      if (call.kind === "skipped") passed.set(call.why, (passed.get(call.why) ?? 0) + 1);
      else {
        let principal = folded.get(call.principal);
        if (principal === undefined) {
          principal = foldedPrincipal(call.principal, terms.names);
          if (folded.size < mostFolded) folded.set(call.principal, principal);
        }
        for (const action of call.actions ?? noAction) uses.push(new UseOfCall(call, principal, action));
      }
    }
    if (uses.length > 0) yield { kind: "uses", uses };
    for (const [why, count] of passed) yield { kind: "passed over", why, count };
  }
}

const mostFolded = 100_000;
const noAction = [null];

async function* usesOfLog(
  path: string,
  bytes: AsyncIterable<unknown>,
  { names }: EvidenceTerms,
): AsyncGenerator<ReadUses> {
  try {
    for await (const read of readDecisionLog(bytes)) {
      if (read.kind === "unreadable") {
        yield { kind: "unreadable", place: `${path}:${read.line}`, cause: "no decision record" };
      } else if (read.kind !== "decision") yield { kind: "passed over", why: read.kind, count: 1 };
      else {
        const { question, result, clockMs, id } = read;
        const { action, resource, context } = question;
        if ("error" in result) {
          yield { kind: "passed over", why: "not decided", count: 1 };
          continue;
        }
        const principal = foldedPrincipal(question.principal, names);
        const time = new Date(clockMs).toISOString();
        const service = action.split(":", 1)[0] ?? "";
        const allowed = result.decision === "allowed";
        const network = networkOf(context);
        const resourceAccounts = [question.resourceAccount];
        const sessionTagKeys = question.sessionTags.map(({ key }) => key);
        const use = {
          principal,
          service,
          action,
          resources: [resource],
          resourceAccounts,
          sessionTagKeys,
          allowed,
          time,
          network,
          context,
          id,
        };
        yield { kind: "uses", uses: [use] };
      }
    }
  } catch (error: unknown) {
    yield { kind: "unreadable", place: path, cause: `cannot be read: ${fileFailure(error)}` };
  }
}

/** What a call tells beyond who did what is looked for when somebody wants to know. */
class UseOfCall implements Use {
  readonly allowed: boolean;
  readonly time: string;
  readonly service: string;
  readonly id: string;

  constructor(
    private readonly call: RecordedCall,
    readonly principal: string,
    readonly action: string | null,
  ) {
    this.allowed = call.outcome.kind === "allowed";
    this.time = call.eventTime;
    this.service = call.service;
    this.id = call.eventID;
  }

  get resources(): readonly string[] | undefined {
    return this.questions?.map(({ resource }) => resource);
  }

  get resourceAccounts(): readonly (string | undefined)[] | undefined {
    return this.questions?.map(({ resourceAccount }) => resourceAccount);
  }

  get sessionTagKeys(): readonly string[] {
    return this.asked?.questions[0]?.sessionTags.map(({ key }) => key) ?? [];
  }

  /** Where the record tells the resource. */
  private get questions(): readonly AuthorizationQuestion[] | undefined {
    const { asked } = this;
    return asked?.isResourceKnown === true ? asked.questions : undefined;
  }

  private get asked(): NonNullable<RecordedCall["asked"]>[number] | undefined {
    const { call, action } = this;
    return action === null ? undefined : call.asked?.[call.actions?.indexOf(action) ?? -1];
  }

  get category(): string | undefined {
    return this.call.category;
  }

  get network(): string | undefined {
    return this.action === null ? undefined : this.call.network;
  }

  get context(): ReadonlyMap<string, readonly string[]> {
    return this.action === null ? noContext : this.call.context;
  }

  get passedRoles(): readonly string[] {
    return this.call.namedRoles;
  }
}

const noContext: ReadonlyMap<string, readonly string[]> = new Map();

/** A session's role, with the path that the set knows; everybody else as they are. */
export function foldedPrincipal(principal: string, names: NameDirectory): string {
  const requester = parseRequester(principal, "aws");
  if (requester?.kind !== "session") return principal;
  const { account = "", partition = "aws", name } = requester;
  return names.entity(account, "role", name) ?? `arn:${partition}:iam::${account}:role/${name}`;
}
