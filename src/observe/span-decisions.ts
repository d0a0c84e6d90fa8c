/** What a span tells of the decisions that were made within it: counts and words of this program, no principal and no resource. */
import type { DecidedCall } from "../ask/decided-call.js";
import { readPolicySetVersion } from "../wire/decode-answer.js";
import { wireReader } from "../wire/wire-reader.js";
import { decisionNames, denyingLayers, TALLY_LENGTH, tallyOutcomes } from "./decision-log/outcome-count.js";

/** Values of attributes by name. */
export type SpanAttributes = Readonly<Record<string, string | number>>;

/** The decisions of one call or request: one, those of a batch, those of all messages of a stream. */
export class SpanDecisions {
  private readonly tally = new Float64Array(TALLY_LENGTH);
  private questions = 0;
  private last: DecidedCall | undefined;

  /** A call was decided within the span. */
  add(call: DecidedCall): void {
    this.questions += tallyOutcomes(call.kind, call.response, this.tally);
    this.last = call;
  }

  /** Of one question its decision and who denied it; of several how many were decided how. The policy set is that of the last ones. */
  get attributes(): SpanAttributes {
    const { last } = this;
    if (last === undefined) return {};
    const { digest, generation } = readPolicySetVersion(wireReader(last.response, "lenient", "cut"));
    const { decisionId } = last.facts;
    return {
      "verdict.batch_size": this.questions,
      ...(this.questions === 1 ? this.onlyDecision() : this.counts()),
      ...(decisionId === undefined ? {} : { "verdict.decision_id": decisionId }),
      ...(digest === "" ? {} : { "verdict.policy_set.digest": digest, "verdict.policy_set.generation": generation }),
    };
  }

  private onlyDecision(): SpanAttributes {
    const place = this.tally.findIndex((count) => count > 0);
    const layer = layerOf(place);
    return {
      "verdict.decision": decisionOf(place),
      ...(layer === "none" || layer === "untold" ? {} : { "verdict.layer": layer }),
    };
  }

  private counts(): SpanAttributes {
    const counts: Record<string, number> = {};
    for (const [place, count] of this.tally.entries()) {
      if (count === 0) continue;
      for (const name of [`verdict.decisions.${decisionOf(place)}`, `verdict.layers.${layerOf(place)}`]) {
        if (name !== "verdict.layers.none" && name !== "verdict.layers.untold")
          counts[name] = (counts[name] ?? 0) + count;
      }
    }
    return counts;
  }
}

function decisionOf(place: number): string {
  return decisionNames[Math.floor(place / denyingLayers.length)] ?? "error";
}

function layerOf(place: number): string {
  return denyingLayers[place % denyingLayers.length] ?? "none";
}
