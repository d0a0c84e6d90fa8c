/** What a request is told that names a policy set which is not there. */
import type { Engine } from "../../engine/engine.js";
import { quote } from "../../text/quote.js";
import { HttpError } from "./http-error.js";

/** Throws 503 where there is no default set yet, and 404 where there is none of that name. */
export function requirePolicySet(engine: Engine, name: string): void {
  if (engine.published(name === "" ? undefined : name) !== undefined) return;
  if (name === "") throw new HttpError(503, "no policy set is published", { "retry-after": "1" });
  throw new HttpError(404, `policy set: no policy set ${quote(name)} is published`);
}
