/**
 * `grpc.health.v1.Health`: Check, List and Watch over a readiness. Every service of the listener and the empty name for the
 * whole have one status. Open to everyone: probes have no credentials, and an answer tells nothing but the status.
 */
import type { ServerUnaryCall, ServerWritableStream, sendUnaryData } from "@grpc/grpc-js";
import { healthProto } from "../../artifacts.js";
import { CallRefusal } from "../../ask/call-refusal.js";
import { EntryField } from "../../wire/authorization-fields.js";
import { lastTextField } from "../../wire/text-fields.js";
import { WireWriter } from "../../wire/wire-writer.js";
import type { Readiness } from "../readiness.js";
import { bytesDefinition, type GrpcService } from "./grpc-service.js";
import { HealthListField, HealthRequestField, HealthResponseField, ServingStatus } from "./health-fields.js";
import { grpcError } from "./status.js";

/** The name of the service. */
export const healthServiceName = "grpc.health.v1.Health";

type Call = ServerUnaryCall<Buffer, Uint8Array>;
type Answer = sendUnaryData<Uint8Array>;
type Watch = ServerWritableStream<Buffer, Uint8Array>;

/** The health of the services of one listener. */
export class HealthService implements GrpcService {
  readonly name = healthServiceName;
  readonly protoFile = healthProto;
  readonly isOpenToAll = true;
  readonly definition = bytesDefinition(healthServiceName, { Check: "unary", List: "unary", Watch: "serverStream" });
  private readonly watches = new Set<Watch>();
  private readonly names: ReadonlySet<string>;
  private readonly endListening: () => void;

  readonly implementation = {
    Check: (call: Call, answer: Answer): void => {
      if (this.names.has(serviceIn(call.request))) answer(null, response(this.status));
      else answer(grpcError(new CallRefusal("unknownService", "service: not served here")));
    },

    List: (_call: Call, answer: Answer): void => {
      const writer = new WireWriter("mark");
      for (const name of this.names) {
        writer.message(HealthListField.Statuses, (entry) =>
          entry
            .text(EntryField.Key, name)
            .message(EntryField.Value, (one) => one.number(HealthResponseField.Status, this.status)),
        );
      }
      answer(null, writer.take());
    },

    Watch: (call: Watch): void => {
      // The protocol keeps the stream open, should the service come; here services do not come later.
      call.write(response(this.names.has(serviceIn(call.request)) ? this.status : ServingStatus.ServiceUnknown));
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
      for (const call of this.watches) if (this.names.has(serviceIn(call.request))) call.write(response(this.status));
    });
  }

  /** Ends the watches, which otherwise would hold up a stop. */
  close(): void {
    this.endListening();
    for (const call of this.watches) call.emit("error", grpcError(new CallRefusal("stopping", "the server stops")));
    this.watches.clear();
  }

  private get status(): ServingStatus {
    return this.readiness.ready ? ServingStatus.Serving : ServingStatus.NotServing;
  }
}

/** The service that a HealthCheckRequest or a watch asks about. */
function serviceIn(request: Buffer): string {
  return lastTextField(request, HealthRequestField.Service);
}

/** A HealthCheckResponse. */
function response(status: number): Uint8Array {
  return new WireWriter("mark").number(HealthResponseField.Status, status).take();
}
