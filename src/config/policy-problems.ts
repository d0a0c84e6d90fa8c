/** Settings of policy sets that do not fit together: each would serve something that its operator did not mean. */

import { isLocal } from "../access/listen-address.js";
import type { PeerRule } from "../access/peer-rules.js";
import { isBundlePlace } from "../supply/origins/bundle-place.js";
import { quote } from "../text/quote.js";
import type { Config } from "./settings.js";

type PolicyConfig = Pick<
  Config,
  | "policies"
  | "bundleKey"
  | "bundleToken"
  | "bundleCache"
  | "admin"
  | "audit"
  | "processes"
  | "insecure"
  | "tlsClientCa"
  | "tokens"
  | "jwks"
  | "allowPeers"
  | "explainFor"
>;

/** One line a problem, flags first. */
export function policyProblems(config: PolicyConfig): readonly string[] {
  const { policies, insecure } = config;
  const problems: string[] = [];
  const seen = new Set<string>();
  for (const { name } of policies) {
    if (seen.has(name)) problems.push(`--policies: two policy sets are called ${quote(name)}`);
    seen.add(name);
  }
  const bundles = policies.filter(({ place }) => isBundlePlace(place));
  for (const { place } of bundles) problems.push(...urlProblems(place, insecure));
  for (const name of ["bundleKey", "bundleToken", "bundleCache"] as const) {
    if (config[name] !== undefined && bundles.length === 0) problems.push(`${flags[name]}: no policy set is a bundle`);
  }
  const hosts = new Set(bundles.flatMap(({ place }) => (URL.canParse(place) ? [new URL(place).origin] : [])));
  if (config.bundleToken !== undefined && hosts.size > 1) {
    problems.push("--bundle-token: the bundles have several origins, and each would see the token of the others");
  }
  return [...problems, ...adminProblems(config), ...auditProblems(config)];
}

const flags = { bundleKey: "--bundle-key", bundleToken: "--bundle-token", bundleCache: "--bundle-cache" } as const;

function urlProblems(place: string, insecure: boolean): readonly string[] {
  if (!URL.canParse(place)) return [`--policies: ${quote(place)} is no URL`];
  const { protocol, hostname, username, password } = new URL(place);
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  const problems: string[] = [];
  if (username !== "" || password !== "") {
    problems.push("--policies: a URL with a password would stand in logs: use --bundle-token");
  }
  if (protocol !== "https:" && !isLocal({ kind: "tcp", host, port: 0 }) && !insecure) {
    problems.push(`--policies: ${quote(place)} must be an https URL: add --insecure to allow it`);
  }
  return problems;
}

/** Whoever loads policy sets decides about everything. */
function adminProblems({ admin, processes, tlsClientCa, tokens, jwks, allowPeers }: PolicyConfig): readonly string[] {
  if (admin === undefined) return [];
  const problems: string[] = [];
  if (processes > 1)
    problems.push("--admin: a set would be loaded by one of several processes: leave --processes at 1");
  const asksNames = tlsClientCa !== undefined || tokens !== undefined || jwks !== undefined;
  if (asksNames && !allowPeers.some(({ service }) => service === undefined || service === "policySets")) {
    problems.push("--admin: every caller with a name could load policy sets: add --allow-peers policySets=NAME");
  }
  return problems;
}

/** An audit tells all that a policy set allows, and why (OUT-8). */
function auditProblems({ audit, tlsClientCa, tokens, jwks, allowPeers, explainFor }: PolicyConfig): readonly string[] {
  const asksNames = tlsClientCa !== undefined || tokens !== undefined || jwks !== undefined;
  if (audit === undefined || !asksNames) return [];
  const isTold = ({ service }: PeerRule): boolean => service === undefined || service === "audits";
  const problems: string[] = [];
  if (!allowPeers.some(isTold)) {
    problems.push("--audit: every caller with a name could audit policy sets: add --allow-peers audits=NAME");
  }
  if (!explainFor.some(isTold)) {
    problems.push("--audit: nobody may have more than outcomes, which audits tell: add --explain-for audits=NAME");
  }
  return problems;
}
