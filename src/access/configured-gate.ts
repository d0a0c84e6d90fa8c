/**
 * The gate that settings describe: names proved by bearer tokens and client certificates, held against lists. Whoever proves
 * nothing stays outside; messages tell callers which kind of proof failed and nothing more.
 */
import { AccessError, type AccessGate, type Caller, type Credentials, type GuardedService } from "./access-gate.js";
import { concerns, namesAllowed, type PeerRule } from "./peer-rules.js";
import type { TokenVerifier } from "./token-verifier.js";

/** What a gate knows. */
export interface GateRules {
  readonly verifiers: readonly TokenVerifier[];
  /** Whether listeners ask for client certificates. */
  readonly asksCertificates: boolean;
  /** Who may call; a service that no rule concerns is open to every name. */
  readonly allowPeers: readonly PeerRule[];
  /** Who may have more than outcomes. Empty: anyone where names are not asked for, else nobody. */
  readonly explainFor: readonly PeerRule[];
}

const LONGEST_TOKEN = 8192;

/** A gate that follows its rules. */
export class ConfiguredGate implements AccessGate {
  private readonly asksNames: boolean;

  constructor(private readonly rules: GateRules) {
    this.asksNames = rules.verifiers.length > 0 || rules.asksCertificates;
  }

  /** Lets a caller in or throws, or rejects with, AccessError. */
  admit(service: GuardedService, { authorization, certificateNames }: Credentials): Caller | Promise<Caller> {
    if (this.rules.verifiers.length === 0 || authorization === undefined)
      return this.callerOf(service, certificateNames);
    const owner = this.ownerOf(tokenIn(authorization), 0);
    return owner instanceof Promise
      ? owner.then((name) => this.callerOf(service, [name, ...certificateNames]))
      : this.callerOf(service, [owner, ...certificateNames]);
  }

  private ownerOf(token: string, from: number): string | Promise<string> {
    const verifier = this.rules.verifiers[from];
    if (verifier === undefined) throw new AccessError("unauthenticated", "authorization: the token is not valid");
    const owner = verifier.verify(token);
    if (owner instanceof Promise) return owner.then((name) => name ?? this.ownerOf(token, from + 1));
    return owner ?? this.ownerOf(token, from + 1);
  }

  private callerOf(service: GuardedService, names: readonly string[]): Caller {
    const { verifiers, allowPeers, explainFor } = this.rules;
    const [name] = names;
    if (this.asksNames && name === undefined) {
      const missing =
        verifiers.length > 0 ? "authorization: no bearer token" : "certificate: holds no SPIFFE ID and no host name";
      throw new AccessError("unauthenticated", missing);
    }
    if (concerns(allowPeers, service) && !namesAllowed(allowPeers, service, names)) {
      throw new AccessError("forbidden", "caller: this service is not open to it");
    }
    const mayExplain = explainFor.length === 0 ? !this.asksNames : namesAllowed(explainFor, service, names);
    return { name: name ?? "anonymous", mayExplain };
  }
}

function tokenIn(authorization: string): string {
  const [, token] = /^Bearer +([A-Za-z0-9._~+/=-]+) *$/i.exec(authorization) ?? [];
  if (token === undefined || token.length > LONGEST_TOKEN) {
    throw new AccessError("unauthenticated", "authorization: is no bearer token");
  }
  return token;
}
