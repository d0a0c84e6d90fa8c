/**
 * Where the finer parts of a parsed document stand: principal entries, condition values, empty
 * blocks. A document keeps no such positions, so they are read off its tree, if there is one.
 */
import { listItems } from "../policy/document/document-reading.js";
import type { SourcePosition } from "../text/finding.js";
import type { SourceText } from "../text/source-text.js";
import { memberNode, type TreeNode } from "../text/tree.js";

/** The tree that a document was parsed from. */
export interface DocumentOrigin {
  readonly source: SourceText;
  readonly node: TreeNode;
}

/** An empty `Condition`, or an operator without keys. */
export interface EmptyBlock {
  readonly statementIndex: number;
  /** Absent for `Condition` itself. */
  readonly operatorName?: string;
  readonly position: SourcePosition;
}

/** Positions in one document; undefined where its tree is not known. */
export interface DocumentPlaces {
  readonly origin: DocumentOrigin | undefined;
  entry(statementIndex: number, entryIndex: number): SourcePosition | undefined;
  value(statementIndex: number, testIndex: number, valueIndex: number): SourcePosition | undefined;
  emptyBlocks(): readonly EmptyBlock[];
}

/** Places in the document whose tree is given. INVARIANT: the order of nodes is that of the parser's lists. */
export function documentPlaces(origin: DocumentOrigin | undefined): DocumentPlaces {
  const statements = origin === undefined ? [] : statementNodes(origin.node);
  const at = (node: TreeNode | undefined): SourcePosition | undefined =>
    node === undefined ? undefined : origin?.source.positionAt(node.offset);
  // Asked for each of what may be thousands of a statement, one statement after the other.
  const entriesOf = lastOne((statementIndex) => entryNodes(statements[statementIndex]));
  const testsOf = lastOne((statementIndex) => testNodes(statements[statementIndex]));
  return {
    origin,
    entry: (statementIndex, entryIndex) => at(entriesOf(statementIndex)[entryIndex]),
    value: (statementIndex, testIndex, valueIndex) => at(testsOf(statementIndex)[testIndex]?.[valueIndex]),
    emptyBlocks: () =>
      statements.flatMap((statement, statementIndex) =>
        emptyBlocksOf(statement).flatMap(({ node, ...block }) => {
          const position = at(node);
          return position === undefined ? [] : [{ ...block, statementIndex, position }];
        }),
      ),
  };
}

function lastOne<T>(find: (index: number) => T): (index: number) => T {
  let last: { readonly index: number; readonly found: T } | undefined;
  return (index) => {
    if (last?.index !== index) last = { index, found: find(index) };
    return last.found;
  };
}

function statementNodes(document: TreeNode): readonly TreeNode[] {
  const node = memberNode(document, "Statement");
  return node === undefined ? [] : listItems(node);
}

function entryNodes(statement: TreeNode | undefined): readonly TreeNode[] {
  const node = memberNode(statement, "Principal", "NotPrincipal");
  if (node?.kind !== "object") return node === undefined ? [] : [node];
  return node.members.flatMap(({ value }) => listItems(value));
}

function testNodes(statement: TreeNode | undefined): readonly (readonly TreeNode[])[] {
  const condition = memberNode(statement, "Condition");
  if (condition?.kind !== "object") return [];
  return condition.members.flatMap(({ value }) =>
    value.kind === "object" ? value.members.map((key) => listItems(key.value)) : [],
  );
}

function emptyBlocksOf(statement: TreeNode): readonly { readonly node: TreeNode; readonly operatorName?: string }[] {
  const condition = memberNode(statement, "Condition");
  if (condition?.kind !== "object") return [];
  if (condition.members.length === 0) return [{ node: condition }];
  return condition.members.flatMap(({ key, value }) =>
    value.kind === "object" && value.members.length === 0 ? [{ node: value, operatorName: key }] : [],
  );
}
