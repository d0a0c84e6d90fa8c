/** What happens to mapping files (ext_authz, AuthZEN): what logs, metrics and health reports are made of. */
import type { Finding } from "../text/finding.js";

/** The mappings of a server. */
export const mappingNames = ["ext_authz", "authzen"] as const;

/** One of them. */
export type MappingName = (typeof mappingNames)[number];

/** One thing that happened to a mapping. */
export type MappingEvent = {
  readonly name: MappingName;
  /** The file. */
  readonly place: string;
} & (
  | {
      readonly kind: "activated";
      /** Advice; no errors. */
      readonly findings: readonly Finding[];
    }
  /** The file is again, or still, what is in force. */
  | { readonly kind: "unchanged" }
  | {
      /** The mapping in force asks a policy set that is not served, so that no request can pass. */
      readonly kind: "unserved";
      readonly policySet: string;
    }
  | {
      readonly kind: "failed";
      /** One line, place first. */
      readonly message: string;
      /** What speaks against the file, where it could be read. */
      readonly findings: readonly Finding[];
    }
);

/** Hears of every event; must not throw. */
export type MappingListener = (event: MappingEvent) => void;
