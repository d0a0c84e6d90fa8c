/** Settings of where policy sets come from and how they are kept up to date. */
import { policySetNamePattern } from "../policy/policy-set-name.js";
import {
  booleanSetting,
  durationSetting,
  limitSetting,
  listSetting,
  setting,
  textSetting,
  type ValueRefusal,
} from "./setting.js";

/** A policy set to serve: the name that callers give it, and its path or URL. */
export interface PolicySetPlace {
  readonly name: string;
  readonly place: string;
}

/** The name that calls without `policy_set` are decided under. */
const defaultName = "default";
const defaultPath = "./policies";

/** The group. */
export const policySettings = {
  policies: listSetting<PolicySetPlace>("policies", {
    placeholder: "[name=]path|url",
    defaultText: defaultPath,
    description: "policy set: a file, a directory or the URL of a bundle; repeat with names to serve several",
    defaultValue: () => [{ name: defaultName, place: defaultPath }],
    parse: parsePolicySetPlace,
  }),
  watch: booleanSetting("watch", true, "follow changes of files and directories; SIGHUP reloads in any case"),
  watchQuiet: durationSetting("watchQuiet", "1s", "how long files have to be left alone before a change counts"),
  watchInterval: durationSetting(
    "watchInterval",
    "5s",
    "how often files are looked at if the system tells of no change",
  ),
  bundleInterval: durationSetting(
    "bundleInterval",
    "30s",
    "how often an origin is asked that does not hold requests, and the longest wait after failures",
  ),
  bundleWait: durationSetting("bundleWait", "30s", "how long an origin may hold a request until something changes"),
  bundleTimeout: durationSetting("bundleTimeout", "10s", "how long an origin may stay silent"),
  bundleMaxBytes: limitSetting("bundleMaxBytes", 1024, 1 << 30, 64 << 20, "bytes of one bundle as it travels"),
  bundleMaxUnpackedBytes: limitSetting(
    "bundleMaxUnpackedBytes",
    1024,
    1 << 30,
    256 << 20,
    "bytes of everything in one bundle, or in one loaded policy set",
  ),
  bundleKey: textSetting(
    "bundleKey",
    "file",
    "public keys (PEM, JWK, JWK set): bundles must be signed with one of them",
  ),
  bundleToken: textSetting("bundleToken", "file", "bearer token for the origin; read for every request"),
  bundleCache: textSetting(
    "bundleCache",
    "directory",
    "where the last good bundles are kept for starts without the origin",
  ),
  maxLoadedPolicySets: limitSetting(
    "maxLoadedPolicySets",
    1,
    10_000,
    64,
    "policy sets that callers of PolicySetService keep in force",
  ),
} as const;

/** The setting as commands that read one policy set take it. */
export const policyPath = setting("policies", {
  placeholder: "path",
  defaultText: defaultPath,
  description: "policy set: a file or a directory",
  defaultValue: () => defaultPath,
  parse: (text) => (text === "" ? { refusal: "is empty" } : text),
});

const namedPlace = new RegExp(`^(?:(${policySetNamePattern})=)?(.*)$`, "s");

function parsePolicySetPlace(text: string): PolicySetPlace | ValueRefusal {
  const [, name = defaultName, place = ""] = namedPlace.exec(text) ?? [];
  return place === "" ? { refusal: "is empty" } : { name, place };
}
