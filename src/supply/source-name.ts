/** Names of files that come from elsewhere: relative paths that stay inside of what they came in. Knows no file system. */

const LONGEST_NAME = 1024;

/** The normalised form of a relative path, empty for the folder itself; undefined for anything that leads elsewhere or may be read so. */
export function sourceName(path: string): string | undefined {
  const parts = path
    .replace(/\/+$/, "")
    .split("/")
    .filter((part) => part !== ".");
  if (path.length > LONGEST_NAME || /^[A-Za-z]:|[\\\0]/.test(path)) return undefined;
  if (path.startsWith("/") || parts.some((part) => part === ".." || part === "")) return undefined;
  return parts.join("/");
}
