// The vectors and AWS's recorded answers once more over a real gRPC connection, with a client that knows nothing but the proto file.
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { Engine } from "../../src/engine/engine.js";
import { readSimulationCase, type SimulationCase } from "../../src/simulate/simulation-case.js";
import { readJson } from "../../src/text/json-reader.js";
import { sourceText } from "../../src/text/source-text.js";
import { AuthorizationClient } from "../kit/grpc-client.js";
import { atEnd, serveEngine } from "../kit/serving.js";
import { parseRequestAddress } from "../oracle/ip-address.js";

const outcomes: Readonly<Record<string, string>> = {
  allowed: "ALLOWED",
  explicitDeny: "EXPLICIT_DENY",
  implicitDeny: "IMPLICIT_DENY",
};
interface Vector {
  readonly id: string;
  readonly note: string;
  readonly strict?: string;
  readonly expect?: string;
}

let engine: Engine;
let client: AuthorizationClient;

beforeAll(async () => {
  engine = await Engine.start({ workers: 0, allowWhatIf: true, maxMessageBytes: 1 << 18, maxBatchRequests: 16 });
  const { address } = await serveEngine(engine, { maxMessageBytes: 1 << 18 });
  client = new AuthorizationClient(address);
  atEnd(() => client.close());
});

/** The request of a case as a gRPC client writes it. Only a what-if call may set the clock, and be decided by IP-6 (CTX-16). */
function requestOf({ request, whatIf }: SimulationCase): object {
  const keys = [...request.context.keys()];
  const setsClock = keys.some((key) => /^aws:(currenttime|epochtime)$/i.test(key));
  return {
    principal: request.principal,
    action: request.action,
    resource: request.resource,
    context: Object.fromEntries([...request.context].map(([key, values]) => [key, { values }])),
    resourceAccount: request.resourceAccount ?? "",
    resourceTags: Object.fromEntries(request.resourceTags.map(({ key, value }) => [key, value])),
    sessionPolicies: request.sessionPolicies,
    sessionTags: Object.fromEntries(request.sessionTags.map(({ key, value }) => [key, value])),
    endpoint: request.endpoint ?? "",
    whatIf: whatIf || setsClock || statesNoAddress(request.context),
  };
}

function statesNoAddress(context: ReadonlyMap<string, readonly string[]>): boolean {
  return [...context].some(
    ([key, values]) =>
      /^aws:(vpc)?sourceip$/i.test(key) && values.some((value) => parseRequestAddress(value) === undefined),
  );
}

describe.each(["iam-vectors.json", "aws-recorded.json"])("%s over gRPC", (name) => {
  const text = readFileSync(new URL(`../corpus/${name}`, import.meta.url), "utf8");
  const vectors: readonly Vector[] = JSON.parse(text);
  const source = sourceText(name, text);
  const tree = readJson(source, []);
  const nodes = tree?.kind === "array" ? tree.items : [];
  const refused = vectors
    .map((vector, i) => ({ i, ...vector }))
    .filter(({ strict, expect: want }) => strict !== undefined || want === undefined);

  it.each(refused)("$id $note is refused before anybody can ask", ({ i }) => {
    const node = nodes[i];
    expect(node && readSimulationCase(node, source)).toHaveProperty("error");
  });

  it.each(vectors.map((vector, i) => ({ i, ...vector })).filter(({ i }) => !refused.some((one) => one.i === i)))(
    "$id $note",
    async ({ i, expect: wanted }) => {
      const node = nodes[i];
      if (node === undefined) throw new Error(`no case ${i}`);
      const read = readSimulationCase(node, source);
      if ("error" in read) throw new Error(read.error);
      engine.publish(read.policySet);
      expect(await client.call("Authorize", requestOf(read))).toMatchObject({
        outcome: outcomes[wanted ?? ""],
        decision: { error: "" },
      });
    },
  );
});
