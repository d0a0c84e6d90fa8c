/** `verdict load`: how many decisions a second a policy set holds, at which latency. Exit code 0 measured, 1 wrong answers, failures or no rate that holds, 2 an error. */
import { type Command, InvalidArgumentError, Option } from "commander";
import { policyPath } from "../../config/policy-settings.js";
import { addReachOptions, serverHeading } from "../../reach/server-options.js";
import type { LoadOptions } from "./run-load.js";

/** Adds the command. */
export function addLoad(program: Command): void {
  const command = program
    .command("load")
    .summary("measure decisions a second and their latency")
    .description(
      "Makes traffic for a policy set that hits every statement a request can reach, and measures: exit code 0, 1 if answers were " +
        "wrong, more than 0.1 % of the calls failed, or no rate holds the goal, 2 if it could not be measured or was stopped. Without " +
        "--target in this process.",
    )
    .option("--policies <path>", `policy set: a file or a directory (default: ${policyPath.defaultText})`)
    .addOption(
      new Option("--form <form>", "how questions are asked").choices([
        "unary",
        "batch",
        "table",
        "stream",
        "http",
        "ext-authz",
      ]),
    )
    .option("--ext-authz <file>", "of --form ext-authz: the mapping that the server has")
    .option("--batch <n>", "questions in one call of batch, table and stream (default: 100)", countUpTo(100_000))
    .option("--workers <n>", "in process: the engine with so many threads, not the matcher alone", wholeNumberOrZero)
    .optionsGroup("How calls follow:")
    .option("--rate <n>", "calls a second, whether or not earlier ones were answered", positiveNumber)
    .option("--closed <n>", "so many callers who each wait for their answer", countUpTo(mostUnderWay))
    .option("--sweep", "looks for the highest rate that holds --p99")
    .option("--p99 <duration>", "the goal of --sweep, as in 2ms", durationMs)
    .addOption(new Option("--arrivals <kind>", "gaps between calls (default: poisson)").choices(["poisson", "uniform"]))
    .option(
      "--in-flight <n>",
      "calls under way at most; others are skipped and counted (default: 10000)",
      countUpTo(mostUnderWay),
    )
    .option("--duration <duration>", "how long is measured (default: 10s)", durationMs)
    .option("--warm-up <duration>", "before that, for nothing (default: 3s)", durationMsOrZero)
    .option("--drain <duration>", "how long the last answers are waited for (default: 2s)", durationMs)
    .optionsGroup("What is asked:")
    .option("--seed <text>", "same seed, same bytes (default: 1)")
    .option("--mix <a/i/e>", "shares of allowed, implicit and explicit denials (default: 60/30/10)", mixOf)
    .addOption(
      new Option("--names <kind>", "how principals and resources are drawn (default: zipf)").choices([
        "zipf",
        "uniform",
      ]),
    )
    .option("--questions <n>", "questions before they come again (default: 10000)", countUpTo(10_000_000))
    .option("--replay <file>", "asks what a decision log or CloudTrail has, at its moments unless --rate is given")
    .option("--speed <factor>", "so many times as fast as it was, as in 2x", speedOf)
    .option("--budget <n>", "steps of the search for one statement (default: 200000)", wholeNumber)
    .option("--allow-what-if", "the server was started with it: statements of another time are reached, too");
  addTarget(command)
    .optionsGroup("What a decision takes, alone unless a rate, target or report is asked for:")
    .option("--profile", "steps of every statement, policy, principal, action and condition key")
    .option(
      "--compare <old>",
      "the same questions to a policy set, another version's folder, or a server beside --target",
    )
    .option(
      "--fail-on-regression <share>",
      "with --compare: exit code 1 if it is slower by so much, as in 10%",
      shareOf,
    )
    .option("--margin <share>", "with --compare: less is no difference (default: 3%)", shareOf)
    .option("--top <n>", "entries of each of these tables (default: 10)", wholeNumber)
    .optionsGroup("What is printed:")
    .option("--json", "print one object, with ghz's names where they mean the same")
    .option("--hgrm <file>", "write the percentiles as HdrHistogram's tools read them")
    .option("--report <file>", "write one page for a browser")
    .addHelpText("after", LOAD_EXAMPLE)
    .action(async (options: LoadOptions) => {
      const { runLoad } = await import("./run-load.js");
      await runLoad(options);
    });
}

function addTarget(command: Command): Command {
  const target = command
    .optionsGroup(serverHeading)
    .option("--target <address>", "asks the server there: host:port, a port of this machine, or unix:PATH")
    .option("--connections <n>", "connections to it (default: 4; http: 64)", countUpTo(mostConnections))
    .option("--metrics <url>", "reads its own figures beside, as in http://127.0.0.1:9464/metrics", httpUrl);
  return addReachOptions(target);
}

function httpUrl(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
    throw new InvalidArgumentError("expected a URL, as in http://127.0.0.1:9464/metrics");
  return text;
}

function wholeNumber(text: string): number {
  if (!/^[1-9][0-9]{0,8}$/.test(text)) throw new InvalidArgumentError("expected a whole number above zero");
  return Number(text);
}

/** A server takes 10,000 unless it is told otherwise, and a process seldom opens many more files. */
const mostConnections = 10_000;
/** Each has its place in memory before the first is sent. */
const mostUnderWay = 1_000_000;

function countUpTo(most: number): (text: string) => number {
  return (text) => {
    if (!/^[1-9][0-9]{0,8}$/.test(text) || Number(text) > most)
      throw new InvalidArgumentError(`expected a whole number from 1 to ${most}`);
    return Number(text);
  };
}

function wholeNumberOrZero(text: string): number {
  return text === "0" ? 0 : wholeNumber(text);
}

function positiveNumber(text: string): number {
  const value = Number(text);
  if (!/^[0-9.]+$/.test(text) || !(value > 0 && value <= 20_000_000))
    throw new InvalidArgumentError("expected calls a second, as in 5000");
  return value;
}

function shareOf(text: string): number {
  const value = Number(/^([0-9]+(?:\.[0-9]+)?)%$/.exec(text)?.[1]) / 100;
  if (!(value > 0 && value <= 10)) throw new InvalidArgumentError("expected a share, as in 10%");
  return value;
}

const units = { us: 0.001, µs: 0.001, ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

function durationMs(text: string): number {
  const [, digits = "", unit = ""] = /^([0-9]+(?:\.[0-9]+)?)(us|µs|ms|s|m|h)$/.exec(text) ?? [];
  const isUnit = (name: string): name is keyof typeof units => name in units;
  const value = isUnit(unit) ? Number(digits) * units[unit] : 0;
  if (!(value > 0 && value < 1e9)) throw new InvalidArgumentError("expected a duration, as in 10s or 2ms");
  return value;
}

function durationMsOrZero(text: string): number {
  return /^0(?:ms|s)?$/.test(text) ? 0 : durationMs(text);
}

function mixOf(text: string): LoadOptions["mix"] {
  const parts = text.split("/").map((part) => (/^[0-9]{1,9}(?:\.[0-9]{1,9})?$/.test(part) ? Number(part) : -1));
  const [allowed = 0, implicitDeny = 0, explicitDeny = 0] = parts;
  const sum = allowed + implicitDeny + explicitDeny;
  if (parts.length !== 3 || !parts.every((one) => one >= 0) || !(sum > 0))
    throw new InvalidArgumentError("expected shares of allowed, implicit and explicit denials, as in 60/30/10");
  return { allowed: allowed / sum, implicitDeny: implicitDeny / sum, explicitDeny: explicitDeny / sum };
}

function speedOf(text: string): number {
  const value = Number(/^([0-9]+(?:\.[0-9]+)?)x?$/.exec(text)?.[1]);
  if (!(value > 0 && value <= 1e6)) throw new InvalidArgumentError("expected a factor, as in 2x");
  return value;
}

const LOAD_EXAMPLE = `
Examples:
  verdict load --policies examples/acme
  verdict load --policies examples/acme --target 127.0.0.1:50051 --rate 2000
  verdict load --policies examples/acme --target unix:/run/verdict.sock \\
    --sweep --p99 2ms --report load.html
  verdict load --policies examples/acme --replay decisions.jsonl --speed 2x
  verdict load --policies examples/acme --profile
  verdict load --policies next/ --compare last/ --fail-on-regression 10%
  verdict load --policies examples/acme --target 50051 --compare 50052`;
