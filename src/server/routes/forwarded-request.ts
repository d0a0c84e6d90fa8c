/**
 * The request that a proxy asks about, out of the headers that it asks with: nginx's `auth_request` and Traefik's `forwardAuth` tell
 * method and target in one of two families of headers and pass the caller's own headers on. Whatever somebody could read in another
 * way is refused: a caller may have sent the family that its proxy does not set.
 */

import { utf8Text } from "../../wire/wire-format.js";
import { WireError } from "../../wire/wire-reader.js";
import type { CheckFacts, HeaderField, HttpFacts } from "../ext-authz/check-request.js";
import { readHeaders, wantsHeader } from "../ext-authz/request-headers.js";

interface Family {
  readonly method: string;
  readonly uri: string;
  readonly host: string;
}

const families: readonly Family[] = [
  { method: "x-forwarded-method", uri: "x-forwarded-uri", host: "x-forwarded-host" },
  { method: "x-original-method", uri: "x-original-uri", host: "x-original-host" },
];
const scheme = "x-forwarded-proto";
const requestId = "x-request-id";
const told: ReadonlySet<string> = new Set([
  ...families.flatMap(({ method, uri, host }) => [method, uri, host]),
  scheme,
  requestId,
]);

/**
 * The facts of a request, with those of its headers that a mapping reads. Nothing is known of its sender but what its headers say.
 * Throws WireError where method and target are missing, or are told twice or in two ways.
 */
export function readForwardedRequest(rawHeaders: readonly string[], headersRead: ReadonlySet<string>): CheckFacts {
  const fields = headerFields(rawHeaders);
  const reading = readHeaders({ ...nothing, headers: fields }, told);
  if (!reading.ok) throw new WireError(reading.reason);
  const { values } = reading;
  const text = (name: string): string => values.get(name) ?? "";
  const given = families.filter(({ method, uri }) => values.has(method) || values.has(uri));
  const [first, second] = given;
  if (first === undefined) {
    throw new WireError(
      "there is neither X-Forwarded-Method with X-Forwarded-Uri nor X-Original-Method with X-Original-URI",
    );
  }
  for (const { method, uri } of given) {
    if (text(method) === "") throw new WireError(`the header ${method} is missing`);
    if (text(uri) === "") throw new WireError(`the header ${uri} is missing`);
  }
  for (const part of ["method", "uri", "host"] as const) {
    if (second !== undefined && text(first[part]) !== text(second[part])) {
      throw new WireError(`the headers ${first[part]} and ${second[part]} differ`);
    }
  }
  const http: HttpFacts = {
    ...nothing,
    id: text(requestId),
    method: text(first.method),
    path: text(first.uri),
    host: text(first.host),
    scheme: text(scheme),
    headers: fields.filter(({ name }) => wantsHeader(name, headersRead)),
  };
  return {
    http,
    sourceAddress: "",
    sourcePrincipal: "",
    sourceService: "",
    isTls: false,
    sni: "",
    extensions: new Map(),
    metadata: () => undefined,
  };
}

const nothing: HttpFacts = {
  id: "",
  method: "",
  path: "",
  host: "",
  scheme: "",
  query: "",
  fragment: "",
  protocol: "",
  headers: [],
  bothHeaderForms: false,
};

/** Names and values in turn, as they came. `Host` is that of the question and not of the request that it is about. */
function headerFields(rawHeaders: readonly string[]): readonly HeaderField[] {
  const fields: HeaderField[] = [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? "").toLowerCase();
    if (name !== "host") fields.push({ name, value: decodedText(rawHeaders[at + 1] ?? "") });
  }
  return fields;
}

/** Node.js gives a character for each byte. */
function decodedText(bytes: string): string | undefined {
  if (/^[ -~]*$/.test(bytes)) return bytes;
  const buffer = Buffer.from(bytes, "latin1");
  return utf8Text(buffer, 0, buffer.length);
}
