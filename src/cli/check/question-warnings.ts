/** What `verdict check` says beside an answer: an action and values in the context that cannot be meant so. They change nothing of what is decided. */
import type { AuthorizationQuestion } from "../../question/authorization-question.js";
import { printError } from "../../terminal/terminal.js";

/** Prints a line on standard error for each; `place` is where the question stands, if it is one of many. */
export async function warnOfQuestion({ action, context }: AuthorizationQuestion, place = ""): Promise<void> {
  const { adviseActionAsked, adviseContext, servicePrefixes } = await import("../../validate/request-values.js");
  const service = action.slice(0, Math.max(0, action.indexOf(":")));
  const { loadCatalogue } = await import("../../validate/catalogue/load-catalogue.js");
  const catalogue = await loadCatalogue([...servicePrefixes(context), service]);
  const unknown = adviseActionAsked(action, catalogue);
  const lines = adviseContext(context, catalogue).map((line) => `context ${line}`);
  for (const line of unknown === undefined ? lines : [unknown, ...lines]) {
    printError(place === "" ? "" : `${place}: `, { text: "warning", colour: "yellow" }, `: ${line}`);
  }
}
