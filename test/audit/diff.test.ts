/** Changes of a policy set: each one is found, with a request that both sets decide as told; what changes nothing is no change. */
import { describe, expect, it } from "vitest";
import { Auditor, DEFAULT_BUDGET } from "../../src/audit/auditor.js";
import { type DiffLine, diffLineJson, diffSets } from "../../src/audit/diff.js";
import { diffComment } from "../../src/audit/diff-comment.js";
import { everything } from "../../src/audit/region.js";
import { Engine } from "../../src/engine/engine.js";
import { buildPolicySet } from "../../src/index.js";
import { sourceText } from "../../src/text/source-text.js";
import { loadCatalogue } from "../../src/validate/catalogue/load-catalogue.js";

const allow = (action: string | string[], resource: string | string[], condition?: object) => ({
  Effect: "Allow",
  Action: action,
  Resource: resource,
  ...(condition === undefined ? {} : { Condition: condition }),
});

function files(ann: object[], more: object = {}): Record<string, string> {
  const document = { Version: "2012-10-17", Statement: ann };
  return {
    "set.yaml": JSON.stringify({
      users: [
        { arn: "arn:aws:iam::111122223333:user/ann", inlinePolicies: [{ name: "own", document }] },
        { arn: "arn:aws:iam::111122223333:user/bob" },
      ],
      ...more,
    }),
  };
}

async function auditorOf(texts: Record<string, string>, region = everything): Promise<Auditor> {
  const built = buildPolicySet(Object.entries(texts).map(([file, text]) => sourceText(file, text)));
  if (!built.ok) throw new Error(JSON.stringify(built.findings));
  const engine = await Engine.start({ workers: 0, allowWhatIf: true });
  engine.publish(built.policySet);
  return new Auditor({
    set: built.policySet,
    decide: (question) => engine.decide(question, { nowMs: 1_767_225_600_000 }),
    catalogue: await loadCatalogue(["s3"]),
    region,
    nowMs: 1_767_225_600_000,
    budget: DEFAULT_BUDGET,
  });
}

async function diffOf(
  old: Record<string, string>,
  now: Record<string, string>,
  region = everything,
): Promise<readonly DiffLine[]> {
  return [...diffSets(await auditorOf(old, region), await auditorOf(now, region)).lines].flat();
}

const told = (lines: readonly DiffLine[]) =>
  lines.map(
    ({ change, action, resource, before, after }) =>
      `${change} ${action} ${resource} ${before?.access} ${after?.access}`,
  );

const base = files([allow("s3:GetObject", "arn:aws:s3:::a/*", { Bool: { "aws:SecureTransport": "true" } })]);

describe("a change of a policy set", () => {
  it("by which a resource appears that everybody may read is one for whoever is outside as well", async () => {
    const Statement = { ...allow("s3:GetObject", "arn:aws:s3:::pub/*"), Principal: "*" };
    const policy = { Version: "2012-10-17", Statement };
    const now = files([], { resources: [{ arn: "arn:aws:s3:::pub", account: "111122223333", policy }] });
    const region = { ...everything, outside: true };
    const changed = (lines: readonly DiffLine[]) =>
      lines.map(({ change, principal, resource, before, after }) =>
        [change, principal, resource, before?.access ?? "none", after?.access ?? "none"].join(" "),
      );
    const who = [
      "*.amazonaws.com",
      "anonymous",
      "arn:aws:iam::111122223333:user/ann",
      "arn:aws:iam::111122223333:user/bob",
      "arn:aws:iam::999999999999:root",
    ];
    const gained = await diffOf(files([]), now, region);
    const refusedBy = (one: string) => (one.includes("111122223333") ? "never" : "none");
    expect(changed(gained)).toEqual(who.map((one) => `gained ${one} arn:aws:s3:::pub/* ${refusedBy(one)} always`));
    const lost = await diffOf(now, files([]), region);
    expect(changed(lost)).toEqual(who.map((one) => `lost ${one} arn:aws:s3:::pub/* always ${refusedBy(one)}`));
  });

  it("speaks in the line of a pattern of known resources too that have no line of their own", async () => {
    const Statement = { ...allow("s3:ListBucket", "arn:aws:s3:::open"), Principal: "*" };
    const resources = [
      { arn: "arn:aws:s3:::open", account: "111122223333", policy: { Version: "2012-10-17", Statement } },
      { arn: "arn:aws:s3:::shut", account: "111122223333" },
    ];
    const lines = await diffOf(files([allow("s3:ListBucket", "*")], { resources }), files([], { resources }));
    expect(told(lines)).toEqual([
      "conditions s3:ListBucket * sometimes sometimes",
      "lost s3:ListBucket arn:aws:s3:::shut always never",
    ]);
    expect(lines[0]?.after?.when).toEqual([[{ resource: "arn:aws:s3:::open", holds: true }]]);
  });

  it("speaks in the line of a pattern of roles and users of which it is true as it is", async () => {
    const trust = (Principal: unknown) => ({
      Version: "2012-10-17",
      Statement: { Effect: "Allow", Principal, Action: "sts:AssumeRole" },
    });
    const role = (name: string, more: object) => ({ arn: `arn:aws:iam::111122223333:role/${name}`, ...more });
    const roles = [
      role("plain", { trustPolicy: trust({ AWS: "111122223333" }) }),
      role("tagged", { trustPolicy: trust({ AWS: "111122223333" }), tags: { env: "prod" } }),
      role("strange", { trustPolicy: trust({ AWS: "999988887777" }) }),
    ];
    const resources = [{ arn: "arn:aws:s3:::listed", account: "111122223333" }];
    const fence = {
      ...allow("s3:GetObject", "*", { StringEquals: { "aws:ResourceTag/env": "prod" } }),
      Effect: "Deny",
    };
    const users = (condition: object) => [
      {
        arn: "arn:aws:iam::111122223333:user/ann",
        inlinePolicies: [
          { name: "own", document: { Version: "2012-10-17", Statement: [allow("*", "*", condition), fence] } },
        ],
      },
    ];
    const old = { "set.yaml": JSON.stringify({ users: users({}), roles, resources }) };
    const now = {
      "set.yaml": JSON.stringify({
        users: users({ Bool: { "aws:MultiFactorAuthPresent": "true" } }),
        roles,
        resources,
      }),
    };
    const lines = told(await diffOf(old, now));
    const ofPattern = (action: string) => lines.filter((line) => line.includes(` ${action} `));
    expect(ofPattern("s3:PutObject")).toEqual([
      "conditions s3:PutObject * sometimes sometimes",
      "lost s3:PutObject arn:aws:s3:::listed always sometimes",
    ]);
    expect(ofPattern("s3:GetObject")).toEqual([
      "conditions s3:GetObject * sometimes sometimes",
      "lost s3:GetObject arn:aws:iam::111122223333:role/plain always sometimes",
      "lost s3:GetObject arn:aws:iam::111122223333:role/strange always sometimes",
      "lost s3:GetObject arn:aws:s3:::listed always sometimes",
    ]);
    expect(ofPattern("sts:AssumeRole")).toEqual([
      "lost sts:AssumeRole arn:aws:iam::111122223333:role/plain always sometimes",
      "lost sts:AssumeRole arn:aws:iam::111122223333:role/tagged always sometimes",
    ]);
  });

  it("of tags for which one of the sets alone asks is found", async () => {
    const tagged = files([allow("*", "arn:aws:s3:::*", { StringEquals: { "aws:ResourceTag/env": "dev" } })]);
    const lines = await diffOf(tagged, files([]));
    expect(told(lines)).toContain("lost s3:GetObject arn:aws:s3:::* sometimes never");
    expect(told(lines)).toContain("conditions * * sometimes sometimes");
    expect(told(await diffOf(files([]), tagged))).toContain("gained s3:GetObject arn:aws:s3:::* never sometimes");
  });

  it("of nothing but order, Sids, split lists and redundant statements is none", async () => {
    const one = files([allow(["s3:GetObject", "s3:PutObject"], ["arn:aws:s3:::a/*", "arn:aws:s3:::b/*"])]);
    const other = files([
      { Sid: "B", ...allow("s3:PutObject", "arn:aws:s3:::b/*") },
      { Sid: "A", ...allow("s3:GetObject", ["arn:aws:s3:::b/*", "arn:aws:s3:::a/*"]) },
      { Sid: "Again", ...allow("s3:GetObject", "arn:aws:s3:::a/x*") },
      { Sid: "C", ...allow("s3:PutObject", "arn:aws:s3:::a/*") },
    ]);
    expect(told(await diffOf(one, other))).toEqual([]);
  });

  it("that gives an action is gained, with a request that only the new set allows", async () => {
    const lines = await diffOf(
      base,
      files([
        allow("s3:GetObject", "arn:aws:s3:::a/*", { Bool: { "aws:SecureTransport": "true" } }),
        allow("s3:DeleteObject", "arn:aws:s3:::a/*"),
      ]),
    );
    expect(told(lines)).toEqual(["gained s3:DeleteObject arn:aws:s3:::a/* never always"]);
    expect(lines.map(diffLineJson)[0]).toMatchObject({
      principal: "arn:aws:iam::111122223333:user/ann",
      accessLevel: "Write",
      witness: { action: "s3:DeleteObject", resource: "arn:aws:s3:::a/" },
      decidedBy: [{ policy: "own", statement: 1 }],
    });
  });

  it("that takes a resource away is lost", async () => {
    const old = files([allow("s3:GetObject", ["arn:aws:s3:::a/*", "arn:aws:s3:::b/*"])]);
    const now = files([allow("s3:GetObject", ["arn:aws:s3:::a/*"])]);
    expect(told(await diffOf(old, now))).toEqual(["lost s3:GetObject arn:aws:s3:::b/* always never"]);
  });

  it("of a condition tells both what it gives and what it takes away", async () => {
    const now = files([allow("s3:GetObject", "arn:aws:s3:::a/*", { Bool: { "aws:MultiFactorAuthPresent": "true" } })]);
    const lines = await diffOf(base, now);
    expect(told(lines)).toEqual(["conditions s3:GetObject arn:aws:s3:::a/* sometimes sometimes"]);
    expect(lines[0]?.gains?.context.get("aws:MultiFactorAuthPresent")).toEqual(["true"]);
    expect(lines[0]?.loses?.context.get("aws:SecureTransport")).toEqual(["true"]);
  });

  it("of a Deny, a boundary, a bucket's policy is found", async () => {
    const denied = files([
      allow("s3:GetObject", "arn:aws:s3:::a/*", { Bool: { "aws:SecureTransport": "true" } }),
      { Effect: "Deny", Action: "s3:*", Resource: "arn:aws:s3:::a/secret/*" },
    ]);
    const lines = await diffOf(base, denied);
    expect(told(lines)).toEqual(["conditions s3:GetObject arn:aws:s3:::a/* sometimes sometimes"]);
    expect(lines[0]?.loses?.resource).toBe("arn:aws:s3:::a/secret/");
    expect(lines[0]?.gains).toBeUndefined();
    const bucket = {
      arn: "arn:aws:s3:::a",
      account: "111122223333",
      policy: {
        Version: "2012-10-17",
        Statement: {
          Effect: "Allow",
          Principal: { AWS: "arn:aws:iam::111122223333:user/bob" },
          Action: "s3:GetObject",
          Resource: "arn:aws:s3:::a/*",
        },
      },
    };
    const gained = await diffOf(files([]), files([], { resources: [bucket] }));
    expect(told(gained)).toEqual(["gained s3:GetObject arn:aws:s3:::a/* never always"]);
    expect(gained[0]?.principal).toBe("arn:aws:iam::111122223333:user/bob");
  });

  it("that adds a principal gives whatever it can do", async () => {
    const carol = {
      arn: "arn:aws:iam::111122223333:user/carol",
      inlinePolicies: [
        { name: "c", document: { Version: "2012-10-17", Statement: [allow("s3:GetObject", "arn:aws:s3:::c/*")] } },
      ],
    };
    const now: { users: object[] } = JSON.parse(base["set.yaml"] ?? "");
    now.users.push(carol);
    const lines = await diffOf(base, { "set.yaml": JSON.stringify(now) });
    expect(
      lines.map(({ change, principal, action, resource }) => `${change} ${principal} ${action} ${resource}`),
    ).toEqual([
      // Also what nobody can refuse (SVC-7), which this catalogue does not name.
      "gained arn:aws:iam::111122223333:user/carol * *",
      "gained arn:aws:iam::111122223333:user/carol s3:GetObject arn:aws:s3:::c/*",
    ]);
  });

  it("of a resource's owner is told with a request that leaves its owner to the sets", async () => {
    const own = [allow("s3:GetObject", "arn:aws:s3:::b")];
    const Statement = { Effect: "Deny", Principal: "*", Action: "s3:*", Resource: "arn:aws:s3:::b" };
    const policy = { Version: "2012-10-17", Statement };
    const theirs = files(own, { resources: [{ arn: "arn:aws:s3:::b", account: "444455556666", policy }] });
    const ours = files(own, { owners: [{ pattern: "arn:aws:s3:::b", account: "111122223333" }] });
    const region = { ...everything, principals: ["arn:aws:iam::111122223333:user/ann"], actions: ["s3:GetObject"] };
    const lines = await diffOf(theirs, ours, region);
    expect(told(lines)).toEqual(["gained s3:GetObject arn:aws:s3:::b never always"]);
    expect(lines.map(diffLineJson)[0]).not.toHaveProperty("witness.resourceAccount");
  });

  describe("by which the tags of a resource come to be known", () => {
    const own = (...conditions: object[]) =>
      conditions.map((Condition, at) => ({
        Effect: at === 0 ? "Allow" : "Deny",
        Action: "s3:GetObject",
        Resource: "*",
        Condition,
      }));
    const listing = (statements: object[], tags: object) =>
      files(statements, { resources: [{ arn: "arn:aws:s3:::b", account: "111122223333", tags }] });
    const changes = async (statements: object[], tags: object) => {
      const [old, now] = [listing(statements, tags), files(statements)];
      const lines = [...(await diffOf(old, now)), ...(await diffOf(now, old))];
      return lines.flatMap((line) => {
        const { witness } = diffLineJson(line) as { witness: { resourceTags?: object } };
        return line.resource.endsWith("b") ? [`${line.change} ${JSON.stringify(witness.resourceTags ?? {})}`] : [];
      });
    };

    it("loses what a request without tags was allowed", async () => {
      const statements = own(
        { Null: { "aws:ResourceTag/t": "false" } },
        { StringNotLikeIfExists: { "aws:ResourceTag/t": ["a", "b"] } },
      );
      expect(await changes(statements, { t: "a" })).toEqual(["lost {}", "gained {}"]);
      // Whatever a request tells, both refuse it, or allow it.
      expect(await changes(statements, { t: "*" })).toEqual([]);
    });

    it("is told with a request that tells some of them", async () => {
      const statements = own(
        { StringEquals: { "aws:ResourceTag/s": "1", "aws:ResourceTag/t": "a" } },
        { Null: { "aws:ResourceTag/s": "true", "aws:ResourceTag/t": "true" } },
      );
      expect(await changes(statements, { s: "1", t: "a" })).toEqual(['lost {"s":"1"}', 'gained {"s":"1"}']);
      const partly = own(
        { Null: { "aws:ResourceTag/s": "true", "aws:ResourceTag/t": "false" } },
        { StringNotEquals: { "aws:ResourceTag/t": "a" } },
      );
      // Only a request that tells the one and not the other is allowed where nothing is listed.
      expect(await changes(partly, { s: "1", t: "a" })).toEqual(['gained {"t":"a"}', 'lost {"t":"a"}']);
      expect(await changes(partly, { s: "1", t: "b" })).toEqual([]);
    });
  });

  it("of tags that differ in case only is found where the spelling decides (CTX-11)", async () => {
    const own = allow("s3:GetObject", "arn:aws:s3:::dup*", { StringEquals: { "aws:ResourceTag/team": "b" } });
    const tagged = (one: object, other: object) =>
      files([own], {
        resources: [
          { arn: "arn:aws:s3:::dup-1", account: "111122223333", tags: one },
          { arn: "arn:aws:s3:::dup-2", account: "111122223333", tags: other },
        ],
      });
    const [first, second] = [
      { Team: "a", team: "b" },
      { Team: "b", team: "a" },
    ];
    const lines = await diffOf(tagged(first, first), tagged(first, second));
    expect(told(lines)).toEqual([
      "conditions s3:GetObject arn:aws:s3:::dup* sometimes sometimes",
      "lost s3:GetObject arn:aws:s3:::dup-2 always never",
    ]);
  });

  it("fits into a comment, whatever stands in its names", async () => {
    const lines = await diffOf(files([]), files([allow("s3:*", "arn:aws:s3:::|</code>\\`x*")]));
    const comment = diffComment(lines, { gained: lines.length, lost: 0, conditions: 0, unknown: 0 });
    expect(comment.length).toBeLessThanOrEqual(60_000);
    expect(comment).not.toMatch(/\|<\/code>\\`x/);
    expect(
      comment
        .split("\n")
        .filter((line) => line.startsWith("| <code>"))
        .every((line) => line.split("|").length === 7),
    ).toBe(true);
  });
});
