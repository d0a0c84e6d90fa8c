/** Tags of a resource that one of two sets lists and the other does not (CTX-8): fixed there, open here; a request has to be of both regions. */
import type { Tag } from "../text/tag.js";
import { keyName, tagKeys } from "./requester-facts.js";
import { resourceTag } from "./value-test.js";
import { buildWorld, type World } from "./world.js";

/**
 * Both worlds for the requests of both regions. Tags that a request tells count before those that a set lists, so it tells of the listed
 * ones whichever it likes and none beside: to the set that lists them it makes no difference.
 */
export function withSharedTags(one: World, other: World): readonly [World, World] {
  const [tags, others] = [one.situation.tags, other.situation.tags];
  if (tags === undefined && others !== undefined) return sharing(one, other, others);
  if (tags === undefined || others !== undefined) return [one, other];
  const [open, listed] = sharing(other, one, tags);
  return [listed, open];
}

function sharing(open: World, listed: World, tags: readonly Tag[]): readonly [World, World] {
  const told = tellingOnly(open, tagKeys(resourceTag, tags));
  return [told, besideTold(listed, told)];
}

/** A world whose requests tell no other tags than these. */
function tellingOnly({ terms, requester, action, situation }: World, tags: ReadonlyMap<string, string>): World {
  return buildWorld(
    {
      ...terms,
      standingOf: (key, name) => {
        const standing = terms.standingOf(key, name);
        if (!key.startsWith(resourceTag) || !("open" in standing)) return standing;
        const value = tags.get(key);
        if (value === undefined) return { values: null };
        const fixedValue = (spelling: string) => tags.get(keyName(spelling, (one) => tags.has(one))) ?? value;
        return { open: { ...standing.open, fixedValue } };
      },
    },
    requester,
    action,
    situation,
  );
}

/** What lists the tags has decided by them already; which of them a request tells is the other world's matter. */
function besideTold(listed: World, open: World): World {
  return {
    ...listed,
    situation: { ...listed.situation, tags: undefined },
    standingOf: (key) => (key.startsWith(resourceTag) ? open : listed).standingOf(key),
    fixing: (values) => besideTold(listed.fixing(values), open.fixing(values)),
  };
}
