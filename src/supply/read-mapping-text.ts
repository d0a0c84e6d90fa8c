/** From the text of a mapping file to a mapping, or to what refuses it: all or nothing. What it may say is for `read`. */

import { parseSource } from "../policy/formats/build-policy-set.js";
import type { Finding } from "../text/finding.js";
import { sortFindings } from "../text/sort-findings.js";
import type { SourceText } from "../text/source-text.js";
import type { TreePlace } from "../text/tree-place.js";
import type { MappingReading } from "./followed-mapping.js";

/** Reads a text by a reader that reports at the places of its tree; any error refuses the whole. */
export function readMappingText<M>(source: SourceText, read: (place: TreePlace) => M | undefined): MappingReading<M> {
  const findings: Finding[] = [];
  const node = parseSource(source, findings);
  const mapping = node && read({ source, node, findings, path: undefined });
  const sorted = sortFindings(findings);
  if (mapping === undefined || sorted.some(({ severity }) => severity === "error"))
    return { ok: false, findings: sorted };
  return { ok: true, mapping, findings: sorted };
}
