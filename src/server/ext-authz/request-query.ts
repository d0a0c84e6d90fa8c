/** The query parameters that a mapping reads, each with one value that every reader of the URL agrees on. */
import { utf8Text } from "../../wire/wire-format.js";

/** Values by name, or why the request is refused. */
export type QueryReading =
  | { readonly ok: true; readonly values: ReadonlyMap<string, string> }
  | { readonly ok: false; readonly reason: string };

/** Reads the parameters of the given names out of a query string that is not decoded. */
export function readQuery(query: string | undefined, names: ReadonlySet<string>): QueryReading {
  const values = new Map<string, string>();
  if (query === undefined || query === "" || names.size === 0) return { ok: true, values };
  // Some readers take `;` for `&`.
  if (query.includes(";")) return refused("the query has a semicolon");
  for (const parameter of query.split("&")) {
    const equalsAt = parameter.indexOf("=");
    const name = decode(equalsAt < 0 ? parameter : parameter.slice(0, equalsAt));
    if (name === undefined) return refused("the query has an invalid escape");
    if (!resembles(name, names)) continue;
    const value = decode(equalsAt < 0 ? "" : parameter.slice(equalsAt + 1));
    if (value === undefined || /\p{Cc}/u.test(value)) return refused("the query has an invalid escape");
    if (!names.has(name)) return refused("a query parameter has another spelling");
    if (values.has(name)) return refused("a query parameter occurs twice");
    values.set(name, value);
  }
  return { ok: true, values };
}

/** `a[]=`, `a[0]=` and `A=` are `a` to some readers. */
function resembles(name: string, names: ReadonlySet<string>): boolean {
  const folded = name.toLowerCase();
  const bracketAt = folded.indexOf("[");
  const stem = (bracketAt < 0 ? folded : folded.slice(0, bracketAt)).trim();
  for (const wanted of names) {
    const plain = wanted.toLowerCase();
    if (plain === folded || plain === stem) return true;
  }
  return false;
}

function decode(text: string): string | undefined {
  const spaced = text.replaceAll("+", " ");
  if (!spaced.includes("%")) return spaced;
  if (!/^(?:[^%]|%[0-9A-Fa-f]{2})*$/.test(spaced)) return undefined;
  // Every query that gets here is ASCII, so `latin1` gives back the bytes that the escapes stand for.
  const bytes = spaced.replaceAll(/%(..)/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
  return utf8Text(Buffer.from(bytes, "latin1"));
}

function refused(reason: string): QueryReading {
  return { ok: false, reason };
}
