/** The headers that a mapping reads, each with one value that Envoy, Verdict and the service agree on. */
import type { HttpFacts } from "./check-request.js";

/** Values by name, or why the request is refused. */
export type HeaderReading =
  | { readonly ok: true; readonly values: ReadonlyMap<string, string> }
  | { readonly ok: false; readonly reason: string };

/** Whether a header is to be read for a mapping that reads these names: every spelling of them, and what has to agree. */
export function wantsHeader(name: string, names: ReadonlySet<string>): boolean {
  return isOfRequest(name) || names.has(name) || names.has(foldedName(name));
}

/** Reads the headers of the given names; others may be repeated as they like. */
export function readHeaders(http: HttpFacts, names: ReadonlySet<string>): HeaderReading {
  if (http.bothHeaderForms) return refused("the headers came in two forms");
  const values = new Map<string, string>();
  for (const { name, value } of http.headers) {
    if (isOfRequest(name)) {
      if (contradicts(http, name, value)) return refused(`the header ${name} contradicts the request`);
      continue;
    }
    const folded = foldedName(name);
    if (!names.has(name) && !names.has(folded)) continue;
    if (value === undefined) return refused(`the header ${folded} is not valid UTF-8`);
    if (values.has(folded)) return refused(`the header ${folded} occurs twice`);
    if (name !== folded) return refused(`the header ${folded} has another spelling`);
    values.set(name, value);
  }
  return { ok: true, values };
}

function isOfRequest(name: string): boolean {
  return name.startsWith(":") || name === "host";
}

/** Some services take `X_User` and `x-user` for one name. */
function foldedName(name: string): string {
  return plainName.test(name) ? name : name.toLowerCase().replaceAll("_", "-");
}

const plainName = /^[a-z0-9-]*$/;

function contradicts({ path, method, host }: HttpFacts, name: string, value: string | undefined): boolean {
  if (name === ":path") return value !== path;
  if (name === ":method") return value !== method;
  return (name === ":authority" || name === "host") && value !== host;
}

function refused(reason: string): HeaderReading {
  return { ok: false, reason };
}

/** The name of a host without its port, lower case; undefined where it has another form that somebody may understand. */
export function plainHost(host: string): string | undefined {
  const [, name] = /^([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?$/.exec(host) ?? [];
  return name === undefined || name.includes("..") ? undefined : name.toLowerCase();
}
