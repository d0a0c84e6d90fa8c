// `verdict serve --http` as operators start it: the line that it prints, what it refuses, its probes, a drained stop.
import { once } from "node:events";
import { connect } from "node:net";
import { describe, expect, it } from "vitest";
import { example } from "../kit/http-server.js";
import { file, messagesOf, minimal, stopMessages, verdict } from "../kit/run-verdict.js";
import { startServe } from "../kit/serve-process.js";

const serve = ["--policies", example("authzen/policy-set"), "--http", "127.0.0.1:0"];
const mapping = ["--authzen", example("authzen/authzen.yaml")];
const request = {
  subject: { type: "user", id: "alice" },
  action: { name: "read" },
  resource: { type: "record", id: "record-1" },
};

async function ask(url: string, path: string, body: object): Promise<unknown> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${url}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  return response.json();
}

describe("verdict serve --http", () => {
  it("says where it listens, answers, and ends with 0 after SIGTERM", async () => {
    const { output, url } = await startServe([...serve, ...mapping]);
    const [, line = ""] = await output.lines(2);
    expect(line).toMatch(/^http on 127\.0\.0\.1:\d+$/);
    expect(await ask(url, "/access/v1/evaluation", request)).toEqual({ decision: true });
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    expect((await fetch(`${url}/.well-known/authzen-configuration`)).status).toBe(404);
    const silent = connect(Number(new URL(url).port), "127.0.0.1");
    await once(silent, "connect");
    output.kill("SIGTERM");
    expect(await output.code).toBe(0);
    expect(messagesOf(output.err()), output.err()).toEqual(stopMessages);
    silent.destroy();
  });

  it("opens tokens of pages in every process", async () => {
    const { output, url } = await startServe([...serve, ...mapping, "--processes", "2"]);
    const search = (page: object) => ask(url, "/access/v1/search/subject", { ...request, page });
    const first = await search({ limit: 1 });
    const token = /"next_token":"([^"]+)"/.exec(JSON.stringify(first))?.[1];
    const pages = await Promise.all(Array.from({ length: 8 }, () => search({ token })));
    for (const page of pages) expect(page).toMatchObject({ results: [{ type: "user", id: "bob" }] });
    output.kill("SIGTERM");
    expect(await output.code).toBe(0);
  });

  it("says in one line why it cannot listen", async () => {
    const { output, address } = await startServe(["--policies", minimal]);
    const nowhere = `unix:${file("nowhere", "")}.d/socket`;
    for (const [listen, want] of [
      [address, "address already in use"],
      ["192.0.2.1:0", "address not available"],
      [nowhere, "no such directory"],
    ]) {
      const args = ["serve", "--policies", minimal, "--insecure", "--listen", listen ?? ""];
      expect(await verdict(args)).toEqual({ code: 2, out: "", err: `${listen}: cannot listen: ${want}\n` });
    }
    output.kill("SIGTERM");
    expect(await output.code).toBe(0);
  });

  it("refuses a mapping that cannot be read, and an address that is taken", async () => {
    const broken = file("broken.yaml", "subjects: { user: alice }\n");
    const have = await verdict(["serve", "--listen", "127.0.0.1:0", ...serve, "--authzen", broken]);
    expect(have).toMatchObject({ code: 2, out: "" });
    expect(have.err).toContain("broken.yaml:1:19: error SET-FORMAT subjects.user: `alice` is not an ARN");
    const { output, url } = await startServe([...serve, ...mapping]);
    const address = url.slice("http://".length);
    const taken = await verdict(["serve", "--policies", minimal, "--listen", "127.0.0.1:0", "--http", address]);
    expect(taken).toMatchObject({ code: 2, out: "" });
    expect(taken.err).toBe(`${address}: cannot listen: address already in use\n`);
    output.kill("SIGTERM");
    expect(await output.code).toBe(0);
  });
});
