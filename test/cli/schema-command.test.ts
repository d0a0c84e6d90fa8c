import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { schemaNames } from "../../src/schemas/schema-names.js";
import { schemaOf } from "../../src/schemas/schemas.js";
import { folder, root, verdict } from "../kit/run-verdict.js";

describe("verdict schema", () => {
  it("lists the schemas", async () => {
    const have = await verdict(["schema"]);
    expect(have.out.split("\n").map((line) => line.split(" ")[0])).toEqual([...schemaNames, ""]);
    expect(have.code).toBe(0);
  });

  it("prints one", async () => {
    const have = await verdict(["schema", "tests"]);
    expect(JSON.parse(have.out)).toEqual(schemaOf("tests"));
    expect(have.code).toBe(0);
  });

  it("writes all of them", async () => {
    const out = join(folder, "schemas");
    expect(await verdict(["schema", "--out", out])).toEqual({ code: 0, out: "", err: "" });
    expect(readdirSync(out).sort()).toEqual(schemaNames.map((name) => `${name}.json`).sort());
  });

  it("ends with 2 for a name that is none", async () => {
    const have = await verdict(["schema", "policy"]);
    expect(have.code).toBe(2);
    expect(have.err).toMatch(
      /^verdict: command-argument value 'policy' is invalid for argument 'name'\. Allowed choices are /,
    );
  });

  it.each(schemaNames)("ships %s as the build made it", (name) => {
    const shipped = readFileSync(join(root, "dist", "schemas", `${name}.json`), "utf8");
    expect(JSON.parse(shipped)).toEqual(schemaOf(name));
  });
});
