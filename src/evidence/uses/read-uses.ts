/** Uses of permissions out of CloudTrail and out of Verdict's decision logs, told apart by content. */
import { fileFailure } from "../../files/file-failure.js";
import { inputName, isPiped, standardInput } from "../../files/piped-source.js";
import { isDirectory } from "../../files/sources.js";
import { readDecisionLog } from "../../observe/decision-log/read-decision-log.js";
import { parseRequester } from "../../policy/requester.js";
import type { EventReader, RecordedCall } from "../cloudtrail/questions-of-event.js";
import { readEventsOf, recordFiles } from "../cloudtrail/read-events.js";
import type { NameDirectory } from "../cloudtrail/resources-of-event.js";
import { type Peeked, peekInput, recordsIn } from "../sources/peek.js";
import { networkOf, type ReadUse } from "./use.js";

/** What reading works with. */
export interface EvidenceTerms {
  readonly events: EventReader;
  readonly names: NameDirectory;
}

/** The uses that the records at a path tell of: standard input, a file, or every file below a directory. */
export async function* readUses(path: string, terms: EvidenceTerms): AsyncGenerator<ReadUse> {
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
async function* usesOfInput(path: string, terms: EvidenceTerms, mayHoldOthers: boolean): AsyncGenerator<ReadUse> {
  const file = inputName(path);
  let input: Peeked;
  if (mayHoldOthers && (await isPiped(path))) {
    yield { kind: "passed over", why: "no regular files" };
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
  if (kind === undefined && mayHoldOthers && /^\s*[{[]/.test(input.head)) {
    yield { kind: "passed over", why: "files without records" };
    return;
  }
  for await (const read of readEventsOf(file, input.bytes)) {
    if (read.kind === "unreadable") {
      const { line, cause } = read;
      yield { kind: "unreadable", place: line === undefined ? file : `${file}:${line}`, cause };
      continue;
    }
    const call = terms.events.read(read.event);
    if (call.kind === "skipped") yield { kind: "passed over", why: call.why };
    else yield* usesOfCall(call, terms.names);
  }
}

async function* usesOfLog(
  path: string,
  bytes: AsyncIterable<unknown>,
  { names }: EvidenceTerms,
): AsyncGenerator<ReadUse> {
  try {
    for await (const read of readDecisionLog(bytes)) {
      if (read.kind === "unreadable") {
        yield { kind: "unreadable", place: `${path}:${read.line}`, cause: "no decision record" };
      } else if (read.kind !== "decision") yield { kind: "passed over", why: read.kind };
      else {
        const { question, result, clockMs, id } = read;
        const { action, resource, context } = question;
        if ("error" in result) {
          yield { kind: "passed over", why: "not decided" };
          continue;
        }
        const principal = foldedPrincipal(question.principal, names);
        const time = new Date(clockMs).toISOString();
        const service = action.split(":", 1)[0] ?? "";
        const allowed = result.decision === "allowed";
        const network = networkOf(context);
        yield {
          kind: "use",
          use: { principal, service, action, resources: [resource], allowed, time, network, context, id },
        };
      }
    }
  } catch (error: unknown) {
    yield { kind: "unreadable", place: path, cause: `cannot be read: ${fileFailure(error)}` };
  }
}

function* usesOfCall(call: RecordedCall, names: NameDirectory): Generator<ReadUse> {
  const { service, outcome, eventTime: time, eventID: id, asked } = call;
  const principal = foldedPrincipal(call.principal, names);
  const allowed = outcome.kind === "allowed";
  const base = { principal, service, allowed, time, id, passedRoles: call.namedRoles };
  if (asked === undefined) {
    yield { kind: "use", use: { ...base, action: null, resources: undefined, network: undefined, context: new Map() } };
    return;
  }
  for (const { questions, isResourceKnown } of asked) {
    const [question] = questions;
    if (question === undefined) continue;
    const { action, context } = question;
    const resources = isResourceKnown ? questions.map(({ resource }) => resource) : undefined;
    yield { kind: "use", use: { ...base, action, resources, network: networkOf(context), context } };
  }
}

/** A session's role, with the path that the set knows; everybody else as they are. */
export function foldedPrincipal(principal: string, names: NameDirectory): string {
  const requester = parseRequester(principal, "aws");
  if (requester?.kind !== "session") return principal;
  const { account = "", partition = "aws", name } = requester;
  return names.entity(account, "role", name) ?? `arn:${partition}:iam::${account}:role/${name}`;
}
