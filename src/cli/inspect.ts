/** `verdict inspect`: what a policy set holds once it is compiled. */
import type { Command } from "commander";
import { policyPath } from "../config/policy-settings.js";
import { readSetting } from "../config/read-config.js";
import { Engine } from "../engine/engine.js";
import { loadPolicies } from "./load-policies.js";
import { printJson, printLine } from "./terminal.js";

/** Adds the command. */
export function addInspect(program: Command): void {
  program
    .command("inspect")
    .summary("show what a policy set holds")
    .description("Compiles a policy set and prints its counts, its digest and the bytes of its image.")
    .argument("[path]", `policy set: a file or a directory (default: ${policyPath.defaultText})`)
    .option("--json", "print one line of JSON")
    .addHelpText("after", "\nExample:\n  verdict inspect examples/acme")
    .action(inspect);
}

async function inspect(path: string | undefined, options: { readonly json?: boolean }): Promise<void> {
  const policies = readSetting(policyPath, { policies: path });
  const policySet = await loadPolicies(policies);
  const engine = await Engine.start({ workers: 0 });
  try {
    const { digest, imageBytes, counts } = engine.publish(policySet);
    if (options.json === true) {
      await printJson({ policies, digest, imageBytes, counts });
      return;
    }
    for (const [name, number] of Object.entries(counts)) await printLine(`${name.padEnd(12)}${number}`);
    await printLine(`${"imageBytes".padEnd(12)}${imageBytes}`);
    await printLine(`${"digest".padEnd(12)}${digest}`);
  } finally {
    await engine.close();
  }
}
