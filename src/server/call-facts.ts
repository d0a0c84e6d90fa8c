/** What a gRPC call says about its caller: credentials for the gate, facts for observers. */
import type { ServerDuplexStream, ServerUnaryCall } from "@grpc/grpc-js";
import type { AccessGate, Caller, Credentials, GuardedService } from "./access-gate.js";
import { certificateNamesOf } from "./certificate-names.js";
import type { CallFacts } from "./decision-point.js";

/** A call of any kind. */
export type AnyCall = Pick<
  ServerUnaryCall<unknown, unknown> | ServerDuplexStream<unknown, unknown>,
  "metadata" | "getPeer"
>;

/** Asks the gate and gathers the facts; throws or rejects with AccessError. */
export function callFacts(
  gate: AccessGate,
  service: GuardedService,
  transport: CallFacts["transport"],
  call: AnyCall,
): CallFacts | Promise<CallFacts> {
  const caller = gate.admit(service, credentialsOf(call));
  return caller instanceof Promise
    ? caller.then((known) => factsOf(known, transport, call))
    : factsOf(caller, transport, call);
}

function factsOf(caller: Caller, transport: CallFacts["transport"], call: AnyCall): CallFacts {
  return { transport, caller, peer: call.getPeer(), traceparent: headerOf(call, "traceparent") };
}

function credentialsOf(call: AnyCall): Credentials {
  return { authorization: headerOf(call, "authorization"), certificateNames: certificateNamesOf(call.metadata) };
}

function headerOf({ metadata }: AnyCall, name: string): string | undefined {
  const [value] = metadata.get(name);
  return typeof value === "string" ? value : undefined;
}
