/** Many actions in few words. */

/** `s3: GetObject, PutObject`, one text a service; patterns stand as they are. */
export function byService(actions: readonly string[]): readonly string[] {
  const services = new Map<string, string[]>();
  for (const action of actions) {
    const at = action.indexOf(":");
    const service = action.includes("*") || action.includes("?") || at < 0 ? "" : action.slice(0, at);
    const names = services.get(service) ?? [];
    names.push(service === "" ? action : action.slice(at + 1));
    services.set(service, names);
  }
  return [...services].map(([service, names]) =>
    service === "" ? names.join(", ") : `${service}: ${names.join(", ")}`,
  );
}
