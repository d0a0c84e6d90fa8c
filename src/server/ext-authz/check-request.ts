/**
 * `envoy.service.auth.v3.CheckRequest` from the wire into facts. The body is never read, so a partial one (which Envoy marks by
 * a header) changes nothing.
 */

import { EntryField } from "../../wire/authorization-fields.js";
import { nodeText } from "../../wire/node-text.js";
import { WireError, type WireReader, wireReader } from "../../wire/wire-reader.js";
import {
  AddressField,
  AttributeRequestField,
  AttributesField,
  CheckRequestField,
  HeaderMapField,
  HeaderValueField,
  HttpRequestField,
  MetadataField,
  PeerField,
  SocketAddressField,
  TlsSessionField,
} from "./check-fields.js";
import { readStruct, type StructMembers } from "./struct-value.js";

/** One header as it came. */
export interface HeaderField {
  readonly name: string;
  /** Undefined where it cannot be read in one way only. */
  readonly value: string | undefined;
}

/** What Envoy says about the HTTP request. */
export interface HttpFacts {
  readonly id: string;
  readonly method: string;
  /** With the query string, not decoded. */
  readonly path: string;
  readonly host: string;
  readonly scheme: string;
  readonly query: string;
  readonly fragment: string;
  readonly protocol: string;
  /** Of `headers` or of `header_map`, as far as they were asked for. */
  readonly headers: readonly HeaderField[];
  readonly bothHeaderForms: boolean;
}

/** What Envoy says about a request and its sender. */
export interface CheckFacts {
  readonly http: HttpFacts;
  /** Address of the sender; empty where it came through a pipe. */
  readonly sourceAddress: string;
  readonly sourcePrincipal: string;
  readonly sourceService: string;
  /** Known to have come over TLS: a session or a certificate is there. False too where Envoy was not told to say so. */
  readonly isTls: boolean;
  readonly sni: string;
  readonly extensions: ReadonlyMap<string, string>;
  /** Dynamic metadata by filter, read when it is asked for; throws WireError. */
  metadata(filter: string): StructMembers | undefined;
}

/** Reads a serialised CheckRequest with those headers that are asked for; throws WireError. */
export function readCheckRequest(message: Uint8Array, wants: (header: string) => boolean): CheckFacts {
  const reader = wireReader(message, "strict", nodeText);
  let facts: CheckFacts | undefined;
  while (reader.next()) {
    if (reader.field === CheckRequestField.Attributes) facts = readAttributes(reader.once().message(), wants);
  }
  if (facts === undefined) throw new WireError("there are no attributes");
  return facts;
}

function readAttributes(reader: WireReader, wants: (header: string) => boolean): CheckFacts {
  let source: Peer = { address: "", service: "", principal: "", certificate: "" };
  let http: HttpFacts | undefined;
  let metadata: ReadonlyMap<string, Uint8Array> = new Map();
  let sni: string | undefined;
  const extensions = new Map<string, string>();
  const read = new Map<string, StructMembers>();
  while (reader.next()) {
    if (reader.field === AttributesField.Source) source = readPeer(reader.once().message());
    else if (reader.field === AttributesField.Request) http = readRequest(reader.once().message(), wants);
    else if (reader.field === AttributesField.ContextExtensions) addEntry(extensions, reader.message());
    else if (reader.field === AttributesField.MetadataContext) metadata = readMetadata(reader.once().message());
    else if (reader.field === AttributesField.TlsSession) sni = readSni(reader.once().message());
  }
  if (http === undefined) throw new WireError("there is no HTTP request");
  return {
    http,
    sourceAddress: source.address,
    sourcePrincipal: source.principal,
    sourceService: source.service,
    isTls: sni !== undefined || source.principal !== "" || source.certificate !== "",
    sni: sni ?? "",
    extensions,
    metadata: (filter) => {
      const bytes = metadata.get(filter);
      if (bytes === undefined) return undefined;
      const members = read.get(filter) ?? readStruct(wireReader(bytes, "strict", nodeText));
      read.set(filter, members);
      return members;
    },
  };
}

interface Peer {
  readonly address: string;
  readonly service: string;
  readonly principal: string;
  readonly certificate: string;
}

function readPeer(reader: WireReader): Peer {
  const peer = { address: "", service: "", principal: "", certificate: "" };
  while (reader.next()) {
    if (reader.field === PeerField.Address) peer.address = readAddress(reader.once().message());
    else if (reader.field === PeerField.Service) peer.service = reader.once().text();
    else if (reader.field === PeerField.Principal) peer.principal = reader.once().text();
    else if (reader.field === PeerField.Certificate) peer.certificate = reader.once().text();
  }
  return peer;
}

function readAddress(reader: WireReader): string {
  let address = "";
  while (reader.next()) {
    if (reader.field !== AddressField.SocketAddress) continue;
    const socket = reader.once().message();
    while (socket.next()) if (socket.field === SocketAddressField.Address) address = socket.once().text();
  }
  return address;
}

function readRequest(reader: WireReader, wants: (header: string) => boolean): HttpFacts | undefined {
  let http: HttpFacts | undefined;
  while (reader.next()) {
    if (reader.field === AttributeRequestField.Http) http = readHttp(reader.once().message(), wants);
  }
  return http;
}

function readHttp(reader: WireReader, wants: (header: string) => boolean): HttpFacts {
  const texts = { id: "", method: "", path: "", host: "", scheme: "", query: "", fragment: "", protocol: "" };
  const headers: HeaderField[] = [];
  let forms = 0;
  while (reader.next()) {
    const name = httpTexts[reader.field];
    if (name !== undefined) texts[name] = reader.once().text();
    else if (reader.field === HttpRequestField.Headers) {
      forms |= joinedForm;
      const header = readJoinedHeader(reader.message());
      if (wants(header.name)) headers.push(header);
    } else if (reader.field === HttpRequestField.HeaderMap) {
      const map = reader.once().message();
      while (map.next()) {
        if (map.field !== HeaderMapField.Headers) continue;
        forms |= rawForm;
        const header = readRawHeader(map, wants);
        if (header !== undefined) headers.push(header);
      }
    }
  }
  return { ...texts, headers, bothHeaderForms: forms === (joinedForm | rawForm) };
}

const joinedForm = 1;
const rawForm = 2;

const httpTexts: Readonly<
  Record<number, "id" | "method" | "path" | "host" | "scheme" | "query" | "fragment" | "protocol">
> = {
  [HttpRequestField.Id]: "id",
  [HttpRequestField.Method]: "method",
  [HttpRequestField.Path]: "path",
  [HttpRequestField.Host]: "host",
  [HttpRequestField.Scheme]: "scheme",
  [HttpRequestField.Query]: "query",
  [HttpRequestField.Fragment]: "fragment",
  [HttpRequestField.Protocol]: "protocol",
};

function readJoinedHeader(entry: WireReader): HeaderField {
  let name = "";
  let value = "";
  while (entry.next()) {
    if (entry.field === EntryField.Key) name = entry.once().text();
    else if (entry.field === EntryField.Value) value = entry.once().text();
  }
  return { name, value };
}

/** A header whose bytes are no UTF-8, or that has two values, is only harmful if it is asked for. */
function readRawHeader(field: WireReader, wants: (header: string) => boolean): HeaderField | undefined {
  let name = "";
  const key = field.message();
  while (key.next()) if (key.field === HeaderValueField.Key) name = key.once().text();
  if (!wants(name)) return undefined;
  const header = field.message();
  let value: string | undefined = "";
  let count = 0;
  while (header.next()) {
    if (header.field !== HeaderValueField.Value && header.field !== HeaderValueField.RawValue) continue;
    const text = header.once().validText();
    if (text === "") continue;
    value = text;
    count++;
  }
  return { name, value: count > 1 ? undefined : value };
}

function addEntry(map: Map<string, string>, entry: WireReader): void {
  const { name, value = "" } = readJoinedHeader(entry);
  if (map.has(name)) throw new WireError("a context extension occurs twice");
  map.set(name, value);
}

const empty = new Uint8Array(0);

function readMetadata(reader: WireReader): ReadonlyMap<string, Uint8Array> {
  const filters = new Map<string, Uint8Array>();
  while (reader.next()) {
    if (reader.field !== MetadataField.FilterMetadata) continue;
    const entry = reader.message();
    let key = "";
    let bytes: Uint8Array = empty;
    while (entry.next()) {
      if (entry.field === EntryField.Key) key = entry.once().text();
      else if (entry.field === EntryField.Value) bytes = entry.once().bytes();
    }
    if (filters.has(key)) throw new WireError("metadata of a filter occurs twice");
    filters.set(key, bytes);
  }
  return filters;
}

function readSni(reader: WireReader): string {
  let sni = "";
  while (reader.next()) if (reader.field === TlsSessionField.Sni) sni = reader.once().text();
  return sni;
}
