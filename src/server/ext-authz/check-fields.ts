/**
 * Numbers of the fields of Envoy's messages by their names: proto/envoy, and `google.protobuf.Struct`. A list a message, complete as
 * far as those files are; a test holds them against the files.
 */

/** envoy.service.auth.v3.CheckRequest. */
export enum CheckRequestField {
  Attributes = 1,
}

/** AttributeContext. */
export enum AttributesField {
  Source = 1,
  Destination = 2,
  Request = 4,
  ContextExtensions = 10,
  MetadataContext = 11,
  TlsSession = 12,
  RouteMetadataContext = 13,
}

/** AttributeContext.Peer. */
export enum PeerField {
  Address = 1,
  Service = 2,
  Labels = 3,
  Principal = 4,
  Certificate = 5,
}

/** envoy.config.core.v3.Address. */
export enum AddressField {
  SocketAddress = 1,
  Pipe = 2,
}

/** envoy.config.core.v3.SocketAddress. */
export enum SocketAddressField {
  Address = 2,
  PortValue = 3,
  NamedPort = 4,
}

/** AttributeContext.Request. */
export enum AttributeRequestField {
  Time = 1,
  Http = 2,
}

/** AttributeContext.HttpRequest. */
export enum HttpRequestField {
  Id = 1,
  Method = 2,
  Headers = 3,
  Path = 4,
  Host = 5,
  Scheme = 6,
  Query = 7,
  Fragment = 8,
  Size = 9,
  Protocol = 10,
  Body = 11,
  RawBody = 12,
  HeaderMap = 13,
}

/** AttributeContext.TLSSession. */
export enum TlsSessionField {
  Sni = 1,
}

/** envoy.config.core.v3.Metadata. */
export enum MetadataField {
  FilterMetadata = 1,
}

/** envoy.config.core.v3.HeaderMap. */
export enum HeaderMapField {
  Headers = 1,
}

/** envoy.config.core.v3.HeaderValue. */
export enum HeaderValueField {
  Key = 1,
  Value = 2,
  RawValue = 3,
}

/** envoy.config.core.v3.HeaderValueOption. */
export enum HeaderOptionField {
  Header = 1,
  AppendAction = 3,
}

/** envoy.service.auth.v3.CheckResponse. */
export enum CheckResponseField {
  Status = 1,
  DeniedResponse = 2,
  OkResponse = 3,
  DynamicMetadata = 4,
  ErrorResponse = 5,
}

/** envoy.service.auth.v3.DeniedHttpResponse. */
export enum DeniedField {
  Status = 1,
  Headers = 2,
  Body = 3,
}

/** envoy.service.auth.v3.OkHttpResponse. */
export enum OkField {
  Headers = 2,
  HeadersToRemove = 5,
}

/** google.rpc.Status. */
export enum StatusField {
  Code = 1,
  Message = 2,
}

/** envoy.type.v3.HttpStatus. */
export enum HttpStatusField {
  Code = 1,
}

/** google.protobuf.Struct. */
export enum StructField {
  Fields = 1,
}

/** google.protobuf.Value. */
export enum StructValueField {
  NullValue = 1,
  NumberValue = 2,
  StringValue = 3,
  BoolValue = 4,
  StructValue = 5,
  ListValue = 6,
}

/** google.protobuf.ListValue. */
export enum StructListField {
  Values = 1,
}
