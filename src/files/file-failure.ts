/** Why a file cannot be read or written, in the same words everywhere: without codes, and without its name, which stands before it. */

const reasons: ReadonlyMap<string, string> = new Map([
  ["ENOENT", "no such file or directory"],
  ["EACCES", "permission denied"],
  ["EPERM", "permission denied"],
  ["EISDIR", "is a directory"],
  ["ENOTDIR", "not a directory"],
  ["ELOOP", "too many symbolic links"],
  ["ENOSPC", "no space left on device"],
]);

/** The reason that an error of the file system tells; its own text where it tells none. */
export function fileFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  // Node's texts are of the form `EMFILE: too many open files, open 'name'`.
  return reasons.get(code) ?? /^E[A-Z0-9]+: ([^,]+)/.exec(error.message)?.[1] ?? error.message;
}
