/** The work of `verdict prove` with files of assertions. */
import { dirname, resolve } from "node:path";
import { type Auditor, DEFAULT_BUDGET } from "../../audit/auditor.js";
import { auditorOver } from "../../audit/auditor-over.js";
import { everything } from "../../audit/region.js";
import { policyPath } from "../../config/policy-settings.js";
import { readSetting } from "../../config/settle-setting.js";
import { Engine } from "../../engine/engine.js";
import { readInputs } from "../../files/piped-source.js";
import { parseSource } from "../../policy/formats/build-policy-set.js";
import type { Assertion } from "../../prove/assertion.js";
import type { PublicRule } from "../../prove/document-checks.js";
import { AssertionRefusal, Prover } from "../../prove/prover.js";
import { readAssertions } from "../../prove/read-assertions.js";
import type { ProofResult } from "../../prove/result.js";
import type { PolicyType } from "../../question/layers.js";
import { CommandError, refuse } from "../../terminal/command-error.js";
import { loadPolicies } from "../../terminal/load-policies.js";
import { findingLine } from "../../terminal/report-findings.js";
import type { Finding } from "../../text/finding.js";
import { placeText } from "../../text/tree-place.js";
import type { Catalogue } from "../../validate/catalogue/catalogue.js";
import { loadWholeCatalogue } from "../../validate/catalogue/load-catalogue.js";
import { takeSteps } from "../audit/steps.js";
import { exitCode, ProofReport } from "./proof-report.js";

/** What the command line gave. */
export interface ProveOptions {
  readonly policies?: string;
  readonly format: "text" | "json" | "sarif" | "junit";
  readonly json?: boolean;
  /** `true`: not given. */
  readonly newAccess?: true | readonly string[];
  readonly notGranted?: string;
  readonly notPublic?: string;
  readonly type?: PolicyType;
  readonly action?: readonly string[];
  readonly resource?: readonly string[];
  readonly resourceType?: string;
  readonly rule: PublicRule;
  readonly budget?: number;
  readonly workers?: number;
}

/** Runs the command. */
export async function prove(files: readonly string[], options: ProveOptions): Promise<void> {
  if (isAboutDocuments(options)) {
    const { proveDocuments } = await import("./prove-documents.js");
    await proveDocuments(files, options);
    return;
  }
  if (files.length === 0) throw refuse("verdict: name a file of assertions");
  const path = readSetting(policyPath, { policies: options.policies });
  const assertions = await readAll(files);
  const sets = new ProvedSets(options.budget ?? DEFAULT_BUDGET);
  try {
    const prover = new Prover(await sets.auditor(path));
    const refusals = assertions.flatMap((assertion) => prover.refusal(assertion) ?? []);
    if (refusals.length > 0) throw new CommandError(refusals.map(refusalLine));
    for (const assertion of assertions) {
      const other = otherPath(assertion);
      if (other !== undefined) await sets.auditor(other);
    }
    const report = new ProofReport(path, options.json === true ? "json" : options.format);
    const results: ProofResult[] = [];
    function* steps(): Generator<ProofResult> {
      for (const assertion of assertions) yield proveOne(prover, assertion, sets);
    }
    const isWhole = await takeSteps(assertions.length, steps(), "assertions", async (result) => {
      results.push(result);
      await report.add(result);
    });
    await report.end(results);
    if (isWhole) process.exitCode = exitCode(results);
  } finally {
    await sets.close();
  }
}

function proveOne(prover: Prover, assertion: Assertion, sets: ProvedSets): ProofResult {
  const other = otherPath(assertion);
  try {
    return prover.prove(assertion, other === undefined ? undefined : sets.known(other));
  } catch (error: unknown) {
    if (!(error instanceof AssertionRefusal)) throw error;
    throw refuse(refusalLine(error), error);
  }
}

function refusalLine({ assertion, place, message }: AssertionRefusal): string {
  return `${placeText(place)}: ${assertion.id}: ${message}`;
}

function isAboutDocuments({ newAccess, notGranted, notPublic }: ProveOptions): boolean {
  return Array.isArray(newAccess) || notGranted !== undefined || notPublic !== undefined;
}

/** Where the set lies that an assertion compares with. */
function otherPath({ claim, place }: Assertion): string | undefined {
  return "path" in claim ? resolve(dirname(place.file), claim.path) : undefined;
}

async function readAll(files: readonly string[]): Promise<readonly Assertion[]> {
  const findings: Finding[] = [];
  const found: Assertion[] = [];
  for (const file of files) {
    for (const source of await readInputs(file, findings)) {
      const node = parseSource(source, findings);
      if (node !== undefined) found.push(...(readAssertions(node, source, findings) ?? []));
    }
  }
  const errors = findings.filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw new CommandError(errors.map(findingLine));
  return found;
}

/** Policy sets by their paths, each with an engine of its own. */
class ProvedSets {
  private readonly auditors = new Map<string, Auditor>();
  private readonly engines: Engine[] = [];
  private catalogue: Catalogue | undefined;
  private readonly nowMs = Date.now();

  constructor(private readonly budget: number) {}

  /** A set that several assertions name, in one way or another, is loaded once. */
  async auditor(path: string): Promise<Auditor> {
    const place = path === "-" ? path : resolve(path);
    const known = this.auditors.get(place);
    if (known !== undefined) return known;
    const set = await loadPolicies(path);
    this.catalogue ??= await loadWholeCatalogue();
    const { nowMs, budget, catalogue } = this;
    const engine = await Engine.start({ workers: 0, allowWhatIf: true });
    this.engines.push(engine);
    engine.publish(set);
    const auditor = auditorOver(engine, { set, catalogue, region: everything, nowMs, budget });
    this.auditors.set(place, auditor);
    return auditor;
  }

  /** One that was loaded. */
  known(path: string): Auditor | undefined {
    return this.auditors.get(path);
  }

  async close(): Promise<void> {
    for (const engine of this.engines) await engine.close();
  }
}
