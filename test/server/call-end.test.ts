import { EventEmitter } from "node:events";
import { describe, expect, it } from "vitest";
import { MessageMemory } from "../../src/node-workarounds/message-memory.js";
import { CallEnd } from "../../src/server/grpc/call-end.js";
import { until } from "../kit/serving.js";

function fakeCall(cancelled = false) {
  return Object.assign(new EventEmitter(), { cancelled });
}

describe("CallEnd", () => {
  it("tells each listener once that the call is over", () => {
    const call = fakeCall();
    const end = new CallEnd(call);
    const told: string[] = [];
    end.addEventListener("abort", () => told.push(`a ${end.aborted}`));
    end.addEventListener("abort", () => told.push("b"));
    expect(end.aborted).toBe(false);
    call.emit("cancelled");
    call.emit("cancelled");
    expect([end.aborted, told]).toEqual([true, ["a true", "b"]]);
  });

  it("tells nobody who has left, and nobody who comes late", () => {
    const call = fakeCall();
    const end = new CallEnd(call);
    const listener = (): never => {
      throw new Error("told");
    };
    end.addEventListener("abort", listener);
    end.removeEventListener("abort", listener);
    call.emit("cancelled");
    end.addEventListener("abort", listener);
    expect(end.aborted).toBe(true);
  });

  it("knows a call that is over already", () => {
    expect(new CallEnd(fakeCall(true)).aborted).toBe(true);
  });
});

describe("MessageMemory", () => {
  it("is collected before the heap would be", async () => {
    const litter = new MessageMemory();
    const before = process.memoryUsage().arrayBuffers;
    // Less than what lets V8 collect of itself.
    for (let count = 0; count < 20; count++) {
      Buffer.alloc(1 << 20);
      litter.add(1 << 20);
    }
    await until(() => process.memoryUsage().arrayBuffers < before + (10 << 20), "the collection");
  });
});
