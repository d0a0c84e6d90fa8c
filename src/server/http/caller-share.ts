/** Whom a request counts for where callers share something that is scarce. */
import type { Socket } from "node:net";
import type { CallFacts } from "../../ask/decided-call.js";

const numbers = new WeakMap<Socket, number>();
let last = 0;

/** A proved name; else the address; else the connection, where many callers have one address: on the machine itself. */
export function callerShare({ caller }: CallFacts, socket: Socket): string {
  if (caller.name !== "anonymous") return `name ${caller.name}`;
  const { remoteAddress } = socket;
  if (remoteAddress !== undefined && !/^(::ffff:)?127\.|^::1$/.test(remoteAddress)) return `address ${remoteAddress}`;
  let number = numbers.get(socket);
  if (number === undefined) {
    number = ++last;
    numbers.set(socket, number);
  }
  return `connection ${number}`;
}
