/** Settings of who may call what: tokens, peers, explanations. */
import { guardedServices, type PeerRule, parsePeerRule } from "../access/peer-rules.js";
import { defaultTokenAlgorithms, tokenAlgorithms } from "../access/token-algorithms.js";
import { durationSetting, listSetting, textSetting } from "./setting.js";

/** The group. */
export const accessSettings = {
  tokens: textSetting("tokens", "file", "bearer tokens: a line `NAME: sha256:HEX` or `NAME: SECRET` each"),
  jwks: textSetting("jwks", "file or url", "keys that sign bearer tokens (JWT)"),
  tokenIssuer: textSetting("tokenIssuer", "text", "`iss` of the tokens that --jwks verifies"),
  tokenAudience: listSetting<string>("tokenAudience", {
    placeholder: "text",
    defaultText: "none",
    description: "`aud` of the tokens that --jwks verifies; repeat for several",
    defaultValue: () => [],
    parse: (text) => (text === "" ? { refusal: "is empty" } : text),
  }),
  tokenAlgorithms: listSetting<string>("tokenAlgorithms", {
    placeholder: "name",
    defaultText: defaultTokenAlgorithms.join(", "),
    description: "signature algorithms of those tokens; repeat for several",
    shape: { kind: "word", words: tokenAlgorithms },
    defaultValue: () => defaultTokenAlgorithms,
    parse: (text) => (tokenAlgorithms.includes(text) ? text : { refusal: `is none of ${tokenAlgorithms.join(", ")}` }),
  }),
  tokenClockTolerance: durationSetting("tokenClockTolerance", "30s", "how far the clock of their issuer may be off"),
  allowPeers: listSetting<PeerRule>("allowPeers", {
    placeholder: "[service=]name",
    defaultText: "every name",
    description: `who may call: spiffe://…, dns:HOST, token:NAME or jwt:SUBJECT; services are ${guardedServices.join(", ")}`,
    defaultValue: () => [],
    parse: (text) =>
      parsePeerRule(text) ?? { refusal: "is no [service=]name such as authorization=spiffe://acme/orders" },
  }),
  explainFor: listSetting<PeerRule>("explainFor", {
    placeholder: "[service=]name",
    defaultText: "anyone, or nobody where callers must prove a name",
    description: "who may have more than outcomes: names as above, `anyone` or `nobody`",
    defaultValue: () => [],
    parse: (text) => parsePeerRule(text) ?? { refusal: "is no [service=]name such as token:auditors" },
  }),
} as const;
