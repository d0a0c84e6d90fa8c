// What is measured: the matcher in this process, request bytes in, response bytes out, by way of the engine's own parts. Several
// builds can be loaded side by side, to compare one commit with another.

import { readdirSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { CONTROL_WITH_VERSION, Status } from "../assembly/format/layout.js";
import { PlanFields } from "../assembly/format/records.js";
import type { Generation } from "../src/engine/generation.js";
import type { PolicySet } from "../src/policy/policy-set.js";
import type { Loader } from "./workloads/policy-set.js";
import { NOW_SECONDS } from "./workloads/workload.js";

type Preparations = typeof import("../src/engine/preparation.js");
type Generations = typeof import("../src/engine/generation.js");
type Matchers = typeof import("../src/engine/load-matcher.js");
type Sessions = typeof import("../src/engine/session-images.js");
type Loading = typeof import("../src/policy/formats/load-policy-set.js");
type Texts = typeof import("../src/text/source-text.js");

/** One build of Verdict. */
export interface Build {
  readonly loader: Loader;
  /** Compiles and publishes. */
  open(policySet: PolicySet): Subject;
}

/** A published policy set and the way to ask it, on this thread. */
export interface Subject {
  readonly imageBytes: number;
  /** AuthorizeRequest to AuthorizeResponse. */
  decideOne(message: Uint8Array): Uint8Array;
  /** BatchAuthorizeRequest to BatchAuthorizeResponse. */
  decideBatch(message: Uint8Array): Uint8Array;
  /** Copies, decodes and hashes a batch without deciding it: the floor. Gives a checksum. */
  scanBatch(message: Uint8Array): number;
}

const MAX_MESSAGE_BYTES = 64 << 20;
const MAX_BATCH_REQUESTS = 100_000;

/** Loads a build from its `dist` folder; the default is the one that this file is part of. */
export async function loadBuild(dist?: string): Promise<Build> {
  const root = dist === undefined ? fileURLToPath(new URL("../", import.meta.url)) : resolve(dist);
  const files = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" });
  // By its name alone: another commit may keep it in another room.
  const load = async <T>(name: string): Promise<T> => {
    const [file, other] = files.filter((path) => basename(path) === `${name}.js`);
    if (file === undefined || other !== undefined) throw new Error(`${root}: not one ${name}: clean and build again`);
    return (await import(pathToFileURL(join(root, "src", file)).href)) as T;
  };
  const { preparePolicySet } = await load<Preparations>("preparation");
  const { openGeneration } = await load<Generations>("generation");
  const { loadMatcher } = await load<Matchers>(
    files.some((path) => basename(path) === "load-matcher.js") ? "load-matcher" : "matcher",
  );
  const { SessionImages } = await load<Sessions>("session-images");
  const { buildPolicySet } = await load<Loading>("load-policy-set");
  const { sourceText } = await load<Texts>("source-text");
  return {
    loader: { buildPolicySet, sourceText },
    open(policySet) {
      const prepared = preparePolicySet(policySet, {
        flavour: "release",
        taskRegions: 0,
        callAreas: 1,
        maxMessageBytes: MAX_MESSAGE_BYTES,
        maxBatchRequests: MAX_BATCH_REQUESTS,
      });
      const identity = { name: "default", generation: 1 };
      return subjectOf(openGeneration(loadMatcher("release"), prepared, identity, new SessionImages()));
    },
  };
}

/** Builds before 0.2.0 have another word for the session. */
type AnyGeneration = Generation | (Omit<Generation, "session"> & { readonly caller: Generation["session"] });

function subjectOf(generation: AnyGeneration): Subject {
  const { map, published } = generation;
  const session = "session" in generation ? generation.session : generation.caller;
  const { frontRegion, frontArea, callAreas } = map;
  const [callArea] = callAreas;
  if (callArea === undefined) throw new Error("no room for batches");
  const terms = { flags: 0, nowSeconds: NOW_SECONDS, policySet: published.name };
  const batchTerms = { ...terms, flags: CONTROL_WITH_VERSION };
  return {
    imageBytes: published.imageBytes,
    decideOne(message) {
      return session.decideOne(frontRegion, frontArea, session.store(frontArea, message), terms);
    },
    decideBatch(message) {
      const status = session.plan(frontRegion, callArea, session.store(callArea, message));
      if (status !== Status.Done) throw new Error(`plan: status ${status}`);
      const items =
        session.planWord(callArea, PlanFields.requestCount) + session.planWord(callArea, PlanFields.rowCount);
      const pieces = session.decideRange(frontRegion, callArea, 0, items, batchTerms);
      return pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces);
    },
    scanBatch(message) {
      const status = session.plan(frontRegion, callArea, session.store(callArea, message));
      if (status !== Status.Done) throw new Error(`plan: status ${status}`);
      return session.scanRange(frontRegion, callArea, 0, session.planWord(callArea, PlanFields.requestCount), terms);
    },
  };
}
