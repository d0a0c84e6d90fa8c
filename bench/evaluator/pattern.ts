// Action and resource patterns as closures, classified once: any, exact, prefix, glob, with variables.
import { matchGlob } from "./glob.js";
import type { ContextValues } from "./question.js";

/** Tests one text; patterns with variables look into the context. */
export type TextTest = (text: string, context: ContextValues) => boolean;

/** Compiles one pattern. */
export function compilePattern(pattern: string): TextTest {
  if (/^\*+$/.test(pattern)) return () => true;
  if (pattern.includes("${")) {
    return (text, context) => {
      const expanded = expandVariables(pattern, context);
      return expanded !== undefined && matchGlob(expanded, text);
    };
  }
  const wildcardAt = pattern.search(/[*?]/);
  if (wildcardAt < 0) return (text) => text === pattern;
  if (wildcardAt === pattern.length - 1 && pattern.endsWith("*")) {
    const prefix = pattern.slice(0, -1);
    return (text) => text.startsWith(prefix);
  }
  return (text) => matchGlob(pattern, text);
}

/** A list of patterns as one test: some pattern matches. */
export function compilePatterns(patterns: readonly string[]): TextTest {
  const tests = patterns.map(compilePattern);
  const [only] = tests;
  if (tests.length === 1 && only !== undefined) return only;
  return (text, context) => {
    for (const test of tests) if (test(text, context)) return true;
    return false;
  };
}

/**
 * Replaces `${key}`; undefined if a key is missing. Values of the workloads hold no wildcards, so that they need no
 * quoting here (VAR-4).
 */
export function expandVariables(text: string, context: ContextValues): string | undefined {
  let missing = false;
  const expanded = text.replace(/\$\{([^}]*)\}/g, (_, name: string) => {
    const [key = "", preset] = name.split(",");
    const value = context.get(key.trim().toLowerCase()) ?? preset?.trim().slice(1, -1);
    missing ||= value === undefined;
    return value ?? "";
  });
  return missing ? undefined : expanded;
}
