// Makes a failing case small: parts are dropped and values replaced as long as it still fails. Knows nothing of policies,
// only of JSON.

type Path = readonly (string | number)[];

/** The smallest variant found for which `fails` still holds. */
export function shrink<T>(value: T, fails: (candidate: T) => boolean): T {
  let best: T = value;
  for (let round = 0; round < 50; round++) {
    const before = JSON.stringify(best);
    for (const path of pathsOf(best)) best = attempt(best, path, fails);
    if (JSON.stringify(best) === before) break;
  }
  return best;
}

function attempt<T>(value: T, path: Path, fails: (candidate: T) => boolean): T {
  const at = read(value, path);
  if (at === undefined) return value;
  for (const replacement of replacementsOf(at)) {
    const candidate = replaceAt(value, path, replacement) as T;
    if (fails(candidate)) return candidate;
  }
  return value;
}

/** Every place below a value, larger parts first. */
function pathsOf(value: unknown): Path[] {
  const paths: Path[] = [];
  const queue: Path[] = [[]];
  for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
    const here = read(value, path);
    if (path.length > 0) paths.push(path);
    if (typeof here !== "object" || here === null) continue;
    // The last items first, so that dropping one leaves the paths of the others as they are.
    const keys = Array.isArray(here) ? here.map((_, index) => index).reverse() : Object.keys(here);
    for (const key of keys) queue.push([...path, key]);
  }
  return paths;
}

const DROPPED = Symbol("dropped");

/** Nothing, the only item of a list, or a shorter or plainer text. */
function* replacementsOf(value: unknown): Iterable<unknown> {
  yield DROPPED;
  if (Array.isArray(value) && value.length === 1) yield value[0];
  if (typeof value !== "string") return;
  for (const plain of ["*", "a"]) if (value !== plain && value.length > 1) yield plain;
  const characters = Array.from(value);
  for (let length = characters.length >> 1; length >= 1; length >>= 1) {
    for (let at = 0; at + length <= characters.length; at += length) {
      yield [...characters.slice(0, at), ...characters.slice(at + length)].join("");
    }
  }
}

function read(value: unknown, path: Path): unknown {
  let here: unknown = value;
  for (const key of path) {
    if (typeof here !== "object" || here === null || !Object.hasOwn(here, key)) return undefined;
    here = Reflect.get(here, key);
  }
  return here;
}

function replaceAt(value: unknown, path: Path, replacement: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return replacement;
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value;
    return items.flatMap((item, index) => {
      if (index !== key) return [item];
      const replaced = replaceAt(item, rest, replacement);
      return replaced === DROPPED ? [] : [replaced];
    });
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]: [string, unknown]) => {
      if (name !== key) return [[name, member]];
      const replaced = replaceAt(member, rest, replacement);
      return replaced === DROPPED ? [] : [[name, replaced]];
    }),
  );
}
