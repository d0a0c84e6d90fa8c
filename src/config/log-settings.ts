/** Settings of what operators see: logs, the decision log, traces. */

import { type LogMask, parseLogMask } from "../observe/decision-log/log-mask.js";
import { overflowPolicies } from "../observe/decision-log/log-writer.js";
import { logLevels } from "../observe/log-level.js";
import { logFormats } from "../observe/text-log-line.js";
import {
  booleanSetting,
  choiceSetting,
  durationSetting,
  limitSetting,
  listSetting,
  setting,
  textSetting,
} from "./setting.js";

/** The group. */
export const logSettings = {
  logLevel: choiceSetting("logLevel", logLevels, "info", "log lines on standard error from this level on"),
  logFormat: choiceSetting(
    "logFormat",
    logFormats,
    "auto",
    "how log lines look; auto is text on a terminal and JSON elsewhere",
  ),
  decisionLog: textSetting(
    "decisionLog",
    "path",
    "decision log, one JSON line a decision: a file, or - for standard output",
  ),
  decisionLogMask: listSetting<LogMask>("decisionLogMask", {
    placeholder: "path",
    defaultText: "none",
    description: "what decision records must not show, such as input.context.aws:SourceIp; repeat for several",
    defaultValue: () => [],
    parse: (text) => parseLogMask(text) ?? { refusal: "names no part of a decision record that can be left out" },
  }),
  decisionLogAllows: setting("decisionLogAllows", {
    placeholder: "share",
    defaultText: "1",
    description: "share of allowed decisions that is logged, from 0 to 1; all others always are",
    defaultValue: () => 1,
    parse: (text) =>
      /^(0|1|0?\.[0-9]{1,9}|1\.0+)$/.test(text) ? Number(text) : { refusal: "is no share from 0 to 1" },
  }),
  decisionLogOverflow: choiceSetting(
    "decisionLogOverflow",
    overflowPolicies,
    "drop",
    "what happens to records that the disk does not take",
  ),
  decisionLogSpill: textSetting("decisionLogSpill", "path", "file for such records until the disk is back, with spill"),
  decisionLogSpillBytes: limitSetting("decisionLogSpillBytes", 1 << 20, 1e12, 1 << 30, "bytes of that file"),
  decisionLogQueueBytes: limitSetting(
    "decisionLogQueueBytes",
    1 << 20,
    1e11,
    64 << 20,
    "bytes of decided calls that may wait for the disk in memory",
  ),
  decisionLogWait: durationSetting("decisionLogWait", "5s", "how long a call waits for the disk, with block"),
  decisionLogMaxBytes: limitSetting(
    "decisionLogMaxBytes",
    0,
    1e12,
    100 << 20,
    "bytes of one decision log file; 0 leaves rotation to others",
  ),
  decisionLogKeep: limitSetting("decisionLogKeep", 0, 1000, 10, "rotated decision log files that are kept"),
  tracing: booleanSetting("tracing", false, "send OpenTelemetry traces over OTLP, as OTEL_… variables have it"),
} as const;
