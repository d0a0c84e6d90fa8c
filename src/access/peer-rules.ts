/** Lists of names that callers may prove: which service a line is about and which names it means. Proves nothing itself. */
import type { GuardedService } from "./access-gate.js";
import { spiffeId } from "./certificate-names.js";

/** Every service that a gate guards. */
export const guardedServices: readonly GuardedService[] = ["authorization", "policySets", "audits", "extAuthz", "http"];

/** One line of a list: a name, for one service or for all. */
export interface PeerRule {
  readonly service: GuardedService | undefined;
  /** `spiffe://…`, perhaps with a last segment `*`, `dns:HOST`, `token:NAME`, `jwt:SUBJECT`, `anyone` or `nobody`. */
  readonly name: string;
}

/** Reads `[service=]name`; undefined if the text is none. */
export function parsePeerRule(text: string): PeerRule | undefined {
  const [, prefix, name = ""] = /^(?:([A-Za-z]+)=)?(.*)$/s.exec(text) ?? [];
  const service = guardedServices.find((one) => one === prefix);
  if (prefix !== undefined && service === undefined) return undefined;
  return isName(name) ? { service, name: name.startsWith("dns:") ? name.toLowerCase() : name } : undefined;
}

/** Whether a rule of the list means one of the names, at this service. */
export function namesAllowed(rules: readonly PeerRule[], service: GuardedService, names: readonly string[]): boolean {
  return rules.some(
    (rule) => (rule.service === undefined || rule.service === service) && names.some((name) => means(rule, name)),
  );
}

/** Whether the list says anything about the service. */
export function concerns(rules: readonly PeerRule[], service: GuardedService): boolean {
  return rules.some((rule) => rule.service === undefined || rule.service === service);
}

function means({ name: rule }: PeerRule, name: string): boolean {
  if (rule === "anyone") return true;
  return rule.endsWith("/*") && rule.startsWith("spiffe://")
    ? name.startsWith(rule.slice(0, -1)) && name.length > rule.length - 1
    : rule !== "nobody" && name === rule;
}

function isName(name: string): boolean {
  if (name === "anyone" || name === "nobody") return true;
  if (name.startsWith("spiffe://")) return spiffeId.test(name.endsWith("/*") ? name.slice(0, -2) : name);
  if (name.startsWith("dns:")) return /^dns:[A-Za-z0-9*][A-Za-z0-9._-]{0,252}$/.test(name);
  return /^(?:token|jwt):[\x20-\x7e\u00a0-\u{10ffff}]{1,256}$/u.test(name);
}
