/** Makes a folder and those that it is to lie in. */
import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Makes a folder with those above it; one that is there already is no error. Step by step: `mkdir` with `recursive` of Node
 * 20.20 tries without end where a folder that exists takes no other and says `ENOENT`, as `/proc` does.
 */
export async function makeFolder(path: string, mode?: number): Promise<void> {
  const above = dirname(path);
  if (above !== path && !(await exists(above))) await makeFolder(above, mode);
  try {
    await mkdir(path, mode);
  } catch (error: unknown) {
    if (!(await isFolder(path))) throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}
