/** `verdict schema`: JSON Schemas of the files that Verdict reads. Exit code 0, 2 if there is no such schema. */
import { Argument, type Command } from "commander";
import { schemaNames, schemaTitles } from "../schemas/schema-names.js";

/** Adds the command. */
export function addSchema(program: Command): void {
  program
    .command("schema")
    .summary("print the JSON Schema of a file format, for editors")
    .description("Prints a JSON Schema (draft-07), or the names of all: exit code 0, 2 if there is none of the name.")
    .addArgument(new Argument("[name]", "which").choices(schemaNames))
    .option("--out <directory>", "write NAME.json into a directory instead; without a name, all of them")
    .addHelpText("after", `\n${listed()}\n\nExample:\n  verdict schema policy-set > policy-set.schema.json`)
    .action(async (name: string | undefined, options: { readonly out?: string }) => {
      const { schema } = await import("./run-schema.js");
      await schema(name, options);
    });
}

function listed(): string {
  const lines = schemaNames.map((name) => `  ${name.padEnd(16)} ${schemaTitles[name]}`);
  return ["Schemas:", ...lines].join("\n");
}
