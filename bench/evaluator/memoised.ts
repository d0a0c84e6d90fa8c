// The memoised baseline: every distinct pattern remembers which texts it matched. Its memory grows with what it is asked; warm,
// it is what good JavaScript does at best with its natural data structures.
import type { Workload } from "../workloads/workload.js";
import { compilePattern, type TextTest } from "./pattern.js";
import { type Evaluator, evaluatorWith } from "./plain.js";

/** The evaluator with memory; ask everything once before timing it. */
export function memoisedEvaluator(workload: Workload): Evaluator {
  return evaluatorWith(workload, { action: memoisingCompiler(), resource: memoisingCompiler() });
}

/** Compiles equal patterns once. What depends on the context is not remembered. */
function memoisingCompiler(): (pattern: string) => TextTest {
  const compiled = new Map<string, TextTest>();
  return (pattern) => {
    const known = compiled.get(pattern);
    if (known !== undefined) return known;
    const plain = compilePattern(pattern);
    const test = pattern.includes("${") ? plain : memoised(plain);
    compiled.set(pattern, test);
    return test;
  };
}

function memoised(test: TextTest): TextTest {
  const results = new Map<string, boolean>();
  return (text, context) => {
    const known = results.get(text);
    if (known !== undefined) return known;
    const result = test(text, context);
    results.set(text, result);
    return result;
  };
}
