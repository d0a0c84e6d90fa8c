/**
 * The parameters of a call in AWS's query protocol: `ActionNames.member.1=…&ContextEntries.member.1.ContextKeyName=…`. Reads
 * strictly: a parameter that is given twice or is no UTF-8 is refused, and so is one that nobody asked for.
 */
import { quote } from "../../text/quote.js";
import { AwsError } from "./aws-error.js";

/** The parameters of one call. */
export class AwsQueryParameters {
  private readonly values = new Map<string, string>();
  private readonly asked = new Set<string>();

  constructor(body: string) {
    for (const pair of body.split("&")) {
      if (pair === "") continue;
      const at = pair.indexOf("=");
      const name = decodeForm(at < 0 ? pair : pair.slice(0, at));
      if (this.values.has(name)) throw new AwsError("ValidationError", `${quote(name)}: given twice`);
      if (this.values.size === mostParameters) {
        throw new AwsError("ValidationError", `more than ${mostParameters} parameters`);
      }
      this.values.set(name, decodeForm(at < 0 ? "" : pair.slice(at + 1)));
    }
  }

  /** A parameter that may be absent; an empty one counts as absent. */
  text(name: string): string | undefined {
    this.asked.add(name);
    const value = this.values.get(name);
    return value === "" ? undefined : value;
  }

  /** A parameter that has to be there. */
  requiredText(name: string): string {
    const value = this.text(name);
    if (value === undefined) throw new AwsError("ValidationError", `${name}: missing`);
    return value;
  }

  /** A list, `NAME.member.1` and on; clients write an empty one as `NAME=`. */
  list(name: string): readonly string[] {
    this.asked.add(name);
    const items: string[] = [];
    for (let index = 1; ; index++) {
      const key = `${name}.member.${index}`;
      const value = this.values.get(key);
      if (value === undefined) return items;
      this.asked.add(key);
      items.push(value);
    }
  }

  /**
   * The numbers of the structures that a list holds, in order. Numbers may be missing: clients write nothing for a structure
   * without members.
   */
  structures(name: string): readonly number[] {
    this.asked.add(name);
    const start = `${name}.member.`;
    const numbers = new Set<number>();
    for (const key of this.values.keys()) {
      const number = key.startsWith(start) ? /^[1-9][0-9]{0,5}(?=\.|$)/.exec(key.slice(start.length)) : null;
      if (number !== null) numbers.add(Number(number[0]));
    }
    return [...numbers].sort((left, right) => left - right);
  }

  /** Refuses what no other method was asked for: a misspelt parameter must not be silently without effect. */
  refuseUnknown(): void {
    for (const name of this.values.keys()) {
      if (!this.asked.has(name)) throw new AwsError("ValidationError", `${quote(name)}: unknown parameter`);
    }
  }
}

const mostParameters = 20_000;

function decodeForm(text: string): string {
  let decoded: string;
  if (/[^ -~]/.test(text)) throw new AwsError("ValidationError", "body: not percent-encoded");
  try {
    decoded = decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    throw new AwsError("ValidationError", "body: not percent-encoded UTF-8");
  }
  // What XML cannot say could not be named in the answer.
  if (/[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.test(decoded)) {
    throw new AwsError("ValidationError", "body: holds a control character");
  }
  return decoded;
}
