/** The work of `verdict inspect`: what a policy set holds once it is compiled, or the names of what it holds. */
import { policyPath } from "../config/policy-settings.js";
import { readSetting } from "../config/settle-setting.js";
import { Engine } from "../engine/engine.js";
import { forEachAttached, type PolicySet } from "../policy/policy-set.js";
import { loadPolicies } from "../terminal/load-policies.js";
import { printJson, printLine } from "../terminal/terminal.js";
import type { InspectOptions, Listed } from "./inspect.js";

/** Runs the command. */
export async function inspect(path: string | undefined, options: InspectOptions): Promise<void> {
  const policies = readSetting(policyPath, { policies: path });
  const policySet = await loadPolicies(policies);
  if (options.list !== undefined) {
    const names = namesIn(policySet, options.list);
    if (options.json === true) await printJson({ policies, [options.list]: names });
    else for (const name of names) await printLine(name);
    return;
  }
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

/** Each once, in the order of the set; policies are those that are attached to something, by their names. */
function namesIn(policySet: PolicySet, what: Listed): readonly string[] {
  const { principals, groups = [], resources, owners } = policySet;
  switch (what) {
    case "users":
      return principals.filter(({ kind }) => kind === "user").map(({ arn }) => arn);
    case "roles":
      return principals.filter(({ kind }) => kind === "role").map(({ arn }) => arn);
    case "groups":
      return groups.map(({ arn }) => arn);
    case "resources":
      return resources.map(({ arn }) => arn);
    case "owners":
      return owners.map(({ pattern, account }) => `${pattern} ${account}`);
    case "policies": {
      const names = new Set<string>();
      forEachAttached(policySet, ({ name, owner }) => {
        names.add(owner === undefined ? name : `${name} (${owner.kind} ${owner.name})`);
      });
      return [...names];
    }
  }
}
