/**
 * `verdict.v1.AuditService`: questions about policy sets in force, answered line by line. For a listener of its own, never for that of
 * the decision point.
 */
import { Metadata, type ServerWritableStream, type ServiceDefinition } from "@grpc/grpc-js";
import { AccessError, type AccessGate } from "../../access/access-gate.js";
import { auditProto } from "../../artifacts.js";
import { CallRefusal } from "../../ask/call-refusal.js";
import type { CallFacts } from "../../ask/decided-call.js";
import type { Engine } from "../../engine/engine.js";
import { EngineError } from "../../engine/engine-error.js";
import type { EndedAudit } from "../../observe/log-audit.js";
import { CallEnd } from "../grpc/call-end.js";
import { callFacts } from "../grpc/call-facts.js";
import type { GrpcService } from "../grpc/grpc-service.js";
import { callStatusOf, grpcError } from "../grpc/status.js";
import { auditDefinition, auditServiceName } from "./audit-lines.js";
import type { AuditedSet, LineCounts } from "./audit-task.js";
import type { Audits } from "./audits.js";
import { type AuditMethod, auditMethods, readAudit } from "./read-audit.js";

/** What the service is made of. */
export interface AuditServiceParts {
  readonly engine: Engine;
  readonly gate: AccessGate;
  readonly audits: Audits;
  /** Steps for one line at most. */
  readonly budget: number;
  readonly onInternalError: (error: unknown) => void;
  readonly onAudited?: (call: EndedAudit) => void;
}

/** The service with its methods. */
export function auditService(parts: AuditServiceParts): GrpcService {
  const own = auditDefinition();
  const methods = auditMethods.map((method) => {
    const read = (bytes: Uint8Array): object => messageOf(own, method, bytes);
    return [method, (call: Call): void => void answer({ ...parts, read }, method, call)];
  });
  return {
    name: auditServiceName,
    protoFile: auditProto,
    definition: inBytes(own),
    implementation: Object.fromEntries(methods),
  };
}

type Call = ServerWritableStream<Uint8Array, Uint8Array>;

const asTheyAre = (bytes: Buffer): Buffer => bytes;

/** Bytes both ways: requests are read where what is wrong with them can be told, lines stay what threads made. */
function inBytes(own: ServiceDefinition): ServiceDefinition {
  const bytes = { requestDeserialize: asTheyAre, responseSerialize: asTheyAre, responseDeserialize: asTheyAre };
  return Object.fromEntries(Object.entries(own).map(([name, method]) => [name, { ...method, ...bytes }]));
}

/** The message in a call's bytes. */
function messageOf(own: ServiceDefinition, method: AuditMethod, bytes: Uint8Array): object {
  let message: unknown;
  try {
    message = own[method]?.requestDeserialize(Buffer.from(bytes));
  } catch {
    throw new EngineError("malformed", `message: is no verdict.v1.${method}Request`);
  }
  if (typeof message !== "object" || message === null) throw new Error(`audits: ${method} has no message`);
  return message;
}

/** With how a message of the method is read. */
type MethodParts = AuditServiceParts & { readonly read: (bytes: Uint8Array) => object };

async function answer(parts: MethodParts, method: AuditMethod, call: Call): Promise<void> {
  const { engine, gate, audits, budget, read, onInternalError, onAudited } = parts;
  const startedAt = performance.now();
  const ended = new AbortController();
  const end = new CallEnd(call);
  end.addEventListener("abort", () => ended.abort(new CallRefusal("expired", "call: ended before its answer")));
  let facts: CallFacts | undefined;
  let policySets: readonly string[] = [];
  const tell = (counts: LineCounts | undefined, failure?: string): void => {
    const durationMs = performance.now() - startedAt;
    if (facts !== undefined) onAudited?.({ method, policySets, facts, counts, failure, durationMs });
  };
  try {
    facts = await callFacts(gate, "audits", "grpc", call);
    if (!facts.caller.mayExplain) {
      throw new AccessError("forbidden", "caller: may have outcomes only, and audits tell more (OUT-8)");
    }
    const request = readAudit(method, read(call.request), budget);
    policySets = request.policySets;
    const sets = request.policySets.map((name) => auditedSet(engine, name));
    if (end.aborted) return;
    call.sendMetadata(metadataOf(method === "Prove" ? sets.slice(0, 1) : sets));
    const task = { ...request, sets, nowMs: Date.now() };
    const { counts } = await audits.run(task, shareOf(call, facts), ended.signal, (lines) =>
      written(call, lines, ended.signal),
    );
    tell(counts);
    call.end();
  } catch (error: unknown) {
    const { details, isOurs } = callStatusOf(error);
    if (isOurs) onInternalError(error);
    tell(undefined, details);
    if (!end.aborted) call.emit("error", grpcError(error));
  }
}

function auditedSet(engine: Engine, name: string): AuditedSet {
  const published = name === "" ? engine.published() : engine.published(name);
  if (published === undefined) {
    const what =
      name === "" ? "no policy set is published" : `policy_set: no policy set ${JSON.stringify(name)} is published`;
    throw new EngineError("unknownPolicySet", what);
  }
  const { generation, digest, archive } = published;
  if (archive === undefined) throw new Error("engine: policy sets are not kept beside their images");
  return { generation, digest, archive };
}

function metadataOf(sets: readonly AuditedSet[]): Metadata {
  const metadata = new Metadata();
  const [first, second] = sets;
  const add = (prefix: string, set: AuditedSet | undefined): void => {
    if (set === undefined) return;
    metadata.set(`${prefix}policy-set-digest`, set.digest);
    metadata.set(`${prefix}policy-set-generation`, String(set.generation));
  };
  if (second === undefined) add("", first);
  else {
    add("", second);
    add("old-", first);
  }
  return metadata;
}

/** Whom a call counts for: a proved name, else its connection. */
function shareOf(call: Call, { caller }: CallFacts): string {
  return caller.name === "anonymous" ? `connection ${call.getPeer()}` : `name ${caller.name}`;
}

/** Resolves when the last of the lines has left: a reader that is slow holds one load in memory, and holds up its own audit. */
function written(call: Call, lines: readonly Uint8Array[], signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = (): void => reject(signal.reason);
    if (signal.aborted) {
      leave();
      return;
    }
    signal.addEventListener("abort", leave, { once: true });
    const left = (): void => {
      signal.removeEventListener("abort", leave);
      resolve();
    };
    const last = lines.length - 1;
    for (const [index, line] of lines.entries()) {
      const bytes = Buffer.from(line.buffer, line.byteOffset, line.length);
      if (index < last) call.write(bytes);
      else call.write(bytes, left);
    }
    if (last < 0) left();
  });
}
