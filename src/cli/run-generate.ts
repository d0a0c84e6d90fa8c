/** The work of `verdict generate`. */
import { Engine } from "../engine/engine.js";
import { namesOfSet } from "../evidence/cloudtrail/names-of-set.js";
import { EventReader } from "../evidence/cloudtrail/questions-of-event.js";
import { type GeneratedPolicy, PolicyGenerator } from "../evidence/uses/generate-policy.js";
import { foldedPrincipal, readUses } from "../evidence/uses/read-uses.js";
import type { Use } from "../evidence/uses/use.js";
import { buildPolicySet } from "../policy/formats/load-policy-set.js";
import { parseRequester } from "../policy/requester.js";
import { refuse } from "../terminal/command-error.js";
import { operationsOf } from "../terminal/operations-of.js";
import { printError, printLine } from "../terminal/terminal.js";
import { quote } from "../text/quote.js";
import { sourceText } from "../text/source-text.js";
import { loadWholeCatalogue } from "../validate/catalogue/load-catalogue.js";
import { setBesideRecords } from "./posture/set-beside-records.js";

/** What the command line gave. */
export interface GenerateCommandOptions {
  readonly evidence: readonly string[];
  readonly policies?: string;
  readonly serviceReference?: string;
  readonly mostResources: number;
  readonly sourceNetwork?: boolean;
}

/** Runs the command. */
export async function generate(text: string, options: GenerateCommandOptions): Promise<void> {
  const operations = await operationsOf(options.serviceReference);
  const set = await setBesideRecords(options);
  const names = namesOfSet(set);
  const principal = foldedPrincipal(text, names);
  const kind = parseRequester(principal, "aws")?.kind;
  if (kind !== "user" && kind !== "role") throw refuse(`principal: ${quote(text)} is no user, role or session`);
  const generator = new PolicyGenerator();
  const uses = new Map<string, Use>();
  const terms = { events: new EventReader(await loadWholeCatalogue(), names, undefined, operations), names };
  for (const path of options.evidence) {
    for await (const read of readUses(path, terms)) {
      if (read.kind === "unreadable") {
        process.exitCode = 2;
        printError(`${read.place}: ${read.cause}`);
      } else if (read.kind === "uses") {
        for (const use of read.uses) {
          if (use.principal !== principal) continue;
          generator.add(use);
          if (use.allowed && use.action !== null) {
            const { action, resources, network } = use;
            uses.set(JSON.stringify([action, resources, options.sourceNetwork === true ? network : ""]), use);
          }
        }
      }
    }
  }
  if (generator.count === 0) throw refuse(`no record tells of anything that ${principal} was allowed`);
  const made = generator.generate({
    mostResources: options.mostResources,
    bindsNetwork: options.sourceNetwork === true,
  });
  await requireAllAllowed(principal, kind, made, [...uses.values()]);
  for (const note of made.notes) printError(note);
  for (const line of JSON.stringify(made.document, null, 2).split("\n")) await printLine(line);
}

/**
 * Every use, decided by the document alone. One that it does not allow is a mistake of ours; what resources and roles say themselves, as keys
 * and trust policies have to, is not its business.
 */
async function requireAllAllowed(
  principal: string,
  kind: "user" | "role",
  { document }: GeneratedPolicy,
  uses: readonly Use[],
): Promise<void> {
  const { account = "", partition = "aws", name = "" } = parseRequester(principal, "aws") ?? {};
  const entry = { arn: principal, inlinePolicies: [{ name: "generated", document }] };
  const content = kind === "user" ? { users: [entry] } : { roles: [entry] };
  const built = buildPolicySet([sourceText("generated.json", JSON.stringify(content))]);
  if (!built.ok) throw new Error(`generate: the document is refused: ${built.findings[0]?.message ?? ""}`);
  const engine = await Engine.start({ workers: 0, allowWhatIf: true });
  try {
    engine.publish(built.policySet);
    const asker = kind === "user" ? principal : `arn:${partition}:sts::${account}:assumed-role/${name}/generated`;
    for (const { action, resources = ["*"], context } of uses) {
      for (const resource of resources) {
        const question = {
          principal: asker,
          action: action ?? "",
          resource,
          context,
          resourceAccount: account,
          whatIf: true,
        };
        const answer = engine.decide(question);
        if ("error" in answer) throw new Error(`generate: ${action} on ${resource} cannot be decided: ${answer.error}`);
        if (answer.blockedBy.includes("identity"))
          throw new Error(`generate: the document does not allow ${action} on ${resource}`);
      }
    }
  } finally {
    await engine.close();
  }
}
