/**
 * The audit thread: what an audit needs is processor time, which callers of decisions must not miss. A task comes in, serialised lines
 * go out as long as they are taken.
 */
import { once } from "node:events";
import { parentPort, workerData } from "node:worker_threads";
import { askersOf, NobodyNamed } from "../../audit/askers-of.js";
import type { Auditor } from "../../audit/auditor.js";
import { auditorOver } from "../../audit/auditor-over.js";
import { Contradiction } from "../../audit/decided-again.js";
import { diffSets } from "../../audit/diff.js";
import type { AccessLines } from "../../audit/lines.js";
import { type ListQuestion, listScope } from "../../audit/list-scope.js";
import { whatCan } from "../../audit/what-can.js";
import { whichResources } from "../../audit/which-resources.js";
import { whoCan } from "../../audit/who-can.js";
import { Engine } from "../../engine/engine.js";
import { nodePlatform } from "../../files/node-platform.js";
import { PolicySetArchive } from "../../image/policy-set-archive.js";
import { hasWildcard } from "../../policy/document/arn.js";
import { parseSource } from "../../policy/formats/build-policy-set.js";
import type { PolicySet } from "../../policy/policy-set.js";
import { giveWay } from "../../prepare/give-way.js";
import type { Assertion } from "../../prove/assertion.js";
import { AssertionRefusal, Prover } from "../../prove/prover.js";
import { readAssertions } from "../../prove/read-assertions.js";
import type { ProofResult } from "../../prove/result.js";
import { errorText } from "../../text/error-text.js";
import type { Finding } from "../../text/finding.js";
import { quote } from "../../text/quote.js";
import { sourceText } from "../../text/source-text.js";
import { placeText } from "../../text/tree-place.js";
import type { Catalogue } from "../../validate/catalogue/catalogue.js";
import { loadCatalogue, loadWholeCatalogue } from "../../validate/catalogue/load-catalogue.js";
import { LineWriter } from "./audit-lines.js";
import type { AuditEnd, AuditedSet, AuditTask, AuditWord } from "./audit-task.js";

/** Lines travel together up to so many bytes, and so many milliseconds after the first of them was found. */
const MOST_BYTES = 64 << 10;
const MOST_MS = 100;

const port = parentPort;
if (port === null) throw new Error("audit thread: is no thread");
if (!isQuick(workerData)) giveWay();
const say = (word: AuditWord): void => port.postMessage(word);
port.on("message", (task: AuditTask | "more") => {
  if (task !== "more") void answer(task);
});

let writer: LineWriter | undefined;

async function answer(task: AuditTask): Promise<void> {
  try {
    say({ kind: "done", end: await audit(task) });
  } catch (error: unknown) {
    if (error instanceof NobodyNamed) say({ kind: "refused", message: `principal: ${error.message}` });
    else if (error instanceof Refused) say({ kind: "refused", message: error.message });
    else say({ kind: "failed", message: error instanceof Contradiction ? error.message : (stackOf(error) ?? "") });
  }
}

function isQuick(data: unknown): boolean {
  return typeof data === "object" && data !== null && "isQuick" in data && data.isQuick === true;
}

function stackOf(error: unknown): string | undefined {
  return error instanceof Error ? error.stack : errorText(error);
}

async function audit(task: AuditTask): Promise<AuditEnd> {
  const { question } = task;
  const auditors = await auditorsOf(task);
  const [first, second] = auditors;
  if (first === undefined) throw new Error("audit: no policy set");
  if (question.kind === "list") return { counts: {}, scope: listScope(first, question.list) };
  writer ??= new LineWriter();
  const lines = new Lines();
  if (question.kind === "prove") return prove(auditors, question, writer, lines);
  if (question.kind === "diff") {
    if (second === undefined) throw new Error("audit: no second policy set");
    const counts = { gained: 0, lost: 0, conditions: 0, unknown: 0 };
    for (const changes of diffSets(first, second).lines) {
      for (const change of changes) {
        counts[change.change]++;
        lines.add(writer.change(change));
        if (lines.areMany) await lines.leave();
      }
    }
    lines.add(writer.summary(counts));
    await lines.leave();
    return { counts };
  }
  const counts = { always: 0, sometimes: 0, never: 0, unknown: 0 };
  for (const each of accessLines(first, question)) {
    for (const line of each.lines) {
      if (line !== undefined) {
        counts[line.answer.access]++;
        lines.add(writer.access(line));
      }
      if (lines.areMany) await lines.leave();
    }
  }
  await lines.leave();
  return { counts };
}

async function prove(
  [first, ...others]: readonly Auditor[],
  { assertions, names }: Extract<AuditTask["question"], { kind: "prove" }>,
  writer: LineWriter,
  lines: Lines,
): Promise<AuditEnd> {
  if (first === undefined) throw new Error("audit: no policy set");
  const counts = { holds: 0, fails: 0, unknown: 0 };
  const prover = new Prover(first);
  const compared = new Map(others.map((auditor, index) => [names[index + 1] ?? "", auditor]));
  const read = readProofs(assertions);
  for (const assertion of read) {
    const refusal = prover.refusal(assertion);
    if (refusal !== undefined) throw refused(refusal);
    otherOf(assertion, compared);
  }
  for (const assertion of read) {
    const result = proveOne(prover, assertion, otherOf(assertion, compared));
    counts[result.result]++;
    lines.add(writer.proof(result));
    if (lines.areMany) await lines.leave();
  }
  await lines.leave();
  return { counts };
}

/** The set that an assertion compares with. */
function otherOf({ claim, place, id }: Assertion, compared: ReadonlyMap<string, Auditor>): Auditor | undefined {
  if (!("path" in claim)) return undefined;
  const other = compared.get(claim.path);
  if (other !== undefined) return other;
  throw new Refused(`${placeText(place)}: ${id}: ${quote(claim.path)} is none of \`other_policy_sets\``);
}

function proveOne(prover: Prover, assertion: Assertion, other: Auditor | undefined): ProofResult {
  try {
    return prover.prove(assertion, other);
  } catch (error: unknown) {
    if (error instanceof AssertionRefusal) throw refused(error);
    throw error;
  }
}

function refused({ assertion, place, message }: AssertionRefusal): Refused {
  return new Refused(`${placeText(place)}: ${assertion.id}: ${message}`);
}

/** What the caller is to be told. */
class Refused extends Error {}

function readProofs(text: string): readonly Assertion[] {
  const findings: Finding[] = [];
  const source = sourceText("assertions", text);
  const node = parseSource(source, findings);
  const found = node && readAssertions(node, source, findings);
  const first = findings.find(({ severity }) => severity === "error");
  if (found !== undefined && first === undefined) return found;
  throw new Refused(first === undefined ? "assertions: cannot be read" : `${placeText(first)}: ${first.message}`);
}

function* accessLines(
  auditor: Auditor,
  question: Exclude<AuditTask["question"], { kind: "diff" | "list" | "prove" }>,
): Generator<AccessLines> {
  if (question.kind === "whoCan") {
    yield whoCan(auditor, question.action, question.resources, question.all);
    return;
  }
  for (const asker of askersOf(auditor, question.principal)) {
    if (question.kind === "whatCan") yield whatCan(auditor, asker, question.resources, question.all);
    else yield whichResources(auditor, asker, question.action, question.all);
  }
}

/** Lines on their way: one load is taken while the next one is found. */
class Lines {
  private found: Uint8Array[] = [];
  private bytes = 0;
  private since = 0;
  private taken: Promise<unknown> = Promise.resolve();

  add(line: Uint8Array): void {
    if (this.bytes === 0) this.since = performance.now();
    this.found.push(line);
    this.bytes += line.length;
  }

  /** Whether they should leave. */
  get areMany(): boolean {
    return this.bytes >= MOST_BYTES || (this.bytes > 0 && performance.now() - this.since >= MOST_MS);
  }

  /** Sends them when those before were taken. */
  async leave(): Promise<void> {
    await this.taken;
    if (this.found.length === 0 || port === null) return;
    // Only one `more` is ever awaited, and it comes for what is sent here.
    this.taken = once(port, "message");
    say({ kind: "lines", lines: this.found });
    this.found = [];
    this.bytes = 0;
  }
}

interface OpenSet {
  readonly generation: number;
  readonly set: PolicySet;
  readonly engine: Engine;
}

/** The sets that were asked about last: the next audit is of the same ones, as a rule. */
const open: OpenSet[] = [];
const MOST_OPEN = 2;

async function auditorsOf({ sets, question, region, nowMs, budget }: AuditTask): Promise<readonly Auditor[]> {
  const catalogue = await catalogueFor(question);
  const auditors: Auditor[] = [];
  for (const each of sets) {
    const { set, engine } = await openSet(each, sets);
    auditors.push(auditorOver(engine, { set, catalogue, region, nowMs, budget }));
  }
  return auditors;
}

async function openSet({ archive, generation }: AuditedSet, wanted: readonly AuditedSet[]): Promise<OpenSet> {
  const known = open.find((one) => one.generation === generation);
  if (known !== undefined) return known;
  const set = new PolicySetArchive(archive, nodePlatform.deflate).whole();
  const engine = await Engine.start({ workers: 0, allowWhatIf: true });
  engine.publish(set);
  const opened = { generation, set, engine };
  open.push(opened);
  const idle = open.findIndex((one) => wanted.every((each) => each.generation !== one.generation));
  if (open.length > MOST_OPEN && idle >= 0) for (const one of open.splice(idle, 1)) await one.engine.close();
  return opened;
}

function serviceOf(list: ListQuestion): string {
  return list.open === "principal" ? (list.action.split(":", 1)[0] ?? "") : list.service;
}

function prefixOf(question: AuditTask["question"]): string {
  return "action" in question ? (question.action.split(":", 1)[0] ?? "") : "*";
}

let whole: Promise<Catalogue | undefined> | undefined;

/** The services of the actions, or all of them where an action can be of any. */
async function catalogueFor(question: AuditTask["question"]): Promise<Catalogue | undefined> {
  const prefix = question.kind === "list" ? serviceOf(question.list) : prefixOf(question);
  if (whole === undefined && !hasWildcard(prefix)) return loadCatalogue([prefix]);
  whole ??= loadWholeCatalogue();
  return whole;
}
