/** `verdict prove`: what it prints, its exit codes, and counterexamples that `verdict check` decides again. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { file, verdict } from "../kit/run-verdict.js";

const acme = "examples/acme";
const assertions = (...all: object[]) => file("a.json", JSON.stringify({ assertions: all }));
const holds = { id: "shut", never: "allowed", principals: "anonymous", resources: ["arn:aws:s3:::acme-invoices/*"] };
const fails = { id: "open", notPublic: ["arn:aws:s3:::acme-press/*"] };
const nobody = { id: "nobody", never: "allowed", principals: { patterns: ["arn:aws:iam::222222222222:role/Nobody*"] } };

describe("verdict prove", () => {
  it("ends with 0 if all hold, 1 if one fails, 2 if one is unknown", async () => {
    const run = async (...all: object[]) =>
      (await verdict(["prove", "--json", "--policies", acme, assertions(...all)])).code;
    expect([await run(holds), await run(holds, fails, nobody), await run(nobody)]).toEqual([0, 1, 2]);
  });

  it("shows a request that `check` decides as told", async () => {
    const { out } = await verdict(["prove", "--json", "--policies", acme, assertions(fails)]);
    const { counterexample }: { counterexample: object } = JSON.parse(out);
    const { code } = await verdict([
      "check",
      "--policies",
      acme,
      "--question",
      file("q.json", JSON.stringify(counterexample)),
    ]);
    expect(code).toBe(0);
  });

  it("says so in JUnit's XML and SARIF", async () => {
    const told = async (format: string) =>
      (await verdict(["prove", "--format", format, "--policies", acme, assertions(holds, fails)])).out;
    expect(await told("junit")).toContain('<testsuites name="verdict prove" tests="2" failures="1" errors="0">');
    const { runs }: { runs: readonly { results: readonly { ruleId: string }[] }[] } = JSON.parse(await told("sarif"));
    expect(runs[0]?.results.map(({ ruleId }) => ruleId)).toEqual(["assertion-fails"]);
  });

  it("refuses before it proves anything what needs an organization where the set has none, at its place and with a cure", async () => {
    const set = file("set.json", JSON.stringify({ accounts: [{ id: "111122223333" }] }));
    const outside = { id: "fence", never: "allowed", principals: { outside: "organization" } };
    const less = { id: "but", never: "allowed", principals: { except: { outside: "organization" } } };
    const path = assertions(holds, outside, less);
    const text = readFileSync(path, "utf8");
    const { out, err, code } = await verdict(["prove", "--json", "--policies", set, path]);
    const cause = "`outside: organization`: the policy set has no organization";
    const fix =
      "give the set its `organization` (`verdict import aws` reads it of AWS's listings), or write `outside: account`";
    const at = (offset: number) => `${path}:1:${offset + 1}`;
    expect(err.trimEnd().split("\n")).toEqual([
      `${at(text.indexOf('"organization"'))}: fence: ${cause}: ${fix}`,
      `${at(text.lastIndexOf('"organization"'))}: but: ${cause}: ${fix}`,
    ]);
    expect([out, code]).toEqual(["", 2]);
  });

  it.each([
    [["prove", "--policies", acme], "verdict: name a file of assertions"],
    [["prove", "--policies", acme, "/nowhere.yaml"], "/nowhere.yaml"],
    [
      ["prove", "--no-new-access", "a.json", "--type", "identity"],
      "--no-new-access: takes two documents, the old one and the new one",
    ],
    [
      ["prove", "--not-public", "a.json"],
      "--not-public: say whose policy it is, with --resource-type AWS::S3::Bucket …",
    ],
    [
      ["prove", "--action", "s3:*", "--not-granted", "/nowhere.json"],
      "--not-granted: say what the document is attached as, with --type identity, resource …",
    ],
  ])("refuses %j", async (args, said) => {
    const { err, code } = await verdict(args);
    expect(code).toBe(2);
    expect(err).toContain(said);
  });
});
