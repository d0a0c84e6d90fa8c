/** What an error says, whatever was thrown. */

/** The message of an error; of anything else its text. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
