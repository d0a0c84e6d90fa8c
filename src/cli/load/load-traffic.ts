/** The traffic of a load test out of options: made for the set, or recorded. */
import { auditorOver } from "../../audit/auditor-over.js";
import { Engine } from "../../engine/engine.js";
import { fileFailure } from "../../files/file-failure.js";
import { readRegularFile } from "../../files/regular-file.js";
import { decodeSource, maxFileBytes } from "../../files/sources.js";
import { checkTraffic } from "../../load/ext-authz/check-traffic.js";
import { makeTraffic } from "../../load/traffic/make-traffic.js";
import { recordedTraffic } from "../../load/traffic/recorded-traffic.js";
import type { Traffic } from "../../load/traffic/traffic.js";
import type { PolicySet } from "../../policy/policy-set.js";
import type { AuthorizationQuestion } from "../../question/authorization-question.js";
import { everythingAt } from "../../reachable/everything-at.js";
import type { Mapping } from "../../server/ext-authz/mapping.js";
import { buildMapping } from "../../server/ext-authz/read-mapping.js";
import { CommandError, refuse } from "../../terminal/command-error.js";
import { showProgress } from "../../terminal/progress.js";
import { progressBar } from "../../terminal/progress-bar.js";
import { findingLine } from "../../terminal/report-findings.js";
import type { Finding } from "../../text/finding.js";
import type { SourceText } from "../../text/source-text.js";
import { loadWholeCatalogue } from "../../validate/catalogue/load-catalogue.js";
import type { LoadPlan } from "./load-plan.js";
import type { LoadOptions } from "./run-load.js";

const usualBudget = 200_000;
const mostStatements = 20_000;

/** Makes it. */
export async function makeLoadTraffic(set: PolicySet, options: LoadOptions, { isRemote }: LoadPlan): Promise<Traffic> {
  const nowMs = Date.now();
  const engine = await Engine.start({ workers: 0, allowWhatIf: true });
  const progress = showProgress();
  const startMs = performance.now();
  try {
    engine.publish(set);
    const catalogue = await loadWholeCatalogue();
    const decide = (question: AuthorizationQuestion) => engine.decide(question, { nowMs });
    const allowsWhatIf = !isRemote || options.allowWhatIf === true;
    const { replay, speed = 1, seed = "1", names = "zipf", questions = 10_000, budget = usualBudget } = options;
    const mapping = options.extAuthz === undefined ? undefined : await readMapping(options.extAuthz);
    const mix = options.mix ?? { allowed: 0.6, implicitDeny: 0.3, explicitDeny: 0.1 };
    const inForm = (made: Traffic): Traffic => {
      if (mapping === undefined) return made;
      try {
        return checkTraffic(made, { mapping, decide, drawn: replay === undefined ? { seed, mix } : undefined });
      } catch (error: unknown) {
        throw refuse(`--ext-authz: ${error instanceof Error ? error.message : String(error)}`, error);
      }
    };
    if (replay !== undefined) {
      let recorded: Traffic;
      try {
        recorded = await recordedTraffic(replay, { set, catalogue, decide, speed, allowsWhatIf, nowMs });
      } catch (error: unknown) {
        const isFile = error instanceof Error && "code" in error;
        const why = isFile
          ? `cannot be read: ${fileFailure(error)}`
          : error instanceof Error
            ? error.message
            : String(error);
        throw refuse(`${replay}: ${why}`, error);
      }
      return inForm(recorded);
    }
    const made = await makeTraffic({
      auditor: auditorOver(engine, { set, catalogue, region: everythingAt(nowMs), nowMs, budget }),
      decide,
      explain: (question) => engine.decide(question, { nowMs, detail: "explain" }),
      seed,
      mix,
      distribution: names,
      length: questions,
      allowsWhatIf,
      mostStatements,
      budget,
      onStep: (done, all) => {
        progress.tell(progressBar({ done, all, seconds: (performance.now() - startMs) / 1000 }, "statements"));
      },
    });
    return inForm(made);
  } finally {
    progress.end();
    await engine.close();
  }
}

/** The mapping of `--ext-authz`. */
async function readMapping(path: string): Promise<Mapping> {
  const findings: Finding[] = [];
  let source: SourceText | undefined;
  try {
    source = decodeSource(path, await readRegularFile(path, maxFileBytes), findings);
  } catch (error: unknown) {
    throw refuse(`--ext-authz: ${path}: cannot be read: ${fileFailure(error)}`, error);
  }
  const reading = source && buildMapping(source);
  if (reading?.ok === true) return reading.mapping;
  throw new CommandError([...findings, ...(reading?.findings ?? [])].map(findingLine));
}
