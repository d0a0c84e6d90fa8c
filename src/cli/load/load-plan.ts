/** What the options of `verdict load` ask for together, and which of them do not go together. */
import type { LoadForm } from "../../load/driver/calls.js";
import { refuse } from "../../terminal/command-error.js";
import type { LoadOptions } from "./run-load.js";

/** A settled plan; durations in milliseconds. */
export interface LoadPlan {
  readonly form: LoadForm;
  readonly isRemote: boolean;
  readonly questionsPerCall: number;
  readonly mode:
    | { readonly kind: "rate"; readonly rate: number }
    | { readonly kind: "closed"; readonly callers: number }
    | { readonly kind: "sweep"; readonly p99Ms: number }
    /** At the moments of recorded traffic. */
    | { readonly kind: "recorded" };
  readonly arrivals: "poisson" | "uniform";
  readonly mostInFlight: number;
  /** Undefined: all of the recorded traffic. */
  readonly durationMs: number | undefined;
  readonly warmUpMs: number;
  readonly drainMs: number;
}

const usualRate = 1000;

/** Settles the options. Throws CommandError for what does not go together. */
export function planOf(options: LoadOptions): LoadPlan {
  const { rate, closed, sweep, p99, target, form = "unary", replay, speed, workers } = options;
  const isRemote = target !== undefined;
  const named = [rate !== undefined && "--rate", closed !== undefined && "--closed", sweep === true && "--sweep"];
  const ways = named.filter((one) => one !== false);
  if (ways.length > 1) throw refuse(`${ways.join(", ")}: one of them`);
  if (sweep === true && p99 === undefined) throw refuse("--sweep: needs its goal: give --p99, as in --p99 2ms");
  if (p99 !== undefined && sweep !== true) throw refuse("--p99: is the goal of --sweep: give that, too");
  if (speed !== undefined && replay === undefined)
    throw refuse("--speed: is about recorded traffic: give --replay, too");
  if (form === "ext-authz" && options.extAuthz === undefined)
    throw refuse("--form ext-authz: needs the mapping of the server: give --ext-authz, as in --ext-authz mapping.yaml");
  if (options.extAuthz !== undefined && form !== "ext-authz") throw refuse("--ext-authz: give --form ext-authz, too");
  if (!isRemote && (form === "http" || form === "stream" || form === "ext-authz"))
    throw refuse(`--form ${form}: needs a running server: give --target, as in --target 127.0.0.1:50051`);
  if (isRemote && workers !== undefined) throw refuse("--workers: is about this process: leave out --target");
  for (const [flag, value] of serverFlags(options)) {
    if (!isRemote && value !== undefined) throw refuse(`${flag}: is about a running server: give --target, too`);
  }
  const isSingle = form === "unary" || form === "http" || form === "ext-authz";
  if (isSingle && options.batch !== undefined) throw refuse("--batch: give --form batch, table or stream, too");
  return {
    form,
    isRemote,
    questionsPerCall: isSingle ? 1 : (options.batch ?? 100),
    mode: modeOf(options, isRemote),
    arrivals: options.arrivals ?? "poisson",
    mostInFlight: options.inFlight ?? 10_000,
    durationMs: options.duration ?? (replay === undefined || ways.length > 0 ? 10_000 : undefined),
    warmUpMs: options.warmUp ?? 3000,
    drainMs: options.drain ?? 2000,
  };
}

function modeOf({ rate, closed, sweep, p99, replay }: LoadOptions, isRemote: boolean): LoadPlan["mode"] {
  if (sweep === true && p99 !== undefined) return { kind: "sweep", p99Ms: p99 };
  if (rate !== undefined) return { kind: "rate", rate };
  if (closed !== undefined) return { kind: "closed", callers: closed };
  if (replay !== undefined) return { kind: "recorded" };
  return isRemote ? { kind: "rate", rate: usualRate } : { kind: "closed", callers: 1 };
}

function serverFlags(options: LoadOptions): readonly (readonly [flag: string, value: unknown])[] {
  const { connections, metrics, policySet, tlsCa, tlsCert, tlsKey, tlsServerName, tokenFile, insecure, allowWhatIf } =
    options;
  return [
    ["--connections", connections],
    ["--metrics", metrics],
    ["--policy-set", policySet],
    ["--tls-ca", tlsCa],
    ["--tls-cert", tlsCert],
    ["--tls-key", tlsKey],
    ["--tls-server-name", tlsServerName],
    ["--token-file", tokenFile],
    ["--insecure", insecure],
    ["--allow-what-if", allowWhatIf],
  ];
}
