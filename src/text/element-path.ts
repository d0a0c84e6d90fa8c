/**
 * The way from the top of a text to one element of it, as findings name it. It becomes a text when a finding needs one: next to no
 * element has a finding, and texts for all of them were a quarter of the time of loading.
 */
import { printable } from "./quote.js";

/** A member by its name or an item by its index, below another element; undefined is the top. */
export type ElementPath = { readonly above: ElementPath; readonly step: string | number } | undefined;

/** The path of a member, or of an item that is always shown with its index. */
export function below(above: ElementPath, step: string | number): ElementPath {
  return { above, step };
}

/** The path of an item; a list of one is written without an index, like the bare value it equals (DOC-9). */
export function itemOf(above: ElementPath, index: number, count: number): ElementPath {
  return count === 1 ? above : { above, step: index };
}

/** As findings write it: `Statement[0].Action`; the top is the empty text. */
export function pathText(path: ElementPath): string {
  if (path === undefined) return "";
  const { above, step } = path;
  return typeof step === "number" ? `${pathText(above)}[${step}]` : memberPath(pathText(above), step);
}

/** Appends a member name to an element path. */
export function memberPath(path: string, name: string): string {
  return path === "" ? printable(name) : `${path}.${printable(name)}`;
}

/** Appends an index to an element path; a list of one is written without, like the bare value it equals (DOC-9). */
export function itemPath(path: string, index: number, count: number): string {
  return count === 1 ? path : `${path}[${index}]`;
}
