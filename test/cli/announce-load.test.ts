import { afterEach, describe, expect, it, vi } from "vitest";
import { announceLoad } from "../../src/terminal/announce-load.js";
import { file, minimal } from "../kit/run-verdict.js";

afterEach(() => vi.restoreAllMocks());

function said(paths: readonly string[], isWatched: boolean): string {
  const write = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  announceLoad(paths, isWatched);
  const text = write.mock.calls.map(([line]) => String(line)).join("");
  write.mockRestore();
  return text;
}

describe("announceLoad()", () => {
  const large = file("large-set.json", " ".repeat(3 << 20));

  it("says how much is read if that takes a while and somebody looks", () => {
    expect(said([large], true)).toBe(`reading ${large}: 3 MB in 1 file …\n`);
    expect(said([large], false)).toBe("");
  });

  it("says nothing of small sets, of none and of places on the net", () => {
    expect(said([minimal, "/none", "https://origin.test/set.tar.gz", "-"], true)).toBe("");
  });
});
