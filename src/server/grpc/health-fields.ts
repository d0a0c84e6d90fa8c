/** Numbers of the fields and values of proto/grpc/health/v1/health.proto by their names. A test holds them against the file. */

/** HealthCheckRequest. */
export enum HealthRequestField {
  Service = 1,
}

/** HealthCheckResponse. */
export enum HealthResponseField {
  Status = 1,
}

/** HealthListResponse. */
export enum HealthListField {
  Statuses = 1,
}

/** HealthCheckResponse.ServingStatus. */
export enum ServingStatus {
  Unknown = 0,
  Serving = 1,
  NotServing = 2,
  ServiceUnknown = 3,
}
