/**
 * Account exports as texts of a policy set whose places people can open: each file as it is but for what a later one says of the same
 * entity, and what AWS Config says of entities at the line where it does.
 */
import { createReadStream } from "node:fs";
import { isPiped } from "../../files/piped-source.js";
import { exportLists } from "../../policy/formats/account-authorization-details.js";
import { parsePages } from "../../policy/formats/build-policy-set.js";
import type { JsonObject } from "../../text/json-object.js";
import { type SourceText, sourceText } from "../../text/source-text.js";
import type { TreeNode } from "../../text/tree.js";
import type { Evidence } from "../sources/evidence.js";
import { wholeText } from "../sources/read-evidence.js";
import { objectsOf, textOf } from "../sources/recognised.js";

/** The texts; none if a file cannot be read once more. */
export async function exportSources({
  inputs,
  pages,
}: Pick<Evidence, "inputs" | "pages">): Promise<readonly SourceText[]> {
  const exports = new Set(inputs.flatMap(({ kind, file }) => (kind === "account authorization details" ? [file] : [])));
  /** Who says an entity last. */
  const latest = new Map<string, { readonly file: string; readonly entity: JsonObject }>();
  for (const { page, file } of [...pages].sort((left, right) => left.at - right.at)) {
    for (const name of exportLists)
      for (const entity of objectsOf(page[name]) ?? []) {
        const arn = textOf(entity.Arn);
        if (arn !== undefined) latest.set(arn, { file, entity });
      }
  }
  const sources: SourceText[] = [];
  for (const file of new Set(pages.map((page) => page.file))) {
    const text = await textAgain(file);
    if (text === undefined) return [];
    const source = sourceText(file, text);
    const own = pages.filter((page) => page.file === file);
    const made = exports.has(file)
      ? [withoutEarlier(source, (arn) => latest.get(arn)?.file === file)]
      : linesOfItems(
          source,
          own.map(({ page }) => page),
          (entity) => latest.get(textOf(entity.Arn) ?? "")?.entity === entity,
        );
    for (const source of made) {
      if (source === undefined) return [];
      sources.push(source);
    }
  }
  return sources;
}

async function textAgain(file: string): Promise<string | undefined> {
  if (await isPiped(file)) return undefined;
  try {
    return await wholeText(createReadStream(file));
  } catch {
    // It is no longer what was read before: there are no places to tell.
    return undefined;
  }
}

/** The text with blanks in the place of entities that another text, or this one further down, says anew. */
function withoutEarlier(source: SourceText, isLatest: (arn: string) => boolean): SourceText | undefined {
  const tree = parsePages(source);
  if (tree === undefined) return undefined;
  const last = new Map<string, TreeNode>();
  const lists: (readonly TreeNode[])[] = [];
  for (const page of tree.kind === "array" ? tree.items : [tree]) {
    for (const { key, value } of page.kind === "object" ? page.members : []) {
      if (value.kind !== "array" || !exportLists.some((name) => name === key)) continue;
      lists.push(value.items);
      for (const item of value.items) last.set(arnOf(item) ?? "", item);
    }
  }
  const stays = (item: TreeNode): boolean => {
    const arn = arnOf(item);
    return arn === undefined || (last.get(arn) === item && isLatest(arn));
  };
  if (lists.every((items) => items.every(stays))) return source;
  let text = "";
  let at = 0;
  for (const items of lists) {
    const [first, end] = [items[0], items.at(-1)];
    if (first === undefined || end === undefined) continue;
    text += source.text.slice(at, first.offset);
    at = first.offset;
    let isBehind = false;
    for (const item of items.filter(stays)) {
      const between = blank(source.text.slice(at, item.offset));
      // Behind an entity that stays stood a comma at least.
      text += isBehind ? `,${between.slice(1)}` : between;
      text += source.text.slice(item.offset, item.endOffset);
      at = item.endOffset;
      isBehind = true;
    }
    text += blank(source.text.slice(at, end.endOffset));
    at = end.endOffset;
  }
  return sourceText(source.file, text + source.text.slice(at));
}

function arnOf(item: TreeNode): string | undefined {
  const member = item.kind === "object" ? item.members.find(({ key }) => key === "Arn")?.value : undefined;
  return member?.kind === "string" ? member.value : undefined;
}

/** Lines stay where they are. */
function blank(text: string): string {
  return text.replace(/[^\r\n]/g, " ");
}

/** What was made of items of AWS Config: a text of each whose places are all the line that names the entity first. */
function linesOfItems(
  source: SourceText,
  pages: readonly JsonObject[],
  isLatest: (entity: JsonObject) => boolean,
): readonly SourceText[] {
  const { file } = source;
  const places = new Map<string, number>();
  for (const { 0: text, index } of source.text.matchAll(/"arn:[^"\n]*"/g))
    if (!places.has(text)) places.set(text, index);
  return pages.flatMap((page) =>
    exportLists.flatMap((name) =>
      (objectsOf(page[name]) ?? []).flatMap((entity) => {
        const arn = textOf(entity.Arn);
        if (arn === undefined || !isLatest(entity)) return [];
        const position = source.positionAt(places.get(JSON.stringify(arn)) ?? 0);
        return [{ file, text: JSON.stringify({ [name]: [entity] }), positionAt: () => position }];
      }),
    ),
  );
}
