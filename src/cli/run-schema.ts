/** The work of `verdict schema`. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileFailure } from "../files/file-failure.js";
import { makeFolder } from "../files/make-folder.js";
import { schemaNames, schemaTitles } from "../schemas/schema-names.js";
import { schemaOf } from "../schemas/schemas.js";
import { refuse } from "../terminal/command-error.js";
import { printLine, printText } from "../terminal/terminal.js";
import { quote } from "../text/quote.js";

/** Runs the command. */
export async function schema(given: string | undefined, { out }: { readonly out?: string }): Promise<void> {
  const names = schemaNames.filter((name) => given === undefined || name === given);
  if (out !== undefined) {
    for (const name of names) await writeSchema(out, `${name}.json`, JSON.stringify(schemaOf(name), undefined, 1));
  } else if (given === undefined) {
    for (const name of names) await printLine(`${name.padEnd(16)} ${schemaTitles[name]}`);
  } else {
    for (const name of names) await printText(JSON.stringify(schemaOf(name), undefined, 2));
  }
}

async function writeSchema(folder: string, name: string, text: string): Promise<void> {
  try {
    await makeFolder(folder);
    await writeFile(join(folder, name), `${text}\n`);
  } catch (error: unknown) {
    throw refuse(`--out: ${quote(join(folder, name))} cannot be written: ${fileFailure(error)}`, error);
  }
}
