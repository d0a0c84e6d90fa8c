/** Everything that a posture works with, started and closed again. */
import { DEFAULT_BUDGET } from "../../audit/auditor.js";
import { auditorOver } from "../../audit/auditor-over.js";
import { everything } from "../../audit/region.js";
import { Engine } from "../../engine/engine.js";
import type { Declarations } from "../../policy/formats/declaration.js";
import type { PolicySet } from "../../policy/policy-set.js";
import { Prover } from "../../prove/prover.js";
import type { Catalogue } from "../../validate/catalogue/catalogue.js";
import type { Evidence } from "../sources/evidence.js";
import { PostureContext } from "./context.js";
import { rootEvents } from "./root-events.js";

/** A posture that can be looked at; `close` ends its engine. */
export interface OpenPosture {
  readonly context: PostureContext;
  readonly close: () => Promise<void>;
}

/** What it is about. */
export interface PostureTerms {
  readonly set: PolicySet;
  readonly declarations: Declarations;
  readonly evidence: Evidence;
  readonly catalogue: Catalogue | undefined;
  readonly nowMs: number;
}

/** Starts it. */
export async function openPosture({
  set,
  declarations,
  evidence,
  catalogue,
  nowMs,
}: PostureTerms): Promise<OpenPosture> {
  const engine = await Engine.start({ workers: 0, allowWhatIf: true, bareSets: true });
  try {
    engine.publish(set);
    const auditor = auditorOver(engine, { set, catalogue, region: everything, nowMs, budget: DEFAULT_BUDGET });
    const context = new PostureContext(
      declarations,
      auditor,
      new Prover(auditor),
      evidence,
      await rootEvents(evidence),
    );
    return { context, close: async () => engine.close() };
  } catch (error: unknown) {
    await engine.close();
    throw error;
  }
}
