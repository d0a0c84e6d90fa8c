/** A mapping from HTTP requests to questions, as `read-mapping.ts` makes it of a file and `ask-question.ts` uses it. */
import type { PathTemplate } from "./path-template.js";
import type { RouteTrie } from "./route-trie.js";
import type { ValueTemplate } from "./value-template.js";

/** What a mapping file says. */
export interface Mapping {
  /** Name of the policy set; empty for the default one. */
  readonly policySet: string;
  /** No decision after so many milliseconds is an error. */
  readonly timeoutMs: number;
  /** Whether denied callers read why. */
  readonly tellsReasons: boolean;
  readonly principals: readonly PrincipalRule[];
  /** Headers that the service receives instead of the caller's own of these names. */
  readonly requestHeaders: readonly HeaderEntry[];
  /** Headers that the service never receives. */
  readonly removeHeaders: readonly string[];
  readonly routes: readonly MappedRoute[];
  readonly trie: RouteTrie;
  /** Every header that something above reads. */
  readonly headersRead: ReadonlySet<string>;
  readonly queryRead: ReadonlySet<string>;
  readonly readsHosts: boolean;
}

/** How a caller is recognised, and who he is then. */
export interface PrincipalRule {
  readonly source: PrincipalSource;
  readonly principal: ValueTemplate;
  readonly sessionTags: readonly (readonly [key: string, value: ValueTemplate])[];
}

/** Where an identity comes from. */
export type PrincipalSource =
  /** A JWT that `envoy.filters.http.jwt_authn` verified, under the name of `payload_in_metadata`. */
  | {
      readonly kind: "jwt";
      readonly payload: string;
      readonly issuer: string | undefined;
      readonly audience: string | undefined;
    }
  /** A SPIFFE id out of a client certificate that Envoy verified. */
  | { readonly kind: "spiffe"; readonly trustDomain: string; readonly path: PathTemplate }
  /** A header that a trusted proxy sets. */
  | { readonly kind: "header"; readonly name: string };

/** A condition key and its values. */
export interface ContextEntry {
  readonly key: string;
  readonly values: readonly ValueTemplate[];
}

/** A header and its value. */
export interface HeaderEntry {
  readonly name: string;
  readonly value: ValueTemplate;
}

/** Requests of one kind, and the question that they are. */
export interface MappedRoute {
  /** How dynamic metadata calls it. */
  readonly name: string;
  /** Empty: every method. */
  readonly methods: readonly string[];
  /** Lower case, without port; empty: every host. */
  readonly hosts: readonly string[];
  readonly path: PathTemplate;
  /** Headers and query parameters that have to have these values. */
  readonly headers: ReadonlyMap<string, string>;
  readonly query: ReadonlyMap<string, string>;
  readonly action: string;
  readonly resource: ValueTemplate;
  /** With the context of the whole mapping; no key twice. */
  readonly context: readonly ContextEntry[];
  /** Whether a caller without identity is asked about as `anonymous`. */
  readonly allowsAnonymous: boolean;
}
