/** The work of `verdict prove` with documents alone, as AWS's custom policy checks take them. */
import { DEFAULT_BUDGET } from "../../audit/auditor.js";
import { checkAction, checkResource, RegionRefusal } from "../../audit/read-region.js";
import { readInputs } from "../../files/piped-source.js";
import type { PolicyDocument } from "../../policy/document/document.js";
import { parsePolicyDocument } from "../../policy/document/parse-document.js";
import { parseSource } from "../../policy/formats/build-policy-set.js";
import { unwrapDocument } from "../../policy/formats/wrapped-document.js";
import { type CheckResult, DocumentChecks } from "../../prove/document-checks.js";
import { type ResourceType, resourceTypeNames, resourceTypes } from "../../prove/public-resources.js";
import { replayCommand } from "../../prove/replay-case.js";
import type { ProofResult } from "../../prove/result.js";
import { breaks } from "../../prove/sentences.js";
import type { PolicyType } from "../../question/layers.js";
import { CommandError, refuse } from "../../terminal/command-error.js";
import { findingLine } from "../../terminal/report-findings.js";
import { closestName, didYouMean } from "../../text/closest-name.js";
import type { Finding } from "../../text/finding.js";
import { quote } from "../../text/quote.js";
import type { Catalogue } from "../../validate/catalogue/catalogue.js";
import { loadWholeCatalogue } from "../../validate/catalogue/load-catalogue.js";
import { exitCode, ProofReport } from "./proof-report.js";
import type { ProveOptions } from "./run-prove.js";

/** Runs the checks that are asked for. */
export async function proveDocuments(files: readonly string[], options: ProveOptions): Promise<void> {
  if (files.length > 0) throw refuse("verdict: documents are checked alone, without a file of assertions");
  if (options.policies !== undefined) throw refuse("verdict: documents are checked alone, without --policies");
  const asked = await askedOf(options);
  const catalogue = await loadWholeCatalogue();
  const budget = options.budget ?? DEFAULT_BUDGET;
  const checks = await DocumentChecks.start({ catalogue, budget, nowMs: Date.now() });
  try {
    const report = new ProofReport(undefined, options.json === true ? "json" : options.format);
    const results: ProofResult[] = [];
    for (const one of asked) {
      const result = resultOf(one, one.run(checks), catalogue, options);
      results.push(result);
      await report.add(result);
    }
    await report.end(results);
    process.exitCode = exitCode(results);
  } finally {
    await checks.close();
  }
}

interface Asked {
  readonly id: string;
  readonly file: string;
  /** The documents that decide the request that is shown. */
  readonly documents: readonly string[];
  readonly type: PolicyType;
  readonly run: (checks: DocumentChecks) => CheckResult;
}

async function askedOf({
  newAccess,
  notGranted,
  notPublic,
  type,
  ...options
}: ProveOptions): Promise<readonly Asked[]> {
  const asked: Asked[] = [];
  if (Array.isArray(newAccess)) {
    const [old, now, ...more] = newAccess;
    if (old === undefined || now === undefined || more.length > 0)
      throw refuse("--no-new-access: takes two documents, the old one and the new one");
    const as = typeGiven(type, "--no-new-access");
    const [one, two] = [await readDocument(old, as), await readDocument(now, as)];
    asked.push({
      id: "no-new-access",
      file: now,
      documents: [old, now],
      type: as,
      run: (checks) => checks.checkNoNewAccess(one, two, as),
    });
  }
  const { action, resource } = options;
  if (notGranted !== undefined) {
    if (action === undefined && resource === undefined)
      throw refuse("--not-granted: say what, with --action or --resource");
    for (const text of action ?? []) checked("--action", () => checkAction(text));
    for (const text of resource ?? []) checked("--resource", () => checkResource(text));
    const as = typeGiven(type, "--not-granted");
    const document = await readDocument(notGranted, as);
    const access = {
      ...(action === undefined ? {} : { actions: action }),
      ...(resource === undefined ? {} : { resources: resource }),
    };
    asked.push({
      id: "not-granted",
      file: notGranted,
      documents: [notGranted],
      type: as,
      run: (checks) => checks.checkAccessNotGranted(document, as, [access]),
    });
  } else if (action !== undefined || resource !== undefined) {
    throw refuse("--action and --resource say what is not granted: they need --not-granted");
  }
  if (notPublic !== undefined) {
    const resourceType = resourceTypeGiven(options.resourceType);
    const as = resourceTypes[resourceType].isTrust ? "trust" : "resource";
    const document = await readDocument(notPublic, as);
    const { rule } = options;
    asked.push({
      id: "not-public",
      file: notPublic,
      documents: [notPublic],
      type: as,
      run: (checks) => checks.checkNoPublicAccess(document, resourceType, rule),
    });
  }
  return asked;
}

function typeGiven(type: PolicyType | undefined, flag: string): PolicyType {
  if (type === undefined)
    throw refuse(`${flag}: say what the document is attached as, with --type identity, resource …`);
  return type;
}

function resourceTypeGiven(text: string | undefined): ResourceType {
  if (text === undefined) throw refuse("--not-public: say whose policy it is, with --resource-type AWS::S3::Bucket …");
  const found = resourceTypeNames.find((name) => name === text);
  if (found === undefined) {
    throw refuse(
      `--resource-type: ${quote(text)} is no type that is checked${didYouMean(closestName(text, resourceTypeNames))}`,
    );
  }
  return found;
}

function checked(flag: string, check: () => void): void {
  try {
    check();
  } catch (error: unknown) {
    if (error instanceof RegionRefusal) throw refuse(`${flag}: ${error.message}`, error);
    throw error;
  }
}

/** One document, bare or as a command of AWS printed it. */
async function readDocument(path: string, type: PolicyType): Promise<PolicyDocument> {
  const findings: Finding[] = [];
  const [source, ...more] = await readInputs(path, findings);
  if (more.length > 0) throw refuse(`${path}: is a directory; a check takes one document`);
  const node = source && parseSource(source, findings);
  const place = source && node && unwrapDocument({ node, source, findings, path: undefined });
  const document = place && parsePolicyDocument(place.node, place.source, type, findings);
  if (document !== undefined) return document;
  const errors = findings.filter(({ severity }) => severity === "error");
  throw new CommandError(errors.length > 0 ? errors.map(findingLine) : [`${path}: is no policy document`]);
}

const outcomes = { PASS: "holds", FAIL: "fails", UNKNOWN: "unknown" } as const;

function resultOf(
  { id, file, documents, type }: Asked,
  { result, message, reasons, witness, decidedBy, classes }: CheckResult,
  catalogue: Catalogue | undefined,
  { action = ["*"], resource = ["*"] }: ProveOptions,
): ProofResult {
  const because = witness === undefined ? "" : breaks(witness, true, decidedBy, "");
  const told = [
    message,
    ...reasons.map(({ description }) => description),
    ...(because === "" ? [] : [`For example ${because}`]),
  ];
  return {
    assertion: { id, place: { file, line: 1, column: 1 } },
    result: outcomes[result],
    counterexample: witness,
    classes,
    decidedBy,
    reason: told.join(" "),
    check: { message, reasons },
    // What came through a pipe is there no more.
    ...(witness === undefined || documents.includes("-") ? {} : { replay: replayCommand(documents, type, witness) }),
    caveats: [],
    over: {
      principals: 0,
      strangers: 0,
      actions: action,
      resources: resource,
      catalogue: catalogue?.version ?? null,
      keys: "open",
      fixed: [],
    },
  };
}
