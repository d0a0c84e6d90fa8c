/** The `.manifest` of a bundle: which revision it is and, if it says so, which policy set it is for. */
import { BundleError } from "./bundle-error.js";

/** What Verdict reads of a manifest; `roots` and `metadata` of OPA's are ignored. */
export interface BundleManifest {
  /** Never falls. */
  readonly revision?: number;
  /** A bundle of another set must not pass for this one. */
  readonly policySet?: string;
}

/** Reads a manifest. Throws BundleError. */
export function readManifest(bytes: Uint8Array | undefined): BundleManifest {
  if (bytes === undefined) return {};
  const value = parse(bytes);
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw refusal("is no JSON object");
  const revision = "revision" in value ? revisionOf(value.revision) : undefined;
  const policySet = "policySet" in value ? value.policySet : undefined;
  if (policySet !== undefined && typeof policySet !== "string") throw refusal("policySet: must be a string");
  return { ...(revision === undefined ? {} : { revision }), ...(policySet === undefined ? {} : { policySet }) };
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error: unknown) {
    throw new BundleError("manifest", ".manifest: is no JSON", { cause: error });
  }
}

/** A number, or its digits: OPA's revisions are strings. */
function revisionOf(value: unknown): number {
  const revision = typeof value === "string" && /^(0|[1-9][0-9]{0,15})$/.test(value) ? Number(value) : value;
  if (typeof revision === "number" && Number.isSafeInteger(revision) && revision >= 0) return revision;
  throw refusal("revision: must be a whole number, so that it is known which of two is older");
}

function refusal(message: string): BundleError {
  return new BundleError("manifest", `.manifest: ${message}`);
}
