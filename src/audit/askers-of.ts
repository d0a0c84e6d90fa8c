/** Whom a text or a pattern of principals names, for questions about one of them. */

import { closestPrincipal } from "../policy/closest-principal.js";
import { hasWildcard } from "../policy/document/arn.js";
import { closestName, didYouMean } from "../text/closest-name.js";
import { quote } from "../text/quote.js";
import type { Asker, Auditor } from "./auditor.js";

/** Nobody is named. The message says why, without a place. */
export class NobodyNamed extends Error {
  override readonly name = "NobodyNamed";
}

/** The principals of a text or a pattern. Throws NobodyNamed for a pattern that nobody has, and for a text that could be nobody's. */
export function askersOf(auditor: Auditor, text: string): readonly Asker[] {
  const found = auditor.askers({ principals: [text], outside: auditor.terms.region.outside });
  if (found.length > 0) return found;
  if (hasWildcard(text)) throw new NobodyNamed(`no principal of the policy set matches ${quote(text)}`);
  const principals = [...auditor.index.principals.keys()].map((arn) => ({ arn }));
  const hint = didYouMean(closestPrincipal(text, { principals }) ?? closestName(text, auditor.index.principals.keys()));
  throw new NobodyNamed(`${quote(text)} is no principal (IN-2)${hint}`);
}
