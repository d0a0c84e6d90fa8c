/** Settings of where policy sets come from and how they are kept up to date. */
import { listSetting, type Refusal, setting } from "./setting.js";

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
    placeholder: "[name=]path",
    defaultText: defaultPath,
    description: "policy set: a file or a directory; repeat with names to serve several",
    defaultValue: () => [{ name: defaultName, place: defaultPath }],
    parse: parsePolicySetPlace,
  }),
} as const;

/** The setting as commands that read one policy set take it. */
export const policyPath = setting("policies", {
  placeholder: "path",
  defaultText: defaultPath,
  description: "policy set: a file or a directory",
  defaultValue: () => defaultPath,
  parse: (text) => (text === "" ? { refusal: "is empty" } : text),
});

function parsePolicySetPlace(text: string): PolicySetPlace | Refusal {
  const [, name = defaultName, place = ""] = /^(?:([A-Za-z0-9._-]{1,128})=)?(.*)$/s.exec(text) ?? [];
  return place === "" ? { refusal: "is empty" } : { name, place };
}
