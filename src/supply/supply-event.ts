/** What happens to the policy sets of a process and how each one stands: what logs, metrics and health reports are made of. */
import type { PublishedPolicySet } from "../engine/generation.js";
import type { Finding } from "../text/finding.js";

/** Where a policy set comes from: a path of this machine, an HTTP(S) origin, or a caller of PolicySetService. */
export type OriginKind = "path" | "bundle" | "service";

const bundleFailureCodes = [
  "network",
  "tls",
  "timeout",
  "status",
  "truncated",
  "too_large",
  "ratio",
  "format",
  "path",
  "entry",
  "duplicate",
  "manifest",
  "signature",
  "rollback",
  "cache",
] as const;

/** Why a bundle was not taken over. */
export type BundleFailureCode = (typeof bundleFailureCodes)[number];

/** Why what was in force stayed in force: `invalid` has findings, `unsettled` files never hold still. */
export const supplyFailureCodes = ["invalid", "unsettled", "internal", ...bundleFailureCodes] as const;

/** One of them. */
export type SupplyFailureCode = (typeof supplyFailureCodes)[number];

/** A policy set in force. */
export interface ActivePolicySet {
  readonly published: PublishedPolicySet;
  /** The bundle's own revision, where it has one. */
  readonly revision?: number | undefined;
  /** In milliseconds since 1970. */
  readonly activatedAtMs: number;
}

/** Something that kept a change from coming into force. */
export interface SupplyFailure {
  readonly reason: SupplyFailureCode;
  /** One line, place first. */
  readonly message: string;
  /** What speaks against the set; only with `invalid`. */
  readonly findings: readonly Finding[];
  /** When it was first seen, in milliseconds since 1970. */
  readonly atMs: number;
}

/** How a policy set stands. */
export interface PolicySetStatus {
  readonly name: string;
  readonly origin: OriginKind;
  /** The path or URL. */
  readonly place: string;
  /** Absent before the first one. */
  readonly active?: ActivePolicySet | undefined;
  /** Absent as long as what was seen last is in force. */
  readonly failure?: SupplyFailure | undefined;
  /** When the origin last said what it holds, in milliseconds since 1970; 0 before the first time. */
  readonly confirmedAtMs: number;
  /** When the origin was last looked at with success, its contents read or not, in milliseconds since 1970; never before `confirmedAtMs`. */
  readonly seenAtMs?: number;
}

/** One thing that happened to a policy set, and how it stands since. */
export type SupplyEvent =
  | {
      readonly kind: "activated";
      readonly status: PolicySetStatus;
      readonly active: ActivePolicySet;
      /** Advice; no errors. */
      readonly findings: readonly Finding[];
      readonly durationMs: number;
    }
  | { readonly kind: "unchanged"; readonly status: PolicySetStatus }
  | { readonly kind: "failed"; readonly status: PolicySetStatus; readonly failure: SupplyFailure }
  | {
      readonly kind: "evicted";
      readonly status: PolicySetStatus;
      readonly because: "unloaded" | "leastRecentlyUsed";
    };

/** Hears of every event; must not throw. */
export type SupplyListener = (event: SupplyEvent) => void;
