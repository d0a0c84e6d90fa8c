/** What patterns ask of resources that are open, as literals. */
import { resourceGlob, tellGlob } from "../globs/glob.js";
import type { PolicyDocument } from "../policy/document/document.js";
import type { Literal, ResourceAtom } from "./world.js";

type GivenAtom = Partial<ResourceAtom> & Pick<ResourceAtom, "told"> & { readonly open?: readonly string[] };

/** A literal about the resource, which holds. */
export function resourceLiteral(id: string, { glob, widest = glob, open = [], told }: GivenAtom): Literal {
  return { atom: { kind: "resource", id, glob, widest, openKeys: open, told }, holds: true };
}

/** So much text of patterns is kept with what they ask, in UTF-16 units. */
const mostKept = 4_000_000;
const plainLiterals = new Map<string, Literal | boolean>();
let kept = 0;

/** What a pattern without variables asks of a resource that is open: the same in all worlds (RES-2 to RES-8). */
export function plainLiteral(pattern: string, version: PolicyDocument["version"], padded: boolean): Literal | boolean {
  const id = `${version}${padded}${pattern}`;
  let found = plainLiterals.get(id);
  if (found === undefined) {
    const resolved = resourceGlob(pattern, version, padded, () => undefined);
    const told = "glob" in resolved ? tellGlob(resolved.glob) : "";
    found = "glob" in resolved && resourceLiteral(told, { glob: resolved.glob, told });
    kept += id.length;
    if (kept > mostKept) {
      plainLiterals.clear();
      kept = id.length;
    }
    plainLiterals.set(id, found);
  }
  return found;
}
