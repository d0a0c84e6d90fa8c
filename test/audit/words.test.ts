/** Conditions of an answer as people read them. */
import { describe, expect, it } from "vitest";
import { KindsOfActions, sidesInWords, waysInWords } from "../../src/audit/words.js";
import { loadCatalogue } from "../../src/validate/catalogue/load-catalogue.js";

const mfa = { key: "aws:MultiFactorAuthPresent", operator: "Bool", values: ["true"], holds: true };
const on = (resource: string) => ({ resource, holds: true });
const notOn = (resource: string) => ({ resource, holds: false });

it("says once what several ways have in common but for the resource", () => {
  const bucket = "arn:aws:s3:::logs";
  expect(
    waysInWords([
      [mfa, on(bucket)],
      [mfa, on(`${bucket}/*`)],
      [mfa, on(`${bucket}:*`)],
      [mfa, on("arn:aws:s3:::other")],
      [{ ...mfa, holds: false }, on(bucket)],
    ]),
  ).toEqual(["with MFA; on arn:aws:s3:::logs and below or arn:aws:s3:::other", "without MFA; on arn:aws:s3:::logs"]);
});

it("keeps apart what has to hold together", () => {
  expect(waysInWords([[on("arn:aws:s3:::a*"), on("arn:aws:s3:::*b")]])).toEqual([
    "on arn:aws:s3:::a*; on arn:aws:s3:::*b",
  ]);
});

it("turns round what does not hold of the clock", () => {
  const freeze = {
    key: "aws:CurrentTime",
    operator: "DateGreaterThanEquals",
    values: ["2026-12-24T00:00:00Z"],
    holds: false,
  };
  expect(waysInWords([[freeze], [{ ...freeze, holds: true }]])).toEqual([
    "before 2026-12-24T00:00:00Z",
    "from 2026-12-24T00:00:00Z",
  ]);
});

it("has words for whose, where and which keys of KMS", () => {
  const owner = { key: "aws:ResourceAccount", operator: "StringEquals", values: ["111122223333"], holds: true };
  const region = { key: "aws:RequestedRegion", operator: "StringNotEquals", values: ["eu-west-1"], holds: false };
  expect(
    waysInWords([[owner, region, notOn("arn:*:kms:*:*:key/*"), notOn("arn:aws:s3:::a")], [notOn("arn:*")]]),
  ).toEqual(["in account 111122223333; in region eu-west-1; not on KMS keys, arn:aws:s3:::a", "without a resource"]);
});

describe("the sides of a change", () => {
  const side = (...when: Parameters<typeof waysInWords>[0]) => ({ access: "sometimes", when });
  const both = on("arn:aws:s3:::both");

  it("tell what one alone has before what both have, and count the rest", () => {
    expect(
      sidesInWords(side([both], [on("arn:aws:s3:::old")], [mfa]), side([both], [on("arn:aws:s3:::new")], [mfa])),
    ).toEqual([
      "sometimes, if on arn:aws:s3:::old; or in 2 further ways",
      "sometimes, if on arn:aws:s3:::new; or in 2 further ways",
    ]);
  });

  it("tell a way that both have where one has no other, and nothing where there is none", () => {
    expect(sidesInWords(side([both]), side([both], [mfa]))).toEqual([
      "sometimes, if on arn:aws:s3:::both",
      "sometimes, if with MFA; or in 1 further way",
    ]);
    expect(sidesInWords(undefined, { access: "always", when: [] })).toEqual(["never", "always"]);
  });
});

describe("what an action acts on", () => {
  const object = on("arn:aws:s3:::logs/*");
  const key = notOn("arn:*:kms:*:*:key/*");

  it("leaves out ways on other kinds of resources, and what is said of them", async () => {
    const kinds = new KindsOfActions(await loadCatalogue(["s3"]));
    expect(kinds.ways("s3:GetObject", [[mfa, key], [mfa, object], [on("arn:aws:sqs:*:*:jobs")]])).toEqual([
      [mfa],
      [mfa, object],
    ]);
    // Nothing but a request without a resource is made for it.
    expect(kinds.ways("s3:ListAllMyBuckets", [[mfa, key], [object]])).toEqual([[mfa]]);
    // What is all that a way says stays, and whatever nobody has listed.
    expect(kinds.ways("s3:GetObject", [[key], [mfa, key]])).toEqual([[key], [mfa]]);
    expect(kinds.ways("s3:ListAllMyBuckets", [[object]])).toEqual([[object]]);
    expect(kinds.ways("own:Act", [[mfa, key]])).toEqual([[mfa, key]]);
  });

  it("takes a bucket for its objects, and no role for either", async () => {
    const kinds = new KindsOfActions(await loadCatalogue(["s3"]));
    expect(kinds.isAbout("s3:GetObject", "arn:aws:s3:::logs")).toBe(true);
    expect(kinds.isAbout("s3:DeleteBucket", "arn:aws:s3:::logs")).toBe(true);
    expect(kinds.isAbout("s3:GetObject", "arn:aws:iam::111122223333:role/app")).toBe(false);
    expect(kinds.isAbout("own:Act", "arn:aws:iam::111122223333:role/app")).toBe(true);
  });
});
