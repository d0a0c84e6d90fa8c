/**
 * What the JSON reader and the YAML reader both produce: values with their places in the source.
 * Members are a list and never an object used as a map, so `__proto__` is a name like any other.
 */

/** One value. `offset` is where it begins in the source text, `endOffset` the first offset after it. */
export type TreeNode = TreeObject | TreeArray | TreeString | TreeNumber | TreeBoolean | TreeNull;

/** An object. */
export interface TreeObject {
  readonly kind: "object";
  readonly offset: number;
  readonly endOffset: number;
  /** In source order. INVARIANT: no two have the same key (DOC-2). */
  readonly members: readonly TreeMember[];
}

/** One member of an object. */
export interface TreeMember {
  readonly key: string;
  readonly keyOffset: number;
  readonly value: TreeNode;
}

/** A list. */
export interface TreeArray {
  readonly kind: "array";
  readonly offset: number;
  readonly endOffset: number;
  readonly items: readonly TreeNode[];
}

/** A string, escapes resolved. */
export interface TreeString {
  readonly kind: "string";
  readonly offset: number;
  readonly endOffset: number;
  readonly value: string;
}

/** A number by its source text, so that `1e3`, `10.0` and twenty digits survive (DOC-11). */
export interface TreeNumber {
  readonly kind: "number";
  readonly offset: number;
  readonly endOffset: number;
  readonly text: string;
}

/** `true` or `false`. */
export interface TreeBoolean {
  readonly kind: "boolean";
  readonly offset: number;
  readonly endOffset: number;
  readonly value: boolean;
}

/** `null`. */
export interface TreeNull {
  readonly kind: "null";
  readonly offset: number;
  readonly endOffset: number;
}

/** The member of an object, by the first of the names that it has; undefined of anything else. */
export function memberNode(node: TreeNode | undefined, ...names: readonly string[]): TreeNode | undefined {
  return node?.kind === "object" ? node.members.find(({ key }) => names.includes(key))?.value : undefined;
}

/** The items of a list; none of anything else. */
export function itemNodes(node: TreeNode | undefined): readonly TreeNode[] {
  return node?.kind === "array" ? node.items : [];
}

/** The value of a string; undefined of anything else. */
export function stringValue(node: TreeNode | undefined): string | undefined {
  return node?.kind === "string" ? node.value : undefined;
}

/** Objects and arrays within one another at most: no walker of a tree needs more stack than this. */
export const deepestNesting = 64;

/** A reader stops after this many findings in one text, so that a hostile file cannot fill the memory with them. */
export const mostReaderFindings = 100;
