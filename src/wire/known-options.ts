/** Refuses options that nobody reads, for callers without a compiler: a misspelt one would leave the default in force unnoticed. */

/** Throws TypeError for a member that is not among the names; `place` is the option that holds them, if one does. */
export function refuseUnknownOptions(options: object, names: Readonly<Record<string, true>>, place = ""): void {
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(names, name)) continue;
    throw new TypeError(`${place}${name}: unknown option (known: ${Object.keys(names).join(", ")})`);
  }
}
