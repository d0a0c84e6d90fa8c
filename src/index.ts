/** The library: load a policy set, publish it to an engine, ask. See `src/engine/README.md`. */

export { type DecideOptions, Engine, type EngineOptions } from "./engine/engine.js";
export { EngineError, type EngineErrorCode } from "./engine/engine-error.js";
export type { PublishedPolicySet } from "./engine/generation.js";
export type { BuildOptions, LoadResult } from "./policy/formats/build-policy-set.js";
export { buildPolicySet, loadPolicySet } from "./policy/formats/load-policy-set.js";
export type { PolicySet, PolicySetCounts } from "./policy/policy-set.js";
export { type AuthorizationQuestion, parseQuestion } from "./question/authorization-question.js";
export type { Decision, DecisionError, MatchedStatement } from "./question/decision.js";
export type {
  ContextScalar,
  ContextValue,
  Question,
  QuestionTags,
  RequestContext,
} from "./question/question.js";
export { readSimulationCase, type SimulationCase, type SimulationCaseError } from "./simulate/simulation-case.js";
export { Simulator } from "./simulate/simulator.js";
export type { Finding, Severity, SourcePosition } from "./text/finding.js";
export { readJson } from "./text/json-reader.js";
export { type SourceText, sourceText } from "./text/source-text.js";
export type { Tag } from "./text/tag.js";
export type { TreeNode } from "./text/tree.js";
