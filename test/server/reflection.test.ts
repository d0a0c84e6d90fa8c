import { createRequire } from "node:module";
import { join } from "node:path";
import { Client, credentials, status } from "@grpc/grpc-js";
import { loadFileDescriptorSetFromBuffer } from "@grpc/proto-loader";
import protobuf from "protobufjs";
import { describe, expect, it } from "vitest";
import { ProtoClient } from "../kit/proto-client.js";
import { allowedQuestion, atEnd, serving, until } from "../kit/serving.js";

const own = ["grpc.health.v1.Health", "verdict.v1.AuthorizationService"];
const protos = join(createRequire(import.meta.url).resolve("@grpc/reflection"), "..", "..", "proto");

describe.each(["v1", "v1alpha"])("grpc.reflection.%s.ServerReflection", (version) => {
  it("lists our services", async () => {
    const answers = await ask(version, [{ listServices: "*" }]);
    const names = service(answers[0]).map(({ name }) => name);
    expect(names.sort()).toEqual(own);
  });

  it("gives the file of a service, from which its methods can be called", async () => {
    const [answer] = await ask(version, [{ fileContainingSymbol: "verdict.v1.AuthorizationService" }]);
    const methods = descriptors(answer).flatMap((file) => file.services.flatMap(({ methods }) => methods));
    expect(methods).toEqual(["Authorize", "BatchAuthorize", "StreamAuthorize"]);
  });

  it("is enough for a client that has no .proto file", async () => {
    const { address } = await serving({ reflection: true });
    const question = [{ fileContainingSymbol: "verdict.v1.AuthorizationService" }];
    const files = filesOf((await ask(version, question, address))[0]);
    // A FileDescriptorSet: each file as field 1.
    const set = Buffer.concat(files.flatMap((bytes) => [varints(0x0a, bytes.length), bytes]));
    const service = loadFileDescriptorSetFromBuffer(set, { enums: String })["verdict.v1.AuthorizationService"];
    const method = service === undefined || "format" in service ? undefined : service.Authorize;
    if (method === undefined || !("path" in method)) throw new Error("no such method");
    const client = new Client(address, credentials.createInsecure());
    atEnd(() => client.close());
    const { path, requestSerialize, responseDeserialize } = method;
    // protobufjs makes no maps of descriptors: on the wire a map is a list of its entries, which are marked as such (MessageOptions.map_entry).
    expect(set.includes(Buffer.from([0x3a, 0x02, 0x38, 0x01]))).toBe(true);
    const context = Object.entries(allowedQuestion.context).map(([key, value]) => ({ key, value }));
    const have = await new Promise((resolve, reject) => {
      client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        { ...allowedQuestion, context },
        (error, answer) => (error === null ? resolve(answer) : reject(error)),
      );
    });
    expect(have).toMatchObject({ outcome: "ALLOWED" });
  });

  it("answers questions of one stream in order, errors among them", async () => {
    const answers = await ask(version, [
      { fileContainingSymbol: "grpc.health.v1.Health" },
      { fileContainingSymbol: "no.such.Thing" },
      { fileByFilename: "../../../etc/passwd" },
      { listServices: "" },
    ]);
    expect(answers).toMatchObject([
      { messageResponse: "fileDescriptorResponse" },
      { errorResponse: { errorCode: status.NOT_FOUND } },
      { errorResponse: { errorCode: status.NOT_FOUND } },
      { messageResponse: "listServicesResponse" },
    ]);
  });
});

it("reflection is not there unless it is asked for", async () => {
  const { address } = await serving();
  const client = clientOf("v1", address);
  const call = client.open("ServerReflectionInfo", { listServices: "*" });
  await until(() => call.ended() !== undefined, "the status");
  expect(call.ended()).toMatchObject({ code: status.UNIMPLEMENTED });
});

async function ask(version: string, requests: readonly object[], at?: string): Promise<readonly object[]> {
  const address = at ?? (await serving({ reflection: true })).address;
  const [first = {}, ...rest] = requests;
  const call = clientOf(version, address).open("ServerReflectionInfo", first);
  for (const request of rest) call.send(request);
  call.end();
  await until(() => call.ended() !== undefined, "the end");
  expect(call.ended()).toEqual({ code: 0, details: "" });
  return call.answers;
}

function clientOf(version: string, address: string): ProtoClient {
  const file = join(protos, "grpc", "reflection", version, "reflection.proto");
  const client = new ProtoClient(file, `grpc.reflection.${version}.ServerReflection`, address);
  atEnd(() => client.close());
  return client;
}

function service(answer: object | undefined): readonly { readonly name: string }[] {
  const list = member(member(answer, "listServicesResponse"), "service");
  return Array.isArray(list) ? list : [];
}

/** What the files of an answer declare, read with nothing but the numbers of descriptor.proto. */
function descriptors(answer: object | undefined) {
  const { root } = protobuf.parse(
    `syntax = "proto3";
     message Method { string name = 1; }
     message Service { string name = 1; repeated Method method = 2; }
     message File { string name = 1; string package = 2; repeated Service service = 6; }`,
  );
  return filesOf(answer).map((bytes) => {
    const file = root.lookupType("File").decode(bytes).toJSON();
    const services: readonly { name: string; method: readonly { name: string }[] }[] = file.service ?? [];
    return { services: services.map(({ name, method }) => ({ name, methods: method.map((one) => one.name) })) };
  });
}

/** The serialised FileDescriptorProtos of an answer. */
function filesOf(answer: object | undefined): readonly Uint8Array[] {
  const files = member(member(answer, "fileDescriptorResponse"), "fileDescriptorProto");
  return Array.isArray(files) ? files : [];
}

function varints(...values: readonly number[]): Buffer {
  const bytes: number[] = [];
  for (let value of values) {
    for (; value >= 128; value >>>= 7) bytes.push((value & 127) | 128);
    bytes.push(value);
  }
  return Buffer.from(bytes);
}

function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
