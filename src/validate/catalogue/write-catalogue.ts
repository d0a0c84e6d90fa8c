/** Part of the build: the catalogue of the package that is installed, in the form that the command reads. */
import { writeFile } from "node:fs/promises";
import { compactCataloguePath } from "../../artifacts.js";
import { compactCatalogue } from "./compact-catalogue.js";
import { CATALOGUE_PACKAGE, readWholeCatalogue } from "./load-catalogue.js";

/** Writes it; resolves to the folders whose licence it is under, none without the package. */
export async function writeCompactCatalogue(): Promise<readonly string[]> {
  const catalogue = await readWholeCatalogue();
  if (catalogue === undefined) return [];
  await writeFile(compactCataloguePath, JSON.stringify(compactCatalogue(catalogue)));
  return [`node_modules/${CATALOGUE_PACKAGE}/data`];
}
