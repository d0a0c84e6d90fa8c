/**
 * `grpc.health.v1.Health`: Check, List and Watch over a readiness. Every service of the listener and the empty name for the
 * whole have one status. Open to everyone: probes have no credentials, and an answer tells nothing but the status.
 */
import type { ServerUnaryCall, ServerWritableStream, sendUnaryData } from "@grpc/grpc-js";
import { healthProto } from "../artifacts.js";
import { CallRefusal } from "./call-refusal.js";
import { type GrpcService, serviceDefinition } from "./grpc-service.js";
import type { Readiness } from "./readiness.js";
import { callFailure } from "./status.js";

/** The name of the service. */
export const healthServiceName = "grpc.health.v1.Health";

interface HealthCheckRequest {
  readonly service: string;
}
interface HealthCheckResponse {
  readonly status: "SERVING" | "NOT_SERVING" | "SERVICE_UNKNOWN";
}
interface HealthListResponse {
  readonly statuses: Readonly<Record<string, HealthCheckResponse>>;
}
type Watch = ServerWritableStream<HealthCheckRequest, HealthCheckResponse>;

/** The health of the services of one listener. */
export class HealthService implements GrpcService {
  readonly name = healthServiceName;
  readonly protoFile = healthProto;
  readonly definition = serviceDefinition(healthProto, healthServiceName, { enums: String, defaults: true });
  private readonly watches = new Set<Watch>();
  private readonly names: ReadonlySet<string>;
  private readonly endListening: () => void;

  readonly implementation = {
    Check: (call: ServerUnaryCall<HealthCheckRequest, HealthCheckResponse>, answer: sendUnaryData<object>): void => {
      if (this.names.has(call.request.service)) answer(null, this.response());
      else answer(callFailure(new CallRefusal("unknownService", "service: not served here")));
    },

    List: (_call: ServerUnaryCall<object, HealthListResponse>, answer: sendUnaryData<HealthListResponse>): void => {
      answer(null, { statuses: Object.fromEntries([...this.names].map((name) => [name, this.response()])) });
    },

    Watch: (call: Watch): void => {
      if (!this.names.has(call.request.service)) {
        // The protocol keeps the stream open, should the service come; here services do not come later.
        call.write({ status: "SERVICE_UNKNOWN" });
      } else call.write(this.response());
      this.watches.add(call);
      call.once("cancelled", () => this.watches.delete(call));
    },
  };

  constructor(
    names: readonly string[],
    private readonly readiness: Readiness,
  ) {
    this.names = new Set(["", ...names]);
    this.endListening = readiness.onChange(() => {
      for (const call of this.watches) if (this.names.has(call.request.service)) call.write(this.response());
    });
  }

  /** Ends the watches, which otherwise would hold up a stop. */
  close(): void {
    this.endListening();
    for (const call of this.watches) call.emit("error", callFailure(new CallRefusal("stopping", "the server stops")));
    this.watches.clear();
  }

  private response(): HealthCheckResponse {
    return { status: this.readiness.ready ? "SERVING" : "NOT_SERVING" };
  }
}
