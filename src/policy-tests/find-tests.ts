/** Which files hold tests, and which policy set each of them asks. Opens none of the sets. */

import { stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { readInputs } from "../files/piped-source.js";
import { findSources, isDirectory, isTestFile } from "../files/sources.js";
import { parseSource } from "../policy/formats/build-policy-set.js";
import type { Finding } from "../text/finding.js";
import type { PolicyTest } from "./policy-test.js";
import { readTestFile } from "./read-test-file.js";

/** What the caller names. */
export interface TestPlaces {
  /** Files of tests, or directories in which every file counts that is named like one. */
  readonly paths: readonly string[];
  /** The set that all of them ask, whatever they say themselves. */
  readonly policies?: string;
}

/** The tests of one file with the path of their policy set. */
export interface FoundTests {
  readonly file: string;
  readonly policies: string;
  readonly tests: readonly PolicyTest[];
}

/** Reads every file of tests. A file that cannot be read, or names no set, is a finding and is left out. */
export async function findTests({ paths, policies }: TestPlaces, findings: Finding[]): Promise<readonly FoundTests[]> {
  const found: FoundTests[] = [];
  const seen = new Set<string>();
  for (const path of paths) {
    const folder = (await isDirectory(path)) ? path : undefined;
    const files = folder === undefined ? [path] : await testFilesBelow(folder, findings);
    if (files.length === 0) refuse(findings, path, NO_TESTS);
    for (const file of files) {
      if (seen.has(file)) continue;
      seen.add(file);
      const read = await readTests(file, findings);
      if (read === undefined) continue;
      const set = policies ?? (await policiesOf(file, read.policies, folder));
      if (set === undefined) refuse(findings, file, NO_SET);
      else found.push({ file, policies: set, tests: read.tests });
    }
  }
  return found;
}

const NO_TESTS =
  "no tests below this directory: their files end in `.test.yaml`, `.test.json`, `.questions.yaml` or the like";
const NO_SET = "the tests name no policy set: write `policies: PATH` in the file or give --policies";

/** The files of tests below a directory, in sorted order. */
export async function testFilesBelow(folder: string, findings: Finding[]): Promise<readonly string[]> {
  const places = await findSources(folder, (file, message) => refuse(findings, file, message), isTestFile);
  return places.files;
}

async function readTests(file: string, findings: Finding[]) {
  const [source] = await readInputs(file, findings);
  const node = source && parseSource(source, findings);
  return source === undefined || node === undefined ? undefined : readTestFile(node, source, findings);
}

/** The set that a file names; else what lies beside it under its name; else the directory in which it was found. */
async function policiesOf(
  file: string,
  named: string | undefined,
  folder: string | undefined,
): Promise<string | undefined> {
  if (named !== undefined) return join(dirname(file), named);
  const stem = join(dirname(file), basename(file).replace(/\.[^.]+\.[^.]+$/, ""));
  for (const beside of [stem, `${stem}.yaml`, `${stem}.yml`, `${stem}.json`]) {
    if (await exists(beside)) return beside;
  }
  if (folder !== undefined) return folder;
  return (await exists("policies")) ? "policies" : undefined;
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

function refuse(findings: Finding[], file: string, message: string): void {
  findings.push({ file, line: 1, column: 1, rule: "SET-FILE", severity: "error", message });
}
