/** Why a matrix was not written or not joined: one line each, place first. */
export class MatrixError extends Error {
  override readonly name = "MatrixError";

  constructor(
    readonly lines: readonly string[],
    options?: ErrorOptions,
  ) {
    super(lines.join("\n"), options);
  }
}

/** A refusal with one line. */
export function refusal(line: string, cause?: unknown): MatrixError {
  return new MatrixError([line], cause === undefined ? undefined : { cause });
}
