/** `verdict audit`: questions about a policy set as a whole. Exit code 0 answered, 1 a check failed, 2 an error. */
import type { Command } from "commander";
import { addPosture } from "../posture/posture.js";
import { addWhatCan, addWhichResources, addWhoCan } from "./access.js";
import { addDiff } from "./diff.js";
import { addEscalation } from "./escalation.js";
import { addLastAccessed } from "./last-accessed.js";
import { addMatrix } from "./matrix.js";
import { addMerge } from "./merge.js";
import { addReport } from "./report.js";
import { addSummary } from "./summary.js";

/** Adds the command with its subcommands. */
export function addAudit(program: Command): void {
  const audit = program
    .command("audit")
    .summary("ask what a policy set allows as a whole")
    .description("Questions about a policy set as a whole: exit code 0 answered, 1 a check failed, 2 an error.")
    .addHelpText("after", AUDIT_EXAMPLE);
  for (const add of [
    addWhoCan,
    addWhatCan,
    addWhichResources,
    addDiff,
    addSummary,
    addEscalation,
    addReport,
    addLastAccessed,
    addPosture,
    addMatrix,
    addMerge,
  ])
    add(audit);
  for (const command of audit.commands) command.option("--debug", "print stack traces of errors");
}

const AUDIT_EXAMPLE = `
Examples:
  verdict audit who-can s3:DeleteBucket --policies examples/acme
  verdict audit matrix --policies examples/acme --principals '*' \\
    --actions 's3:*' --resources 'arn:*' --out matrix.parquet`;
