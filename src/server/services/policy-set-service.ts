/**
 * `verdict.v1.PolicySetService` over a supply: what callers may load, look at and take away. For a listener of its own, never
 * for that of the decision point.
 */
import type { ServerUnaryCall, ServiceDefinition, sendUnaryData } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import type { AccessGate } from "../../access/access-gate.js";
import { policySetProto, protoFolder } from "../../artifacts.js";
import type { LoadedFile, LoadedSets } from "../../supply/loaded-sets.js";
import { SupplyError } from "../../supply/supply-error.js";
import type { PolicySetStatus } from "../../supply/supply-event.js";
import { quote } from "../../text/quote.js";
import { callFacts } from "../grpc/call-facts.js";
import type { GrpcService } from "../grpc/grpc-service.js";
import { callStatusOf, grpcError } from "../grpc/status.js";
import type { InternalErrorListener } from "./authorization-service.js";
import { describedStatus, findingsMessage, summaryOf } from "./policy-set-messages.js";

/** The name of the service. */
export const policySetServiceName = "verdict.v1.PolicySetService";

/** What the service needs of a supply. */
export interface SupplyView {
  readonly statuses: readonly PolicySetStatus[];
  readonly loaded: Pick<LoadedSets, "load" | "validate" | "unload">;
}

/** The service with its methods. */
export function policySetService(
  supply: SupplyView,
  gate: AccessGate,
  onInternalError: InternalErrorListener,
): GrpcService {
  const method =
    (handle: Handler) =>
    (call: Call, answer: sendUnaryData<object>): void => {
      const decide = async (): Promise<object> => {
        const { caller } = await callFacts(gate, "policySets", "grpc", call);
        return handle(call.request, caller.name);
      };
      decide().then(
        (response) => answer(null, response),
        (error: unknown) => {
          if (callStatusOf(error).isOurs) onInternalError(error);
          answer(grpcError(error));
        },
      );
    };

  return {
    name: policySetServiceName,
    protoFile: policySetProto,
    definition: serviceDefinition(),
    implementation: {
      LoadPolicySet: method(async (request, caller) => {
        const name = nameIn(request);
        const outcome = await supply.loaded.load(name, filesIn(request), caller);
        const findings = findingsMessage(outcome.findings);
        if (!outcome.loaded) return { loaded: false, findings };
        return { loaded: true, policySet: summaryOf(statusOf(supply, name)), findings };
      }),
      ValidatePolicySet: method(async (request) => {
        const { digest, findings } = await supply.loaded.validate(filesIn(request));
        return { valid: digest !== undefined, digest: digest ?? "", findings: findingsMessage(findings) };
      }),
      UnloadPolicySet: method((request) => {
        supply.loaded.unload(nameIn(request));
        return {};
      }),
      DescribePolicySet: method((request) => describedStatus(statusOf(supply, nameIn(request)))),
      ListPolicySets: method(() => ({ policySets: supply.statuses.map(summaryOf) })),
    },
  };
}

type Call = ServerUnaryCall<object, object>;
type Handler = (request: object, caller: string) => object | Promise<object>;

/** The definition with objects for messages. */
function serviceDefinition(): ServiceDefinition {
  const options = { includeDirs: [protoFolder], defaults: true, arrays: true, enums: String, longs: Number };
  const service = loadSync(policySetProto, options)[policySetServiceName];
  if (service === undefined || "format" in service) {
    throw new Error(`${policySetProto}: holds no service ${policySetServiceName}`);
  }
  return service;
}

function statusOf({ statuses }: SupplyView, name: string): PolicySetStatus {
  const found = statuses.find((status) => status.name === name);
  if (found === undefined) throw new SupplyError("unknownSet", `name: no policy set ${quote(name)}`);
  return found;
}

function nameIn(request: object): string {
  return "name" in request && typeof request.name === "string" ? request.name : "";
}

function filesIn(request: object): readonly LoadedFile[] {
  const files: unknown = "files" in request ? request.files : [];
  return Array.isArray(files) && files.every(isFile) ? files : [];
}

function isFile(value: unknown): value is LoadedFile {
  if (typeof value !== "object" || value === null) return false;
  return "path" in value && typeof value.path === "string" && "content" in value && value.content instanceof Uint8Array;
}
