/** The work of `verdict import aws`. */
import { readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type ImportedFile, importedSet } from "../../evidence/import/imported-set.js";
import type { Evidence } from "../../evidence/sources/evidence.js";
import { inputLine, mixturesOf, toldInputs } from "../../evidence/sources/input-lines.js";
import { readEvidence } from "../../evidence/sources/read-evidence.js";
import { fileFailure } from "../../files/file-failure.js";
import { makeFolder } from "../../files/make-folder.js";
import { buildPolicySet } from "../../policy/formats/load-policy-set.js";
import { CommandError, refuse } from "../../terminal/command-error.js";
import { counted } from "../../terminal/print-findings.js";
import { findingLine } from "../../terminal/report-findings.js";
import { printError, printLine } from "../../terminal/terminal.js";
import { quote } from "../../text/quote.js";
import { sourceText } from "../../text/source-text.js";

/** Names that an import writes: whatever else lies in a folder is not its own. */
const ownName = /^(?:account-(?:[0-9]{12}|unknown)|missing-policies|organization|resources)\.json$/;

/** Runs the command. */
export async function importAws(paths: readonly string[], { out }: { readonly out: string }): Promise<void> {
  const evidence = await readEvidence(paths.map((path) => ({ path })));
  for (const input of toldInputs(evidence.inputs)) await printLine(inputLine(input));
  for (const line of mixturesOf(evidence.inputs)) await printLine(line);
  const unreadable = tellProblems(evidence);
  const { files, missing } = importedSet(evidence);
  if (files.length === 0)
    throw refuse(
      "verdict: nothing that makes a policy set: export an account with `aws iam get-account-authorization-details`",
    );
  const loaded = buildPolicySet(files.map(({ name, text }) => sourceText(join(out, name), text)));
  if (!loaded.ok) {
    const errors = loaded.findings.filter(({ severity }) => severity === "error");
    throw new CommandError([...errors.map(findingLine), "verdict: nothing is written: the set would be refused"]);
  }
  await write(out, files);
  for (const line of missing) printError(line);
  const { users, groups, roles, policies, resources, accounts } = loaded.policySet.counts;
  const parts = [
    counted(accounts, "account"),
    counted(users, "user"),
    counted(groups, "group"),
    counted(roles, "role"),
    `${policies} managed ${policies === 1 ? "policy" : "policies"}`,
    counted(resources, "resource"),
  ];
  await printLine(`${out}: ${parts.join(", ")} in ${counted(files.length, "file")}`);
  if (missing.length > 0)
    await printLine(`the set is not whole: ${counted(missing.length, "thing")} missing, told above`);
  process.exitCode = unreadable ? 2 : missing.length > 0 ? 1 : 0;
}

/** Tells what was not taken; true if something could not be read. */
function tellProblems({ problems }: Evidence): boolean {
  for (const { kind, file, text } of problems) if (kind !== "incomplete") printError(`${file}: ${text}`);
  return problems.some(({ kind }) => kind === "unreadable");
}

/** Writes the files, each whole or not at all, and takes away those of an earlier import. */
async function write(folder: string, files: readonly ImportedFile[]): Promise<void> {
  try {
    await makeFolder(folder);
    const before = await readdir(folder);
    const strange = before.find((name) => !ownName.test(name));
    if (strange !== undefined) {
      throw refuse(`${folder}: holds ${quote(strange)}, which no import has written: name a new folder`);
    }
    const names = new Set(files.map(({ name }) => name));
    for (const { name, text } of files) {
      await writeFile(join(folder, `.${name}.new`), text);
      await rename(join(folder, `.${name}.new`), join(folder, name));
    }
    for (const name of before) if (!names.has(name)) await rm(join(folder, name));
  } catch (error: unknown) {
    if (error instanceof CommandError) throw error;
    throw refuse(`${folder}: cannot be written: ${fileFailure(error)}`, error);
  }
}
