/** Numbers by name against the .proto file. */
import { join } from "node:path";
import protobuf from "protobufjs";
import { describe, expect, it } from "vitest";
import * as layout from "../../assembly/format/layout.js";
import { authorizationProto, extAuthzProto, healthProto, protoFolder } from "../../src/artifacts.js";
import * as envoy from "../../src/server/ext-authz/check-fields.js";
import * as health from "../../src/server/grpc/health-fields.js";
import * as fields from "../../src/wire/authorization-fields.js";

const root = protobuf.loadSync(authorizationProto);
const envoyRoot = new protobuf.Root();
envoyRoot.resolvePath = (_, target) => (target.startsWith("/") ? target : join(protoFolder, target));
envoyRoot.loadSync(extAuthzProto);

const healthRoot = protobuf.loadSync(healthProto);

describe("numbers of fields", () => {
  it.each([
    ["AuthorizeRequest", fields.RequestField],
    ["Values", fields.ValuesField],
    ["AuthorizeResponse", fields.ResponseField],
    ["BatchAuthorizeRequest", fields.BatchField],
    ["BatchAuthorizeResponse", fields.BatchResponseField],
    ["Context", fields.ContextField],
    ["AuthorizeTable", fields.TableField],
    ["PolicySetVersion", fields.VersionField],
    ["Decision", fields.DecisionField],
    ["MissingContextKeys", fields.MissingKeysField],
    ["CrossAccount", fields.CrossAccountField],
    ["MatchedStatement", fields.StatementField],
    ["LayerVerdict", fields.LayerField],
    ["StatementExplanation", fields.ExplanationField],
  ])("of %s are all there, and are those of the .proto file", (message, list) => {
    expect(namesOf(list)).toEqual(fieldsOf(root, `verdict.v1.${message}`));
  });

  it.each([
    ["envoy.service.auth.v3.CheckRequest", envoy.CheckRequestField],
    ["envoy.service.auth.v3.AttributeContext", envoy.AttributesField],
    ["envoy.service.auth.v3.AttributeContext.Peer", envoy.PeerField],
    ["envoy.config.core.v3.Address", envoy.AddressField],
    ["envoy.config.core.v3.SocketAddress", envoy.SocketAddressField],
    ["envoy.service.auth.v3.AttributeContext.Request", envoy.AttributeRequestField],
    ["envoy.service.auth.v3.AttributeContext.HttpRequest", envoy.HttpRequestField],
    ["envoy.service.auth.v3.AttributeContext.TLSSession", envoy.TlsSessionField],
    ["envoy.config.core.v3.Metadata", envoy.MetadataField],
    ["envoy.config.core.v3.HeaderMap", envoy.HeaderMapField],
    ["envoy.config.core.v3.HeaderValue", envoy.HeaderValueField],
    ["envoy.config.core.v3.HeaderValueOption", envoy.HeaderOptionField],
    ["envoy.service.auth.v3.CheckResponse", envoy.CheckResponseField],
    ["envoy.service.auth.v3.DeniedHttpResponse", envoy.DeniedField],
    ["envoy.service.auth.v3.OkHttpResponse", envoy.OkField],
    ["google.rpc.Status", envoy.StatusField],
    ["envoy.type.v3.HttpStatus", envoy.HttpStatusField],
    ["google.protobuf.Struct", envoy.StructField],
    ["google.protobuf.Value", envoy.StructValueField],
    ["google.protobuf.ListValue", envoy.StructListField],
  ])("of %s are all there, and are those of Envoy's .proto files", (message, list) => {
    expect(namesOf(list)).toEqual(fieldsOf(envoyRoot, message));
  });

  it.each([
    ["HealthCheckRequest", health.HealthRequestField],
    ["HealthCheckResponse", health.HealthResponseField],
    ["HealthListResponse", health.HealthListField],
  ])("of %s are all there, and are those of the health protocol", (message, list) => {
    expect(namesOf(list)).toEqual(fieldsOf(healthRoot, `grpc.health.v1.${message}`));
  });

  it("of every message of the file are named", () => {
    const messages = root.lookup("verdict.v1")?.toJSON() ?? {};
    const named = Object.values(fields).filter((list) => typeof list === "object").length;
    const types = Object.values(messages.nested ?? {}).filter(
      (one) => typeof one === "object" && one !== null && "fields" in one,
    );
    // Entries of maps and the two lists of values have no message of their own.
    expect(named).toBe(types.length + 3);
  });
});

describe("numbers of values", () => {
  it("of outcomes are those of the .proto file and of the matcher", () => {
    const { values } = root.lookupEnum("verdict.v1.Outcome");
    const want = Object.entries(values).map(([name, value]) => [
      pascal(name.replace("OUTCOME_", "").toLowerCase()),
      value,
    ]);
    expect(namesOf(fields.OutcomeNumber)).toEqual(want);
    expect(namesOf(fields.OutcomeNumber)).toEqual(namesOf(layout.Outcome));
  });

  it("of the states of a service are those of the health protocol", () => {
    const { values } = healthRoot.lookupEnum("grpc.health.v1.HealthCheckResponse.ServingStatus");
    expect(namesOf(health.ServingStatus)).toEqual(
      Object.entries(values).map(([name, value]) => [pascal(name.toLowerCase()), value]),
    );
  });

  it("of details are those of the .proto file and of the matcher", () => {
    const { values } = root.lookupEnum("verdict.v1.Detail");
    for (const [name, value] of Object.entries(fields.detailNumbers)) {
      expect([name, value]).toEqual([name, values[name.toUpperCase()]]);
      expect([name, value]).toEqual([name, new Map(namesOf(layout.Detail)).get(pascal(name))]);
    }
  });
});

function fieldsOf(files: protobuf.Root, message: string): readonly (readonly [string, number])[] {
  return files
    .lookupType(message)
    .fieldsArray.map(({ name, id }) => [pascal(name), id] as const)
    .sort(([, one], [, other]) => one - other);
}

/** Members of an enum with their numbers. */
function namesOf(list: object): readonly (readonly [string, number])[] {
  return Object.entries(list).flatMap(([name, value]) => (typeof value === "number" ? [[name, value] as const] : []));
}

function pascal(name: string): string {
  return name
    .replace(/(^|_)([a-z])/g, (_, __, letter: string) => letter.toUpperCase())
    .replace(/^[a-z]/, (letter) => letter.toUpperCase());
}
