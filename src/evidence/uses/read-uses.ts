/** Uses of permissions out of CloudTrail and out of Verdict's decision logs, told apart by content. */
import { createReadStream } from "node:fs";
import { fileFailure } from "../../files/file-failure.js";
import { standardInput } from "../../files/piped-source.js";
import { isDirectory } from "../../files/sources.js";
import { logBytes } from "../../observe/decision-log/log-bytes.js";
import { readDecisionLog } from "../../observe/decision-log/read-decision-log.js";
import { parseRequester } from "../../policy/requester.js";
import type { EventReader, RecordedCall } from "../cloudtrail/questions-of-event.js";
import { readEvents } from "../cloudtrail/read-events.js";
import type { NameDirectory } from "../cloudtrail/resources-of-event.js";
import { networkOf, type ReadUse } from "./use.js";

/** What reading works with. */
export interface EvidenceTerms {
  readonly events: EventReader;
  readonly names: NameDirectory;
}

/** The uses that the records at a path tell of. */
export async function* readUses(path: string, terms: EvidenceTerms): AsyncGenerator<ReadUse> {
  if (await isDecisionLog(path)) {
    yield* usesOfLog(path, terms);
    return;
  }
  for await (const read of readEvents(path)) {
    if (read.kind === "unreadable") {
      const { file, line, cause } = read;
      yield { kind: "unreadable", place: line === undefined ? file : `${file}:${line}`, cause };
      continue;
    }
    const call = terms.events.read(read.event);
    if (call.kind === "skipped") yield { kind: "passed over", why: call.why };
    else yield* usesOfCall(call, terms.names);
  }
}

/** Its first line is a record with the id of a decision. */
async function isDecisionLog(path: string): Promise<boolean> {
  if (path === standardInput || (await isDirectory(path))) return false;
  let text = "";
  try {
    for await (const bytes of logBytes(createReadStream(path, { end: 64 << 10 }))) {
      text += bytes.toString("utf8");
      if (text.includes("\n")) break;
    }
  } catch {
    // What cannot be read is told by its reader; what breaks off here was cut here.
  }
  return /^\s*\{/.test(text) && text.split("\n", 1)[0]?.includes('"decision_id"') === true;
}

async function* usesOfLog(path: string, { names }: EvidenceTerms): AsyncGenerator<ReadUse> {
  try {
    for await (const read of readDecisionLog(createReadStream(path))) {
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
