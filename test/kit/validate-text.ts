/** What the tests of advice share: rows of a document that earns a finding and a near miss that does not. */
import { expect } from "vitest";
import { parsePolicyDocument } from "../../src/policy/document/parse-document.js";
import type { PolicyType } from "../../src/question/layers.js";
import type { Finding } from "../../src/text/finding.js";
import { readJson } from "../../src/text/json-reader.js";
import { sourceText } from "../../src/text/source-text.js";
import {
  type Catalogue,
  type CatalogueAction,
  type CatalogueKey,
  keyTemplate,
} from "../../src/validate/catalogue/catalogue.js";
import { type AdviseOptions, adviseDocument } from "../../src/validate/validate-document.js";

export interface Row {
  readonly name: string;
  readonly type?: PolicyType;
  readonly options?: Partial<AdviseOptions>;
  /** The document that earns the finding; texts are taken as they are. */
  readonly have: unknown;
  /** One that differs a little and does not earn a finding of the same rule. */
  readonly near: unknown;
  /** The text in the document at which the finding stands. */
  readonly at: string;
  /** The last one of several such texts is meant. */
  readonly last?: true;
  /** `severity RULE message`, and ` (fix)` where there is one. */
  readonly want: string;
}

/** Advice about a document; it has to parse without findings. */
export function advice(have: unknown, type: PolicyType = "identity", options: Partial<AdviseOptions> = {}) {
  const text = typeof have === "string" ? have : JSON.stringify(have, null, 2);
  const source = sourceText("p.json", text);
  const errors: Finding[] = [];
  const profile = options.profile ?? "aws";
  const node = readJson(source, errors);
  const document = node && parsePolicyDocument(node, source, type, errors, { profile });
  expect(errors).toEqual([]);
  if (node === undefined || document === undefined) throw new Error("unreachable");
  return { text, findings: adviseDocument(document, type, { profile, origin: { source, node }, ...options }) };
}

/** A finding as rows write it. */
export function shownFinding({ severity, rule, message, fix }: Finding): string {
  return `${severity} ${rule} ${message}${fix === undefined ? "" : ` (${fix})`}`;
}

/** Checks both halves of a row, with the exact place. */
export function checkRow({ type = "identity", options = {}, have, near, at, last, want }: Row): void {
  const rule = want.split(" ")[1];
  const { text, findings } = advice(have, type, options);
  const found = findings.filter((finding) => finding.rule === rule);
  expect(found.map(shownFinding)).toEqual([want]);
  expect(text).toContain(at);
  const offset = last === true ? text.lastIndexOf(at) : text.indexOf(at);
  const position = sourceText("p.json", text).positionAt(offset);
  expect(found.map(({ file, line, column }) => ({ file, line, column }))).toEqual([position]);
  expect(advice(near, type, options).findings.filter((finding) => finding.rule === rule)).toEqual([]);
}

/** A document with one statement that differs from an ordinary Allow in the members given. */
export function one(members: object, version = "2012-10-17"): object {
  return {
    Version: version,
    Statement: [{ Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::b/*", ...members }],
  };
}

/** A document of a type whose statements need no resource, likewise. */
export function forPrincipal(members: object): object {
  const statement = { Effect: "Allow", Principal: { AWS: "111122223333" }, Action: "sts:AssumeRole", ...members };
  return { Version: "2012-10-17", Statement: [statement] };
}

/** An identity policy with these conditions. */
export function when(condition: object, members: object = {}): object {
  return one({ ...members, Condition: condition });
}

/** A small catalogue: a bucket, its objects, and a list that has no resource. */
export function smallCatalogue(): Catalogue {
  const key = (name: string, facts: Partial<CatalogueKey> = {}): CatalogueKey => ({
    name,
    type: "String",
    multivalued: false,
    template: keyTemplate(name),
    ...facts,
  });
  const action = (
    name: string,
    conditionKeys: readonly string[],
    ...resourceTypes: CatalogueAction["resourceTypes"]
  ) => ({
    name,
    accessLevel: undefined,
    conditionKeys,
    resourceTypes,
  });
  const bucket = { name: "bucket", arn: "arn:${Partition}:s3:::${BucketName}" };
  const object = { name: "object", arn: "arn:${Partition}:s3:::${BucketName}/${ObjectName}" };
  const actions = [
    action("GetObject", ["s3:ExistingObjectTag/<key>"], object),
    action("PutObject", ["s3:x-amz-acl"], object),
    action("ListBucket", ["s3:prefix"], bucket),
    action("ListAllMyBuckets", []),
  ];
  const service = {
    prefix: "s3",
    actions: new Map(actions.map((each) => [each.name.toLowerCase(), each])),
    keys: [
      key("s3:prefix"),
      key("s3:x-amz-acl"),
      key("s3:max-keys", { type: "Numeric" }),
      key("s3:ExistingObjectTag/<key>"),
      key("s3:RequestObjectTagKeys", { multivalued: true }),
    ],
  };
  return {
    version: "1",
    prefixes: new Set(["s3", "sqs"]),
    service: (prefix) => (prefix.toLowerCase() === "s3" ? service : undefined),
  };
}
