/** What the tests of policy documents share: short ways to write a document and to show its findings. */
import type { PolicyDocument } from "../../src/policy/document/document.js";
import { type ParseDocumentOptions, parsePolicyDocument } from "../../src/policy/document/parse-document.js";
import type { PolicyType } from "../../src/question/layers.js";
import type { Finding } from "../../src/text/finding.js";
import { readJson } from "../../src/text/json-reader.js";
import { sourceText } from "../../src/text/source-text.js";

/** Reads and parses a document; texts are taken as they are, other values as their JSON. */
export function parse(
  have: unknown,
  type: PolicyType | "any" = "identity",
  options: ParseDocumentOptions = {},
): { document: PolicyDocument | undefined; findings: Finding[] } {
  const source = sourceText("p.json", typeof have === "string" ? have : JSON.stringify(have));
  const findings: Finding[] = [];
  const node = readJson(source, findings);
  if (node === undefined) return { document: undefined, findings };
  return { document: parsePolicyDocument(node, source, type, findings, options), findings };
}

/** Findings as `rule message (fix)`. */
export function shown(findings: readonly Finding[]): string[] {
  return findings.map(({ rule, message, fix }) => `${rule} ${message}${fix === undefined ? "" : ` (${fix})`}`);
}

/** A statement that identity policies accept. */
export const allow = { Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::b/*" };

/** An identity policy with one statement that differs from `allow` in the members given. */
export function withMembers(members: object, version = "2012-10-17"): object {
  return { Version: version, Statement: [{ ...allow, ...members }] };
}

/** A resource policy for everyone, likewise. */
export function forEveryone(members: object): object {
  return withMembers({ Principal: "*", ...members });
}

/** An identity policy with one statement: `allow` and the members given, without the one named. */
export function withoutMember(name: string, members: object = {}): object {
  const statement = Object.fromEntries(Object.entries({ ...allow, ...members }).filter(([key]) => key !== name));
  return { Version: "2012-10-17", Statement: [statement] };
}
