/** The question of a test: as everywhere (`question/`), with contexts by name, and in YAML as well. */
import { type AuthorizationQuestion, questionMembers, readQuestion } from "../question/authorization-question.js";
import { type Members, readMembers, type TreePlace } from "../text/tree-place.js";
import { composedContext, type Fixtures } from "./fixtures.js";
import { treeJson } from "./tree-json.js";

/** Reads the member `request`; undefined after findings. */
export function readAsked(place: TreePlace | undefined, fixtures: Fixtures): AuthorizationQuestion | undefined {
  const members = place && readMembers(place, questionMembers);
  return place && members && readAskedMembers(place, members, fixtures);
}

/** As above, of members that were taken apart. */
export function readAskedMembers(
  place: TreePlace,
  members: Members,
  fixtures: Fixtures,
): AuthorizationQuestion | undefined {
  const plain = new Map(members);
  plain.delete("context");
  const sessions = members.get("sessionPolicies");
  if (sessions !== undefined) plain.set("sessionPolicies", withJsonTexts(sessions));
  const context = composedContext(members.get("context"), fixtures.contexts);
  const question = readQuestion(place, plain);
  return question && { ...question, context };
}

/** Session policies travel as JSON, in whatever format they are written here. */
function withJsonTexts(place: TreePlace): TreePlace {
  const { node } = place;
  if (node.kind !== "array") return place;
  const items = node.items.map((item) =>
    item.kind === "object"
      ? { kind: "string" as const, offset: item.offset, endOffset: item.endOffset, value: treeJson(item) }
      : item,
  );
  return { ...place, node: { ...node, items } };
}
