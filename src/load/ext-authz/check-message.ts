/** An HTTP request as Envoy tells it: a serialised `envoy.service.auth.v3.CheckRequest`. */
import {
  AddressField,
  AttributeRequestField,
  AttributesField,
  CheckRequestField,
  HttpRequestField,
  MetadataField,
  PeerField,
  SocketAddressField,
  StructField,
  StructValueField,
  TlsSessionField,
} from "../../server/ext-authz/check-fields.js";
import type { StructMembers, StructValue } from "../../server/ext-authz/struct-value.js";
import { EntryField } from "../../wire/authorization-fields.js";
import { WireWriter } from "../../wire/wire-writer.js";

/** What is told; empty texts are not. */
export interface CheckParts {
  readonly method: string;
  readonly path: string;
  readonly host: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly sourceAddress: string;
  /** The SPIFFE id of a client certificate. */
  readonly sourcePrincipal: string;
  readonly isTls: boolean;
  readonly extensions: ReadonlyMap<string, string>;
  /** Claims of a verified JWT, by the name of its payload. */
  readonly claims: readonly [payload: string, members: StructMembers] | undefined;
}

const jwtFilter = "envoy.filters.http.jwt_authn";
const shared = new WireWriter("mark");

/** Serialises it. */
export function checkMessage(parts: CheckParts): Buffer {
  shared.truncate(0);
  shared.message(CheckRequestField.Attributes, (attributes) => {
    attributes.message(AttributesField.Source, (source) => writeSource(source, parts));
    attributes.message(AttributesField.Request, (request) =>
      request.message(AttributeRequestField.Http, (http) => writeHttp(http, parts)),
    );
    for (const [name, value] of parts.extensions)
      attributes.message(AttributesField.ContextExtensions, (entry) => writeEntry(entry, name, value));
    if (parts.claims !== undefined) writeClaims(attributes, ...parts.claims);
    if (parts.isTls)
      attributes.message(AttributesField.TlsSession, (session) => session.text(TlsSessionField.Sni, "load.example"));
  });
  return shared.takeAs((bytes) => Buffer.from(bytes));
}

function writeSource(writer: WireWriter, { sourceAddress, sourcePrincipal }: CheckParts): void {
  if (sourceAddress !== "")
    writer.message(PeerField.Address, (address) =>
      address.message(AddressField.SocketAddress, (socket) => socket.text(SocketAddressField.Address, sourceAddress)),
    );
  if (sourcePrincipal !== "") writer.text(PeerField.Principal, sourcePrincipal);
}

function writeHttp(writer: WireWriter, { method, path, host, headers }: CheckParts): void {
  writer.text(HttpRequestField.Method, method);
  for (const [name, value] of headers)
    writer.message(HttpRequestField.Headers, (entry) => writeEntry(entry, name, value));
  writer.text(HttpRequestField.Path, path).text(HttpRequestField.Host, host);
  writer.text(HttpRequestField.Scheme, "https").text(HttpRequestField.Protocol, "HTTP/2");
}

function writeEntry(writer: WireWriter, name: string, value: string): void {
  writer.text(EntryField.Key, name).text(EntryField.Value, value);
}

function writeClaims(writer: WireWriter, payload: string, members: StructMembers): void {
  writer.message(AttributesField.MetadataContext, (metadata) =>
    metadata.message(MetadataField.FilterMetadata, (entry) =>
      entry
        .text(EntryField.Key, jwtFilter)
        .message(EntryField.Value, (struct) => writeStruct(struct, new Map([[payload, members]]))),
    ),
  );
}

function writeStruct(writer: WireWriter, members: StructMembers): void {
  for (const [name, value] of members)
    writer.message(StructField.Fields, (entry) =>
      entry.text(EntryField.Key, name).message(EntryField.Value, (held) => writeValue(held, value)),
    );
}

/** Texts and what holds them: no placeholder is bound to anything else. */
function writeValue(writer: WireWriter, value: StructValue): void {
  if (typeof value === "string") writer.text(StructValueField.StringValue, value);
  else if (value instanceof Map) writer.message(StructValueField.StructValue, (struct) => writeStruct(struct, value));
}
