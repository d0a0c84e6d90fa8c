/** The work of `verdict generate`. */
import { namesOfSet } from "../evidence/cloudtrail/names-of-set.js";
import { EventReader } from "../evidence/cloudtrail/questions-of-event.js";
import { bindingFacts } from "../evidence/uses/bind-statements.js";
import { PolicyGenerator } from "../evidence/uses/generate-policy.js";
import { foldedPrincipal, readUses } from "../evidence/uses/read-uses.js";
import { requireReplay } from "../evidence/uses/replay-generated.js";
import type { Use } from "../evidence/uses/use.js";
import { parseRequester } from "../policy/requester.js";
import { refuse } from "../terminal/command-error.js";
import { operationsOf } from "../terminal/operations-of.js";
import { printError, printLine } from "../terminal/terminal.js";
import { quote } from "../text/quote.js";
import { loadWholeCatalogue } from "../validate/catalogue/load-catalogue.js";
import { setBesideRecords } from "./posture/set-beside-records.js";

/** What the command line gave. */
export interface GenerateCommandOptions {
  readonly evidence: readonly string[];
  readonly policies?: string;
  readonly serviceReference?: string;
  readonly mostResources: number;
  readonly sourceNetwork?: boolean;
  readonly resourceAccount?: boolean;
  readonly resourceOrg?: boolean;
  readonly resourceTag?: readonly string[];
  readonly principalTag?: readonly string[];
}

/** Runs the command. */
export async function generate(text: string, options: GenerateCommandOptions): Promise<void> {
  const operations = await operationsOf(options.serviceReference);
  const set = await setBesideRecords(options);
  const names = namesOfSet(set);
  const principal = foldedPrincipal(text, names);
  const kind = parseRequester(principal, "aws")?.kind;
  if (kind !== "user" && kind !== "role") throw refuse(`principal: ${quote(text)} is no user, role or session`);
  const catalogue = await loadWholeCatalogue();
  const facts = bindingFacts(set, principal, catalogue);
  const generator = new PolicyGenerator(facts);
  const uses = new Map<string, Use>();
  const terms = { events: new EventReader(catalogue, names, undefined, operations), names };
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
    bindings: {
      resourceAccount: options.resourceAccount === true,
      resourceOrganization: options.resourceOrg === true,
      resourceTags: options.resourceTag ?? [],
      principalTags: options.principalTag ?? [],
    },
  });
  await requireReplay(principal, kind, made, [...uses.values()], facts);
  for (const note of made.notes) printError(note);
  for (const line of JSON.stringify(made.document, null, 2).split("\n")) await printLine(line);
}
