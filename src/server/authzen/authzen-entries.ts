/**
 * The condition keys and tags that an AuthZEN evaluation brings. AuthZEN allows every JSON value; what has no form in a condition
 * (objects, lists with anything but texts, numbers and booleans in them, a name that is given twice but for case) makes its key
 * unusable: without it a policy would take the key for missing, which negated operators, `Null` and `…IfExists` are content with.
 */
import { isDerivedKey } from "../../image/context-keys.js";
import { foldText } from "../../text/fold.js";
import { quote } from "../../text/quote.js";
import type { Tag } from "../../text/tag.js";
import type { TreeNode } from "../../text/tree.js";
import { mostEntries } from "../http/question-size.js";

/** A key that must not be decided by. */
export interface UnusableKey {
  readonly key: string;
  /** Where it came from and what is wrong with it. */
  readonly reason: string;
}

/** Where keys come from. */
export type EntrySource = "context" | "subject" | "action" | "resource";

/** Characters of all names together: those within one another repeat what they stand in. */
const mostNameLength = 1 << 20;

/** Gathers keys and tags. Condition keys ignore case (COND-7). */
export class AuthzenEntries {
  private readonly values = new Map<string, { readonly key: string; readonly values: readonly string[] }>();
  private readonly tagsByKey = new Map<string, Tag>();
  private readonly unusable = new Map<string, UnusableKey>();
  private shapeProblem: string | undefined;
  private count = 0;
  private nameLength = 0;

  /** Takes over every member of an object. */
  add(from: EntrySource, node: TreeNode | undefined): void {
    if (node === undefined) return;
    const path = from === "context" ? from : `${from}.properties`;
    if (node.kind !== "object") {
      this.shapeProblem ??= `${path}: must be an object`;
      return;
    }
    for (const { key, value } of node.members) this.addValue(from, key, value, `${path}[${quote(key)}]`);
  }

  /** Why the request as a whole is refused. */
  get problem(): string | undefined {
    if (this.shapeProblem !== undefined) return this.shapeProblem;
    if (this.count > mostEntries) {
      return `question: ${this.count} context keys, tags and policies, at most ${mostEntries}`;
    }
    return this.nameLength > mostNameLength
      ? `question: names of context keys with ${this.nameLength} characters together, at most ${mostNameLength}`
      : undefined;
  }

  /** Keys as they came, without unusable ones. */
  get context(): ReadonlyMap<string, readonly string[]> {
    return new Map([...this.values.values()].map(({ key, values }) => [key, values]));
  }

  /** Tags of the resource, without unusable ones. */
  get tags(): readonly Tag[] {
    return [...this.tagsByKey.values()];
  }

  /** In the order they came in. */
  get unusableKeys(): readonly UnusableKey[] {
    return [...this.unusable.values()];
  }

  private addValue(from: EntrySource, key: string, value: TreeNode, path: string): void {
    // COND-8: null means that the key is missing.
    if (value.kind === "null") return;
    this.count++;
    this.nameLength += key.length;
    // What does not fit is counted and not kept.
    if (this.count > mostEntries || this.nameLength > mostNameLength) return;
    if (from === "resource") this.addTag(key, value, path);
    const name = from === "context" ? key : `authzen:${from}/${key}`;
    if (value.kind === "object") {
      this.spoilOwn(from, name, `${path}: an object has no form in a condition`);
      for (const member of value.members) this.addValue(from, `${key}.${member.key}`, member.value, path);
      return;
    }
    const texts = value.kind === "array" ? value.items.map(scalarText) : [scalarText(value)];
    const known = texts.filter((text) => text !== undefined);
    if (known.length < texts.length) {
      this.spoilOwn(from, name, `${path}: a list of lists, objects or nulls has no form in a condition`);
    } else if (this.values.has(foldText(name))) {
      this.spoilOwn(from, name, `${path}: ${quote(key)} is given twice, but for case`);
    } else if (from === "context" && /^authzen:/i.test(key)) {
      this.spoilOwn(from, name, `${path}: \`authzen:\` keys come from properties`);
    } else if (!this.unusable.has(foldText(name))) this.values.set(foldText(name), { key: name, values: known });
  }

  private addTag(key: string, value: TreeNode, path: string): void {
    const name = `aws:ResourceTag/${key}`;
    const text = scalarText(value);
    if (text === undefined) {
      this.spoil(name, `${path}: ${value.kind === "array" ? "a list" : "an object"} is no value of a tag`);
    } else if (this.tagsByKey.has(foldText(name))) {
      this.spoil(name, `${path}: ${quote(key)} is given twice, but for case`);
    } else if (!this.unusable.has(foldText(name))) this.tagsByKey.set(foldText(name), { key, value: text });
  }

  /** CTX-1: what a caller says of a derived key is discarded, whatever it is. */
  private spoilOwn(from: EntrySource, key: string, reason: string): void {
    if (from !== "context" || !isDerivedKey(key)) this.spoil(key, reason);
  }

  private spoil(key: string, reason: string): void {
    const folded = foldText(key);
    this.values.delete(folded);
    this.tagsByKey.delete(folded);
    if (!this.unusable.has(folded)) this.unusable.set(folded, { key, reason });
  }
}

function scalarText(node: TreeNode): string | undefined {
  if (node.kind === "string") return node.value;
  if (node.kind === "number") return node.text;
  return node.kind === "boolean" ? String(node.value) : undefined;
}
