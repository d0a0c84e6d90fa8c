/** The vectors of the specification: strict ones are refused by the rule they name, all others load. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { PolicyType } from "../../src/question/layers.js";
import { parse } from "../kit/policy-text.js";

interface Vector {
  readonly id: string;
  readonly strict?: string;
  readonly policies: Readonly<Record<string, unknown>>;
  readonly request: Readonly<Record<string, unknown>>;
}

describe("the vectors of the specification", () => {
  const file = new URL("../corpus/iam-vectors.json", import.meta.url);
  const vectors: readonly Vector[] = JSON.parse(readFileSync(file, "utf8"));

  it.each(vectors)("$id is refused exactly if it says so", (vector) => {
    const findings = documentsOf(vector).flatMap(({ type, have }) => parse(have, type).findings);
    const rule = vector.strict?.replace("rejects: ", "");
    expect([...new Set(findings.map((finding) => finding.rule))]).toEqual(rule === undefined ? [] : [rule]);
  });
});

function documentsOf({ policies, request }: Vector): readonly { type: PolicyType; have: unknown }[] {
  const documents: { type: PolicyType; have: unknown }[] = [];
  const add = (type: PolicyType, value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) add(type, item);
    else if (isRecord(value)) documents.push({ type, have: "document" in value ? value.document : value });
  };
  const { action, resource } = request;
  const isTrust = /^sts:/i.test(String(action)) && /^arn:[^:]*:iam:[^:]*:[^:]*:role\//.test(String(resource));
  add("identity", policies.identity);
  for (const group of isRecord(policies.groups) ? Object.values(policies.groups) : []) add("identity", group);
  add("boundary", policies.boundary);
  add("session", policies.session);
  add(isTrust ? "trust" : "resource", policies.resource);
  add("endpoint", policies.endpoint);
  add("scp", policies.scps);
  add("rcp", policies.rcps);
  return documents;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
