// `verdict rules`: every rule that is named anywhere can be read.
import { describe, expect, it } from "vitest";
import { jsonLines, verdict } from "../kit/run-verdict.js";

describe("verdict rules", () => {
  it("prints a rule, its section and where it stands", async () => {
    const have = await verdict(["rules", "COND-5"]);
    expect(have).toEqual({
      code: 0,
      out: [
        "COND-5 (7. Conditions: structure)",
        "",
        "**COND-5 Missing key.** Positive operators are false. Negated operators are true. This holds for Allow and Deny alike: `Deny … StringNotEquals` fires on requests without the key.",
        "",
        "src/policy/SEMANTICS.md#COND-5",
        "",
      ].join("\n"),
      err: "",
    });
  });

  it("prints the table and the code of a rule that has them, and how the last chapter reads it", async () => {
    const requesters = await verdict(["rules", "in-2"]);
    expect(requesters.out).toContain("\n| Anonymous | no credentials | none | nothing |\n\nsrc/policy");
    const algorithm = await verdict(["rules", "EVAL-2"]);
    expect(algorithm.out).toContain("\ndecide(request):\n");
    expect(algorithm.out).toContain("\n| session, user, `*` | – | – | – | allowed |\n\nsrc/policy");
    const variables = await verdict(["rules", "VAR-6"]);
    expect(variables.out).toContain("\n\n- **VAR-2, VAR-5, VAR-6**: a key");
    expect(variables.out).toContain("\n\n- **VAR-6**: no blank");
  });

  it("prints a rule of ours", async () => {
    const have = await verdict(["rules", "SET-FORMAT", "--json"]);
    expect(jsonLines(have.out)).toEqual([
      {
        id: "SET-FORMAT",
        title: "a file has one of the formats of policy sets",
        section: "Formats of policy sets",
        text: "a file has one of the formats of policy sets",
        helpUri: "src/validate/README.md#SET-FORMAT",
      },
    ]);
  });

  it("lists all of them by section", async () => {
    const text = await verdict(["rules"]);
    expect(text.code).toBe(0);
    expect(text.out).toMatch(/^1\. Inputs\n {2}IN-1 {6}Request\n {2}IN-2 {6}Requester kinds\n/);
    expect(text.out).toContain("\n\n7. Conditions: structure\n  COND-1    Operator names\n");
    const json: unknown = JSON.parse((await verdict(["rules", "--json"])).out);
    expect(json).toContainEqual({
      id: "RES-3",
      title: "Structure",
      section: "5. Resources",
      helpUri: "src/policy/SEMANTICS.md#RES-3",
    });
  });

  it("refuses an id that no rule has, and guesses what was meant", async () => {
    expect(await verdict(["rules", "con-5"])).toEqual({
      code: 2,
      out: "",
      err: "verdict: `con-5` is no rule; did you mean `COND-5`?\n",
    });
    expect(await verdict(["rules", "nothing"])).toEqual({
      code: 2,
      out: "",
      err: "verdict: `nothing` is no rule; `verdict rules` lists them\n",
    });
  });
});
