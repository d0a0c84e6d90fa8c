/** Which signatures of tokens there are: asymmetric ones only, so that a public key is never taken for a shared secret. */

/** What `--token-algorithms` may name. */
export const tokenAlgorithms: readonly string[] = [
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "PS256",
  "PS384",
  "PS512",
  "RS256",
  "RS384",
  "RS512",
];

/** What is accepted where nothing is said. */
export const defaultTokenAlgorithms: readonly string[] = ["ES256", "EdDSA", "PS256", "RS256"];
