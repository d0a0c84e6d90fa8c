/**
 * How flags, environment and a file become one frozen `Config`: flags over environment over file over default.
 */

import { isLocal } from "../access/listen-address.js";
import { isPiped, readInputs } from "../files/piped-source.js";
import { isDirectory } from "../files/sources.js";
import { parseSource } from "../policy/formats/build-policy-set.js";
import { closestName } from "../text/closest-name.js";
import type { Finding } from "../text/finding.js";
import { quote } from "../text/quote.js";
import type { TreeNode } from "../text/tree.js";
import type { TreePlace } from "../text/tree-place.js";
import { placeText, positionOf, readMembers } from "../text/tree-place.js";
import { accessProblems } from "./access-problems.js";
import { logProblems } from "./log-problems.js";
import { policyProblems } from "./policy-problems.js";
import type { Setting } from "./setting.js";
import { type Config, settings } from "./settings.js";
import {
  ConfigError,
  configFile,
  type Environment,
  type Flags,
  type Given,
  givenBy,
  ownEnvironment,
  settle,
} from "./settle-setting.js";

/** Settles every setting, or throws a `ConfigError` with everything that is wrong. */
export async function readConfig(flags: Flags, environment: Environment = ownEnvironment()): Promise<Config> {
  return (await readConfigAndSources(flags, environment)).config;
}

/** Settings with what gave them; nothing gave a default. */
export interface ConfigAndSources {
  readonly config: Config;
  given(one: Setting<unknown>): Given | undefined;
}

/** As `readConfig`, with where each setting came from. */
export async function readConfigAndSources(
  flags: Flags,
  environment: Environment = ownEnvironment(),
): Promise<ConfigAndSources> {
  const problems = unknownVariables(environment);
  const file = flags[configFile.name] ?? environment[configFile.variable];
  const members = typeof file === "string" ? await readConfigFile(file, problems) : new Map<string, Given>();
  const read = <T>(one: Setting<T>): T => settle(one, givenBy(one, flags, environment, members), problems);
  const config: Config = {
    policies: read(settings.policies),
    watch: read(settings.watch),
    watchQuiet: read(settings.watchQuiet),
    watchInterval: read(settings.watchInterval),
    bundleInterval: read(settings.bundleInterval),
    bundleWait: read(settings.bundleWait),
    bundleTimeout: read(settings.bundleTimeout),
    bundleMaxBytes: read(settings.bundleMaxBytes),
    bundleMaxUnpackedBytes: read(settings.bundleMaxUnpackedBytes),
    bundleKey: read(settings.bundleKey),
    bundleToken: read(settings.bundleToken),
    bundleCache: read(settings.bundleCache),
    maxLoadedPolicySets: read(settings.maxLoadedPolicySets),
    listen: read(settings.listen),
    http: read(settings.http),
    probes: read(settings.probes),
    admin: read(settings.admin),
    audit: read(settings.audit),
    baseUrl: read(settings.baseUrl),
    authzen: read(settings.authzen),
    accessAnalyzer: read(settings.accessAnalyzer),
    extAuthz: read(settings.extAuthz),
    insecure: read(settings.insecure),
    tlsCert: read(settings.tlsCert),
    tlsKey: read(settings.tlsKey),
    tlsClientCa: read(settings.tlsClientCa),
    socketMode: read(settings.socketMode),
    reflection: read(settings.reflection),
    processes: read(settings.processes),
    tokens: read(settings.tokens),
    jwks: read(settings.jwks),
    tokenIssuer: read(settings.tokenIssuer),
    tokenAudience: read(settings.tokenAudience),
    tokenAlgorithms: read(settings.tokenAlgorithms),
    tokenClockTolerance: read(settings.tokenClockTolerance),
    allowPeers: read(settings.allowPeers),
    explainFor: read(settings.explainFor),
    workers: read(settings.workers),
    allowWhatIf: read(settings.allowWhatIf),
    maxMessageBytes: read(settings.maxMessageBytes),
    maxBatchRequests: read(settings.maxBatchRequests),
    maxConcurrentStreams: read(settings.maxConcurrentStreams),
    maxSessionMemoryMegabytes: read(settings.maxSessionMemoryMegabytes),
    maxPendingMegabytes: read(settings.maxPendingMegabytes),
    maxSearchCandidates: read(settings.maxSearchCandidates),
    maxAudits: read(settings.maxAudits),
    auditBudget: read(settings.auditBudget),
    auditTimeout: read(settings.auditTimeout),
    auditMemoryMegabytes: read(settings.auditMemoryMegabytes),
    maxAuditMegabytes: read(settings.maxAuditMegabytes),
    maxConnections: read(settings.maxConnections),
    maxOpenCalls: read(settings.maxOpenCalls),
    maxHeaderBytes: read(settings.maxHeaderBytes),
    requestTimeout: read(settings.requestTimeout),
    idleTimeout: read(settings.idleTimeout),
    maxConnectionAge: read(settings.maxConnectionAge),
    maxQueueAge: read(settings.maxQueueAge),
    drainTimeout: read(settings.drainTimeout),
    withoutWorkarounds: read(settings.withoutWorkarounds),
    logLevel: read(settings.logLevel),
    logFormat: read(settings.logFormat),
    decisionLog: read(settings.decisionLog),
    decisionLogMask: read(settings.decisionLogMask),
    decisionLogAllows: read(settings.decisionLogAllows),
    decisionLogOverflow: read(settings.decisionLogOverflow),
    decisionLogSpill: read(settings.decisionLogSpill),
    decisionLogSpillBytes: read(settings.decisionLogSpillBytes),
    decisionLogQueueBytes: read(settings.decisionLogQueueBytes),
    decisionLogWait: read(settings.decisionLogWait),
    decisionLogMaxBytes: read(settings.decisionLogMaxBytes),
    decisionLogKeep: read(settings.decisionLogKeep),
    tracing: read(settings.tracing),
  };
  for (const name of ["listen", "http", "admin", "audit"] as const) {
    const address = config[name];
    if (address === undefined || isLocal(address) || config.insecure || config.tlsCert !== undefined) continue;
    const { place } = givenBy(settings[name], flags, environment, members) ?? { place: settings[name].flag };
    problems.push(`${place}: other machines can reach this listener, and it has no TLS: add --insecure to allow it`);
  }
  if (config.authzen !== undefined && config.http === undefined) problems.push("--authzen: needs --http");
  if (config.accessAnalyzer && config.http === undefined) problems.push("--access-analyzer: needs --http");
  if (config.processes > 1 && typeof file === "string" && (await isPiped(file))) {
    problems.push(`${configFile.flag}: a pipe can be read only once, and every process reads it: save it as a file`);
  }
  problems.push(...policyProblems(config), ...accessProblems(config), ...logProblems(config));
  if (problems.length > 0) throw new ConfigError(problems);
  return { config: Object.freeze(config), given: (one) => givenBy(one, flags, environment, members) };
}

async function readConfigFile(path: string, problems: string[]): Promise<ReadonlyMap<string, Given>> {
  const findings: Finding[] = [];
  const members = new Map<string, Given>();
  const lists = new Set(Object.values(settings).flatMap(({ name, isList }) => (isList ? [name] : [])));
  if (await isDirectory(path)) {
    problems.push(`${configFile.flag}: ${quote(path)} is a directory`);
    return members;
  }
  for (const source of await readInputs(path, findings)) {
    const node = parseSource(source, findings);
    if (node === undefined) continue;
    for (const [name, place] of readMembers({ source, findings, node, path: undefined }, Object.keys(settings)) ?? []) {
      const texts = textsOf(place, lists.has(name));
      const where = `${placeText(positionOf(place))}: ${name}`;
      if (texts !== undefined) members.set(name, { texts, place: where });
      else problems.push(`${where}: must be ${lists.has(name) ? "a value or a list of values" : "a single value"}`);
    }
  }
  for (const finding of findings) problems.push(`${placeText(finding)}: ${finding.message}`);
  return members;
}

function textsOf({ node }: TreePlace, isList: boolean): readonly string[] | undefined {
  if (node.kind !== "array" || !isList) {
    const text = scalarText(node);
    return text === undefined ? undefined : [text];
  }
  const texts = node.items.map(scalarText);
  return texts.every((text) => text !== undefined) ? texts : undefined;
}

function scalarText(node: TreeNode): string | undefined {
  if (node.kind === "string") return node.value;
  if (node.kind === "number") return node.text;
  return node.kind === "boolean" ? String(node.value) : undefined;
}

/** A misspelt variable must not leave a limit at its default unnoticed. */
function unknownVariables(environment: Environment): string[] {
  const known: readonly string[] = [configFile, ...Object.values(settings)].map(({ variable }) => variable);
  return Object.keys(environment)
    .filter((name) => name.startsWith("VERDICT_") && !known.includes(name) && !serviceLink.test(name))
    .map((name) => {
      const meant = closestName(name, known);
      return `${quote(name)}: unknown setting${meant === undefined ? "" : `: did you mean ${meant}?`}`;
    });
}

// Kubernetes sets these in every pod when a service is called `verdict` or `verdict-…`.
const serviceLink = /_SERVICE_(HOST|PORT(_[A-Z0-9_]+)?)$|_PORT(_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?$/;
