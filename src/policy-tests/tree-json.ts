/** A tree as JSON text, for what was read as YAML and is passed on as JSON. Numbers stay as they were written (DOC-11). */
import type { TreeNode } from "../text/tree.js";

/** The text on one line. */
export function treeJson(node: TreeNode): string {
  switch (node.kind) {
    case "object":
      return `{${node.members.map(({ key, value }) => `${JSON.stringify(key)}:${treeJson(value)}`).join(",")}}`;
    case "array":
      return `[${node.items.map(treeJson).join(",")}]`;
    case "string":
      return JSON.stringify(node.value);
    case "number":
      return node.text;
    case "boolean":
      return String(node.value);
    case "null":
      return "null";
  }
}
