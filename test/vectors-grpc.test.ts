// The vectors once more over a real gRPC connection, with a client that knows nothing but the proto file.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { credentials, loadPackageDefinition, type ServiceError } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Engine } from "../src/engine/engine.js";
import { readJson } from "../src/policy/json-reader.js";
import { readSimulationCase, type SimulationCase } from "../src/policy/simulation-case.js";
import { sourceText } from "../src/policy/source-text.js";
import { DecisionPoint } from "../src/server/decision-point.js";
import { AuthorizationServer } from "../src/server/server.js";

interface Answer {
  readonly outcome: string;
  readonly decision: { readonly error: string };
}
interface Client {
  Authorize(request: object, done: (error: ServiceError | null, answer: Answer) => void): void;
  close(): void;
}

const OUTCOMES: Readonly<Record<string, string>> = {
  ALLOWED: "allowed",
  EXPLICIT_DENY: "explicitDeny",
  IMPLICIT_DENY: "implicitDeny",
};
const text = readFileSync(new URL("./corpus/iam-vectors.json", import.meta.url), "utf8");
const vectors: readonly { id: string; note: string; strict?: string; expect: string }[] = JSON.parse(text);
const source = sourceText("iam-vectors.json", text);
const tree = readJson(source, []);
const nodes = tree?.kind === "array" ? tree.items : [];

let engine: Engine;
let server: AuthorizationServer;
let client: Client;

beforeAll(async () => {
  engine = await Engine.start({ workers: 0, allowWhatIf: true, maxMessageBytes: 1 << 18, maxBatchRequests: 16 });
  server = await AuthorizationServer.start({
    point: new DecisionPoint(engine),
    listen: { kind: "tcp", host: "127.0.0.1", port: 0 },
    maxMessageBytes: 1 << 18,
    maxConcurrentStreams: 8,
    maxSessionMemoryMegabytes: 8,
    drainTimeoutMs: 1000,
  });
  const root = fileURLToPath(new URL("../proto", import.meta.url));
  const definition = loadSync("verdict/v1/authorization.proto", { includeDirs: [root], enums: String, defaults: true });
  const packages = loadPackageDefinition(definition) as unknown as {
    readonly verdict: { readonly v1: { readonly AuthorizationService: new (address: string, how: unknown) => Client } };
  };
  client = new packages.verdict.v1.AuthorizationService(server.address, credentials.createInsecure());
});
afterAll(async () => {
  client.close();
  await server.stop();
  await engine.close();
});

function authorize(request: object): Promise<Answer> {
  return new Promise((resolve, reject) => {
    client.Authorize(request, (error, answer) => (error === null ? resolve(answer) : reject(error)));
  });
}

/** The request of a case as a gRPC client writes it. Only a what-if call may set the clock. */
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
    whatIf: whatIf || setsClock,
  };
}

describe("vectors over gRPC", () => {
  it.each(vectors.map((vector, i) => ({ i, ...vector })).filter(({ strict }) => strict === undefined))(
    "$id $note",
    async ({ i, expect: wanted }) => {
      const node = nodes[i];
      if (node === undefined) throw new Error(`no case ${i}`);
      const read = readSimulationCase(node, source);
      if ("error" in read) throw new Error(read.error);
      engine.publish(read.policySet);
      const answer = await authorize(requestOf(read));
      expect({ error: answer.decision.error, decision: OUTCOMES[answer.outcome] }).toEqual({
        error: "",
        decision: wanted,
      });
    },
  );
});
