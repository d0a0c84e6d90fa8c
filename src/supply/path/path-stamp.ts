/**
 * What the file system says about the files of a policy set without opening them: equal stamps mean that nobody touched one.
 * Which files count is the loader's business.
 */
import { realpath, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { nodePlatform } from "../../files/node-platform.js";
import { openRegularFile, readRegularFile } from "../../files/regular-file.js";
import { findSources, maxFileBytes } from "../../files/sources.js";
import { parseSource } from "../../policy/formats/build-policy-set.js";
import { documentFileNames, resolveRelative } from "../../policy/formats/set-survey.js";
import { sourceText } from "../../text/source-text.js";

/** Looking through so much holds nobody up. */
const CHUNK_BYTES = 256 << 10;

/** The state of a path at one moment. */
export interface PathStamp {
  /** Two stamps are of the same state if their texts are equal. */
  readonly text: string;
  /** The directories where changes show: real paths. */
  readonly folders: readonly string[];
}

/** Takes stamps of one path. */
export class PathStamper {
  /** Of a single file: its facts and the files that it named when it had them. */
  private referring: { readonly facts: string; readonly names: readonly string[] } | undefined;

  constructor(
    private readonly path: string,
    /** Which names of files below a directory count; default: those of a policy set. */
    private readonly counts?: (name: string) => boolean,
  ) {}

  /** Never rejects: what cannot be looked at is part of the state. */
  async stamp(): Promise<PathStamp> {
    const problems: string[] = [];
    const { files, folders } = await findSources(
      this.path,
      (file, message) => problems.push(`${file}: ${message}`),
      this.counts,
    );
    const places = new Set([dirname(this.path), ...folders]);
    const lines = [...problems];
    for (const file of files) lines.push(`${file} ${await factsOf(file)}`);
    const [only, facts = ""] = folders.length === 0 ? [files[0], lines.at(-1)] : [];
    for (const file of only === undefined ? [] : await this.referredFiles(only, facts)) {
      places.add(dirname(file));
      lines.push(`${file} ${await factsOf(file)}`);
    }
    const real = new Set<string>();
    for (const place of places) real.add(await realPathOf(place));
    const target = await realPathOf(this.path);
    real.add(dirname(target));
    lines.push(target);
    return { text: lines.join("\n"), folders: [...real] };
  }

  /** A single file may name others (`documentFile`); a directory holds all that it may name. */
  private async referredFiles(file: string, facts: string): Promise<readonly string[]> {
    if (this.referring?.facts === facts) return this.referring.names;
    let names: readonly string[] = [];
    // Most files name no others, and a large one as a text would hold callers up and lie in their heap.
    if (await mentions(file, "documentFile")) {
      const source = sourceText(file, await textOrNone(file));
      const all = documentFileNames({ source, node: parseSource(source, []) });
      const root = { folder: dirname(file), workingFolder: nodePlatform.workingFolder };
      names = [...new Set(all.flatMap((name) => resolveRelative(file, name, root) ?? []))];
    }
    this.referring = { facts, names };
    return names;
  }
}

/** Content, owner and place of a file leave their traces here; being read leaves none. */
async function factsOf(file: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(file, { bigint: true });
    return `${dev} ${ino} ${size} ${mtimeNs} ${ctimeNs}`;
  } catch (error: unknown) {
    return error instanceof Error && "code" in error ? String(error.code) : "unreadable";
  }
}

async function realPathOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    return path;
  }
}

async function textOrNone(file: string): Promise<string> {
  try {
    return (await readRegularFile(file, maxFileBytes)).toString("utf8");
  } catch {
    return "";
  }
}

/** Whether a word of ASCII stands in a file; false also where there is none to read. */
async function mentions(file: string, word: string): Promise<boolean> {
  try {
    let end = "";
    const handle = await openRegularFile(file, maxFileBytes);
    for await (const chunk of handle.createReadStream({ encoding: "latin1", highWaterMark: CHUNK_BYTES })) {
      if (`${end}${chunk}`.includes(word)) return true;
      end = String(chunk).slice(1 - word.length);
    }
  } catch {
    // What cannot be read is said when it is loaded.
  }
  return false;
}
