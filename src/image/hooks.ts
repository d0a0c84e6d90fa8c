/** The rules of section 15 that depend on action and resource only, as patterns. */
import { Hook } from "../../assembly/format/layout.js";
import { HookFields } from "../../assembly/format/records.js";
import type { MandatoryResourcePolicy } from "../policy/policy-set.js";
import { awsServiceRules } from "../policy/service-rules.js";
import { lowerAscii } from "../text/fold.js";
import type { ByteWriter } from "./byte-writer.js";
import { actionProgram, arnProgram, type EncodedPattern, encodePattern, writeEncoded } from "./pattern.js";
import { recordType } from "./record.js";

const HOOK = recordType(HookFields);

const awsPatterns = awsServiceRules.map(({ kind, actions, resource }) => ({
  hook: Hook[kind],
  actions: actions.map(encode),
  // AWS's rules look at the fields one by one, so their stars stay inside them.
  resource: resource === undefined ? undefined : encodePattern(arnProgram(resource, "2008-10-17"), () => []),
}));

/** Writes AWS's rules (in that profile), then the set's own (GEN-6). */
export function writeHooks(
  writer: ByteWriter,
  profile: "aws" | "generic",
  own: readonly MandatoryResourcePolicy[],
  resourcePattern: (text: string) => number,
): { readonly at: number; readonly count: number; readonly ownCount: number } {
  const records: { readonly hook: Hook; readonly actionAt: number; readonly resourceAt: number }[] = [];
  for (const { hook, actions, resource } of profile === "aws" ? awsPatterns : []) {
    const resourceAt = resource === undefined ? 0 : writeEncoded(writer, resource);
    for (const action of actions) records.push({ hook, actionAt: writeEncoded(writer, action), resourceAt });
  }
  for (const { action, resource } of own) {
    const actionAt = writeEncoded(writer, encode(action));
    records.push({ hook: Hook.Mandatory, actionAt, resourceAt: resourcePattern(resource) });
  }
  return { at: writer.records(HOOK, records), count: records.length, ownCount: own.length };
}

/** The whole action as one pattern; a star in a prefix would have to stop at the colon, which names never hold. */
function encode(action: string): EncodedPattern {
  return encodePattern(actionProgram(lowerAscii(action)), () => []);
}
