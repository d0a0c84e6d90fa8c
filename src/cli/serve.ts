/** `verdict serve`: the decision point. Ends with exit code 0 after a drained stop. */
import type { Command } from "commander";
import type { Flags } from "../config/settle-setting.js";
import { addSettings } from "./config/setting-options.js";

/** Adds the command. Its options are the settings of `src/config.ts`. */
export function addServe(program: Command): void {
  const command = program
    .command("serve")
    .summary("answer questions over gRPC and HTTP")
    .description("Serves a policy set over gRPC until it is told to stop (SIGTERM or SIGINT).");
  addSettings(command);
  command
    .addHelpText("after", "\nExample:\n  verdict serve --policies examples/acme --listen 127.0.0.1:50051")
    .action(async (flags: Flags) => {
      // Sets that are still to be loaded need no reload, and a signal that nobody hears would end the process.
      process.on("SIGHUP", () => {});
      const { serve } = await import("../serve/run-serve.js");
      await serve(flags);
    });
}
