/** The work of `verdict inspect`: what a policy set holds once it is compiled. */
import { policyPath } from "../config/policy-settings.js";
import { readSetting } from "../config/settle-setting.js";
import { Engine } from "../engine/engine.js";
import { loadPolicies } from "../terminal/load-policies.js";
import { printJson, printLine } from "../terminal/terminal.js";

/** Runs the command. */
export async function inspect(path: string | undefined, options: { readonly json?: boolean }): Promise<void> {
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
