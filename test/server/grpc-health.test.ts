import { status } from "@grpc/grpc-js";
import { describe, expect, it } from "vitest";
import { Readiness, stopping } from "../../src/server/readiness.js";
import { ProtoClient } from "../kit/proto-client.js";
import { atEnd, serving, until } from "../kit/serving.js";

const health = ["grpc/health/v1/health.proto", "grpc.health.v1.Health"] as const;
const authorization = "verdict.v1.AuthorizationService";

describe("grpc.health.v1.Health", () => {
  it.each(["", authorization])("Check answers for the service `%s`", async (service) => {
    const { client, readiness } = await healthOf();
    expect(await client.call("Check", { service })).toEqual({ status: "SERVING" });
    readiness.hold("a reason");
    expect(await client.call("Check", { service })).toEqual({ status: "NOT_SERVING" });
    readiness.clear("a reason");
    expect(await client.call("Check", { service })).toEqual({ status: "SERVING" });
  });

  it("is NOT_SERVING before the first policy set", async () => {
    const { client, readiness } = await healthOf(new Readiness(["no policy set is published"]));
    expect(await client.call("Check", {})).toEqual({ status: "NOT_SERVING" });
    readiness.clear("no policy set is published");
    expect(await client.call("Check", {})).toEqual({ status: "SERVING" });
  });

  it.each(["none", "__proto__", "constructor"])(
    "Check answers NOT_FOUND to the unknown service `%s`",
    async (service) => {
      const { client } = await healthOf();
      expect(await client.call("Check", { service })).toEqual({
        code: status.NOT_FOUND,
        details: "service: not served here",
      });
    },
  );

  it("List has one status for each service and for the whole", async () => {
    const { client } = await healthOf();
    expect(await client.call("List", {})).toEqual({
      statuses: { "": { status: "SERVING" }, [authorization]: { status: "SERVING" } },
    });
  });

  it("Watch answers at once and at every change", async () => {
    const { client, readiness } = await healthOf();
    const watch = client.open("Watch", { service: authorization });
    await until(() => watch.answers.length === 1, "the first status");
    readiness.hold("one reason");
    readiness.hold("another reason");
    readiness.clear("one reason");
    readiness.clear("another reason");
    await until(() => watch.answers.length === 3, "both changes");
    expect(watch.answers).toEqual([{ status: "SERVING" }, { status: "NOT_SERVING" }, { status: "SERVING" }]);
    watch.cancel();
  });

  it("Watch answers SERVICE_UNKNOWN for an unknown service and stays open", async () => {
    const { client, readiness } = await healthOf();
    const watch = client.open("Watch", { service: "none" });
    await until(() => watch.answers.length === 1, "the status");
    readiness.hold("a reason");
    await client.call("Check", {});
    expect([watch.answers, watch.ended()]).toEqual([[{ status: "SERVICE_UNKNOWN" }], undefined]);
    watch.cancel();
  });

  it("tells watchers of a stop and does not let them hold it up", async () => {
    const { client, serving: started } = await healthOf();
    const watches = ["", authorization, "none"].map((service) => client.open("Watch", { service }));
    await until(() => watches.every(({ answers }) => answers.length === 1), "the statuses");
    await started.server.stop();
    await until(() => watches.every(({ ended }) => ended() !== undefined), "the ends");
    expect(watches.map(({ answers }) => answers)).toEqual([
      [{ status: "SERVING" }, { status: "NOT_SERVING" }],
      [{ status: "SERVING" }, { status: "NOT_SERVING" }],
      [{ status: "SERVICE_UNKNOWN" }],
    ]);
    for (const watch of watches) expect(watch.ended()).toMatchObject({ code: status.UNAVAILABLE });
  });
});

describe("Readiness", () => {
  it("has the reasons that hold it back, oldest first, each once", () => {
    const readiness = new Readiness(["one"]);
    readiness.hold("two");
    readiness.hold("one");
    expect([readiness.ready, readiness.reasons]).toEqual([false, ["one", "two"]]);
    readiness.clear("one");
    readiness.clear("two");
    expect([readiness.ready, readiness.reasons]).toEqual([true, []]);
  });

  it("tells of changes only, until it is told to stop", () => {
    const readiness = new Readiness();
    const heard: boolean[] = [];
    const end = readiness.onChange((ready) => heard.push(ready));
    readiness.hold(stopping);
    readiness.hold("more");
    readiness.clear(stopping);
    readiness.clear("more");
    end();
    readiness.hold(stopping);
    expect(heard).toEqual([false, true]);
  });
});

async function healthOf(readiness = new Readiness()) {
  const started = await serving({ readiness });
  const client = new ProtoClient(...health, started.address);
  atEnd(() => client.close());
  return { client, readiness, serving: started };
}
