/** Descriptors as protoc writes them: what clients in other languages insist on before they build messages of a reflected file. */
import descriptor, { type IDescriptorProto, type IFileDescriptorProto } from "protobufjs/ext/descriptor/index.js";
import { describe, expect, it } from "vitest";
import { auditProto, authorizationProto, extAuthzProto, healthProto, policySetProto } from "../../src/artifacts.js";
import { fileDescriptors } from "../../src/server/grpc/file-descriptors.js";

const files: readonly IFileDescriptorProto[] = fileDescriptors([
  auditProto,
  authorizationProto,
  policySetProto,
  extAuthzProto,
  healthProto,
]).map((bytes) => descriptor.FileDescriptorProto.toObject(descriptor.FileDescriptorProto.decode(bytes)));
const byName = new Map(files.map((file) => [file.name, file]));
const message = (file: string, name: string) => byName.get(file)?.messageType?.find((one) => one.name === name);

describe("fileDescriptors()", () => {
  it("gives every file once, under its name, with its imports", () => {
    expect([...byName.keys()].sort()).toEqual([
      "envoy/config/core/v3/address.proto",
      "envoy/config/core/v3/base.proto",
      "envoy/service/auth/v3/attribute_context.proto",
      "envoy/service/auth/v3/external_auth.proto",
      "envoy/type/v3/http_status.proto",
      "google/protobuf/struct.proto",
      "google/protobuf/timestamp.proto",
      "google/rpc/status.proto",
      "grpc/health/v1/health.proto",
      "verdict/v1/audit.proto",
      "verdict/v1/authorization.proto",
      "verdict/v1/policy_set.proto",
    ]);
    expect(files).toHaveLength(byName.size);
    expect(byName.get("envoy/service/auth/v3/external_auth.proto")).toMatchObject({
      package: "envoy.service.auth.v3",
      syntax: "proto3",
      dependency: [
        "envoy/config/core/v3/base.proto",
        "envoy/service/auth/v3/attribute_context.proto",
        "envoy/type/v3/http_status.proto",
        "google/protobuf/struct.proto",
        "google/rpc/status.proto",
      ],
    });
  });

  it("names fields as the files do, and their names in JSON", () => {
    const fields = message("verdict/v1/authorization.proto", "AuthorizeRequest")?.field ?? [];
    expect(
      fields.map(({ name, jsonName, number, label, type, typeName }) => [
        name,
        jsonName,
        number,
        label,
        type,
        typeName,
      ]),
    ).toEqual([
      ["principal", "principal", 1, 1, 9, undefined],
      ["action", "action", 2, 1, 9, undefined],
      ["resource", "resource", 3, 1, 9, undefined],
      ["context", "context", 4, 3, 11, ".verdict.v1.AuthorizeRequest.ContextEntry"],
      ["resource_account", "resourceAccount", 5, 1, 9, undefined],
      ["resource_tags", "resourceTags", 6, 3, 11, ".verdict.v1.AuthorizeRequest.ResourceTagsEntry"],
      ["session_policies", "sessionPolicies", 7, 3, 9, undefined],
      ["session_tags", "sessionTags", 8, 3, 11, ".verdict.v1.AuthorizeRequest.SessionTagsEntry"],
      ["endpoint", "endpoint", 9, 1, 9, undefined],
      ["detail", "detail", 10, 1, 14, ".verdict.v1.Detail"],
      ["policy_set", "policySet", 11, 1, 9, undefined],
      ["what_if", "whatIf", 12, 1, 8, undefined],
    ]);
  });

  it("makes entries of maps that protoc would make", () => {
    const [context] = message("verdict/v1/authorization.proto", "AuthorizeRequest")?.nestedType ?? [];
    expect(context).toMatchObject({
      name: "ContextEntry",
      field: [
        { name: "key", number: 1, label: 1, type: 9 },
        { name: "value", number: 2, label: 1, type: 11, typeName: ".verdict.v1.Values" },
      ],
      options: { mapEntry: true },
    });
  });

  it("tells which fields are of a oneof, and which methods stream", () => {
    const response = message("envoy/service/auth/v3/external_auth.proto", "CheckResponse");
    expect(response?.oneofDecl).toEqual([{ name: "http_response" }]);
    const members = response?.field?.filter(({ oneofIndex }) => oneofIndex === 0).map(({ name }) => name);
    expect(members?.sort()).toEqual(["denied_response", "error_response", "ok_response"]);
    const [service] = byName.get("verdict/v1/authorization.proto")?.service ?? [];
    expect(service?.method?.at(-1)).toMatchObject({
      name: "StreamAuthorize",
      inputType: ".verdict.v1.BatchAuthorizeRequest",
      outputType: ".verdict.v1.BatchAuthorizeResponse",
      clientStreaming: true,
      serverStreaming: true,
    });
  });

  it("refers to nothing but what a file declares or imports", () => {
    for (const file of files) {
      const known = new Set(
        [file, ...(file.dependency ?? []).map((name: string) => byName.get(name))].flatMap(declared),
      );
      for (const name of referred(file)) expect([...known]).toContain(name);
    }
  });
});

/** The full names of all messages and enums of a file. */
function declared(file: IFileDescriptorProto | undefined): readonly string[] {
  const within = (scope: string, { messageType = [], enumType = [] }: IFileDescriptorProto): readonly string[] => [
    ...enumType.map(({ name }) => `${scope}.${name}`),
    ...messageType.flatMap(({ name, nestedType = [], enumType: enums = [] }) => [
      `${scope}.${name}`,
      ...within(`${scope}.${name}`, { messageType: nestedType, enumType: enums }),
    ]),
  ];
  return file === undefined ? [] : within(`.${file.package}`, file);
}

function referred({ messageType = [], service = [] }: IFileDescriptorProto): readonly string[] {
  const ofMessage = ({ field = [], nestedType = [] }: IDescriptorProto): readonly string[] => [
    ...field.flatMap(({ typeName }) => typeName ?? []),
    ...nestedType.flatMap(ofMessage),
  ];
  const methods = service.flatMap(({ method = [] }) => method);
  return [
    ...messageType.flatMap(ofMessage),
    ...methods.flatMap(({ inputType, outputType }) => [inputType ?? "", outputType ?? ""]),
  ];
}
