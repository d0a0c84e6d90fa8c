/** What `verdict check` says beside an answer: values in the context that cannot be meant so. They change nothing of what is decided. */
import type { AuthorizationQuestion } from "../../question/authorization-question.js";
import { printError } from "../../terminal/terminal.js";

/** Prints a line on standard error for each; `place` is where the question stands, if it is one of many. */
export async function warnOfContext({ context }: AuthorizationQuestion, place = ""): Promise<void> {
  if (context.size === 0) return;
  const { adviseContext, servicePrefixes } = await import("../../validate/request-values.js");
  const prefixes = servicePrefixes(context);
  const catalogue =
    prefixes.length === 0
      ? undefined
      : await (await import("../../validate/catalogue/load-catalogue.js")).loadCatalogue(prefixes);
  for (const line of adviseContext(context, catalogue)) {
    printError(place === "" ? "" : `${place}: `, { text: "warning", colour: "yellow" }, `: context ${line}`);
  }
}
