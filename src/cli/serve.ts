/** `verdict serve`: the decision point. Ends with exit code 0 after a drained stop. */
import { type Command, Option } from "commander";
import { configFile, type Flags, readConfig } from "../config/read-config.js";
import { type Config, settings } from "../config/settings.js";
import { Engine, type PublishedPolicySet } from "../engine/engine.js";
import { loadPolicySet } from "../policy/load-policy-set.js";
import { plainQuestion } from "../policy/sample-questions.js";
import { DecisionPoint } from "../server/decision-point.js";
import { listenAddressText } from "../server/listen-address.js";
import { AuthorizationServer } from "../server/server.js";
import { refuse } from "./command-error.js";
import { checkCommand, exampleQuestion } from "./example-question.js";
import { collect } from "./key-value.js";
import { refusedSet } from "./load-policies.js";
import { packageVersion } from "./package-version.js";
import { findingPieces } from "./report-findings.js";
import { printError, printLine } from "./terminal.js";

/** Adds the command. Its options are the settings of `src/config.ts`. */
export function addServe(program: Command): void {
  const command = program
    .command("serve")
    .summary("answer questions over gRPC")
    .description("Serves a policy set over gRPC until it is told to stop (SIGTERM or SIGINT).")
    .option(`${configFile.flag} <file>`, "YAML file of settings; flags and VERDICT_… variables win over it");
  for (const { flag, placeholder, isList, description, defaultText } of Object.values(settings)) {
    const value = placeholder === undefined ? "" : ` <${placeholder}>`;
    const option = new Option(`${flag}${value}`, `${description} (default: ${defaultText})`);
    command.addOption(isList ? option.argParser(collect) : option);
  }
  command
    .addHelpText("after", "\nExample:\n  verdict serve --policies examples/acme --listen 127.0.0.1:50051")
    .action(serve);
}

async function serve(flags: Flags): Promise<void> {
  const config = await readConfig(flags);
  const [first] = config.policies;
  if (first === undefined) throw refuse("--policies: no policy set");
  const loaded = await loadPolicySet(first.place);
  if (!loaded.ok) throw refusedSet(loaded);
  for (const finding of loaded.findings) printError(...findingPieces(finding));
  const { workers, allowWhatIf, maxMessageBytes, maxBatchRequests } = config;
  const engine = await Engine.start({ workers, allowWhatIf, maxMessageBytes, maxBatchRequests });
  try {
    const published = engine.publish(loaded.policySet, first.name);
    const server = await listen(config, engine);
    const stopped = stopOnSignal(server);
    await printReadyLines(first.place, engine, published, server.address);
    await stopped;
  } finally {
    await engine.close();
  }
}

async function listen(config: Config, engine: Engine): Promise<AuthorizationServer> {
  const onInternalError = (error: unknown): void => {
    printError(`internal error: ${error instanceof Error ? error.message : String(error)}`);
  };
  try {
    return await AuthorizationServer.start({
      ...config,
      drainTimeoutMs: config.drainTimeout,
      point: new DecisionPoint(engine),
      onInternalError,
    });
  } catch (error: unknown) {
    const reason = error instanceof Error ? error.message : String(error);
    throw refuse(`${listenAddressText(config.listen)}: cannot listen: ${reason}`, error);
  }
}

/** The first signal drains, a second one ends the process at once. */
function stopOnSignal(server: AuthorizationServer): Promise<void> {
  return new Promise((resolve, reject) => {
    let signalled = false;
    const onSignal = (_signal: string, number: number): void => {
      if (signalled) process.exit(128 + number);
      signalled = true;
      server.stop().then(resolve, reject);
    };
    process.on("SIGTERM", onSignal);
    process.on("SIGINT", onSignal);
  });
}

async function printReadyLines(
  place: string,
  engine: Engine,
  published: PublishedPolicySet,
  address: string,
): Promise<void> {
  const { name, digest, principalCount, samples, counts } = published;
  await printLine(
    { text: `verdict ${packageVersion()} listening on ${address}`, colour: "bold" },
    `: policy set ${digest}, ${principalCount} principals, ${counts.policies} policies, ${counts.statements} statements`,
  );
  const question = exampleQuestion(samples, (sample) => {
    const answer = engine.decide(plainQuestion(sample), { policySet: name });
    return !("error" in answer) && answer.allowed;
  });
  if (question !== undefined) await printLine(`try: ${checkCommand(place, question)}`);
}
