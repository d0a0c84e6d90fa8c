/**
 * The action patterns of all documents of an image, grouped by service and numbered; and for every action that is spelled
 * out somewhere, the list of all patterns that match it, so that the matcher only has to look it up.
 */
import { ActionFields, ActionGlobFields, ServiceFields } from "../../assembly/format/records.js";
import { isAllStars } from "../policy/document/arn.js";
import { lowerAscii } from "../text/fold.js";
import { utf8Bytes } from "../text/utf8.js";
import type { ByteWriter } from "./byte-writer.js";
import { hashBytes } from "./hash.js";
import { actionProgram, matchesName, type Program, writePattern } from "./pattern.js";
import { recordType } from "./record.js";
import { type Table, type TableEntry, writeHashTable } from "./table.js";

const ACTION = recordType(ActionFields);
const ACTION_GLOB = recordType(ActionGlobFields);
const SERVICE = recordType(ServiceFields);

/** One distinct pattern. Ids ascend within a service and are dense over the image. */
interface ActionPattern {
  readonly service: Service;
  readonly index: number;
  readonly prefix?: Program;
  readonly name: Program;
  /** Without wildcards: the name itself, lower-cased. */
  readonly exact?: string;
}

/** The patterns under one literal prefix; the service without a name has those of any service. */
interface Service {
  readonly name: string;
  readonly id: number;
  readonly patterns: ActionPattern[];
  firstPattern: number;
}

/** Pattern ids and masks, once all patterns are known. The arrays go by the number of a text. */
export interface NumberedActions {
  readonly patternCount: number;
  /** How many services have names; their ids run from 1. */
  readonly serviceCount: number;
  readonly ids: Uint32Array;
  /** Id of the pattern's service. */
  readonly services: Uint32Array;
  /** One bit: the pattern's index in its service modulo 32. */
  readonly masks: Uint32Array;
  /** Whether a mask alone cannot tell: more than 32 patterns of the service share it. */
  isCrowded(service: number): boolean;
  /** Writes services, patterns and actions. */
  write(writer: ByteWriter): ActionTables;
}

/** Where the tables of `write` are. */
export interface ActionTables {
  readonly services: Table;
  readonly actions: Table;
  readonly anyServiceAt: number;
}

/** The id under which candidates of every service are kept. */
export const ANY_SERVICE = 0;

/** Numbers patterns; texts that mean the same share a number. */
export function numberActions(texts: readonly string[]): NumberedActions {
  const any: Service = { name: "", id: ANY_SERVICE, patterns: [], firstPattern: 0 };
  const named = new Map<string, Service>();
  const known = new Map<string, ActionPattern>();
  const patterns = texts.map((text) => addPattern(text, any, named, known));
  const services = [any, ...named.values()];
  let next = 0;
  for (const service of services) {
    service.firstPattern = next;
    next += service.patterns.length;
  }
  return {
    patternCount: next,
    serviceCount: named.size,
    ids: Uint32Array.from(patterns, idOf),
    services: Uint32Array.from(patterns, ({ service }) => service.id),
    masks: Uint32Array.from(patterns, ({ index }) => 1 << (index & 31)),
    isCrowded: (service) => (services[service]?.patterns.length ?? 0) > 32,
    write: (writer) => writeTables(writer, any, [...named.values()]),
  };
}

function idOf({ service, index }: ActionPattern): number {
  return service.firstPattern + index;
}

function addPattern(
  text: string,
  any: Service,
  services: Map<string, Service>,
  known: Map<string, ActionPattern>,
): ActionPattern {
  const lowered = lowerAscii(isAllStars(text) ? "*" : text);
  const same = known.get(lowered);
  if (same !== undefined) return same;
  const pattern = makePattern(lowered, any, services);
  pattern.service.patterns.push(pattern);
  known.set(lowered, pattern);
  return pattern;
}

function makePattern(lowered: string, any: Service, services: Map<string, Service>): ActionPattern {
  if (lowered === "*") return { service: any, index: any.patterns.length, name: actionProgram("*") };
  const colon = lowered.indexOf(":");
  const prefix = lowered.slice(0, colon);
  const name = lowered.slice(colon + 1);
  if (/[*?]/.test(prefix)) {
    return { service: any, index: any.patterns.length, prefix: actionProgram(prefix), name: actionProgram(name) };
  }
  let service = services.get(prefix);
  if (service === undefined) {
    service = { name: prefix, id: services.size + 1, patterns: [], firstPattern: 0 };
    services.set(prefix, service);
  }
  const exact = /[*?]/.test(name) ? {} : { exact: name };
  return { service, index: service.patterns.length, name: actionProgram(name), ...exact };
}

function writeTables(writer: ByteWriter, any: Service, services: readonly Service[]): ActionTables {
  const anyServiceAt = writeService(writer, any);
  const entries: TableEntry[] = [];
  const actions: TableEntry[] = [];
  for (const service of services) {
    entries.push({ hash: hashBytes(utf8Bytes(service.name)), record: writeService(writer, service) });
    const globs = service.patterns.filter(({ exact }) => exact === undefined);
    for (const pattern of service.patterns) {
      if (pattern.exact === undefined) continue;
      const text = `${service.name}:${pattern.exact}`;
      actions.push({ hash: hashBytes(utf8Bytes(text)), record: writeAction(writer, text, pattern, globs, any) });
    }
  }
  return { services: writeHashTable(writer, entries), actions: writeHashTable(writer, actions), anyServiceAt };
}

function writeService(writer: ByteWriter, service: Service): number {
  const noVariable = (): readonly number[] => [];
  const globs = service.patterns.filter(({ exact }) => exact === undefined);
  const written = globs.map((pattern) => ({
    patternId: idOf(pattern),
    prefixAt: pattern.prefix === undefined ? 0 : writePattern(writer, pattern.prefix, noVariable),
    nameAt: writePattern(writer, pattern.name, noVariable),
  }));
  return writer.record(SERVICE, {
    textAt: writer.text(service.name),
    id: service.id,
    firstPattern: service.firstPattern,
    globCount: globs.length,
    globsAt: writer.records(ACTION_GLOB, written),
  });
}

/** An action that is spelled out: which patterns of its own service and of any service match it. */
function writeAction(
  writer: ByteWriter,
  text: string,
  exact: ActionPattern,
  globs: readonly ActionPattern[],
  any: Service,
): number {
  const name = exact.exact ?? "";
  const own = [exact, ...globs.filter((glob) => matchesName(glob.name, name))];
  const prefix = exact.service.name;
  const others = any.patterns.filter(
    (glob) => (glob.prefix === undefined || matchesName(glob.prefix, prefix)) && matchesName(glob.name, name),
  );
  const ids = [...own, ...others].map(idOf);
  const fields = {
    textAt: writer.text(text),
    service: exact.service.id,
    mask: maskOf(own),
    anyMask: maskOf(others),
    count: ids.length,
  };
  const at = writer.record(ACTION, fields, ids.length * 4);
  writer.setWords(at + ACTION.size, ids);
  return at;
}

function maskOf(patterns: readonly ActionPattern[]): number {
  let mask = 0;
  for (const { index } of patterns) mask |= 1 << (index & 31);
  return mask >>> 0;
}
