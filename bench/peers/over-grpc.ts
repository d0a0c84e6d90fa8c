// Cerbos against `verdict serve`, each in a process of its own, asked by the same client on the same two processors, turn by turn.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Detail } from "../../assembly/format/layout.js";
import { LoadClient } from "../../src/load/http2-client.js";
import { formatRate, formatRatio, median, medianRatio, printTable, quantile } from "../measure.js";
import { peerVersion } from "../peer-packages.js";
import { type ServerProcess, startServer } from "../server-process.js";
import { decodeBatch, decodeResponse, encodeBatch, encodeRequest } from "../wire.js";
import { verdictFile } from "../workloads/policy-set.js";
import type { Workload } from "../workloads/workload.js";
import { cerbosPolicies } from "./cerbos-policy.js";
import { cerbosPackage, startCerbos } from "./cerbos-server.js";
import { CHECK_RESOURCES, decodeCheck, encodeCheck } from "./cerbos-wire.js";
import { type Agreement, agreementOf, describeAgreement, type PeerDecision } from "./peer.js";

const ROUNDS = 7;
const SLICE_MS = 500;
/** The most resources that Cerbos takes in a call, as it is set. */
const CERBOS_LIMIT = 50;
const dist = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

/** One way of asking one of the servers. */
interface Form {
  readonly server: "cerbos" | "verdict";
  readonly name: string;
  readonly path: string;
  readonly inFlight: number;
  /** Questions of each message, by index. */
  readonly asked: readonly (readonly number[])[];
  readonly messages: readonly Buffer[];
  decode(response: Buffer): readonly (PeerDecision | string)[];
}

interface Slice {
  readonly rate: number;
  /** Questions a second of the server's processor time. */
  readonly processorRate: number;
  readonly p50: number;
  readonly p99: number;
}

/** Compares, times and prints. */
export async function compareServers(workload: Workload): Promise<void> {
  const folder = join(dist, "workloads");
  mkdirSync(folder, { recursive: true });
  const policies = join(folder, `${workload.name}.json`);
  writeFileSync(policies, verdictFile(workload));
  const servers = new Map<string, ServerProcess>();
  const clients = new Map<string, LoadClient>();
  try {
    servers.set("cerbos", await startCerbos(cerbosPolicies(workload)));
    const script = join(dist, "bundle", "main.js");
    const args = ["serve", "--policies", policies, "--listen", "127.0.0.1:0"];
    servers.set("verdict", await startServer(script, args));
    for (const [name, server] of servers) clients.set(name, await LoadClient.connect(server.address));
    const forms = formsOf(workload);
    const agreements = new Map<Form, Agreement>();
    for (const form of forms) agreements.set(form, await compare(form, workload, clientOf(form)));
    const slices = await measure(forms, clientOf, servers);
    print(forms, slices, agreements);
  } finally {
    for (const client of clients.values()) client.close();
    for (const server of servers.values()) await server.stop();
  }

  function clientOf({ server }: Form): LoadClient {
    const client = clients.get(server);
    if (client === undefined) throw new Error(`no client of ${server}`);
    return client;
  }
}

function formsOf(workload: Workload): Form[] {
  const { principals, questions } = workload;
  const all = questions.map((_, index) => index);
  const requests = questions.map((question) =>
    encodeRequest({ ...question, principal: principals[question.principal]?.arn ?? "" }),
  );
  // A call of Cerbos has one principal, so its questions are sorted by principal; Verdict gets the same calls.
  const byPrincipal = principals.flatMap((_, principal) =>
    chunksOf(
      all.filter((index) => questions[index]?.principal === principal),
      CERBOS_LIMIT,
    ),
  );
  const cerbos = (name: string, inFlight: number, asked: readonly (readonly number[])[]): Form => ({
    server: "cerbos",
    name,
    path: CHECK_RESOURCES,
    inFlight,
    asked,
    messages: asked.map((indexes) => encodeCheck(workload, indexes)),
    decode: decodeCheck,
  });
  const batch = (name: string, inFlight: number, asked: readonly (readonly number[])[]): Form => ({
    server: "verdict",
    name,
    path: "/verdict.v1.AuthorizationService/BatchAuthorize",
    inFlight,
    asked,
    messages: asked.map((indexes) =>
      encodeBatch(
        indexes.map((index) => requests[index] ?? Buffer.alloc(0)),
        Detail.Outcome,
      ),
    ),
    decode: decodeBatch,
  });
  const singly = chunksOf(all, 1);
  return [
    cerbos("unary", 64, singly),
    {
      server: "verdict",
      name: "unary",
      path: "/verdict.v1.AuthorizationService/Authorize",
      inFlight: 64,
      asked: singly,
      messages: requests,
      decode: (response) => [decodeResponse(response)],
    },
    cerbos("at most 50 a call, one principal", 8, byPrincipal),
    batch("at most 50 a call, one principal", 8, byPrincipal),
    batch("1,000 a call", 4, chunksOf(all, 1_000)),
  ];
}

/** Asks everything once. A wrong answer of Verdict ends the run, one of Cerbos is counted. */
async function compare(form: Form, workload: Workload, client: LoadClient): Promise<Agreement> {
  const have = new Array<string>(workload.questions.length).fill("no answer");
  await client.run({
    path: form.path,
    messages: form.messages,
    inFlight: form.inFlight,
    calls: form.messages.length,
    durationMs: Number.POSITIVE_INFINITY,
    onAnswer(message, response) {
      const decisions = form.decode(response);
      for (const [item, index] of (form.asked[message] ?? []).entries()) have[index] = decisions[item] ?? "no answer";
    },
  });
  const agreement = agreementOf(workload, have);
  if (form.server === "verdict" && agreement.differences.size > 0) {
    throw new Error(`verdict, ${form.name}: agrees on ${describeAgreement(agreement)}`);
  }
  return agreement;
}

async function measure(
  forms: readonly Form[],
  clientOf: (form: Form) => LoadClient,
  servers: ReadonlyMap<string, ServerProcess>,
): Promise<ReadonlyMap<Form, readonly Slice[]>> {
  const slices = new Map<Form, Slice[]>(forms.map((form) => [form, []]));
  // The first round warms up.
  for (let round = 0; round <= ROUNDS; round++) {
    for (const form of round % 2 === 0 ? forms : [...forms].reverse()) {
      const server = servers.get(form.server);
      const before = server?.processorSeconds() ?? 0;
      const { path, messages, inFlight } = form;
      const result = await clientOf(form).run({ path, messages, inFlight, durationMs: SLICE_MS });
      const used = (server?.processorSeconds() ?? 0) - before;
      const questions = (result.calls * form.asked.flat().length) / form.messages.length;
      if (round === 0) continue;
      slices.get(form)?.push({
        rate: (questions / result.elapsedMs) * 1000,
        processorRate: questions / used,
        p50: quantile(result.latenciesMs, 0.5),
        p99: quantile(result.latenciesMs, 0.99),
      });
    }
  }
  return slices;
}

function print(
  forms: readonly Form[],
  slices: ReadonlyMap<Form, readonly Slice[]>,
  agreements: ReadonlyMap<Form, Agreement>,
): void {
  const pick = (form: Form, member: keyof Slice): number[] => (slices.get(form) ?? []).map((slice) => slice[member]);
  const cerbosForms = forms.filter(({ server }) => server === "cerbos");
  const rows = forms.map((form) => {
    const other = form.name === "unary" ? cerbosForms[0] : cerbosForms[1];
    const against = (member: keyof Slice): string =>
      other === undefined || form.server === "cerbos"
        ? ""
        : formatRatio(medianRatio(pick(form, member), pick(other, member)));
    const agreement = agreements.get(form);
    return [
      form.server === "cerbos" ? `cerbos ${peerVersion(cerbosPackage)}` : "verdict",
      form.name,
      formatRate(median(pick(form, "rate"))),
      against("rate"),
      formatRate(median(pick(form, "processorRate"))),
      against("processorRate"),
      median(pick(form, "p50")).toFixed(2),
      median(pick(form, "p99")).toFixed(2),
      agreement === undefined ? "" : describeAgreement(agreement),
    ];
  });
  printTable(
    ["server", "form", "questions/s", "of cerbos", "/ processor s", "of cerbos", "p50 ms", "p99 ms", "agrees on"],
    rows,
  );
}

function chunksOf<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
