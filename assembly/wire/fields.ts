// Numbers of the fields of proto/verdict/v1/authorization.proto by their names, a list a message: for the matcher and, by way of
// src/wire/authorization-fields.ts, for the host. A test holds them against the file; nothing else in the matcher says a number.

/** AuthorizeRequest. */
export enum RequestField {
  Principal = 1,
  Action = 2,
  Resource = 3,
  Context = 4,
  ResourceAccount = 5,
  ResourceTags = 6,
  SessionPolicies = 7,
  SessionTags = 8,
  Endpoint = 9,
  Detail = 10,
  PolicySet = 11,
  WhatIf = 12,
}

/** An entry of a map, as protobuf writes one. */
export enum EntryField {
  Key = 1,
  Value = 2,
}

/** Values. */
export enum ValuesField {
  Values = 1,
}

/** AuthorizeResponse. */
export enum ResponseField {
  PolicySet = 1,
  Outcome = 2,
  Decision = 3,
  DecisionId = 4,
}

/** BatchAuthorizeRequest. */
export enum BatchField {
  Defaults = 1,
  Requests = 2,
  Detail = 3,
  PolicySet = 4,
  Table = 5,
  WhatIf = 6,
}

/** BatchAuthorizeResponse. */
export enum BatchResponseField {
  PolicySet = 1,
  Outcomes = 2,
  Decisions = 3,
  DecisionId = 4,
}

/** Context. */
export enum ContextField {
  Entries = 1,
}

/** AuthorizeTable. */
export enum TableField {
  Principals = 1,
  Actions = 2,
  Resources = 3,
  Contexts = 4,
  Rows = 5,
}

/** PolicySetVersion. */
export enum VersionField {
  Digest = 1,
  Generation = 2,
}

/** Decision. */
export enum DecisionField {
  Outcome = 1,
  BlockedBy = 2,
  MatchedStatements = 3,
  MissingContextKeys = 4,
  UnknownPrincipal = 5,
  Error = 6,
  AllowedByOrganizations = 7,
  AllowedByPermissionsBoundary = 8,
  Layers = 9,
  Statements = 10,
  Message = 11,
  MissingContextKeysByType = 12,
  CrossAccount = 13,
}

/** CrossAccount. */
export enum CrossAccountField {
  PrincipalAccount = 1,
  ResourceAccount = 2,
  ResourceAccountFrom = 3,
  NamedBy = 4,
}

/** MissingContextKeys. */
export enum MissingKeysField {
  PolicyType = 1,
  Keys = 2,
}

/** MatchedStatement. */
export enum StatementField {
  PolicyType = 1,
  Policy = 2,
  Statement = 3,
  Sid = 4,
  Effect = 5,
  File = 6,
  Line = 7,
  Column = 8,
  AttachedTo = 9,
}

/** LayerVerdict. */
export enum LayerField {
  PolicyType = 1,
  Verdict = 2,
}

/** StatementExplanation. */
export enum ExplanationField {
  Statement = 1,
  Applies = 2,
  FailedElement = 3,
  Operator = 4,
  Key = 5,
  RequestValues = 6,
  KeyMissing = 7,
  WantedValues = 8,
  MoreWantedValues = 9,
}

/** WantedValue. */
export enum WantedField {
  Written = 1,
  Filled = 2,
}
