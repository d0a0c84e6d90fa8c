/** Log settings that do not fit together. */
import type { Config } from "./settings.js";

type LogConfig = Pick<
  Config,
  "processes" | "decisionLog" | "decisionLogOverflow" | "decisionLogSpill" | "decisionLogMask"
>;

/** One line a problem, flags first. */
export function logProblems(config: LogConfig): readonly string[] {
  const { processes, decisionLog, decisionLogOverflow, decisionLogSpill, decisionLogMask } = config;
  const problems: string[] = [];
  const spills = decisionLogOverflow === "spill";
  if (spills && decisionLogSpill === undefined)
    problems.push("--decision-log-overflow: spill needs --decision-log-spill");
  if (!spills && decisionLogSpill !== undefined)
    problems.push("--decision-log-spill: needs --decision-log-overflow spill");
  if (decisionLog === undefined && decisionLogMask.length > 0)
    problems.push("--decision-log-mask: needs --decision-log");
  if (decisionLog === undefined && spills) problems.push("--decision-log-overflow: needs --decision-log");
  if (decisionLog === "-" && processes > 1) {
    problems.push("--decision-log: several processes would mix their lines on standard output: name a file");
  }
  return problems;
}
