/** The catalogue in the form that the build gives it tells what the package tells. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { compactCataloguePath } from "../../src/artifacts.js";
import type { Catalogue } from "../../src/validate/catalogue/catalogue.js";
import {
  type CompactCatalogue,
  compactCatalogue,
  expandedCatalogue,
} from "../../src/validate/catalogue/compact-catalogue.js";
import { loadCatalogue, loadWholeCatalogue, readWholeCatalogue } from "../../src/validate/catalogue/load-catalogue.js";

describe("the compact catalogue", () => {
  it("tells of every service what the package tells", async () => {
    const full = await wholeCatalogue(readWholeCatalogue);
    const compact: CompactCatalogue = JSON.parse(JSON.stringify(compactCatalogue(full)));
    expect(compact).toEqual(JSON.parse(readFileSync(compactCataloguePath, "utf8")));
    const expanded = expandedCatalogue(compact);
    expect([expanded.version, [...expanded.prefixes]]).toEqual([full.version, [...full.prefixes]]);
    for (const prefix of full.prefixes) expect(serviceOf(expanded, prefix)).toEqual(serviceOf(full, prefix));
  });

  it("is what is loaded, whole or the services that are asked for", async () => {
    const whole = await wholeCatalogue(loadWholeCatalogue);
    expect(whole.service("S3")?.actions.get("getobject")?.accessLevel).toBe("Read");
    expect(whole.service("S3")?.actions.get("getobject")?.constructor.name).toBe("LazyAction");
    const some = await wholeCatalogue(() => loadCatalogue(["S3", "nobody's"]));
    expect([...some.prefixes]).toEqual([...whole.prefixes]);
    expect([some.service("s3")?.prefix, some.service("iam"), some.service("nobody's")]).toEqual([
      "s3",
      undefined,
      undefined,
    ]);
  });

  it("keeps a level that is not known, and a service without actions", () => {
    const action = { name: "Look", accessLevel: undefined, resourceTypes: [], conditionKeys: [] };
    const of = (prefix: string, actions: readonly (typeof action)[]) => ({
      prefix,
      actions: new Map(actions.map((one) => [one.name.toLowerCase(), one])),
      keys: [],
    });
    const services = new Map([
      ["a", of("a", [action])],
      ["b", of("b", [])],
    ]);
    const full = { version: "1", prefixes: new Set(["a", "b"]), service: (prefix: string) => services.get(prefix) };
    const expanded = expandedCatalogue(compactCatalogue(full));
    for (const prefix of full.prefixes) expect(serviceOf(expanded, prefix)).toEqual(serviceOf(full, prefix));
  });
});

async function wholeCatalogue(load: () => Promise<Catalogue | undefined>): Promise<Catalogue> {
  const found = await load();
  if (found === undefined) throw new Error("the catalogue is not installed");
  return found;
}

function serviceOf(catalogue: Catalogue, prefix: string) {
  const service = catalogue.service(prefix);
  const actions = [...(service?.actions ?? [])].map(([key, { name, accessLevel, resourceTypes, conditionKeys }]) => {
    return { key, name, accessLevel, resourceTypes, conditionKeys };
  });
  const keys = service?.keys.map(({ name, type, multivalued, template }) => [name, type, multivalued, template.source]);
  return { prefix: service?.prefix, actions, keys };
}
