/** Owners of resources by pattern, in sets and in cases. */
import { ownerMembers } from "../policy/formats/verdict-owners.js";
import { described, listOf, objectOf, type Schema, text } from "./schema.js";

/** The member `owners`. */
export const owners: Schema = described(
  "Who owns the resources of own services; the most specific pattern wins.",
  listOf(
    objectOf(
      ownerMembers,
      { pattern: described("A pattern of ARNs.", text), account: described("The account that owns them.", text) },
      { required: ["pattern", "account"] },
    ),
  ),
);
