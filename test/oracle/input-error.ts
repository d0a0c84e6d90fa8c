// The one error of the oracle: an input that is no question, or a document that is no policy (IN-6, DOC-12).

/** An input that cannot be decided; it is thrown and never turned into a decision (IN-6, DOC-12). */
export class InputError extends Error {
  override readonly name = "InputError";
  /** The id of the rule that the input breaks. */
  readonly rule: string;

  constructor(rule: string, message: string) {
    super(`${message} (${rule})`);
    this.rule = rule;
  }
}
