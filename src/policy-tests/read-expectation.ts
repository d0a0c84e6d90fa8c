/** What a test expects: the decision, whom it blames, and by which statements. */
import { decisions } from "../question/decision.js";
import { type LayerName, layerNames } from "../question/layers.js";
import { quote } from "../text/quote.js";
import {
  type Members,
  positionOf,
  readItems,
  readReferences,
  readText,
  report,
  requireMember,
  type TreePlace,
} from "../text/tree-place.js";
import { unknownWord } from "./fixtures.js";
import type { Expectation } from "./policy-test.js";

/** The members that say what is expected. */
export const expectationMembers = ["expect", "blockedBy", "decidedBy"] as const;

/** Reads them out of the members of a test, a matrix or an override. */
export function readExpectation(place: TreePlace, members: Members): Expectation | undefined {
  const decisionPlace = requireMember(place, members, "expect");
  const text = readText(decisionPlace);
  const decision = decisions.find((one) => one === text);
  const blamed = members.get("blockedBy");
  const blockedBy = readItems(blamed).flatMap((item) => layerAt(item) ?? []);
  const decidedBy = readReferences(members.get("decidedBy")).map((reference) => reference.text);
  if (decisionPlace === undefined || text === undefined) return undefined;
  if (decision === undefined) {
    unknownWord(decisionPlace, "decision", text, decisions);
    return undefined;
  }
  // An allow blames nobody, and what is denied by silence has no deciding statement (OUT-2, OUT-3).
  if (decision === "allowed" && blockedBy.length > 0) {
    report(blamed ?? place, "SET-FORMAT", `${quote("allowed")} is blocked by nothing`);
  }
  if (decision === "implicitDeny" && decidedBy.length > 0) {
    report(members.get("decidedBy") ?? place, "SET-FORMAT", `${quote("implicitDeny")} is decided by no statement`);
  }
  return {
    decision,
    place: positionOf(decisionPlace),
    ...(blamed === undefined ? {} : { blockedBy }),
    decidedBy,
  };
}

function layerAt(place: TreePlace): LayerName | undefined {
  const text = readText(place);
  const layer = layerNames.find((one) => one === text);
  if (text !== undefined && layer === undefined) unknownWord(place, "policy type", text, layerNames);
  return layer;
}
