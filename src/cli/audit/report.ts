/** `verdict audit report`: one page for a person. Exit code 0 written, 2 an error. */
import type { Command } from "commander";
import { policyPath } from "../../config/policy-settings.js";
import { collect } from "../../terminal/key-value.js";
import type { ReportOptions } from "./run-report.js";

/** Adds the command. */
export function addReport(audit: Command): void {
  audit
    .command("report")
    .summary("one page about all of it, for a person")
    .description(
      "Writes one HTML page that loads nothing: numbers, what to do first, posture, who can become an administrator, who reaches which service, " +
        "what is open to others, unused access, and what changed since an earlier report.",
    )
    .requiredOption("--out <file>", "the page to write, as in report.html")
    .option(
      "--policies <path>",
      `policy set: a file or a directory (default: the account export among the evidence, else ${policyPath.defaultText})`,
    )
    .option("--evidence <path>", "reports, listings, exports, records, a folder of them; repeat for several", collect)
    .option("--data <file>", "also write what the page tells as JSON, for --since next time")
    .option("--since <file>", "an earlier report's JSON to compare with")
    .addHelpText("after", REPORT_EXAMPLE)
    .action(async (options: ReportOptions) => {
      const { writeReport } = await import("./run-report.js");
      await writeReport(options);
    });
}

const REPORT_EXAMPLE = `
Examples:
  verdict audit report --policies examples/acme --out report.html
  verdict audit report --evidence account/ --out report.html \\
    --data report.json --since last/report.json`;
