/**
 * Tables decided on threads of one's own, over a memory that all of them share: for work that makes its questions and reads its answers
 * on the thread that decides them. A seat is one thread's private part of the memory.
 */
import { CONTROL_ALLOW_WHAT_IF, Status } from "../../assembly/format/layout.js";
import type { MatcherFlavour } from "../artifacts.js";
import { joinBytes } from "../text/join-bytes.js";
import { EngineError } from "./engine-error.js";
import { loadMatcher } from "./load-matcher.js";
import type { SharedMemory } from "./matcher.js";
import { MatcherSession } from "./matcher-session.js";
import type { CallArea, Region } from "./memory-map.js";
import type { PreparedPolicySet } from "./preparation.js";
import { SessionImages } from "./session-images.js";

/** What one thread needs; plain data but for the memory, which threads share. */
export interface TableSeat {
  readonly flavour: MatcherFlavour;
  readonly memory: SharedMemory;
  readonly region: Region;
  readonly area: CallArea;
}

/** As many seats as the set was prepared with both regions and areas for. */
export function seatsOf({ memory, map }: PreparedPolicySet, flavour: MatcherFlavour): readonly TableSeat[] {
  return map.callAreas.flatMap((area, index) => {
    const region = map.taskRegions[index];
    return region === undefined ? [] : [{ flavour, memory, region, area }];
  });
}

/** One thread's way to decide batches. Values of derived keys count where a batch asks for it (CTX-1). */
export class TableSession {
  private readonly session: MatcherSession;

  constructor(private readonly seat: TableSeat) {
    this.session = new MatcherSession(loadMatcher(seat.flavour), seat.memory, new SessionImages());
  }

  /** Answers a serialised BatchAuthorizeRequest of so many questions, without the version of the set. Throws EngineError. */
  decide(message: Uint8Array, questions: number, nowSeconds: number): Uint8Array {
    const { region, area } = this.seat;
    const status = this.session.plan(region, area, this.session.store(area, message));
    if (status !== Status.Done) throw new EngineError("internal", `table: cannot be planned: status ${status}`);
    const terms = { flags: CONTROL_ALLOW_WHAT_IF, nowSeconds, policySet: "" };
    return joinBytes(this.session.decideRange(region, area, 0, questions, terms));
  }
}
