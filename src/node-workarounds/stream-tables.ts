/** Tables of streams that stay young. Where the inside of Node.js is not as expected, it is left alone. */
import type { Http2Session } from "node:http2";
import { types } from "node:util";

/**
 * Puts the streams of a session into tables of the same kind that are young, and says how many there are. Node.js keeps them in a Map
 * and, before they have a number, in a Set, which is where calls come and go fastest: see `OpenStreams` for what that costs, a quarter
 * of what a server can do. Whoever looks a stream up asks the session for its table each time, and a session without such a table
 * stays as it is.
 */
export function renewStreamTables(session: Http2Session): number {
  const symbol = Object.getOwnPropertySymbols(session).find(({ description }) => description === "state");
  const state: unknown = symbol && Reflect.get(session, symbol);
  if (typeof state !== "object" || state === null) return 0;
  const streams: unknown = Reflect.get(state, "streams");
  const pending: unknown = Reflect.get(state, "pendingStreams");
  if (types.isMap(streams)) renew(state, "streams", streams, Map.prototype.entries.call(streams));
  if (types.isSet(pending)) renew(state, "pendingStreams", pending, Set.prototype.values.call(pending));
  return types.isMap(streams) ? streams.size : 0;
}

/** INVARIANT: a copy is put in the place of a table only if it is one of the same class. */
function renew(state: object, member: string, table: object, entries: Iterable<unknown>): void {
  if (typeof table.constructor !== "function") return;
  const young: unknown = Reflect.construct(table.constructor, [entries]);
  const isAlike = typeof young === "object" && Reflect.getPrototypeOf(young ?? {}) === Reflect.getPrototypeOf(table);
  if (isAlike) Reflect.set(state, member, young);
}
