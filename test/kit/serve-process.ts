/** `verdict serve` in a process of its own, started as users start it: the one way in which tests start one. */
import { type Run, start } from "./run-verdict.js";
import { atEnd, until } from "./serving.js";

/** A server that listens. It is killed when the tests of the file are over, if it still runs. */
export interface ServeProcess {
  readonly output: ReturnType<typeof start>;
  /** Of its gRPC listener. */
  readonly address: string;
  /** Of its HTTP listener, as `http://…`; empty without one. */
  readonly url: string;
  /** Of its listener for probes alone; empty without one. */
  readonly probes: string;
}

/** Starts it likewise, and does not wait until it listens. */
export function beginServe(flags: readonly string[], run: Run = {}): ServeProcess["output"] {
  const listen = flags.includes("--listen") ? [] : ["--listen", "127.0.0.1:0"];
  const output = start(["serve", ...listen, ...flags], run);
  atEnd(() => output.kill("SIGKILL"));
  return output;
}

/** Starts it with these flags, at a free port where they name none. Throws what it said if it ends before it listens. */
export async function startServe(flags: readonly string[], run: Run = {}): Promise<ServeProcess> {
  const output = beginServe(flags, run);
  let hasEnded = false;
  void output.code.then(() => {
    hasEnded = true;
  });
  const said = (place: RegExp): string => place.exec(`${output.out()}\n${output.err()}`)?.[1] ?? "";
  const awaited: Readonly<Record<string, RegExp>> = {
    "--listen": / listening on (unix:.+?|\S+?)(?=: (?:no )?policy set |$)/m,
    ...(flags.includes("--http") ? { "--http": /^http on (.+)$/m } : {}),
    ...(flags.includes("--probes") ? { "--probes": /^probes on (.+)$/m } : {}),
  };
  const places = (): readonly string[] => Object.values(awaited).map(said);
  await until(() => hasEnded || !places().includes(""), "the addresses of the server");
  if (places().includes("")) throw new Error(`not started: ${output.out()}${output.err()}`);
  const [address = "", ...others] = places();
  const of = (flag: string): string => others[Object.keys(awaited).indexOf(flag) - 1] ?? "";
  const http = of("--http");
  return { output, address, url: http === "" ? "" : `http://${http}`, probes: of("--probes") };
}
