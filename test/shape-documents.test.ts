/** What keeps the documents together: none is named that is not here, and what links lead to exists. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const files = textFiles("");
const documents = files.filter((file) => file.endsWith(".md"));
const names = new Set(documents.map((file) => basename(file)));

describe("documents", () => {
  it("are here if any text names them", () => {
    const unknown = files.flatMap((file) =>
      [...text(file).matchAll(/[\w-]+\.md\b/g)]
        .filter(([name]) => !names.has(name))
        .map(([name]) => `${file}: ${name}`),
    );
    expect(unknown).toEqual([]);
  });

  it("name every room of the host", () => {
    const host = text("src/README.md");
    const rooms = files.flatMap((file) => /^(src\/(?:[^/.]+\/)+)[^/]+\.ts$/.exec(file)?.[1] ?? []);
    expect([...new Set(rooms)].filter((room) => !host.includes(`\`${room.slice("src/".length)}\``))).toEqual([]);
  });

  it.each(documents)("%s links to files and places that exist", (file) => {
    const broken = [...withoutCode(text(file)).matchAll(/\]\((?![a-z]+:)([^)#\s]*)(?:#([^)\s]*))?\)/g)].filter(
      ([, path = "", place]) => !leadsSomewhere(path === "" ? file : join(dirname(file), path), place),
    );
    expect(broken.map(([link]) => link)).toEqual([]);
  });
});

function leadsSomewhere(path: string, place: string | undefined): boolean {
  const target = statSync(join(root, path), { throwIfNoEntry: false });
  if (target === undefined) return false;
  if (place === undefined) return true;
  return target.isFile() && placesOf(text(normalize(path))).has(place);
}

/** The anchors of a document: those that are written, and those that GitHub makes of headings. */
function placesOf(document: string): ReadonlySet<string> {
  const written = [...document.matchAll(/<a id="([^"]+)">/g)].map(([, id = ""]) => id);
  const headings = [...document.matchAll(/^#+ (.+)$/gm)].map(([, title = ""]) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\- _]/gu, "")
      .replaceAll(" ", "-"),
  );
  return new Set([...written, ...headings]);
}

function withoutCode(document: string): string {
  return document.replace(/^```[\s\S]*?^```/gm, "").replace(/`[^`\n]*`/g, "``");
}

function text(file: string): string {
  return readFileSync(join(root, file), "utf8");
}

/** Every text of the project that is no product and nobody else's. */
function textFiles(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (["node_modules", "dist", ".git"].includes(basename(path))) return [];
    if (entry.isDirectory()) return textFiles(path);
    return /\.(ts|js|json|md|proto|ya?ml|sh|conf|service|tf)$|^Dockerfile/.test(entry.name) ? [path] : [];
  });
}
