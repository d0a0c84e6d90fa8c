/** One use of a permission, wherever it was recorded. */
import { networkOfAddress } from "../cloudtrail/network.js";

/** What somebody did or tried. */
export interface Use {
  /** Sessions are folded into their roles. */
  readonly principal: string;
  readonly service: string;
  /** Null for a call that no action is known for. */
  readonly action: string | null;
  /** Undefined where the record does not tell it. */
  readonly resources: readonly string[] | undefined;
  /** Whose they are, in the same order, where the record tells it. */
  readonly resourceAccounts?: readonly (string | undefined)[] | undefined;
  readonly allowed: boolean;
  /** Of the event, where CloudTrail tells it. */
  readonly category?: string | undefined;
  /** ISO 8601, UTC. */
  readonly time: string;
  /** The network that the call came from: a /24, a /48, a VPC endpoint, or a service. */
  readonly network: string | undefined;
  readonly context: ReadonlyMap<string, readonly string[]>;
  /** Keys of tags that a session brought: they stand before those of the role. */
  readonly sessionTagKeys?: readonly string[];
  /** Roles that the call named, which it may have passed to a service. */
  readonly passedRoles?: readonly string[];
  /** Of the record. */
  readonly id: string;
}

/** What reading evidence comes upon. */
export type ReadUses =
  | { readonly kind: "uses"; readonly uses: readonly Use[] }
  /** So many records, or files. */
  | { readonly kind: "passed over"; readonly why: string; readonly count: number }
  | { readonly kind: "unreadable"; readonly place: string; readonly cause: string };

/** The network that a question's keys tell. */
export function networkOf(context: ReadonlyMap<string, readonly string[]>): string | undefined {
  const [endpoint] = context.get("aws:SourceVpce") ?? [];
  const [address] = context.get("aws:SourceIp") ?? [];
  return endpoint ?? (address === undefined ? undefined : networkOfAddress(address));
}
