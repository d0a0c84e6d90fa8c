/** The rules of section 15 that depend on action and resource only, as patterns. */
import { Hook } from "../../assembly/format/layout.js";
import { HookFields } from "../../assembly/format/records.js";
import type { MandatoryResourcePolicy } from "../policy/policy-set.js";
import { awsServiceRules } from "../policy/service-rules.js";
import { lowerAscii } from "../text/fold.js";
import type { ByteWriter } from "./byte-writer.js";
import { actionProgram, arnProgram, writePattern } from "./pattern.js";
import { recordType } from "./record.js";

const HOOK = recordType(HookFields);

/** Writes AWS's rules (in that profile), then the set's own (GEN-6). */
export function writeHooks(
  writer: ByteWriter,
  profile: "aws" | "generic",
  own: readonly MandatoryResourcePolicy[],
  resourcePattern: (text: string) => number,
): { readonly at: number; readonly count: number; readonly ownCount: number } {
  const records: { readonly hook: Hook; readonly actionAt: number; readonly resourceAt: number }[] = [];
  for (const { kind, actions, resource } of profile === "aws" ? awsServiceRules : []) {
    // AWS's rules look at the fields one by one, so their stars stay inside them.
    const resourceAt = resource === undefined ? 0 : writePattern(writer, arnProgram(resource, "2008-10-17"), () => []);
    for (const action of actions) records.push({ hook: Hook[kind], actionAt: writeAction(writer, action), resourceAt });
  }
  for (const { action, resource } of own) {
    const actionAt = writeAction(writer, action);
    records.push({ hook: Hook.Mandatory, actionAt, resourceAt: resourcePattern(resource) });
  }
  return { at: writer.records(HOOK, records), count: records.length, ownCount: own.length };
}

/** The whole action as one pattern; a star in a prefix would have to stop at the colon, which names never hold. */
function writeAction(writer: ByteWriter, action: string): number {
  return writePattern(writer, actionProgram(lowerAscii(action)), () => []);
}
