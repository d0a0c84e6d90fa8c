/** Where the built files of this package are, whether it runs from `dist`, from a test or installed elsewhere. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Which build of the matcher: `debug` has checks and names in its traps, `counting` counts what deciding takes. */
export type MatcherFlavour = "release" | "debug" | "counting";

/** The folder of `package.json`. */
export const packageRoot: string = findRoot(dirname(fileURLToPath(import.meta.url)));

function findRoot(from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "package.json"))) return folder;
    if (folder === dirname(folder)) throw new Error(`${from}: no package.json above this folder`);
  }
}

/** The matcher's WebAssembly. */
export function matcherPath(flavour: MatcherFlavour): string {
  return join(packageRoot, "dist", `matcher.${flavour}.wasm`);
}

/** The worker thread's entry; always the built file, because threads do not read TypeScript. */
export const workerPath: string = join(packageRoot, "dist", "bundle", "worker.js");

/** The preparation thread's entry. */
export const preparationThreadPath: string = join(packageRoot, "dist", "bundle", "preparation-thread.js");

/** The entry of the process in which large policy sets are compiled. */
export const compilationProcessPath: string = join(packageRoot, "dist", "bundle", "compilation-process.js");

/** The entry of the process that looks at files. */
export const lookingProcessPath: string = join(packageRoot, "dist", "bundle", "looking-process.js");

/** The entry of the thread on which a bundle is unpacked. */
export const unpackThreadPath: string = join(packageRoot, "dist", "bundle", "unpack-thread.js");

/** The decision log thread's entry. */
export const decisionLogThreadPath: string = join(packageRoot, "dist", "bundle", "decision-log-thread.js");

/** The entry of the thread for AWS's simulation calls. */
export const simulationThreadPath: string = join(packageRoot, "dist", "bundle", "aws-simulation-thread.js");

/** The entry of the thread for calls of AWS's Access Analyzer. */
export const analyzerThreadPath: string = join(packageRoot, "dist", "bundle", "analyzer-thread.js");

/** The entry of the threads that audit served policy sets. */
export const auditThreadPath: string = join(packageRoot, "dist", "bundle", "audit-thread.js");

/** The entry of the threads that decide a matrix. */
export const matrixWorkerPath: string = join(packageRoot, "dist", "bundle", "matrix-worker.js");

/** AWS's services, actions and keys, as the build found them in the package that has them. */
export const compactCataloguePath: string = join(packageRoot, "dist", "bundle", "catalogue.json");

/** What the build knew: `commit`, if it was a clone of the repository. */
export const buildFactsPath: string = join(packageRoot, "dist", "bundle", "build.json");

/** The law that policies are read and decided by: every rule with its id. */
export const semanticsFile: string = join(packageRoot, "src", "policy", "SEMANTICS.md");

/** The folder that proto imports are relative to, and the service's file in it. */
export const protoFolder: string = join(packageRoot, "proto");
export const authorizationProto: string = join(protoFolder, "verdict", "v1", "authorization.proto");
export const policySetProto: string = join(protoFolder, "verdict", "v1", "policy_set.proto");
export const auditProto: string = join(protoFolder, "verdict", "v1", "audit.proto");
export const healthProto: string = join(protoFolder, "grpc", "health", "v1", "health.proto");
export const extAuthzProto: string = join(protoFolder, "envoy", "service", "auth", "v3", "external_auth.proto");
