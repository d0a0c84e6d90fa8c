/** What a load test asks: the matcher or the engine in this process, or a running server, which has to answer by the same set. */
import type { ClientOptions } from "../../client/client.js";
import { type Calls, callsOf } from "../../load/driver/calls.js";
import type { Calibration } from "../../load/driver/client-signals.js";
import { realClock } from "../../load/driver/clock.js";
import { drive } from "../../load/driver/drive.js";
import { grpcTarget, nullTarget, type ServerPlace } from "../../load/driver/grpc-target.js";
import { httpTarget } from "../../load/driver/http-target.js";
import { engineTarget, matcherTarget } from "../../load/driver/in-process.js";
import type { ThreadTime } from "../../load/driver/machine-signals.js";
import { fetchMetrics, type MetricsSnapshot } from "../../load/driver/server-metrics.js";
import { serverTime } from "../../load/driver/server-process.js";
import type { LoadTarget } from "../../load/driver/target.js";
import { LoadClient, messageOf } from "../../load/http2-client.js";
import type { Traffic } from "../../load/traffic/traffic.js";
import type { PolicySet } from "../../policy/policy-set.js";
import { askedServer } from "../../reach/asked-server.js";
import { connectionTrouble, lateRefusal } from "../../reach/connection-trouble.js";
import { CommandError, refuse } from "../../terminal/command-error.js";
import { encodeQuestion } from "../../wire/encode-question.js";
import { decodeResponse } from "../../wire/given-answers.js";
import type { LoadPlan } from "./load-plan.js";
import type { LoadOptions } from "./run-load.js";

/** A target with what is known beside it. */
export interface OpenedTarget {
  readonly target: LoadTarget;
  readonly calls: Calls;
  readonly serverTime: () => ThreadTime | undefined;
  /** What the server's own metrics say so far; undefined where nobody asks. */
  readonly serverMetrics?: (() => Promise<MetricsSnapshot>) | undefined;
  /** Measures calls that decide nothing; undefined where there are none. */
  readonly calibrate: (signal: AbortSignal) => Promise<Calibration | undefined>;
}

const calibrationMs = 1000;
const calibrationCallers = 64;
const answerMs = 5000;

/** Opens it. Throws CommandError where nobody answers, or somebody by another set. */
export async function openTarget(
  set: PolicySet,
  traffic: Traffic,
  options: LoadOptions,
  plan: LoadPlan,
): Promise<OpenedTarget> {
  const { form, questionsPerCall } = plan;
  const calls = callsOf(traffic, form, questionsPerCall, options.policySet);
  const none = { serverTime: () => undefined, calibrate: async () => undefined };
  const { target: address, workers } = options;
  if (address === undefined) {
    const target =
      workers === undefined
        ? matcherTarget(set, calls, traffic.nowMs)
        : await engineTarget(set, calls, traffic.nowMs, workers);
    return { target, calls, ...none };
  }
  const { place, tls } = await placeOf(address, options, form);
  const serverMetrics = await metricsOf(options.metrics, form);
  try {
    if (form === "http") {
      await checkHttp(place, calls);
      const target = await httpTarget(place, calls);
      return { target, calls, ...none, serverTime: serverTime(place.address), serverMetrics };
    }
    await checkDigest(place, traffic, set.digest, options.policySet);
    return {
      target: await grpcTarget(place, calls),
      calls,
      serverTime: serverTime(place.address),
      serverMetrics,
      calibrate: (signal) => calibrate(place, signal),
    };
  } catch (error: unknown) {
    if (error instanceof CommandError) throw error;
    const known = error instanceof Error ? error : new Error(String(error));
    const showed = place.tls?.cert !== undefined;
    const trouble = (await connectionTrouble(place.address, tls)) ?? lateRefusal(known, showed) ?? known.message.trim();
    throw refuse(`--target: ${place.address}: ${trouble}`, error);
  }
}

/** Fetched once before the run, so that an address without metrics is told at once. */
async function metricsOf(url: string | undefined, form: LoadPlan["form"]): Promise<OpenedTarget["serverMetrics"]> {
  if (url === undefined) return undefined;
  const histogram = form === "http" ? "verdict_http_request_duration_seconds" : "grpc_server_handling_seconds";
  const read = async (): Promise<MetricsSnapshot> => {
    try {
      return await fetchMetrics(url, histogram);
    } catch (error: unknown) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      throw refuse(`--metrics: ${url}: ${cause instanceof Error ? cause.message : String(cause)}`, error);
    }
  };
  await read();
  return read;
}

async function placeOf(
  address: string,
  options: LoadOptions,
  form: LoadPlan["form"],
): Promise<{ readonly place: ServerPlace; readonly tls: NonNullable<ClientOptions["tls"]> }> {
  try {
    const asked = await askedServer(address, options);
    const { tls = false, token } = asked.options;
    const connections = options.connections ?? (form === "http" ? 64 : 4);
    const place: ServerPlace = {
      address: asked.address,
      connections,
      ...(typeof tls === "object" ? { tls } : tls ? { tls: {} } : {}),
      ...(typeof token === "string" ? { token } : {}),
    };
    return { place, tls };
  } catch (error: unknown) {
    if (!(error instanceof CommandError)) throw error;
    throw new CommandError(
      error.lines.map((line) => line.replace(/^--server/, "--target")),
      { cause: error },
    );
  }
}

/** A server that answers by another set would be wrong about everything. */
async function checkDigest(place: ServerPlace, traffic: Traffic, digest: string, policySet = ""): Promise<void> {
  const first = traffic.questions.find(({ expected }) => expected !== "error");
  if (first === undefined) return;
  const client = await LoadClient.connect(place.address, place);
  try {
    await client.settled(answerMs);
    const head = client.headersOf("/verdict.v1.AuthorizationService/Authorize");
    const message = Buffer.from(encodeQuestion(first.question, "reason", policySet));
    const { status, received } = await inTime<{ status: string; received: readonly Buffer[] }>((resolve, reject) => {
      client.listener = {
        onDone: (_, ended, bytes) => resolve({ status: ended, received: bytes }),
        onFailure: reject,
      };
      client.call(head, message, 0);
    });
    if (status !== "OK") {
      const cure = cureOf(status, place, policySet !== "");
      throw refuse(`--target: ${place.address}: ${cure}`);
    }
    const answer = answerOf(place, messageOf(received));
    if ("error" in answer) throw refuse(`--target: ${place.address}: ${answer.error}`);
    if (answer.policySet.digest === digest) return;
    throw refuse(
      `--target: ${place.address} decides by another policy set (${answer.policySet.digest.slice(0, 19)}…, not ${digest.slice(0, 19)}…): give the one that it serves with --policies`,
    );
  } finally {
    client.close();
  }
}

function answerOf({ address }: ServerPlace, message: Buffer): ReturnType<typeof decodeResponse> {
  try {
    return decodeResponse(message);
  } catch (error: unknown) {
    throw refuse(`--target: ${address}: what it answers is no answer to a question`, error);
  }
}

/** What a first call gives; rejects where it takes too long. */
function inTime<T>(call: (resolve: (found: T) => void, reject: (error: Error) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    call(resolve, reject);
    setTimeout(() => reject(new Error("no answer in time")), answerMs).unref();
  });
}

/** One call, so that a server of something else is told at once and not by a table of errors. */
async function checkHttp(place: ServerPlace, calls: Calls): Promise<void> {
  const target = await httpTarget({ ...place, connections: 1 }, calls);
  try {
    const failure = await inTime<string>((resolve) => {
      target.sink = { answered: (_, found) => resolve(found) };
      target.send(0, 0);
    });
    // What the server answered, right or wrong, is for the run to count.
    if (failure !== "UNAVAILABLE" && !failure.startsWith("HTTP_")) return;
    throw refuse(`--target: ${place.address}: ${httpCure(failure, place)}`);
  } finally {
    await target.close();
  }
}

const strangeToken = "it does not know the token of --token-file";

function httpCure(failure: string, { token }: ServerPlace): string {
  if (failure === "HTTP_401" && token !== undefined) return strangeToken;
  if (failure === "HTTP_401") return "it wants to know who asks: give --token-file FILE";
  if (failure === "HTTP_404" || failure === "HTTP_405") return "what listens there has no POST /v1/authorize";
  if (failure === "UNAVAILABLE" || failure === "HTTP_NaN")
    return "what listens there speaks no HTTP/1.1: is it the address of --http?";
  return `the first call ended with ${failure.replace("_", " ")}`;
}

function cureOf(status: string, { tls, token }: ServerPlace, namesSet: boolean): string {
  if (status === "UNAUTHENTICATED" && token !== undefined) return strangeToken;
  if (status === "UNAUTHENTICATED" && tls?.cert !== undefined)
    return "the certificate of --tls-cert has no name that it knows callers by (a URI spiffe://… or a DNS name)";
  if (status === "UNAUTHENTICATED")
    return "it wants to know who asks: give --token-file FILE, or --tls-cert and --tls-key";
  if (status === "UNIMPLEMENTED") return "what listens there has no verdict.v1.AuthorizationService";
  if (status === "FAILED_PRECONDITION" && namesSet) return "it has no policy set of that name: see --policy-set";
  return `the first call ended with ${status}`;
}

/** What this process and the way there can do: as many health checks as go. */
async function calibrate(place: ServerPlace, signal: AbortSignal): Promise<Calibration | undefined> {
  const target = await nullTarget(place);
  try {
    const loop = { kind: "closed", callers: calibrationCallers } as const;
    const { achieved, busyShare, tally } = await drive(target, realClock, {
      loop,
      durationMs: calibrationMs,
      drainMs: 500,
      signal,
    });
    return tally.good === 0 || tally.errorCount > 0 ? undefined : { rate: achieved, busyShare };
  } finally {
    await target.close();
  }
}
