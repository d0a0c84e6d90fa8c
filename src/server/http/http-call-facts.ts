/** What an HTTP request says about its caller: credentials for the gate, facts for observers. */
import type { IncomingMessage } from "node:http";
import type { AccessGate, Caller, Credentials } from "../../access/access-gate.js";
import { namesOfPeer } from "../../access/certificate-names.js";
import { type CallFacts, requestIdOf } from "../../ask/decided-call.js";

/** A caller of what is open to everyone. */
const nobody: Caller = { name: "anonymous", mayExplain: false };

/**
 * Asks the gate and gathers the facts; rejects with AccessError. Without a gate everyone is let in, as nobody. The trace context is
 * that of the request's own span, or the caller's.
 */
export async function httpCallFacts(
  gate: AccessGate | undefined,
  request: IncomingMessage,
  traceparent: string | undefined,
): Promise<CallFacts> {
  const caller = gate === undefined ? nobody : await gate.admit("http", credentialsOf(request));
  const { remoteAddress, remotePort } = request.socket;
  return {
    transport: "http",
    caller,
    peer: remoteAddress === undefined ? "unix" : `${remoteAddress}:${remotePort ?? 0}`,
    path: request.url?.split("?")[0],
    requestId: requestIdOf(request.headers["x-request-id"]),
    decisionIds: [],
    ...(traceparent === undefined ? {} : { traceparent }),
  };
}

function credentialsOf({ headers, socket }: IncomingMessage): Credentials {
  const { authorization } = headers;
  // AWS's clients sign every request; a signature that nobody checks is no credential.
  const isSignature = authorization?.startsWith("AWS4-HMAC-SHA256 ") === true;
  return {
    authorization: isSignature ? undefined : authorization,
    certificateNames: namesOfPeer(socket),
  };
}
