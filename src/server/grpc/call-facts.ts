/** What a gRPC call says about its caller: credentials for the gate, facts for observers. */
import { Metadata, type ServerDuplexStream, type ServerUnaryCall } from "@grpc/grpc-js";
import type { AccessGate, Caller, Credentials, GuardedService } from "../../access/access-gate.js";
import { certificateNamesOf } from "../../access/certificate-names.js";
import { type CallFacts, requestIdOf } from "../../ask/decided-call.js";

/** A call of any kind. */
export type AnyCall = Pick<
  ServerUnaryCall<unknown, unknown> | ServerDuplexStream<unknown, unknown>,
  "metadata" | "getPeer"
>;

/** Asks the gate and gathers the facts, of unobserved calls the caller only; throws or rejects with AccessError. */
export function callFacts(
  gate: AccessGate,
  service: GuardedService,
  transport: CallFacts["transport"],
  call: AnyCall,
  isObserved = true,
): CallFacts | Promise<CallFacts> {
  const caller = gate.admit(service, new ShownCredentials(call));
  return caller instanceof Promise
    ? caller.then((known) => factsOf(known, transport, call, isObserved))
    : factsOf(caller, transport, call, isObserved);
}

function factsOf(caller: Caller, transport: CallFacts["transport"], call: AnyCall, isObserved: boolean): CallFacts {
  const requestId = requestIdOf(headerOf(call, "x-request-id"));
  if (!isObserved) return { transport, caller, peer: "", traceparent: undefined, requestId };
  return { transport, caller, peer: call.getPeer(), traceparent: headerOf(call, "traceparent"), requestId };
}

/** What goes back beside an answer: the caller's own name for its request. */
export function echoOf({ requestId }: CallFacts): Metadata | undefined {
  if (requestId === undefined) return undefined;
  const metadata = new Metadata();
  metadata.set("x-request-id", requestId);
  return metadata;
}

/** A gate that is open to everyone looks at nothing, and looking takes half a microsecond. */
class ShownCredentials implements Credentials {
  constructor(private readonly call: AnyCall) {}

  get authorization(): string | undefined {
    return headerOf(this.call, "authorization");
  }

  get certificateNames(): readonly string[] {
    return certificateNamesOf(this.call.metadata);
  }
}

function headerOf({ metadata }: AnyCall, name: string): string | undefined {
  const [value] = metadata.get(name);
  return typeof value === "string" ? value : undefined;
}
