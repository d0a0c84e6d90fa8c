/** Access settings that do not fit together: each would leave a lock open or shut that its operator believes otherwise. */
import { isLocal } from "../access/listen-address.js";
import { isUrl } from "../access/signed-tokens.js";
import type { Config } from "./settings.js";

type AccessConfig = Pick<
  Config,
  | "tlsCert"
  | "tlsKey"
  | "tlsClientCa"
  | "tokens"
  | "jwks"
  | "tokenIssuer"
  | "tokenAudience"
  | "allowPeers"
  | "explainFor"
  | "insecure"
>;

/** One line a problem, flags first. */
export function accessProblems(config: AccessConfig): readonly string[] {
  const { tlsCert, tlsKey, tlsClientCa, tokens, jwks, tokenIssuer, tokenAudience, allowPeers, explainFor } = config;
  const problems: string[] = [];
  if ((tlsCert === undefined) !== (tlsKey === undefined)) problems.push("--tls-cert, --tls-key: one needs the other");
  if (tlsClientCa !== undefined && tlsCert === undefined)
    problems.push("--tls-client-ca: needs --tls-cert and --tls-key");
  if (jwks !== undefined && (tokenIssuer === undefined || tokenAudience.length === 0)) {
    problems.push("--jwks: needs --token-issuer and --token-audience");
  }
  if (jwks === undefined && tokenIssuer !== undefined) problems.push("--token-issuer: needs --jwks");
  if (jwks === undefined && tokenAudience.length > 0) problems.push("--token-audience: needs --jwks");
  if (jwks !== undefined && isUrl(jwks)) problems.push(...urlProblems(jwks, config.insecure));
  const asksNames = tlsClientCa !== undefined || tokens !== undefined || jwks !== undefined;
  if (asksNames) return problems;
  const remedy = "nobody can prove a name: add --tls-client-ca, --tokens or --jwks";
  if (allowPeers.length > 0) problems.push(`--allow-peers: ${remedy}`);
  const named = explainFor.filter(({ name }) => name !== "anyone" && name !== "nobody");
  if (named.length > 0) problems.push(`--explain-for: ${remedy}`);
  return problems;
}

/** Keys that anyone on the way can exchange lock nothing. */
function urlProblems(text: string, insecure: boolean): readonly string[] {
  if (!URL.canParse(text)) return ["--jwks: is no URL"];
  const { protocol, hostname } = new URL(text);
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  const isSafe = protocol === "https:" || isLocal({ kind: "tcp", host, port: 0 });
  return isSafe || insecure ? [] : ["--jwks: must be an https URL"];
}
