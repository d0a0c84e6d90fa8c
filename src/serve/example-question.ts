/** A question that is worth asking first, as a command that asks a running server: for the ready lines of `verdict serve`. */
import { existsSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { packageRoot } from "../artifacts.js";
import type { SampleQuestion } from "../policy/sample-questions.js";

/** Where the question is asked. */
export interface QuestionAddress {
  /** As `--server` takes it: the address that the listener has. */
  readonly address: string;
  /** Absent for the default one. */
  readonly policySet?: string;
}

/** The command line that asks the question, quoted for a shell. */
export function checkCommand({ address, policySet }: QuestionAddress, sample: SampleQuestion): string {
  const { principal, action, resource, resourceAccount, context = {}, resourceTags = {} } = sample;
  const words = [
    ...["--server", reachable(address), ...(policySet === undefined ? [] : ["--policy-set", policySet])],
    ...["--principal", principal, "--action", action, "--resource", resource],
    ...(resourceAccount === undefined ? [] : ["--resource-account", resourceAccount]),
    ...Object.entries(context).flatMap(([key, values]) => values.flatMap((value) => ["--context", `${key}=${value}`])),
    ...Object.entries(resourceTags).flatMap(([key, value]) => ["--resource-tag", `${key}=${value}`]),
  ];
  return `${ownCommand()} check ${words.map(shellWord).join(" ")}`;
}

/** How this command is called from the folder in which it was started. */
export function ownCommand(script: string = process.argv[1] ?? "", folder: string = process.cwd()): string {
  if (basename(script) === "verdict" && !script.includes("node_modules")) return "verdict";
  for (let at = folder; ; at = dirname(at)) {
    if (at === packageRoot || existsSync(join(at, "node_modules", ".bin", "verdict"))) return "npx verdict";
    if (at === dirname(at) || existsSync(join(at, "package.json"))) break;
  }
  const near = relative(folder, script);
  return basename(script) === "verdict" ? "verdict" : `node ${shellWord(near.startsWith("..") ? script : near)}`;
}

/** Who listens on all addresses is asked on this machine's own. */
function reachable(address: string): string {
  return address.replace(/^0\.0\.0\.0:/, "127.0.0.1:").replace(/^\[::\]:/, "[::1]:");
}

function shellWord(text: string): string {
  return /^[A-Za-z0-9_./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
