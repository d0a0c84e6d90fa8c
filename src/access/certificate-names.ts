/**
 * The names in a client's verified certificate, as the gate takes them: `spiffe://…` and `dns:…`. Read once a connection and
 * handed to its calls in a header that no client can know the name of.
 */
import { randomBytes } from "node:crypto";
import type { Http2Server, Http2Session } from "node:http2";
import { TLSSocket } from "node:tls";
import type { Metadata } from "@grpc/grpc-js";

// Reading a certificate takes longer than deciding a question, and grpc-js would read it again for every call.
const header = `verdict-names-${randomBytes(16).toString("hex")}`;

/** Names the connections of a server to their calls. */
export function nameCertificates(server: Http2Server): void {
  const known = new WeakMap<Http2Session, string>();
  server.prependListener("stream", (stream, headers) => {
    const { session } = stream;
    if (session === undefined) return;
    let names = known.get(session);
    if (names === undefined) {
      names = JSON.stringify(namesOfPeer(session.socket));
      known.set(session, names);
    }
    headers[header] = names;
  });
}

/** The names of the connection that a call came over; none where clients show no certificate. */
export function certificateNamesOf(metadata: Metadata): readonly string[] {
  const [text] = metadata.get(header);
  if (typeof text !== "string") return [];
  const names: unknown = JSON.parse(text);
  return Array.isArray(names) ? names.filter((name) => typeof name === "string") : [];
}

/** The names that the other side of a TLS connection has proved; none without a verified certificate. */
export function namesOfPeer(socket: unknown): readonly string[] {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return [];
  return namesIn(socket.getPeerX509Certificate()?.subjectAltName);
}

/**
 * The names in the text form of a subjectAltName. A SPIFFE ID counts only if it is the one URI of the certificate (X.509-SVID,
 * section 2), and names that Node had to quote count for nothing: no SPIFFE ID and no host name needs quotes.
 */
export function namesIn(subjectAltName: string | undefined): readonly string[] {
  const entries = entriesOf(subjectAltName ?? "");
  const named = (kind: string): readonly string[] =>
    entries.flatMap((entry) => (entry.startsWith(kind) ? [entry.slice(kind.length)] : []));
  const uris = named("URI:");
  const [uri = ""] = uris;
  const spiffeIds = uris.length === 1 && spiffeId.test(uri) ? [uri] : [];
  const hosts = named("DNS:").filter((host) => hostName.test(host));
  return [...spiffeIds, ...hosts.map((host) => `dns:${host.toLowerCase()}`)];
}

/** Entries as `kind:value`, the value as a JSON string where it has odd characters; none if the text is anything else. */
function entriesOf(text: string): readonly string[] {
  const entries: string[] = [];
  const entry = /([A-Za-z ]+:(?:"(?:[^"\\]|\\.)*"|[^",]*))(?:, |$)/y;
  while (entry.lastIndex < text.length) {
    const found = entry.exec(text);
    if (found === null) return [];
    entries.push(found[1] ?? "");
  }
  return entries;
}

/** A SPIFFE ID: a lower-case trust domain and path segments without dots alone (SPIFFE-ID, section 2). */
export const spiffeId = /^spiffe:\/\/[a-z0-9._-]{1,255}(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._-]+)*$/;

const hostName = /^[A-Za-z0-9*](?:[A-Za-z0-9._-]{0,252})$/;
