/** The locks of `verdict serve`: TLS material and the gate, opened from settings before anything listens. */

import { type AccessGate, openGate } from "../access/access-gate.js";
import { ConfiguredGate } from "../access/configured-gate.js";
import { SignedTokens } from "../access/signed-tokens.js";
import { TlsMaterial } from "../access/tls-material.js";
import { TokenFile } from "../access/token-file.js";
import type { KeyStatus, TokenVerifier } from "../access/token-verifier.js";
import type { Config } from "../config/settings.js";
import type { FileReader } from "../files/file-reader.js";
import { refuse } from "../terminal/command-error.js";
import { errorText } from "../text/error-text.js";

/** What every listener is locked with. */
export interface Access {
  readonly gate: AccessGate;
  readonly tls: TlsMaterial | undefined;
  /** Keys of token issuers that are fetched, if there are any. */
  readonly fetchedKeys: (() => KeyStatus) | undefined;
  close(): void;
}

/** Opens the locks, or refuses with a line. Files that go bad later are reported, and what was read before stays. */
export async function openAccess(
  config: Config,
  reader: FileReader,
  onProblem: (message: string) => void,
): Promise<Access> {
  const options = { reader, onProblem };
  const verifiers: TokenVerifier[] = [];
  let tls: TlsMaterial | undefined;
  const close = (): void => {
    for (const verifier of verifiers) verifier.close();
    tls?.close();
  };
  try {
    const { tokens, jwks, tokenIssuer, tlsCert, tlsKey, tlsClientCa, allowPeers, explainFor } = config;
    if (tokens !== undefined) verifiers.push(await TokenFile.open(tokens, options));
    if (jwks !== undefined && tokenIssuer !== undefined) {
      const rules = {
        jwks,
        issuer: tokenIssuer,
        audience: config.tokenAudience,
        algorithms: config.tokenAlgorithms,
        clockToleranceMs: config.tokenClockTolerance,
      };
      verifiers.push(await SignedTokens.open(rules, options));
    }
    if (tlsCert !== undefined && tlsKey !== undefined) {
      const clientCertificateOptional = verifiers.length > 0;
      tls = await TlsMaterial.open(
        { cert: tlsCert, key: tlsKey, clientCa: tlsClientCa, clientCertificateOptional },
        options,
      );
    }
    const asksCertificates = tlsClientCa !== undefined;
    const isOpen = verifiers.length === 0 && !asksCertificates && explainFor.length === 0;
    const gate = isOpen ? openGate : new ConfiguredGate({ verifiers, asksCertificates, allowPeers, explainFor });
    const fetchedKeys = verifiers.find(({ fetched }) => fetched !== undefined)?.fetched;
    return { gate, tls, fetchedKeys, close };
  } catch (error: unknown) {
    close();
    throw refuse(errorText(error), error);
  }
}
