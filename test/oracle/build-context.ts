// The request context: what the caller supplied, less what only the engine may say, plus what the engine derives
// (section 10). Keys of CTX-13 are the caller's. Afterwards a key is present with at least one value, or missing (NULL-3).
import { completeClock } from "./clock.js";
import { deriveKeys, isDerivedKey } from "./derived-keys.js";
import { fold } from "./fold.js";
import { InputError } from "./input-error.js";
import { contextOf, type RequestContext, valueText } from "./request-context.js";
import type { Requester } from "./requester.js";
import type { CaseRequest } from "./simulation-case.js";

/** Builds the context of one request (CTX-1, CTX-3, CTX-8, CTX-12). */
export function buildContext(
  request: CaseRequest,
  requester: Requester,
  ownerAccount: string,
  mode: { readonly whatIf: boolean; readonly nowMs: number },
): RequestContext {
  const supplied = readSupplied(request.context ?? {});
  const derived = deriveKeys(request, requester, ownerAccount);
  const values = new Map<string, readonly string[]>();
  for (const [key, list] of derived) {
    const isReplaced = mode.whatIf && [...supplied.keys()].some((other) => fold(other) === fold(key));
    if (!isReplaced) values.set(key, list);
  }
  for (const [key, list] of supplied) {
    if (mode.whatIf || !isDerivedKey(key)) values.set(key, list);
  }
  for (const [key, list] of values) {
    if (list.length === 0) values.delete(key); // NULL-3, and CTX-9 for organization paths
  }
  completeClock(values, mode.nowMs);
  return contextOf(values);
}

function readSupplied(context: Readonly<Record<string, unknown>>): Map<string, readonly string[]> {
  const supplied = new Map<string, readonly string[]>();
  for (const [key, value] of Object.entries(context)) {
    if (!Array.isArray(value)) {
      const text = valueText(value, key);
      if (text !== undefined) supplied.set(key, [text]);
      continue;
    }
    const list: readonly unknown[] = value;
    supplied.set(
      key,
      list.map((element) => {
        const text = valueText(element, key);
        if (text === undefined) throw new InputError("COND-8", `context key \`${key}\` lists null`);
        return text;
      }),
    );
  }
  return supplied;
}
