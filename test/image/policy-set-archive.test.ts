/** A part of an archived policy set decides like the whole one; values come back out of an archive as they went in. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { nodePlatform } from "../../src/files/node-platform.js";
import { Archive, ArchiveWriter } from "../../src/image/archive.js";
import { compilePolicySet } from "../../src/image/compile-policy-set.js";
import { encodePolicySet, PolicySetArchive } from "../../src/image/policy-set-archive.js";
import type { DirectoryPrincipal, PolicySet } from "../../src/policy/policy-set.js";
import { plainQuestion } from "../../src/policy/sample-questions.js";
import { Simulator } from "../../src/simulate/simulator.js";
import { examplePolicies } from "../kit/http-server.js";

describe("Archive", () => {
  it("gives back what was put into it, over many blocks", () => {
    const writer = new ArchiveWriter(nodePlatform.deflate);
    const values = Array.from({ length: 3000 }, (_, index) => ({
      index,
      text: `é😀\u2028${index}`.repeat(index % 50),
    }));
    for (const value of values) writer.put(`key ${value.index}`, JSON.stringify(value));
    const archive = new Archive(writer.end(), nodePlatform.deflate);
    for (const value of [...values.slice(-20), ...values]) expect(archive.get(`key ${value.index}`)).toEqual(value);
    for (const key of ["", "key", "key 3000", "key 01"]) expect(archive.get(key)).toBeUndefined();
  });

  it("tells keys with one hash apart", () => {
    const writer = new ArchiveWriter(nodePlatform.deflate);
    // FNV-1a of these is equal.
    const twins = ["costarring", "liquid"];
    for (const key of twins) writer.put(key, JSON.stringify(key));
    const archive = new Archive(writer.end(), nodePlatform.deflate);
    for (const key of twins) expect(archive.get(key)).toBe(key);
  });

  it("finds the prefixes of a key that are keys", () => {
    const writer = new ArchiveWriter(nodePlatform.deflate);
    for (const key of ["a/b", "a", "a/b/c", "x"]) writer.put(key, JSON.stringify(key));
    const archive = new Archive(writer.end(), nodePlatform.deflate);
    expect(archive.getPrefixes("a/b/c/d", [1, 3, 5, 7])).toEqual(["a", "a/b", "a/b/c"]);
    expect(archive.getPrefixes("b", [1])).toEqual([]);
  });

  it("gives all values whose keys begin alike, in the order in which they were put, over many blocks", () => {
    const writer = new ArchiveWriter(nodePlatform.deflate);
    const numbers = Array.from({ length: 3000 }, (_, index) => index);
    for (const number of numbers)
      writer.put(`${number % 2 === 0 ? "even" : 'o"dd'} ${number}`, `"${"x".repeat(99)}${number}"`);
    const archive = new Archive(writer.end(), nodePlatform.deflate);
    const wanted = (rest: number) => numbers.filter((one) => one % 2 === rest).map((one) => `${"x".repeat(99)}${one}`);
    expect(archive.all("even ")).toEqual(wanted(0));
    expect(archive.all('o"dd ')).toEqual(wanted(1));
    expect(archive.all("e ")).toEqual([]);
  });

  it("is empty if nothing was put into it", () => {
    const archive = new Archive(new ArchiveWriter(nodePlatform.deflate).end(), nodePlatform.deflate);
    expect([archive.get("a"), archive.getPrefixes("a", [0, 1])]).toEqual([undefined, []]);
  });
});

describe.each(["acme", "minimal", "authzen/policy-set"])("a part of %s", (name) => {
  let set: PolicySet;
  let [whole, part]: Simulator[] = [];
  beforeAll(async () => {
    set = await examplePolicies(name);
    whole = await Simulator.start({ nowMs: () => 1_790_000_000_000 });
    part = await Simulator.start({ nowMs: () => 1_790_000_000_000 });
  });
  afterAll(() => Promise.all([whole?.close(), part?.close()]));

  it("is nothing that the whole does not have, which comes out as it went in but for the texts of documents", () => {
    const archive = new PolicySetArchive(encodePolicySet(set, nodePlatform.deflate), nodePlatform.deflate);
    const withoutTexts = (value: unknown): unknown =>
      JSON.parse(
        JSON.stringify(value, (member, one: unknown) => (/^(?:source|.*[oO]ffsets?)$/.test(member) ? undefined : one)),
      );
    const whole = archive.whole();
    expect(withoutTexts(whole)).toEqual(withoutTexts({ ...set, groups: set.groups ?? [] }));
    const [one, other] = [whole, set].map((each) => compilePolicySet(each, {}, nodePlatform.deflate));
    expect(one?.digest).toBe(other?.digest);
    expect(one?.listing).toEqual(other?.listing);
  });

  it("keeps where each statement begins and ends (OUT-11)", () => {
    const archive = new PolicySetArchive(encodePolicySet(set, nodePlatform.deflate), nodePlatform.deflate);
    const placesOf = ({ identityPolicies }: DirectoryPrincipal) =>
      identityPolicies.flatMap(({ document }) =>
        document.statements.map(({ source, offset, endOffset = Number.NaN }) => [
          source.positionAt(offset),
          source.positionAt(endOffset),
        ]),
      );
    for (const principal of set.principals) {
      const kept = archive.principal(principal.arn);
      expect(kept && placesOf(kept), principal.arn).toEqual(placesOf(principal));
    }
    const [begin, end] = set.principals.flatMap(placesOf)[0] ?? [];
    expect(end).not.toEqual(begin);
  });

  it("decides and explains as the whole set does", () => {
    const archive = new PolicySetArchive(encodePolicySet(set, nodePlatform.deflate), nodePlatform.deflate);
    const statements = set.principals.flatMap(({ identityPolicies, trustPolicy }) =>
      [...identityPolicies, ...(trustPolicy === undefined ? [] : [trustPolicy])].flatMap(
        ({ document }) => document.statements,
      ),
    );
    const actions = new Set(
      ["s3:GetObject", "sts:AssumeRole", "iam:PassRole"].concat(
        statements.flatMap(({ action }) => action.patterns.map((pattern) => pattern.replace(/[*?]/g, "x"))),
      ),
    );
    const resources = [
      "*",
      "arn:aws:s3:::nowhere/x",
      ...set.resources.flatMap(({ arn }) => (arn === "*" ? [] : [arn, `${arn}/below`, `${arn}x`])),
      ...set.principals.map(({ arn }) => arn),
    ].filter((arn) => arn === "*" || arn.split(":").length > 5);
    let asked = 0;
    const decisions = new Set<string>();
    const ask = (simulator: Simulator | undefined, policySet: PolicySet, ...texts: readonly string[]) => {
      const [principal = "", action = "", resource = ""] = texts;
      const request = plainQuestion({ principal, action, resource });
      return simulator?.decide({ id: "", policySet, request, whatIf: false }, "explain");
    };
    const { counts } = set;
    for (const principal of set.principals) {
      const own = archive.principal(principal.arn) ?? principal;
      const slice = { ...archive.part([own], resources), counts };
      for (const [index, resource] of resources.entries()) {
        // Of one resource alone as well, which takes a compilation each.
        const policySet = index % 31 === asked % 31 ? { ...archive.part([own], [resource]), counts } : slice;
        for (const [at, action] of [...actions].entries()) {
          if (resources.length > 50 && (at + index) % 5 > 0) continue;
          const want = ask(whole, set, principal.arn, action, resource);
          expect(ask(part, policySet, principal.arn, action, resource)).toEqual(want);
          if (want !== undefined && "decision" in want) decisions.add(want.decision);
          asked++;
        }
      }
    }
    expect(asked).toBeGreaterThan(20);
    expect(decisions.size).toBeGreaterThan(1);
  });
});
