/**
 * Reads YAML text into the same tree as the JSON reader, with the same strictness. Of YAML only the
 * spelling is taken (block style, comments, plain words); what makes a text mean something else than
 * it shows (anchors, aliases, tags, merge keys, directives, several documents) is refused.
 */
import { Composer, isMap, isScalar, isSeq, Scalar, type YAMLMap } from "yaml";
import type { Finding } from "./finding.js";
import { memberNames, offsetOfKey } from "./member-names.js";
import { printable, quote } from "./quote.js";
import type { SourceText } from "./source-text.js";
import { deepestNesting, mostReaderFindings, type TreeMember, type TreeNode } from "./tree.js";
import { toldFaults } from "./yaml-cure.js";
import { readYamlTokens, type YamlError } from "./yaml-tokens.js";

/** Reads one YAML document that fills the whole text. Returns undefined iff it added a finding. */
export function readYaml(source: SourceText, findings: Finding[]): TreeNode | undefined {
  const before = findings.length;
  const told = new Set<string>();
  const error: YamlError = (offset, message, rule = "YAML", fix): void => {
    // One mistake may have several consequences.
    const key = `${offset} ${message}`;
    if (findings.length - before >= mostReaderFindings || told.has(key)) return;
    told.add(key);
    const advice = fix === undefined ? {} : { fix };
    findings.push({ ...source.positionAt(offset), rule, severity: "error", message, ...advice });
  };
  const tree = compose(source, error, () => findings.length === before);
  return findings.length === before ? tree : undefined;
}

function compose(source: SourceText, error: YamlError, clean: () => boolean): TreeNode | undefined {
  const tokens = readYamlTokens(source.text, error);
  if (!clean()) return undefined;
  // INVARIANT: the tokens nest at most 64 deep, so the recursive composer cannot exhaust the stack.
  const composer = new Composer({
    version: "1.2",
    schema: "core",
    merge: false,
    strict: true,
    // Its own check compares every pair of keys; ours is in `convertMap`.
    uniqueKeys: false,
    resolveKnownTags: false,
    logLevel: "silent",
  });
  let tree: TreeNode | undefined;
  for (const document of composer.compose(tokens, true, source.text.length)) {
    const faults = [...document.errors, ...document.warnings]
      .slice(0, mostReaderFindings)
      .map(({ pos, code, message }) => ({ offset: pos[0], code, message: sentence(message) }));
    for (const { offset, message } of toldFaults(source.file, source.text, faults)) error(offset, message);
    if (!clean()) return undefined;
    tree = convert(document.contents, source, error, 1);
  }
  return tree;
}

// The parser's texts begin with a capital letter and may end in a full stop.
function sentence(message: string): string {
  const text = printable(message.replace(/\.$/, ""));
  return /^[A-Z][a-z]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}

function convert(node: unknown, source: SourceText, error: YamlError, depth: number): TreeNode | undefined {
  if (isScalar(node)) return convertScalar(node, error);
  if (!isMap(node) && !isSeq(node)) {
    error(0, "the text holds no value");
    return undefined;
  }
  const [offset, endOffset] = rangeOf(node);
  // A pair inside a flow list is an object without braces, which the token stream does not count.
  if (depth > deepestNesting) {
    error(offset, `nesting is deeper than ${deepestNesting} levels`);
    return undefined;
  }
  if (isMap(node)) return { kind: "object", offset, endOffset, members: convertMap(node, source, error, depth) };
  const items: TreeNode[] = [];
  for (const item of node.items) {
    const converted = convert(item, source, error, depth + 1);
    if (converted !== undefined) items.push(converted);
  }
  return { kind: "array", offset, endOffset, items };
}

function convertMap(
  map: YAMLMap<unknown, unknown>,
  source: SourceText,
  error: YamlError,
  depth: number,
): readonly TreeMember[] {
  const names = memberNames();
  for (const pair of map.items) {
    const keyOffset = rangeOf(pair.key)[0];
    const key = keyText(pair.key);
    if (key === undefined) {
      error(keyOffset, "a member name must be a single word or text");
      continue;
    }
    if (key === "<<" && isScalar(pair.key) && pair.key.type === Scalar.PLAIN) {
      error(keyOffset, "merge key `<<` is not accepted");
    }
    const first = offsetOfKey(names, key);
    if (first !== undefined) {
      const { line, column } = source.positionAt(first);
      error(keyOffset, `duplicate member ${quote(key)}, first at line ${line}, column ${column}`, "DOC-2", oneOfTwo);
    }
    if (hasLoneSurrogate(key)) error(keyOffset, "lone surrogate in a member name");
    const value = pair.value === null ? absent(pair.key) : convert(pair.value, source, error, depth + 1);
    if (value !== undefined) names.members.push({ key, keyOffset, value });
  }
  return names.members;
}

const oneOfTwo = "leave one of the two out";

/** `{a}` has a key and no value at all, which YAML reads as null. */
function absent(key: unknown): TreeNode {
  const end = rangeOf(key)[1];
  return { kind: "null", offset: end, endOffset: end };
}

/** A plain key such as `123456789012` or `true` counts as it is written, like in a JSON text. */
function keyText(key: unknown): string | undefined {
  if (!isScalar(key)) return undefined;
  if (typeof key.value === "string") return key.value;
  return key.source === undefined || key.source === "" ? undefined : key.source;
}

function convertScalar(scalar: Scalar<unknown>, error: YamlError): TreeNode | undefined {
  const [offset, endOffset] = rangeOf(scalar);
  const { value } = scalar;
  if (typeof value === "string") {
    if (hasLoneSurrogate(value)) error(offset, "lone surrogate in a text");
    return { kind: "string", offset, endOffset, value };
  }
  if (typeof value === "boolean") return { kind: "boolean", offset, endOffset, value };
  if (value === null) return { kind: "null", offset, endOffset };
  return { kind: "number", offset, endOffset, text: scalar.source ?? String(value) };
}

function rangeOf(node: unknown): readonly [number, number] {
  if (!isScalar(node) && !isMap(node) && !isSeq(node)) return [0, 0];
  const range = node.range ?? [0, 0, 0];
  return [range[0], range[1]];
}

function hasLoneSurrogate(text: string): boolean {
  return /\p{Surrogate}/u.test(text);
}
