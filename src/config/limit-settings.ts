/** Settings of how much work and memory callers may claim. */
import { availableParallelism } from "node:os";
import { type Workaround, workarounds } from "../node-workarounds/workarounds.js";
import { countSetting, durationSetting, limitSetting, listSetting, switchSetting } from "./setting.js";

/** The group. */
export const limitSettings = {
  workers: countSetting("workers", 1, 1024, {
    placeholder: "count",
    defaultText: "processors - 1",
    description: "threads that decide large batches, at least 1",
    defaultValue: () => Math.max(1, availableParallelism() - 1),
  }),
  allowWhatIf: switchSetting("allowWhatIf", "let callers set derived context keys with what_if"),
  maxMessageBytes: limitSetting("maxMessageBytes", 1024, 1 << 30, 16 << 20, "bytes of one request message"),
  maxBatchRequests: limitSetting("maxBatchRequests", 1, 10_000_000, 100_000, "questions of one message"),
  maxConcurrentStreams: limitSetting("maxConcurrentStreams", 1, 1_000_000, 128, "calls in flight on one connection"),
  maxSessionMemoryMegabytes: limitSetting("maxSessionMemoryMegabytes", 1, 65_536, 64, "memory of one connection"),
  maxPendingMegabytes: limitSetting("maxPendingMegabytes", 1, 1 << 20, 256, "batches in memory at once"),
  maxSearchCandidates: limitSetting(
    "maxSearchCandidates",
    1,
    10_000_000,
    10_000,
    "candidates that one AuthZEN search decides; the rest is for the next page",
  ),
  maxAudits: limitSetting("maxAudits", 1, 256, 1, "audits at once, a thread each"),
  auditBudget: limitSetting("auditBudget", 1, 1_000_000_000, 200_000, "steps for one line of an audit"),
  auditTimeout: durationSetting("auditTimeout", "5m", "when an audit is ended"),
  auditMemoryMegabytes: limitSetting("auditMemoryMegabytes", 64, 1 << 20, 1024, "memory of one audit"),
  maxAuditMegabytes: limitSetting("maxAuditMegabytes", 1, 1 << 20, 256, "answer of one audit"),
  maxConnections: limitSetting("maxConnections", 1, 1_000_000, 4096, "open connections of one listener"),
  maxOpenCalls: limitSetting("maxOpenCalls", 1, 10_000_000, 16_384, "open calls of one gRPC listener"),
  maxHeaderBytes: limitSetting("maxHeaderBytes", 1024, 1 << 20, 16_384, "headers of one call"),
  requestTimeout: durationSetting("requestTimeout", "20s", "how long the request of a call may take to arrive"),
  idleTimeout: durationSetting("idleTimeout", "5m", "when a connection without calls is closed; 0s never"),
  maxConnectionAge: durationSetting("maxConnectionAge", "0s", "when a connection is renewed; 0s never"),
  maxQueueAge: durationSetting("maxQueueAge", "5s", "how long a large batch waits for room before it is refused"),
  withoutWorkarounds: listSetting<Workaround>("withoutWorkarounds", {
    placeholder: "name",
    defaultText: "none",
    description: `what is tuned to Node's inside and to be left out; repeat for several: ${workarounds.join(", ")}`,
    shape: { kind: "word", words: workarounds },
    defaultValue: () => [],
    parse: (text) => workarounds.find((name) => name === text) ?? { refusal: `is none of ${workarounds.join(", ")}` },
  }),
  drainTimeout: durationSetting("drainTimeout", "10s", "how long a stop waits for calls in flight"),
} as const;
