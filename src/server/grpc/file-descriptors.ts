/**
 * .proto files as the FileDescriptorProtos that protoc makes of them: one a file, under its own name, with its imports, field names
 * and map entries. What proto-loader offers has neither, and clients in Go and C++ refuse it.
 */
import { readFileSync } from "node:fs";
import { isAbsolute, join, relative } from "node:path";
import protobuf from "protobufjs";
import descriptor, {
  type IDescriptorProto,
  type IEnumDescriptorProto,
  type IFieldDescriptorProto,
  type IFileDescriptorProto,
  type IServiceDescriptorProto,
} from "protobufjs/ext/descriptor/index.js";
import { protoFolder } from "../../artifacts.js";

const { Enum, MapField, Namespace, OneOf, Root, Service, Type } = protobuf;

/** Serialised descriptors of files and of everything that they import, each once. */
export function fileDescriptors(files: readonly string[]): readonly Uint8Array[] {
  const root = new Root();
  root.resolvePath = (_, target) => (isAbsolute(target) ? target : join(protoFolder, target));
  root.loadSync([...files], { keepCase: true }).resolveAll();
  return root.files.map((path) => {
    const bundled = protobuf.common.get(path);
    const content = bundled === null ? ownFile(root, path) : bundledFile(root, path, bundled);
    return descriptor.FileDescriptorProto.encode(content).finish();
  });
}

function ownFile(root: protobuf.Root, path: string): IFileDescriptorProto {
  const { imports = [], package: name = "" } = protobuf.parse(readFileSync(path, "utf8"), new Root(), {
    keepCase: true,
  });
  const declared = declarationsIn(root).filter(({ filename }) => filename === path);
  return { ...fileOf(declared), name: relative(protoFolder, path), package: name, dependency: imports };
}

/** One of Google's files, which protobufjs brings along as JSON. They import nothing. */
function bundledFile(root: protobuf.Root, path: string, { nested = {} }: protobuf.INamespace): IFileDescriptorProto {
  const names = Object.keys(namespaceMembers(namespaceMembers(nested.google).protobuf));
  const declared = names.flatMap((name) => root.lookup(`google.protobuf.${name}`) ?? []);
  return { ...fileOf(declared), name: path, package: "google.protobuf", dependency: [] };
}

function namespaceMembers(
  part: protobuf.AnyNestedObject | undefined,
): Readonly<Record<string, protobuf.AnyNestedObject>> {
  return part !== undefined && "nested" in part ? (part.nested ?? {}) : {};
}

/** Messages, enums and services that lie in no other message. */
function declarationsIn(space: protobuf.NamespaceBase): readonly protobuf.ReflectionObject[] {
  return space.nestedArray.flatMap((one) =>
    one instanceof Namespace && !(one instanceof Type) && !(one instanceof Service) ? declarationsIn(one) : [one],
  );
}

function fileOf(declared: readonly protobuf.ReflectionObject[]): IFileDescriptorProto {
  return {
    syntax: "proto3",
    messageType: declared.flatMap((one) => (one instanceof Type ? [messageOf(one)] : [])),
    enumType: declared.flatMap((one) => (one instanceof Enum ? [enumOf(one)] : [])),
    service: declared.flatMap((one) => (one instanceof Service ? [serviceOf(one)] : [])),
  };
}

function messageOf(type: protobuf.Type): IDescriptorProto {
  const oneofs = type.oneofsArray;
  const maps = type.fieldsArray.flatMap((field) => (field instanceof MapField ? [mapEntryOf(field)] : []));
  return {
    name: type.name,
    field: type.fieldsArray.map((field) => fieldOf(field, oneofs)),
    nestedType: [...type.nestedArray.flatMap((one) => (one instanceof Type ? [messageOf(one)] : [])), ...maps],
    enumType: type.nestedArray.flatMap((one) => (one instanceof Enum ? [enumOf(one)] : [])),
    oneofDecl: oneofs.map(({ name }) => ({ name })),
  };
}

function fieldOf(field: protobuf.Field, oneofs: readonly protobuf.OneOf[]): IFieldDescriptorProto {
  const { name, id, repeated, partOf } = field;
  const common = { name, number: id, jsonName: protobuf.util.camelCase(name) };
  if (field instanceof MapField) {
    const typeName = `${field.parent?.fullName}.${entryName(field)}`;
    return { ...common, label: REPEATED, type: MESSAGE, typeName };
  }
  return {
    ...common,
    label: repeated ? REPEATED : OPTIONAL,
    ...typeOf(field),
    ...(partOf instanceof OneOf ? { oneofIndex: oneofs.indexOf(partOf) } : {}),
  };
}

function typeOf({ type, resolvedType }: Pick<protobuf.Field, "type" | "resolvedType">): IFieldDescriptorProto {
  if (resolvedType === null) return { type: scalars.indexOf(type) };
  return { type: resolvedType instanceof Enum ? ENUM : MESSAGE, typeName: resolvedType.fullName };
}

/** A map is a list of messages of a key and a value, whose name follows from the field's. */
function mapEntryOf(field: protobuf.MapField): IDescriptorProto {
  const common = { label: OPTIONAL };
  return {
    name: entryName(field),
    field: [
      { ...common, name: "key", number: 1, jsonName: "key", type: scalars.indexOf(field.keyType) },
      { ...common, name: "value", number: 2, jsonName: "value", ...typeOf(field) },
    ],
    options: { mapEntry: true },
  };
}

function entryName({ name }: protobuf.MapField): string {
  return `${name.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase())}Entry`;
}

function enumOf({ name, values }: protobuf.Enum): IEnumDescriptorProto {
  return { name, value: Object.entries(values).map(([word, number]) => ({ name: word, number })) };
}

function serviceOf({ name, methodsArray }: protobuf.Service): IServiceDescriptorProto {
  return {
    name,
    method: methodsArray.map((method) => ({
      name: method.name,
      inputType: method.resolvedRequestType?.fullName ?? method.requestType,
      outputType: method.resolvedResponseType?.fullName ?? method.responseType,
      clientStreaming: method.requestStream === true,
      serverStreaming: method.responseStream === true,
    })),
  };
}

const OPTIONAL = 1;
const REPEATED = 3;
const MESSAGE = 11;
const ENUM = 14;
/** FieldDescriptorProto.Type by name; the gaps are no scalars, or groups. */
const scalars = [
  "",
  "double",
  "float",
  "int64",
  "uint64",
  "int32",
  "fixed64",
  "fixed32",
  "bool",
  "string",
  "",
  "",
  "bytes",
  "uint32",
  "",
  "sfixed32",
  "sfixed64",
  "sint32",
  "sint64",
];
