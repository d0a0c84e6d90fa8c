/** Reading the JSON body of a call: required members and their types; members that nobody knows are passed over, as AWS does. */
import { isJsonObject } from "../../text/json-object.js";
import { quote } from "../../text/quote.js";
import { AnalyzerError } from "./analyzer-error.js";

/** Of a document: many times what AWS attaches at most. */
const mostDocumentUnits = 1 << 19;

/** The members of one call. */
export class AnalyzerRequest {
  private constructor(
    private readonly members: Readonly<Record<string, unknown>>,
    /** What stands before the names of members in errors. */
    private readonly path = "",
  ) {}

  /** Reads a body; throws AnalyzerError for one that is no JSON object. */
  static of(body: Uint8Array): AnalyzerRequest {
    let value: unknown;
    try {
      value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
    } catch {
      throw new AnalyzerError("cannotParse", "the body is no JSON text");
    }
    if (!isJsonObject(value)) throw new AnalyzerError("cannotParse", "the body must be a JSON object");
    return new AnalyzerRequest(value);
  }

  /** A text that may be absent. */
  text(name: string): string | undefined {
    const value = this.member(name);
    if (value === undefined || typeof value === "string") return value;
    throw this.wrong(name, "must be a string");
  }

  /** A text that must be there. */
  requiredText(name: string): string {
    const value = this.text(name);
    if (value === undefined) throw this.wrong(name, "missing");
    return value;
  }

  /** The text of a policy document. */
  document(name: string): string {
    const value = this.requiredText(name);
    if (value.length <= mostDocumentUnits) return value;
    throw this.wrong(name, `${value.length} UTF-16 units, at most ${mostDocumentUnits}`);
  }

  /** One of some texts. */
  choice<T extends string>(name: string, choices: Readonly<Record<T, unknown>>): T {
    const value = this.requiredText(name);
    if (isChoice(value, choices)) return value;
    throw this.wrong(name, `must be one of ${Object.keys(choices).join(", ")}, not ${quote(value)}`);
  }

  /** A list of objects; empty if it is absent. */
  objects(name: string): readonly AnalyzerRequest[] {
    const value = this.member(name) ?? [];
    if (!Array.isArray(value) || !value.every(isJsonObject)) throw this.wrong(name, "must be a list of objects");
    return value.map((members, index) => new AnalyzerRequest(members, `${this.path}${name}[${index}].`));
  }

  /** A list of texts; empty if it is absent. */
  texts(name: string): readonly string[] {
    const value = this.member(name) ?? [];
    if (!Array.isArray(value) || !value.every((item) => typeof item === "string")) {
      throw this.wrong(name, "must be a list of strings");
    }
    if (value.some((item) => /\p{Cs}/u.test(item))) throw this.wrong(name, "has a lone surrogate");
    return value;
  }

  /** What is wrong with a member. */
  wrong(name: string, cause: string): AnalyzerError {
    const field = `${this.path}${name}`;
    return new AnalyzerError("fieldValidationFailed", `${field}: ${cause}`, field);
  }

  private member(name: string): unknown {
    return Object.hasOwn(this.members, name) ? (this.members[name] ?? undefined) : undefined;
  }
}

function isChoice<T extends string>(value: string, choices: Readonly<Record<T, unknown>>): value is T {
  return Object.hasOwn(choices, value);
}
