/** Envoy's side of ext_authz: a client that knows nothing but the .proto files. */
import { credentials } from "@grpc/grpc-js";
import { type Failure, ProtoClient } from "./proto-client.js";
import { methodOf } from "./proto-file.js";

const service = ["envoy/service/auth/v3/external_auth.proto", "envoy.service.auth.v3.Authorization"] as const;
/** A field that was not sent is not there. */
const asEnvoyReads = { defaults: false, arrays: false };

/** A CheckRequest as an object of the proto. */
export interface CheckObject {
  readonly attributes: {
    readonly source?: object;
    readonly request?: { readonly http?: object };
    readonly contextExtensions?: object;
    readonly metadataContext?: object;
    readonly tlsSession?: object;
  };
}

/** What Envoy makes of an answer. */
export interface CheckAnswer {
  /** `pass`, `deny`, `error`, or the status of a call that failed. */
  readonly verdict: string;
  readonly httpStatus: number | undefined;
  readonly body: unknown;
  /** Headers that the service receives, or the caller, as `name: value`, with how they are written. */
  readonly headers: readonly string[];
  readonly removed: readonly string[];
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** Asks one listener. */
export class ExtAuthzClient {
  private readonly client: ProtoClient;

  constructor(address: string) {
    this.client = new ProtoClient(...service, address, credentials.createInsecure(), {}, asEnvoyReads);
  }

  check(request: CheckObject, deadlineMs = 300_000): Promise<CheckAnswer> {
    return this.send(checkBytes(request), deadlineMs);
  }

  /** As `check`, for bytes. */
  async send(bytes: Buffer, deadlineMs = 300_000): Promise<CheckAnswer> {
    const answer = await this.client.send("Check", bytes, { deadlineMs });
    return "code" in answer ? failed(answer) : read({ ...answer });
  }

  close(): void {
    this.client.close();
  }
}

/** A serialised CheckRequest. */
export function checkBytes(request: CheckObject): Buffer {
  return methodOf(...service, "Check", asEnvoyReads).requestSerialize(request);
}

function failed({ code, details }: Failure): CheckAnswer {
  return {
    verdict: `status ${code}`,
    httpStatus: undefined,
    body: details,
    headers: [],
    removed: [],
    metadata: {},
  };
}

type Fields = Readonly<Record<string, unknown>>;

/** As Envoy reads it: code 0 passes, whatever else is there; then `error_response` is an error, and the rest denies. */
function read(answer: Fields): CheckAnswer {
  const code = fieldsOf(answer.status).code ?? 0;
  const http = fieldsOf(code === 0 ? answer.okResponse : (answer.errorResponse ?? answer.deniedResponse));
  const body = typeof http.body === "string" ? http.body : undefined;
  const { code: httpStatus } = fieldsOf(http.status);
  return {
    verdict: code === 0 ? "pass" : answer.errorResponse === undefined ? "deny" : "error",
    httpStatus: typeof httpStatus === "number" ? httpStatus : undefined,
    body: body === undefined ? undefined : JSON.parse(body),
    headers: listOf(http.headers).map((option) => {
      const { key, value } = fieldsOf(option.header);
      return `${key}: ${value} (${option.appendAction})`;
    }),
    removed: Array.isArray(http.headersToRemove) ? http.headersToRemove : [],
    metadata: Object.fromEntries(
      Object.entries(fieldsOf(fieldsOf(answer.dynamicMetadata).fields)).map(([name, value]) => {
        const { stringValue, numberValue } = fieldsOf(value);
        return [name, stringValue ?? numberValue];
      }),
    ),
  };
}

function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function listOf(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.map(fieldsOf) : [];
}

/** A Struct as an object of the proto. */
export function struct(members: Readonly<Record<string, unknown>>): object {
  return { fields: Object.fromEntries(Object.entries(members).map(([name, value]) => [name, structValue(value)])) };
}

function structValue(value: unknown): object {
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "number") return { numberValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  if (Array.isArray(value)) return { listValue: { values: value.map(structValue) } };
  if (typeof value === "object" && value !== null) return { structValue: struct({ ...value }) };
  return { nullValue: 0 };
}
