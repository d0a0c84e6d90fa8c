/** Whose a service-last-accessed report is: names are compared whole, and what fits several is nobody's. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openPosture } from "../../src/evidence/posture/open-posture.js";
import { postureSteps, wholePosture } from "../../src/evidence/posture/posture.js";
import { postureSet } from "../../src/evidence/posture/posture-set.js";
import { entityOfReport } from "../../src/evidence/sources/entity-of-report.js";
import { readEvidence } from "../../src/evidence/sources/read-evidence.js";
import { unusedOf } from "../../src/report/gather-unused.js";
import { account, allow, reportedAt, soundWorld } from "../kit/posture-world.js";

const iam = (rest: string, of = account): string => `arn:aws:iam::${of}:${rest}`;
const entities = [
  iam("user/people/ann"),
  iam("user/joanna"),
  iam("user/accessed-bob"),
  iam("user/bob"),
  iam("role/deploy"),
  iam("user/deploy"),
  iam("role/deploy", "222222222222"),
  iam("group/readers"),
];

describe("entityOfReport()", () => {
  it.each([
    { file: "accessed-ann.json", want: iam("user/people/ann") },
    { file: "a/b/ann.json.gz", want: iam("user/people/ann") },
    { file: "last-accessed-joanna.json", want: iam("user/joanna") },
    { file: "service-last-accessed-readers.json", want: iam("group/readers") },
    { file: `accessed-${account}-role-deploy.json`, want: iam("role/deploy") },
    { file: "accessed-222222222222-deploy.json", want: iam("role/deploy", "222222222222") },
    { file: "accessed-user-deploy.json", want: iam("user/deploy") },
  ])("takes $file for $want", ({ file, want }) => {
    expect(entityOfReport({ file, account: undefined, about: undefined }, entities)).toEqual({ arn: want });
  });

  it("takes the ARN in the file before any name, and nobody if the set lacks it", () => {
    const file = "accessed-ann.json";
    const of = (about: string) => entityOfReport({ file, account: undefined, about }, entities);
    expect(of(iam("role/deploy"))).toEqual({ arn: iam("role/deploy") });
    expect(of(iam("role/gone"))).toEqual({ needs: `${iam("role/gone")} in the policy set` });
  });

  it("takes the account of the file to tell entities of one name apart", () => {
    const of = (account: string) => entityOfReport({ file: "role-deploy.json", account, about: undefined }, entities);
    expect(of("222222222222")).toEqual({ arn: iam("role/deploy", "222222222222") });
    expect(of("333333333333")).toHaveProperty("needs");
  });

  it.each(["joann.json", "accessed-an.json", "accessed-joanna-2.json", "ann-accessed.json", "accessed-.json"])(
    "finds nobody in %s",
    (file) => {
      expect(entityOfReport({ file, account: undefined, about: undefined }, entities)).toEqual({
        needs: "a file that is named after a user, group or role, as accessed-alice.json",
      });
    },
  );

  it.each([
    ["accessed-deploy.json", 3],
    ["accessed-role-deploy.json", 2],
    ["accessed-bob.json", 2],
  ])("does not guess whose %s is", (file, count) => {
    const found = entityOfReport({ file, account: undefined, about: undefined }, entities);
    expect(found.arn).toBeUndefined();
    expect("needs" in found ? found.needs.split("arn:").length - 1 : 0).toBe(count);
  });
});

describe("a report of joanna beside a user ann", () => {
  it("is joanna's in the posture and in the page, and one that fits two is said", async () => {
    const world = soundWorld();
    const folder = mkdtempSync(join(tmpdir(), "verdict-entity-"));
    try {
      const write = (name: string, value: unknown): string => {
        writeFileSync(join(folder, name), JSON.stringify(value));
        return join(folder, name);
      };
      const users = ["ann", "joanna", "twin"].map((name) => ({
        arn: iam(`user/${name}`),
        inlinePolicies: [{ name: "own", document: allow("s3:GetObject") }],
      }));
      const roles = [{ arn: iam("role/twin") }];
      const idle = {
        JobStatus: "COMPLETED",
        JobCompletionDate: reportedAt,
        ServicesLastAccessed: [{ ServiceName: "Amazon SQS", ServiceNamespace: "sqs" }],
      };
      const files = [write("accessed-joanna.json", idle), write("accessed-twin.json", idle)];
      const set = await postureSet(write("set.json", { ...world.set, users, roles }), await readEvidence([]));
      if (!set.ok) throw new Error("the set is refused");
      const evidence = await readEvidence(files.map((path) => ({ path })));
      const terms = { ...set, evidence, catalogue: undefined, nowMs: Date.parse(reportedAt) };
      const { context, close } = await openPosture(terms);
      try {
        const { findings, notChecked } = wholePosture(postureSteps(context));
        const own = findings.filter(({ id }) => id === "service-unused");
        expect(own.map(({ subject }) => subject)).toEqual([iam("user/joanna")]);
        expect(notChecked.filter((one) => one.notChecked === "service-unused").map(({ subject }) => subject)).toEqual([
          files[1],
        ]);
        const unused = await unusedOf(context.auditor, evidence);
        expect(unused).toMatchObject({
          lines: [{ principal: iam("user/joanna"), services: [{ service: "sqs" }] }],
          unclear: [expect.stringContaining("twin")],
        });
      } finally {
        await close();
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
