/** The `.manifest` of a bundle: which revision it is and, if it says so, which policy set it is for. */

import { decodeUtf8 } from "../../files/sources.js";
import type { Finding } from "../../text/finding.js";
import { readJson } from "../../text/json-reader.js";
import { sourceText } from "../../text/source-text.js";
import type { TreeNode, TreeObject } from "../../text/tree.js";
import { BundleError } from "./bundle-error.js";

/** What Verdict reads of a manifest; `roots` and `metadata` of OPA's are ignored. */
export interface BundleManifest {
  /** Never falls. */
  readonly revision?: number;
  /** A bundle of another set must not pass for this one. */
  readonly policySet?: string;
}

/** Reads a manifest strictly: a member that is there twice says nothing. Throws BundleError. */
export function readManifest(bytes: Uint8Array | undefined): BundleManifest {
  if (bytes === undefined) return {};
  const value = parse(bytes);
  if (value.kind !== "object") throw refusal("is no JSON object");
  const revision = revisionOf(memberOf(value, "revision"));
  const policySet = memberOf(value, "policySet");
  if (policySet !== undefined && policySet.kind !== "string") throw refusal("policySet: must be a string");
  return {
    ...(revision === undefined ? {} : { revision }),
    ...(policySet === undefined ? {} : { policySet: policySet.value }),
  };
}

function parse(bytes: Uint8Array): TreeNode {
  const findings: Finding[] = [];
  const text = decodeUtf8(bytes, (message) => {
    throw refusal(message);
  });
  const tree = readJson(sourceText(".manifest", text ?? ""), findings);
  const [first] = findings;
  if (tree === undefined || first !== undefined) throw refusal(first?.rule === "DOC-2" ? first.message : "is no JSON");
  return tree;
}

function memberOf({ members }: TreeObject, name: string): TreeNode | undefined {
  return members.find(({ key }) => key === name)?.value;
}

/** A number, or its digits: OPA's revisions are strings. */
function revisionOf(node: TreeNode | undefined): number | undefined {
  if (node === undefined) return undefined;
  const digits = node.kind === "number" ? node.text : node.kind === "string" ? node.value : "";
  if (/^(0|[1-9][0-9]{0,15})$/.test(digits) && Number.isSafeInteger(Number(digits))) return Number(digits);
  throw refusal("revision: must be a whole number, so that it is known which of two is older");
}

function refusal(message: string): BundleError {
  return new BundleError("manifest", `.manifest: ${message}`);
}
