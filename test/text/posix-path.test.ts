// Paths without Node are what Node's own module makes of them.
import { posix } from "node:path";
import { expect, it } from "vitest";
import { baseName, folderOf, joinPath, normalPath, pathFrom } from "../../src/text/posix-path.js";
import { Random } from "../kit/random.js";

it("are normalised, joined, split and resolved as by `node:path`", () => {
  const random = new Random(20261129);
  const path = () =>
    Array.from({ length: random.below(7) }, () => random.pick(["a", "b.json", ".", "..", "/", "/", "//", "…"])).join(
      "",
    );
  for (let round = 0; round < 4_000; round++) {
    const [one, other] = [path(), path()];
    expect(normalPath(one), one).toBe(posix.normalize(one));
    // Node leaves doubled slashes in a folder as they are.
    expect(pathFrom("/x", folderOf(one)), one).toBe(posix.resolve("/x", posix.dirname(one)));
    expect(baseName(one), one).toBe(posix.basename(one));
    expect(joinPath(one || ".", other), `${one} ${other}`).toBe(posix.join(one || ".", other));
    expect(pathFrom(`/${one}`, other), `${one} ${other}`).toBe(posix.resolve(`/${one}`, other));
  }
});
