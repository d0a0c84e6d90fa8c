/**
 * Paths with slashes as texts: what `node:path` says of them, where there is no Node either. Touches no disk and knows no working folder.
 */

/** The path without `.`, without `..` after a name and without doubled slashes; a slash at its end stays, and nothing is `.`. */
export function normalPath(path: string): string {
  const isAbsolute = path.startsWith("/");
  const names: string[] = [];
  for (const name of path.split("/")) {
    if (name === "" || name === ".") continue;
    if (name !== "..") names.push(name);
    else if (names.length > 0 && names.at(-1) !== "..") names.pop();
    else if (!isAbsolute) names.push(name);
  }
  const text = names.join("/");
  const end = path.endsWith("/") && text !== "" ? "/" : "";
  if (isAbsolute) return `/${text}${end}`;
  return text === "" ? (path.endsWith("/") ? "./" : ".") : `${text}${end}`;
}

/** The folder that a path lies in; `.` for a bare name. */
export function folderOf(path: string): string {
  const text = withoutEnd(path);
  const at = text.lastIndexOf("/");
  if (at < 0) return text === "" && path !== "" ? "/" : ".";
  return withoutEnd(text.slice(0, at)) || "/";
}

/** A path as seen from a folder. */
export function joinPath(folder: string, path: string): string {
  return normalPath(path === "" ? folder : `${folder}/${path}`);
}

/** The last name of a path. */
export function baseName(path: string): string {
  const text = withoutEnd(path);
  return text.slice(text.lastIndexOf("/") + 1);
}

/** What a path means in a folder: the path itself if it is absolute. Without a slash at its end. */
export function pathFrom(folder: string, path: string): string {
  const whole = path.startsWith("/") ? normalPath(path) : joinPath(folder, path);
  return withoutEnd(whole) || "/";
}

function withoutEnd(path: string): string {
  return path.replace(/\/+$/, "");
}
