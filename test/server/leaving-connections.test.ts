/** Connections that gave way are closed after a while, and none of them is forgotten. */
import { Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { LeavingConnections, mostLeaving } from "../../src/server/grpc/leaving-connections.js";

function leaving(count: number) {
  const all = new LeavingConnections();
  const sockets = Array.from({ length: count }, () => new Socket());
  sockets.forEach((socket, index) => {
    all.add(socket, undefined, index);
  });
  return { all, sockets };
}

const open = (sockets: readonly Socket[]): readonly Socket[] => sockets.filter(({ destroyed }) => !destroyed);

describe("connections that gave way", () => {
  it("stay until their time has come", () => {
    const { all, sockets } = leaving(10);
    all.sweep(2000);
    expect(open(sockets)).toEqual(sockets);
    all.sweep(3004);
    expect(open(sockets)).toEqual(sockets.slice(5));
    all.sweep(60_000);
    expect(open(sockets)).toEqual([]);
  });

  it("are closed at once, the first of them first, where too many are leaving", () => {
    const { sockets } = leaving(mostLeaving + 3);
    expect(open(sockets)).toEqual(sockets.slice(3));
  });

  it("make room for others where they have left by themselves", async () => {
    const { all, sockets } = leaving(mostLeaving);
    const [first, ...others] = sockets;
    first?.destroy();
    await new Promise((resolve) => setImmediate(resolve));
    all.add(new Socket(), undefined, 0);
    expect(open(others)).toEqual(others);
  });

  it("are closed with their listener", () => {
    const { all, sockets } = leaving(5);
    all.close();
    expect(open(sockets)).toEqual([]);
  });
});
